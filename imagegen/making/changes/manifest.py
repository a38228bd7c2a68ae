"""A batch's manifest and page: written together, and never worse than those that are there."""

import io
from collections.abc import Iterable, Iterator

from pydantic_core import to_json

from imagegen import cells, records
from imagegen.making.changes.stored_page import write_page
from imagegen.making.outcomes import find_status, spending_fields
from imagegen.paying.money import ledger_of
from imagegen.request.batch import Place
from imagegen.results import BatchResult, LeafResult
from storage import ObjectNotFound, Store
from storage.mediatypes import JSON

Matrix = tuple[tuple[LeafResult, ...], ...]


def save(store: Store, result: BatchResult) -> BatchResult:
    """Write the page and then the manifest, which says "done"; return the result with what the manifest keeps.

    A manifest never gets worse: a picture that it names and that is present stays in it when this run failed to make
    the pair, and a cell that was redone keeps the picture that was chosen for it. One that already says the same is not
    written again.
    """
    while True:
        try:
            there = store.read(result.manifest_key)
        except ObjectNotFound:
            there = None
        previous = _parse(there.data, result.batch_id) if there else None
        kept = combine(store, result, previous) if previous else result
        if previous and _gist(previous) == _gist(kept):
            _write_page(store, previous, only_if_absent=True)
            return kept
        _write_page(store, kept)
        data = _encode(kept)
        if there is None:
            written = store.create(kept.manifest_key, data, content_type=JSON)
        else:
            written = store.swap(kept.manifest_key, data, version=there.version, content_type=JSON)
        if written:
            return kept


def _encode(result: BatchResult) -> bytes:
    """Encode a manifest row by row, so that a large one is in memory once."""
    head, mark, tail = to_json(result.model_copy(update={"images": None})).partition(b'"images":null')
    whole = io.BytesIO()
    whole.write(head + mark.removesuffix(b"null") + b"[")
    for number, row in enumerate(result.images or ()):
        whole.write(b"," if number else b"")
        whole.write(to_json(row))
    whole.write(b"]" + tail)
    return whole.getvalue()


def _parse(data: bytes, batch_id: str) -> BatchResult | None:
    try:
        manifest = BatchResult.parse(data)
    except ValueError:
        return None
    return manifest if manifest.batch_id == batch_id else None


def combine(store: Store, result: BatchResult, previous: BatchResult) -> BatchResult:
    """Return the result with what an earlier one has besides: pictures, a name, the first date.

    ``store`` says which pictures are present, and which of two pictures a redone cell shows.
    """
    images = _keep_successes(store, _show_chosen(store, result, previous), previous)
    leaves = [leaf for row in images for leaf in row]
    succeeded, reused = sum(leaf.succeeded for leaf in leaves), sum(leaf.succeeded and leaf.reused for leaf in leaves)
    figures = {
        "succeeded": succeeded,
        "failed": len(leaves) - succeeded,
        "generated": succeeded - reused,
        "reused": reused,
    }
    summary = result.summary.model_copy(update=figures)
    return result.model_copy(
        update={
            "images": images,
            "summary": summary,
            "status": find_status(summary),
            "name": result.name or previous.name,
            "first_created_at": min(one.first_created_at or one.created_at for one in (previous, result)),
            "former": _list_former(leaves, previous.holdings(), result.holdings()),
        }
    )


def _show_chosen(store: Store, result: BatchResult, previous: BatchResult) -> Matrix:
    """Return the cells, each redone one with the picture that was chosen for it.

    A cell differs from the previous manifest's only where it was redone: by this run, or by another one since this
    one began. Only then the store is asked which of the two is to be shown.
    """
    before = dict(_place(previous))
    changed = {place for place, leaf in _place(result) if place in before and before[place].leaf_hash != leaf.leaf_hash}
    if not changed:
        return result.images or ()
    redone = cells.read(store, result.batch_id)

    def choose(place: Place, leaf: LeafResult) -> LeafResult:
        if place not in changed or leaf.leaf_hash == redone.find_shown_hash(place):
            return leaf
        return bear_spending(before[place], leaf)

    return tuple(
        tuple(choose((at, column), leaf) for column, leaf in enumerate(row))
        for at, row in enumerate(result.images or ())
    )


def _keep_successes(store: Store, images: Matrix, previous: BatchResult) -> Matrix:
    """Return the cells with the previous manifest's picture in each that failed now and is still present."""
    before = {leaf.leaf_hash: leaf for leaf in previous.holdings() if leaf.succeeded}

    def better(leaf: LeafResult) -> LeafResult:
        earlier = None if leaf.succeeded else before.get(leaf.leaf_hash)
        if earlier is None or not records.is_present(store, earlier):
            return leaf
        return bear_spending(earlier, leaf)

    return tuple(tuple(better(leaf) for leaf in row) for row in images)


def bear_spending(kept: LeafResult, now: LeafResult) -> LeafResult:
    """Return a cell that stays as it was, with what this run spent on its place."""
    spent = spending_fields(ledger_of(now)) | {"seconds": now.seconds, "reused": kept.succeeded}
    return kept.model_copy(update=spent)


def _list_former(shown: Iterable[LeafResult], *others: Iterable[LeafResult]) -> tuple[LeafResult, ...]:
    """Return the pictures that no cell shows any more, or not yet, each once."""
    hashes = {leaf.leaf_hash for leaf in shown}
    former = (leaf for leaves in others for leaf in leaves if leaf.succeeded and leaf.leaf_hash not in hashes)
    return tuple({leaf.leaf_hash: leaf for leaf in former}.values())


def _place(result: BatchResult) -> Iterator[tuple[Place, LeafResult]]:
    for at, row in enumerate(result.images or ()):
        for column, leaf in enumerate(row):
            yield (at, column), leaf


def _write_page(store: Store, result: BatchResult, *, only_if_absent: bool = False) -> None:
    if only_if_absent and records.has_bytes(store, result.gallery_key):
        return
    write_page(store, result)


def _gist(result: BatchResult) -> tuple[object, ...]:
    """Return what a manifest says of the pictures, whenever and by whichever run it was written."""
    shown = [(leaf.leaf_hash, leaf.image, leaf.pictures, leaf.error and leaf.error.kind) for leaf in result.leaves()]
    asked = (result.name, result.context, result.extra_prompt, result.max_cost_usd, result.rows)
    former = [leaf.leaf_hash for leaf in result.former]
    return (result.status, result.models, result.run_id if result.status == "failed" else "", shown, former, asked)
