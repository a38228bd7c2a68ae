"""What the store already holds of a batch.

What is read back is untrusted: a record that does not fit counts as absent.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from pydantic import ValidationError

from imagegen.making.plan import Planned
from imagegen.results import BatchResult, LeafResult
from storage import ObjectNotFound, Store, keys

AT_ONCE = 16
"""Reads in flight: enough to hide a store's latency, few enough for half a CPU."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is stored of some pairs: finished ones by leaf hash, and the request hashes whose originals are there.

    ``manifest`` is what the batch's last run left (None: it never ran).
    """

    results: dict[str, LeafResult]
    originals: frozenset[str]
    manifest: BatchResult | None


def find_result(store: Store, planned: Planned) -> LeafResult | None:
    """The recorded picture of a pair, as a run that reuses it reports it; None when there is none."""
    try:
        found = LeafResult.model_validate_json(store.get(keys.result(planned.leaf_hash)))
    except (ObjectNotFound, ValidationError):
        return None
    return reused(found, planned) if _fits(found, planned) else None


def has_original(store: Store, request_hash: str) -> bool:
    """Whether what was paid for under this hash is stored."""
    try:
        return store.head(keys.original(request_hash)).size > 0
    except ObjectNotFound:
        return False


def look_up(store: Store, batch_id: str, planned: Sequence[Planned]) -> Known:
    """What is stored of these pairs: one read when the batch ran before, else a few reads a pair."""
    manifest = read_manifest(store, batch_id)
    results = _from_manifest(manifest, planned)
    rest = [item for item in planned if item.leaf_hash not in results]
    with ThreadPoolExecutor(AT_ONCE, "lookup") as pool:
        found = pool.map(lambda item: find_result(store, item), rest)
        results |= {item.leaf_hash: result for item, result in zip(rest, found, strict=True) if result}
        hashes = list(dict.fromkeys(item.request_hash for item in rest if item.leaf_hash not in results))
        stored = pool.map(lambda request_hash: has_original(store, request_hash), hashes)
        originals = frozenset(h for h, there in zip(hashes, stored, strict=True) if there)
    return Known(results, originals, manifest)


def read_manifest(store: Store, batch_id: str) -> BatchResult | None:
    """A batch's manifest; None when there is none or it is not one."""
    try:
        manifest = BatchResult.parse(store.get(keys.manifest(batch_id)))
    except (ObjectNotFound, ValidationError):
        return None
    return manifest if manifest.batch_id == batch_id else None


def reused(found: LeafResult, planned: Planned) -> LeafResult:
    """A recorded outcome as the outcome of a run that found it: nothing paid, no time spent."""
    return found.model_copy(
        update={
            "prompt": planned.leaf.prompt,
            "title": planned.leaf.title,
            "model": planned.leaf.model,
            "reused": True,
            "seconds": 0.0,
            "started_at": 0.0,
            "timing": {},
            "cost_usd": 0.0,
            "paid_calls": 0,
            "possible_extra_charges": 0,
            "attempts": 0,
        }
    )


def _from_manifest(manifest: BatchResult | None, planned: Sequence[Planned]) -> dict[str, LeafResult]:
    stored = {leaf.leaf_hash: leaf for leaf in manifest.leaves()} if manifest else {}
    return {
        item.leaf_hash: reused(leaf, item)
        for item in planned
        if (leaf := stored.get(item.leaf_hash)) and _fits(leaf, item)
    }


def _fits(found: LeafResult, planned: Planned) -> bool:
    """Whether the record is of this very pair and leads to a picture and its thumbnail."""
    return bool(
        found.succeeded
        and found.leaf_hash == planned.leaf_hash
        and found.request_hash == planned.request_hash
        and found.image
        and found.image.key == keys.image(found.image.sha256)
        and found.thumbnail
        and found.thumbnail.key == keys.thumbnail(found.image.sha256)
    )
