"""Options and set-up that several commands share."""

import dataclasses
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from imagegen.making.runtime import Runtime
from imagegen.request import batch as batches
from imagegen.request.batch import Batch
from imagegen.request.batchfile import read_file
from imagegen.settings import Settings, from_environment

BatchFile = Annotated[Path, typer.Argument(help="A batch file: JSON, by position or by name.", show_default=False)]
StoreOption = Annotated[
    str | None,
    typer.Option(
        "--store", metavar="DIR | s3://BUCKET", help="Store for the pictures. [default: MINIO_BUCKET, else pictures]"
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else, on standard output.")]
OfflineOption = Annotated[
    bool, typer.Option("--offline", help="Paint placeholder pictures: no key, no account, no network, no cost.")
]
VariantOption = Annotated[
    int,
    typer.Option(
        "--variant", min=0, help="Number of the picture of the same request: another number makes another picture."
    ),
]
MaxCostOption = Annotated[
    float | None,
    typer.Option(
        "--max-cost", min=0, help="Do not start when the unpaid part would cost more than this, in US dollars."
    ),
]


def settings_with(store: str | None = None, **changes: object) -> Settings:
    """The environment's settings, overridden by the command line's; None leaves a setting unchanged."""
    given = {name: value for name, value in (changes | {"store": store}).items() if value is not None}
    return dataclasses.replace(from_environment(), **given)  # type: ignore[arg-type]


def runtime_with(store: str | None = None, **changes: object) -> Runtime:
    """A runtime with the settings of ``settings_with``."""
    return Runtime(settings_with(store, **changes))


def print_json(value: dict[str, Any]) -> None:
    """Print a value as ASCII JSON on standard output, whatever its encoding is."""
    sys.stdout.write(json.dumps(value, indent=2) + "\n")


def read_batch(
    path: Path, settings: Settings, *, offline: bool = False, variant: int = 0, max_cost: float | None = None
) -> Batch:
    """Read a batch file and override its values by the command line's. Raises RequestError."""
    given = batches.named(read_file(path))
    given |= {"offline": True} if offline else {}
    given |= {"variant": variant} if variant else {}
    given |= {"max_cost_usd": max_cost} if max_cost is not None else {}
    return batches.read(
        given,
        max_images=settings.max_images_per_batch,
        strict_models=settings.strict_models,
        brands=settings.brands,
    )
