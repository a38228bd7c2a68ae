"""Batches as an agent sees them: what was made, what it cost, and why something is missing."""

from collections.abc import Mapping
from typing import Any

from imagegen.formatting import counted, one_line
from imagegen.library.export.contents import list_pictures
from imagegen.making.changes.redo import Change
from imagegen.making.changes.stored_page import opens_by_itself
from imagegen.making.runtime import Runtime
from imagegen.request.batch import Place
from imagegen.results import BatchResult, LeafResult
from storage import keys

MOST = 20
"""Batches that are listed."""
MOST_PICTURES = 200
"""Pictures whose links are listed; the page has all of them."""


def show_line(batch: BatchResult) -> dict[str, Any]:
    """Return a batch in a few values."""
    summary = batch.summary
    return {
        "batch_id": batch.batch_id,
        "created_at": batch.created_at,
        "status": batch.status,
        "requested": summary.requested,
        "succeeded": summary.succeeded,
        "generated": summary.generated,
        "reused": summary.reused,
        "failed": summary.failed,
        "offline": batch.offline,
        "cost_usd": summary.cost_usd,
        "possible_extra_charges": summary.possible_extra_charges,
    }


def show_batch(batch: BatchResult) -> dict[str, Any]:
    """Return a batch with what failed in it, and why."""
    failures = [
        _show_failure(row, leaf)
        for row, leaves in enumerate(batch.images or (), 1)
        for leaf in leaves
        if not leaf.succeeded
    ]
    return show_line(batch) | {"failures": failures}


def show_change(change: Change) -> dict[str, Any]:
    """Return the cells that a redo makes anew, each with the variant that it gets and its price."""
    prepared = change.prepared
    unpaid = {item.leaf_hash for item in prepared.list_unpaid()}
    cells = []
    for (row, column), variant in sorted(change.redo.variants.items()):
        leaf = prepared.batch.leaves[row][column]
        item = prepared.planned[leaf]
        cost = item.price_usd if item.leaf_hash in unpaid else 0.0
        cells.append(
            {"row": row + 1, "title": leaf.title, "model": leaf.model, "served_by": item.served_by}
            | {"variant": variant, "cost_usd": cost}
        )
    return {"batch_id": prepared.batch_id, "cells": cells, "cost_usd": prepared.cost_usd()}


def show_failed(change: Change, failed: Mapping[Place, LeafResult], others: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the failures of a redo before those that the batch has (``others``), and what is shown in their place."""
    if not failed:
        return {}
    images = change.redo.manifest.images or ()
    redone = [_show_failure(row + 1, leaf) for (row, _), leaf in failed.items()]
    rest = [
        each for each in others if not any((each["row"], each["model"]) == (one["row"], one["model"]) for one in redone)
    ]
    stays = sum(images[row][column].succeeded for row, column in failed)
    note = f"{counted(len(failed), 'other picture')} could not be made"
    if stays:
        note += f"; {'the former one stays' if stays == 1 else f'the {stays} former ones stay'}"
    return {"failures": [*redone, *rest], "note": note}


def show_gallery(batch: BatchResult, runtime: Runtime) -> dict[str, Any]:
    """Return the link of a batch's page, and of each of its pictures."""
    store, life = runtime.store, runtime.settings.url_life
    pictures = [
        {
            "row": picture.row,
            "title": picture.title,
            "model": picture.model,
            "size": picture.size,
            "format": picture.format,
            "width": picture.width,
            "height": picture.height,
            "url": store.url(picture.key, life=life),
        }
        for picture in list_pictures(batch)[:MOST_PICTURES]
    ]
    shown = {
        "batch_id": batch.batch_id,
        "page": store.url(keys.gallery(batch.batch_id), life=life),
        "pictures": pictures,
    }
    if opens_by_itself(store, batch.batch_id):
        return shown
    note = f"the bucket is private; a person opens the page with: imagegen gallery {batch.batch_id} --open"
    return shown | {"page": None, "note": note}


def _show_failure(row: int, leaf: LeafResult) -> dict[str, Any]:
    """Return a failure; ``row`` is counted from 1."""
    return {"row": row, "title": leaf.title, "model": leaf.model, **_tell_failure(leaf)}


def _tell_failure(leaf: LeafResult) -> dict[str, str]:
    if leaf.error is None:
        return {"kind": "no picture", "message": "the record says nothing more"}
    return {"kind": leaf.error.kind, "message": one_line(leaf.error.message)}
