"""``imagegen batch from``: a batch out of a table of prompts."""

import json
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from imagegen.errors import ConfigurationError
from imagegen.formatting import counted, one_line
from imagegen.making.prepare import require_drawable
from imagegen.project import find_project
from imagegen.request import batch as batches
from imagegen.request.batch import Batch
from imagegen.request.batchfile import MAX_FILE
from imagegen.request.tables.reading import READERS, build_batch, read_table
from imagegen.settings import Settings
from storage.durable import link_if_absent
from workflows.commands.options import settings_with

TableFile = Annotated[Path, typer.Argument(metavar="FILE", help=f"A table: {', '.join(READERS)}.", show_default=False)]


def register(cli: typer.Typer) -> None:
    """Add the command."""
    group = typer.Typer(name="batch", no_args_is_help=True, help="Make a batch file out of a table of prompts.")
    group.callback()(lambda: None)  # without it, Typer makes the only command the group itself
    group.command("from", short_help="Make a batch out of a CSV, JSON Lines, YAML or text file.")(from_table)
    cli.add_typer(group)


def from_table(
    file: TableFile,
    *,
    model: Annotated[list[str] | None, typer.Option("--model", help="Model; may be given several times.")] = None,
    style: Annotated[str, typer.Option("--style", help="Style of the rows that have none.")] = "",
    template: Annotated[str, typer.Option("--template", help="Template of the rows that have none.")] = "",
    font: Annotated[str, typer.Option("--font", help="Font of the rows that have none.")] = "",
    brand: Annotated[str, typer.Option("--brand", help="Brand of the rows that have none.")] = "",
    context: Annotated[str, typer.Option("--context", help="Context of the rows that have none.")] = "",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="BATCH.json", help="Write the batch to this file.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> None:
    """Make a batch out of a table of prompts, a row for each; print it, or write it to a file.

    What neither the table nor an option says comes from imagegen.toml.
    """
    settings = settings_with()
    options = {"models": model, "style": style, "template": template, "font": font, "context": context, "brand": brand}
    batch = build_batch(read_table(file), options, find_project(Path()).fill, partial(_check, settings))
    if out is None:
        sys.stdout.write(json.dumps(batch, indent=2) + "\n")
        return
    text = json.dumps(batch, indent=2, ensure_ascii=False) + "\n"
    _write(text.encode(), out, file, force=force)
    sys.stderr.write(f"{one_line(str(out))}: {counted(len(batch['prompts']), 'prompt')}\n")


def _check(settings: Settings, given: dict[str, Any]) -> Batch:
    """Return a batch that a plan accepts. Raises RequestError, also for texts that cannot be drawn."""
    batch = batches.read(
        given,
        max_images=settings.max_images_per_batch,
        strict_models=settings.strict_models,
        brands=settings.brands,
    )
    require_drawable(batch, settings.brands)
    return batch


def _write(data: bytes, out: Path, source: Path, *, force: bool) -> None:
    """Write a batch file whole, over none that is there unless ``force`` says so, and never over the table itself."""
    if len(data) > MAX_FILE:
        raise ConfigurationError(f"--out {out}: the batch has {len(data):,} bytes, and {MAX_FILE:,} at most are read")
    if out.exists() and out.samefile(source):
        raise ConfigurationError(f"--out {out}: this is the table itself; give another file")
    try:
        with tempfile.TemporaryDirectory(prefix=".imagegen-", dir=out.parent) as work:
            made = Path(work) / "batch.json"
            made.write_bytes(data)
            if force and not out.is_dir():
                made.replace(out)
            elif not link_if_absent(made, out, Path(work) / ".lock"):
                raise ConfigurationError(f"--out {out}: there is a file already; --force writes over it")
    except OSError as error:
        raise ConfigurationError(f"--out {out}: cannot write the batch ({error.strerror})") from None
