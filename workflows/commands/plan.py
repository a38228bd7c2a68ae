"""``imagegen plan``: the work and the cost of a batch; spends nothing, stores nothing."""

import sys
from typing import Any

import typer

from imagegen.formatting import counted, dollars
from imagegen.making.prepare import Prepared, prepare
from imagegen.overlay.sizes import Size, read_size
from imagegen.pictures import Fit, build_output, measure_fits
from imagegen.request.fields import DEFAULT_SIZES
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
from workflows.plans import describe_pairs, summarize
from workflows.view.columns import print_columns

_STORED = {"picture": "yes", "original": "original", "nothing": "no"}


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
    if json:
        print_json({"batch_id": prepared.batch_id, "pairs": pairs, "summary": summary, "sizes": sizes})
    else:
        _print(pairs, summary)
        _print_sizes(sizes)


def _describe_sizes(prepared: Prepared) -> list[dict[str, Any]]:
    """Return how each model's pictures fit the sizes that are asked for; nothing when only the usual one is."""
    fits: dict[tuple[str, Size], tuple[tuple[int, int], Fit, int]] = {}
    for leaf, item in prepared.planned.items():
        output = build_output(leaf)
        if (output.sizes, output.scale) == (DEFAULT_SIZES, 1):
            continue
        for fit in measure_fits(output, item.request.size):
            fits.setdefault((item.served_by, fit.size), (item.request.size, fit, output.scale))
    return [
        {
            "model": model,
            "original": list(original),
            "size": size.name,
            "width": size.width,
            "height": size.height,
            "kept": round(fit.kept, 3),
            "enlarged": round(fit.enlarged, 3),
            "too_small_for_scale": scale > 1 and size == read_size(size.name),
        }
        for (model, size), (original, fit, scale) in fits.items()
    ]


def _print(pairs: list[dict[str, Any]], summary: dict[str, Any]) -> None:
    rows = []
    for pair in pairs:
        same = pair["model"] == pair["served_by"]
        model = pair["model"] if same else f"{pair['model']} → {pair['served_by']}"
        model += f" (ends {pair['shuts_down_on']})" if pair["shuts_down_on"] else ""
        rows.append((pair["title"], model, _STORED[pair["stored"]], dollars(pair["cost_usd"])))
    print_columns(("title", "model", "stored", "cost"), rows, breaks=0)
    sys.stdout.write(
        f"\n{counted(summary['requested'], 'picture')}: {summary['stored']} stored, {summary['to_compose']} to compose "
        f"from stored originals, {summary['to_generate']} to generate for {dollars(summary['cost_usd'])}\n"
    )


def _print_sizes(sizes: list[dict[str, Any]]) -> None:
    """Print what each size keeps of each model's pictures, and warn of those that have too few pixels for it."""
    if not sizes:
        return
    rows = []
    for one in sizes:
        warning = "scale 1: the original has too few pixels for more" if one["too_small_for_scale"] else ""
        if one["enlarged"] > 1:
            warning = f"enlarged {one['enlarged']:.2f} times, so less sharp"
        pixels, original = f"{one['width']}×{one['height']}", "×".join(map(str, one["original"]))
        rows.append((one["size"], pixels, f"{one['model']} ({original})", f"{one['kept']:.0%}", warning))
    sys.stdout.write("\n")
    print_columns(("size", "pixels", "of", "kept", ""), rows, breaks=4)
