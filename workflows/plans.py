"""A batch that is planned, as values to show before anything is spent."""

from typing import Any

from imagegen.making.prepare import Prepared
from imagegen.request import catalog


def describe_pairs(prepared: Prepared) -> list[dict[str, Any]]:
    """Return each distinct pair: what answers it, whether it is stored, and what it would cost."""
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


def summarize(prepared: Prepared) -> dict[str, Any]:
    """Return a plan in figures."""
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
