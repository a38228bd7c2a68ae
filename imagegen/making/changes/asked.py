"""The request of a finished batch, read from its manifest; and the same request in another look."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from imagegen.errors import ConfigurationError
from imagegen.making.prepare import Prepared
from imagegen.overlay.brands.brand import Brand
from imagegen.pictures import LOOK, OUTPUT, load_brand
from imagegen.request import batch as batches
from imagegen.request.batch import Batch
from imagegen.request.highlights import write_title
from imagegen.results import BatchResult, LeafResult, RowAsked
from imagegen.settings import Settings


def rebuild(
    manifest: BatchResult, settings: Settings, look: Mapping[str, str] | None = None, *, max_cost: float | None = None
) -> Batch:
    """Return the batch that a manifest's run was asked for, with ``look`` in the place of its own in every row.

    ``max_cost`` is its cap in US dollars (None: its own; a cap of nothing, as another look has, was for one run).
    Raises RequestError when it is no valid request, or no more one.
    """
    look = look or {}
    images = manifest.images or ()
    asked = manifest.rows or (RowAsked(),) * len(images)
    given = {
        "prompts": [
            _rebuild_row(row[0], manifest, one, look, settings) for row, one in zip(images, asked, strict=True)
        ],
        "models": list(manifest.models),
        "style": manifest.style,
        "template": look.get("template") or manifest.template or images[0][0].template,
        "font": look.get("font") or manifest.font or images[0][0].font,
        "variant": manifest.variant,
        "context": manifest.context,
        "extra_prompt": manifest.extra_prompt,
        "offline": manifest.offline,
        "max_cost_usd": manifest.max_cost_usd or None if max_cost is None else max_cost,
        "name": manifest.name,
    }
    pairs = len(images) * len(manifest.models)
    return batches.read(given, max_images=pairs, strict_models=settings.strict_models, brands=settings.brands)


def require_same(prepared: Prepared, manifest: BatchResult) -> None:
    """Raise ConfigurationError when a manifest's request would not give its batch today."""
    if prepared.batch_id != manifest.batch_id:
        raise ConfigurationError(
            f"batch {manifest.batch_id} would be another batch today: a model, a brand, a font, the renderer or an "
            "endpoint has changed since, or an earlier version made it, which did not keep all of its request. Run its "
            "batch file again, which pays for no stored picture, and give the id that it ends with"
        )


def _rebuild_row(
    first: LeafResult, manifest: BatchResult, asked: RowAsked, look: Mapping[str, str], settings: Settings
) -> dict[str, Any]:
    row = {name: getattr(first, name) for name in (*LOOK, *OUTPUT, "brand")}
    row |= {"prompt": first.prompt, "title": write_title(first.title), "style": first.style or manifest.style}
    row |= asked.model_dump(exclude_none=True)
    if "brand" in look:
        row |= dict(_change_brand(row, look["brand"], settings.brands))
    return {name: value for name, value in (row | dict(look)).items() if value != "" or name in _MAY_BE_EMPTY}


_MAY_BE_EMPTY = ("focus", "brand", "theme", "kicker", "subtitle", "byline", "highlight", "context", "extra_prompt")
"""Fields in which an empty text stands for none, also where the batch has one."""


def _change_brand(row: Mapping[str, Any], name: str, folder: Path) -> Iterator[tuple[str, str]]:
    """Yield what another brand gives in the place of what the former one gave: as if the file named it."""
    former, new = load_brand(row["brand"], folder), load_brand(name, folder)
    if former and former.template and row["template"] == former.template and new and new.template:
        yield "template", new.template
    if row["byline"] == _find_byline(former):
        yield "byline", _find_byline(new)


def _find_byline(brand: Brand | None) -> str:
    return brand.byline if brand else ""
