"""``imagegen plan``: the work and the cost of a batch; spends nothing, stores nothing."""

import sys
from typing import Any

import typer

from imagegen.formatting import counted, dollars
from imagegen.making.prepare import Prepared, prepare
from imagegen.request import catalog
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
    pairs, summary = _describe_pairs(prepared), _summarize(prepared)
    if json:
        described = {"batch_id": prepared.batch_id, "pairs": pairs, "summary": summary}
        print_json(described)
    else:
        _print(pairs, summary)


def _describe_pairs(prepared: Prepared) -> list[dict[str, Any]]:
    unpaid = {item.leaf_hash for item in prepared.list_unpaid()}
    return [
        {
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


def _summarize(prepared: Prepared) -> dict[str, Any]:
    missing, unpaid = len(prepared.list_missing()), len(prepared.list_unpaid())
    return {
        "requested": len(prepared.batch.prompts) * len(prepared.batch.models),
        "distinct": len(prepared.planned),
        "stored": len(prepared.planned) - missing,
        "to_compose": missing - unpaid,
        "to_generate": unpaid,
        "cost_usd": prepared.cost_usd(),
    }


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
        rows.append((pair["title"], model, _STORED[pair["stored"]], dollars(pair["cost_usd"])))
    print_columns(("title", "model", "stored", "cost"), rows, breaks=0)
    sys.stdout.write(
        f"\n{counted(summary['requested'], 'picture')}: {summary['stored']} stored, {summary['to_compose']} to compose "
        f"from stored originals, {summary['to_generate']} to generate for {dollars(summary['cost_usd'])}\n"
    )
