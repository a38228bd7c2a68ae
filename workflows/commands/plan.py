"""``imagegen plan``: the work and the cost of a batch; spends nothing, stores nothing."""

import sys
from typing import Any

import typer

from imagegen.formatting import counted, dollars, one_line
from imagegen.library.costs import Month, describe_month, look_at_month, tell_month
from imagegen.making.prepare import Prepared, prepare
from imagegen.making.stored import find_elsewhere
from imagegen.overlay.sizes import read_size
from imagegen.pictures import Fit, build_design, build_output, measure_fits
from imagegen.request import catalog
from imagegen.request.batch import Leaf, cells
from imagegen.request.fields import DEFAULT_SIZES
from storage import keys
from storage.links import read_expiry, tell_expiry
from workflows.commands.options import (
    BatchFile,
    JsonOption,
    OfflineOption,
    StoreOption,
    VariantOption,
    print_json,
    read_batch,
    runtime_with,
)
from workflows.view.columns import print_columns

STORED = {"picture": "yes", "original": "original", "nothing": "no"}
"""Words of a table for what is stored of a pair."""


def register(cli: typer.Typer) -> None:
    """Add the command."""
    cli.command()(plan)


def plan(
    batch_file: BatchFile,
    *,
    offline: OfflineOption = False,
    store: StoreOption = None,
    variant: VariantOption = 0,
    json: JsonOption = False,
) -> None:
    """Show a batch's pairs of prompt and model, which of them are stored, and the cost of the rest. Spends nothing."""
    runtime = runtime_with(store)
    batch = read_batch(batch_file, runtime.settings, offline=offline, variant=variant)
    prepared = prepare(batch, runtime)
    pairs, summary, sizes = describe_pairs(prepared), summarize(prepared), _describe_sizes(prepared)
    page = runtime.store.url(keys.gallery(prepared.batch_id), life=runtime.settings.url_life)
    found = find_elsewhere(runtime.store, prepared.list_unpaid())
    month, cost = look_at_month(runtime.store, runtime.settings), prepared.cost_usd()
    if json:
        expiry = read_expiry(page)
        told = {"batch_id": prepared.batch_id, "pairs": pairs, "summary": summary, "sizes": sizes}
        told |= {"store": runtime.store.location, "links_expire_at": expiry.isoformat() if expiry else ""}
        print_json(told | {"elsewhere": found, "month": describe_month(month, cost)})
    else:
        _print(pairs, summary)
        _print_sizes(sizes)
        _print_notes(_tell_month(month, cost), found, tell_expiry(page))


def describe_pairs(prepared: Prepared) -> list[dict[str, Any]]:
    """Return each distinct pair of a batch, in order, with what is stored of it and what it would cost."""
    unpaid = {item.leaf_hash for item in prepared.list_unpaid()}
    rows: dict[Leaf, int] = {}
    for row, _, leaf in cells(prepared.batch):
        rows.setdefault(leaf, row + 1)
    return [
        {
            "row": rows[leaf],
            "prompt": leaf.prompt,
            "title": leaf.title,
            "model": leaf.model,
            "served_by": item.served_by,
            "provider": item.provider,
            "shuts_down_on": _find_shutdown(item.served_by),
            "stored": _find_stored(prepared, item.leaf_hash, item.request_hash),
            "cost_usd": item.price_usd if item.leaf_hash in unpaid else 0.0,
        }
        for leaf, item in prepared.planned.items()
    ]


def summarize(prepared: Prepared) -> dict[str, Any]:
    """Return a batch's work and cost in figures."""
    missing, unpaid = len(prepared.list_missing()), len(prepared.list_unpaid())
    return {
        "requested": len(prepared.batch.prompts) * len(prepared.batch.models),
        "distinct": len(prepared.planned),
        "stored": len(prepared.planned) - missing,
        "to_compose": missing - unpaid,
        "to_generate": unpaid,
        "cost_usd": prepared.cost_usd(),
    }


def _describe_sizes(prepared: Prepared) -> list[dict[str, Any]]:
    """Return how each model's pictures fit the sizes that are asked for; nothing when only the usual one is.

    The first texts of a template stand for all: they decide how wide its panel is.
    """
    fits: dict[tuple[str, str, tuple[str, ...], int], tuple[tuple[int, int], list[Fit]]] = {}
    for leaf, item in prepared.planned.items():
        key = item.served_by, leaf.template, leaf.sizes, leaf.scale
        if key[2:] != (DEFAULT_SIZES, 1) and key not in fits:
            design = build_design(leaf, item.brand)
            fits[key] = item.request.size, measure_fits(design, build_output(leaf), item.request.size)
    described = {
        (model, template, fit.size): {
            "model": model,
            "template": template,
            "original": list(original),
            "size": fit.size.name,
            "width": fit.size.width,
            "height": fit.size.height,
            "kept": round(fit.kept, 3),
            "enlarged": round(fit.enlarged, 3),
            "too_small_for_scale": scale > 1 and fit.size == read_size(fit.size.name),
        }
        for (model, template, _, scale), (original, found) in fits.items()
        for fit in found
    }
    return list(described.values())


def _find_shutdown(model_id: str) -> str | None:
    model = catalog.find(model_id)
    return model.shuts_down_on.isoformat() if model and model.shuts_down_on else None


def _find_stored(prepared: Prepared, leaf_hash: str, request_hash: str) -> str:
    if leaf_hash in prepared.known.results:
        return "picture"
    return "original" if request_hash in prepared.known.originals else "nothing"


def _print(pairs: list[dict[str, Any]], summary: dict[str, Any]) -> None:
    rows = []
    for pair in pairs:
        same = pair["model"] == pair["served_by"]
        model = pair["model"] if same else f"{pair['model']} → {pair['served_by']}"
        model += f" (ends {pair['shuts_down_on']})" if pair["shuts_down_on"] else ""
        rows.append((str(pair["row"]), pair["title"], model, STORED[pair["stored"]], dollars(pair["cost_usd"])))
    print_columns(("row", "title", "model", "stored", "cost"), rows, breaks=1)
    print_work(summary)


def print_work(summary: dict[str, Any]) -> None:
    """Print the sentence that sums a batch's work and cost up."""
    twice = summary["requested"] - summary["distinct"]
    equal = f" ({twice} of them {'equals' if twice == 1 else 'equal'} another one)" if twice else ""
    sys.stdout.write(
        f"\n{counted(summary['requested'], 'picture')}{equal}: {summary['stored']} stored, "
        f"{summary['to_compose']} to compose from stored originals, "
        f"{summary['to_generate']} to generate for {dollars(summary['cost_usd'])}\n"
    )


def _tell_month(month: Month | None, cost_usd: float | None) -> str:
    """Say how the month stands, and if the batch goes beyond its limit."""
    if month is None:
        return ""
    fits = cost_usd is not None and month.can_spend(cost_usd)
    return f"Month {tell_month(month)}{'' if fits else '. The batch would be refused: it does not fit into that'}"


def _print_notes(month: str, elsewhere: str, expiry: str) -> None:
    for note in (month, elsewhere, f"Links: {expiry}" if expiry else ""):
        if note:
            sys.stdout.write(f"{one_line(note)}\n")


def _print_sizes(sizes: list[dict[str, Any]]) -> None:
    """Print what each size keeps of each model's pictures, and warn of those that have too few pixels for it."""
    if not sizes:
        return
    rows, is_mixed = [], len({one["template"] for one in sizes}) > 1
    for one in sizes:
        warning = "scale 1: the original has too few pixels for more" if one["too_small_for_scale"] else ""
        if one["enlarged"] > 1:
            warning = f"enlarged {one['enlarged']:.2f} times, so less sharp"
        pixels, original = f"{one['width']}×{one['height']}", "×".join(map(str, one["original"]))
        name = f"{one['size']} in {one['template']}" if is_mixed else one["size"]
        rows.append((name, pixels, f"{one['model']} ({original})", f"{one['kept']:.0%}", warning))
    sys.stdout.write("\n")
    print_columns(("size", "pixels", "of", "kept", ""), rows, breaks=4)
