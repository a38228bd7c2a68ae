"""Deletion of a batch together with everything that nothing else in the store refers to."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from imagegen import records
from imagegen.library.listing import ManifestDamaged, list_batches, load_batch
from imagegen.records import RecordError
from imagegen.results import BatchResult, LeafResult
from storage import ObjectInfo, ObjectNotFound, Store, keys

_SPACES = (keys.RESULTS, keys.THUMBNAILS, keys.IMAGES, keys.ORIGINALS)
"""The order in which a batch's objects go, so that no record ever points at what is gone."""
_REJECTED = 100
"""Numbers that rejected bytes of a request may have."""
_GENERATIONS = 10_000
"""Numbers that an older version's claims on a request may have."""


@dataclass(frozen=True, slots=True)
class Removal:
    """The objects that deleting a batch removes, in the order in which they have to go, and the number that stay."""

    batch_id: str
    objects: tuple[ObjectInfo, ...]
    kept: int
    """Objects of the batch that other batches, or pictures made without one, refer to as well."""

    @property
    def size(self) -> int:
        """Bytes that the removal frees."""
        return sum(found.size for found in self.objects)


@dataclass(frozen=True, slots=True)
class _Others:
    """The objects that others than the batch need, and the records that may need more but cannot be read."""

    needed: frozenset[str]
    unreadable: tuple[str, ...]


def plan_removal(store: Store, batch_id: str) -> Removal:
    """Return what deleting the batch would remove; removes nothing.

    Raises BatchNotFound, and ManifestDamaged when a manifest or result that cannot be read may need any of it.
    """
    own = load_batch(store, batch_id)
    others = _read_others(store, own)
    references = set(_list_references(own.leaves()))
    free = references - others.needed
    shareable = _look_at(store, sorted(free, key=_order))
    if shareable and others.unreadable:
        raise ManifestDamaged(
            f"nothing was deleted: {', '.join(others.unreadable[:5])} in {store.location} cannot be read, so what "
            "it refers to is unknown; run that batch again, or remove the object"
        )
    first = [keys.gallery(batch_id), keys.manifest(batch_id)]
    first += records.list_keys(store, f"{keys.REPORTS}{batch_id}.")
    paid = [key.removeprefix(keys.ORIGINALS) for key in sorted(free, key=_order) if key.startswith(keys.ORIGINALS)]
    objects = (*_look_at(store, first), *shareable, *_look_at_accounts(store, paid))
    return Removal(batch_id, objects, len(references & others.needed))


def remove(store: Store, removal: Removal) -> None:
    """Delete what was planned, one object after the other. Raises StoreError at the first that will not go.

    The page and the manifest go first, so that no manifest ever points at what is gone; an original goes before its
    claims, which would otherwise no longer say that it was paid for. What an interruption leaves behind is found
    again by running the batch once more, which reuses it. Do not delete while a batch is running.
    """
    for found in removal.objects:
        store.delete(found.key)


def _read_others(store: Store, own: BatchResult) -> _Others:
    """Read every other manifest, and the results that no manifest names: a reference from any record counts."""
    stock = list_batches(store)
    others = [batch for batch in stock.batches if batch.batch_id != own.batch_id]
    named = {keys.result(leaf.leaf_hash) for batch in (own, *others) for leaf in batch.leaves()}
    unnamed = [key for key in records.list_keys(store, keys.RESULTS) if key not in named]
    with ThreadPoolExecutor(records.AT_ONCE, "removal") as pool:
        results = dict(zip(unnamed, pool.map(lambda key: _read_result(store, key), unnamed), strict=True))
    needed = {key for batch in others for key in _list_references(batch.leaves())}
    needed |= set(_list_references(leaf for leaf in results.values() if isinstance(leaf, LeafResult)))
    damaged = [keys.manifest(name) for name in stock.damaged if name != own.batch_id]
    return _Others(
        frozenset(needed), (*damaged, *(key for key, found in results.items() if isinstance(found, RecordError)))
    )


def _read_result(store: Store, key: str) -> LeafResult | RecordError | None:
    try:
        return records.load_result(store, key.removeprefix(keys.RESULTS).removesuffix(".json"))
    except RecordError as error:
        return error
    except ObjectNotFound:
        return None  # deleted since it was listed


def _list_references(leaves: Iterable[LeafResult]) -> Iterator[str]:
    """List the keys that these outcomes need, claims left out: they belong to their originals.

    They are built from the hashes: a record whose ``key`` fields were tampered with deletes nothing else.
    """
    for leaf in leaves:
        yield keys.result(leaf.leaf_hash)
        if leaf.image:
            yield keys.thumbnail(leaf.image.sha256)
            yield keys.image(leaf.image.sha256)
        yield keys.original(leaf.request_hash)


def _order(key: str) -> tuple[int, str]:
    return _SPACES.index(key[: key.index("/") + 1]), key


def _look_at(store: Store, wanted: Iterable[str]) -> tuple[ObjectInfo, ...]:
    """Return those of the objects that are there."""
    with ThreadPoolExecutor(records.AT_ONCE, "removal") as pool:
        return tuple(filter(None, pool.map(lambda key: records.look(store, key), wanted)))


def _look_at_accounts(store: Store, request_hashes: Iterable[str]) -> tuple[ObjectInfo, ...]:
    """Return what was rejected and claimed for these requests, of each kind the newest first."""

    def look(request_hash: str) -> list[ObjectInfo]:
        rejected = (keys.rejected(request_hash, number) for number in range(_REJECTED))
        older = (keys.claim(request_hash, number) for number in range(_GENERATIONS))
        return [
            *_look_until_absent(store, rejected),
            *_look_at(store, [keys.claim(request_hash)]),
            *_look_until_absent(store, older),
        ]

    with ThreadPoolExecutor(records.AT_ONCE, "removal") as pool:
        return tuple(found for accounts in pool.map(look, request_hashes) for found in accounts)


def _look_until_absent(store: Store, numbered: Iterable[str]) -> list[ObjectInfo]:
    """Return the numbered objects from the first one up to a gap, the newest first."""
    found: list[ObjectInfo] = []
    for key in numbered:
        info = records.look(store, key)
        if info is None:
            break
        found.insert(0, info)
    return found
