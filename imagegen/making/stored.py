"""Stored pairs: which of a batch's pictures, records and originals a store already holds.

``imagegen.records`` defines the four words for it: taken, usable, recorded, present. A pair is done when it is present.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from imagegen import records
from imagegen.formatting import counted
from imagegen.making.plan import Planned
from imagegen.results import BatchResult, LeafResult
from storage import Blocked, Store, StoreError, keys
from storage.location import DEFAULT_DIRECTORY
from storage.mediatypes import JSON

QUEUED = 1_000
"""Reads queued at once: a pool remembers each of them, which adds up in a batch of many thousands."""
T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Known:
    """The stored part of some pairs: those that are present, by leaf hash, and the request hashes with an original.

    ``manifest`` is what the batch's last run left (None: it never ran), without its matrix unless that run failed.
    """

    results: dict[str, LeafResult]
    originals: frozenset[str]
    manifest: BatchResult | None


def find_result(store: Store, planned: Planned) -> LeafResult | None:
    """Return the recorded outcome of a pair as a run reports that reuses it; None when there is none."""
    found = read_result(store, planned)
    return reuse(found, planned) if found else None


def read_result(store: Store, planned: Planned) -> LeafResult | None:
    """Return the recorded outcome of a pair as it was recorded; None when there is none that fits."""
    found = records.find_result(store, planned.leaf_hash)
    return found if found and _fits(found, planned) else None


def record(store: Store, planned: Planned, result: LeafResult) -> LeafResult:
    """Record the outcome of a pair; return it as its record says it.

    A record of the same picture that is there already stays as it is. A pair that was once made alone stays one that
    was, whoever makes it anew.
    """
    key = keys.result(result.leaf_hash)
    if store.create(key, _dump(result), content_type=JSON):
        return result
    there = read_result(store, planned)
    alone = result.made_alone or (there is not None and there.made_alone)
    told = result.model_copy(update={"made_alone": alone})
    if there is None or (there.image, there.pictures, there.made_alone) != (result.image, result.pictures, alone):
        store.replace(key, _dump(told), content_type=JSON)
    return told


def has_original(store: Store, request_hash: str) -> bool:
    """Tell whether bytes that were paid for are stored under this hash.

    True as well where something blocks their key: reading says so, and what is paid for could not be stored.
    """
    try:
        return records.has_bytes(store, keys.original(request_hash))
    except Blocked:
        return True


def look_up(store: Store, batch_id: str, planned: Sequence[Planned]) -> Known:
    """Find out what is stored of these pairs, with many reads at once.

    A pair that the batch's manifest names takes two requests, another one at most two more.
    """
    manifest = records.find_manifest(store, batch_id)
    recorded = _from_manifest(manifest, planned)
    if manifest and manifest.status != "failed":
        manifest = manifest.model_copy(update={"images": None})  # what is needed of them is in the records by now
    rest = [item for item in planned if item.leaf_hash not in recorded]
    for item, result in zip(rest, read_at_once(partial(find_result, store), rest), strict=True):
        if result:
            recorded[item.leaf_hash] = result
    there = read_at_once(partial(records.is_present, store), list(recorded.values()))
    results = {name: result for (name, result), yes in zip(recorded.items(), there, strict=True) if yes}
    hashes = list(dict.fromkeys(item.request_hash for item in planned if item.leaf_hash not in results))
    stored = read_at_once(partial(has_original, store), hashes)
    originals = frozenset(name for name, yes in zip(hashes, stored, strict=True) if yes)
    return Known(results, originals, manifest)


def find_elsewhere(store: Store, unpaid: Sequence[Planned]) -> str:
    """Say how many of these pairs, whose originals are not in their store, have one in the usual directory.

    There a copy costs nothing, and a run would pay. Returns an empty string when there are none, and the reason when
    that directory cannot be read.
    """
    usual = Path(DEFAULT_DIRECTORY)
    if not (unpaid and usual.is_dir()) or Path(store.location).resolve() == usual.resolve():
        return ""
    from storage.directory import DirectoryStore

    try:
        there = sum(records.has_bytes(DirectoryStore(usual), keys.original(item.request_hash)) for item in unpaid)
    except StoreError as error:
        return f"the directory {DEFAULT_DIRECTORY}, which may have some of its pictures, could not be searched: {error}"
    if not there:
        return ""
    of = f"{there} of the {counted(len(unpaid), 'picture')} to generate"
    lie = "is" if there == 1 else "are"
    return (
        f"{of} {lie} not in {store.location}, which was looked in, but in the directory {DEFAULT_DIRECTORY}: "
        f"'imagegen copy --all --store {DEFAULT_DIRECTORY} --to {store.location}' copies them, and nothing is paid for "
        "them again"
    )


def read_at_once(read: Callable[[T], R], subjects: Sequence[T]) -> Iterator[R]:
    """Yield what ``read`` returns for each subject, in order, with many reads in flight."""
    with ThreadPoolExecutor(records.AT_ONCE, "lookup") as pool:
        for begin in range(0, len(subjects), QUEUED):
            yield from pool.map(read, subjects[begin : begin + QUEUED])


def reuse(found: LeafResult, planned: Planned) -> LeafResult:
    """Return a recorded outcome as the outcome of a run that found it: nothing paid, no time spent."""
    fresh = found.model_copy(
        update={
            "prompt": planned.leaf.prompt,
            "title": planned.leaf.title,
            "model": planned.leaf.model,
            "reused": True,
            "seconds": 0.0,
            "started_at": 0.0,
            "timing": {},
            "cost_usd": 0.0,
            "known_cost_usd": 0.0,
            "unpriced_calls": 0,
            "paid_calls": 0,
            "possible_extra_charges": 0,
            "attempts": 0,
        }
    )
    return fresh.compact()


def _from_manifest(manifest: BatchResult | None, planned: Sequence[Planned]) -> dict[str, LeafResult]:
    stored = {leaf.leaf_hash: leaf for leaf in manifest.leaves()} if manifest else {}
    return {
        item.leaf_hash: reuse(leaf, item)
        for item in planned
        if (leaf := stored.get(item.leaf_hash)) and _fits(leaf, item)
    }


def _dump(result: LeafResult) -> bytes:
    return result.model_dump_json().encode()


def _fits(found: LeafResult, planned: Planned) -> bool:
    """Tell whether the record is of this very pair and leads to a picture and its thumbnail."""
    names = (found.leaf_hash, found.request_hash) == (planned.leaf_hash, planned.request_hash)
    return names and records.find_pictures(found) is not None
