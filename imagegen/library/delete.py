"""Deleting a batch together with everything that no other batch refers to."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from imagegen.library.listing import ManifestDamaged, listing, load
from imagegen.making.stored import AT_ONCE
from imagegen.results import BatchResult
from storage import ObjectInfo, ObjectNotFound, Store, keys


@dataclass(frozen=True, slots=True)
class Removal:
    """What deleting a batch removes, in the order in which it has to go, and how much other batches keep."""

    batch_id: str
    objects: tuple[ObjectInfo, ...]
    kept: int
    """Objects of the batch that other batches refer to as well."""

    @property
    def size(self) -> int:
        """Bytes that the removal frees."""
        return sum(found.size for found in self.objects)


def plan_removal(store: Store, batch_id: str) -> Removal:
    """What deleting the batch would remove; removes nothing.

    Raises BatchNotFound, and ManifestDamaged for any manifest that cannot be read: what it refers to is unknown.
    """
    own = load(store, batch_id)
    stock = listing(store)
    if stock.damaged:
        damaged = ", ".join(keys.manifest(name) for name in stock.damaged)
        raise ManifestDamaged(
            f"nothing was deleted: {damaged} in {store.location} cannot be read, so what it refers to is unknown; "
            "run that batch again, or remove the object"
        )
    others = {key for batch in stock.batches if batch.batch_id != batch_id for key in _references(batch)}
    free = [key for key in _references(own) if key not in others]
    with ThreadPoolExecutor(AT_ONCE, "removal") as pool:
        found = list(pool.map(lambda key: _stored(store, key), _ordered(own, free)))
    objects = tuple(info for infos in found for info in infos)
    return Removal(batch_id, objects, len(set(_references(own)) & others))


def remove(store: Store, removal: Removal) -> None:
    """Delete what was planned, one object after the other. Raises StoreError at the first that will not go.

    The page and the manifest go first, so that no manifest ever points at what is gone; an original goes before its
    claims, which would otherwise no longer say that it was paid for. What an interruption leaves behind is found
    again by running the batch once more, which reuses it. Do not delete while a batch is running.
    """
    for found in removal.objects:
        store.delete(found.key)


def _references(batch: BatchResult) -> Iterator[str]:
    """The keys that a batch needs, claims left out: they belong to their originals.

    They are built from the hashes: a manifest whose ``key`` fields were tampered with deletes nothing else.
    """
    for leaf in batch.leaves():
        yield keys.result(leaf.leaf_hash)
        if leaf.image:
            yield keys.thumbnail(leaf.image.sha256)
            yield keys.image(leaf.image.sha256)
        yield keys.original(leaf.request_hash)


def _ordered(batch: BatchResult, free: Iterable[str]) -> list[str]:
    spaces = (keys.RESULTS, keys.THUMBNAILS, keys.IMAGES, keys.ORIGINALS)
    distinct = sorted(dict.fromkeys(free), key=lambda key: spaces.index(key[: key.index("/") + 1]))
    gone = [key.removeprefix(keys.ORIGINALS) for key in distinct if key.startswith(keys.ORIGINALS)]
    return [keys.gallery(batch.batch_id), keys.manifest(batch.batch_id), *distinct, *(keys.CLAIMS + h for h in gone)]


def _stored(store: Store, key: str) -> list[ObjectInfo]:
    """The object under ``key`` if there is one; for ``claims/<hash>``, every claim on it, the newest first."""
    if not key.startswith(keys.CLAIMS):
        return _head(store, key)
    request_hash = key.removeprefix(keys.CLAIMS)
    found: list[ObjectInfo] = []
    for generation in range(1_000):
        claim = _head(store, keys.claim(request_hash, generation))
        if not claim:
            break
        found = claim + found
    return found


def _head(store: Store, key: str) -> list[ObjectInfo]:
    try:
        return [store.head(key)]
    except ObjectNotFound:
        return []
