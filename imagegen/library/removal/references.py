"""The keys that outcomes need, and the order in which they may go."""

from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

from imagegen import cells, records
from imagegen.cells import Attempt
from imagegen.records import Damaged, RecordError
from imagegen.results import LeafResult
from storage import ObjectNotFound, Store, keys

_HASH = 64
"""Digits of a request's hash."""
_SPACES = (
    keys.RESULTS,
    keys.THUMBNAILS,
    keys.IMAGES,
    keys.ORIGINALS,
    keys.REJECTED,
    keys.CLAIMS,
    keys.REPORTS,
    keys.BATCHES,
)
"""The order in which objects go, so that no record ever points at what is gone."""


def order(key: str) -> tuple[int, str]:
    """Return the place of a key in the order in which objects go."""
    return _SPACES.index(key[: key.index("/") + 1]), key


def read_request(key: str) -> str:
    """Return the hash of the request to which an original, rejected bytes or a claim belongs."""
    return key.partition("/")[2][:_HASH]


def list_references(leaves: Iterable[LeafResult]) -> Iterator[str]:
    """List the keys that these outcomes need, claims left out: they belong to their originals.

    They are built from the hashes: a record whose ``key`` fields were tampered with deletes nothing else.
    """
    for leaf in leaves:
        yield keys.result(leaf.leaf_hash)
        if leaf.image:
            yield keys.thumbnail(leaf.image.sha256)
        for picture in records.list_images(leaf):
            if keys.is_image_of(picture.key, picture.sha256):
                yield picture.key
        yield keys.original(leaf.request_hash)


def list_references_of_asked(store: Store, asked: Iterable[Attempt]) -> Iterator[str]:
    """List what pictures need that were asked for: after a killed redo, or in a new look, no manifest names them."""
    for one in asked:
        yield keys.result(one.leaf_hash)
        yield keys.original(one.request_hash)
        found = records.find_result(store, one.leaf_hash)
        yield from list_references([found] if found else [])


def find_asked(store: Store, batch_id: str) -> list[Attempt]:
    """Return the pictures that were asked for in a batch's redone cells; none when what says so is damaged."""
    try:
        return cells.read(store, batch_id).list_attempts()
    except Damaged:
        return []  # it goes with the batch, and the manifest names what was made


def read_redone(store: Store, without: Collection[str]) -> tuple[list[Attempt], list[str]]:
    """Read what was asked for in the redone cells of all other batches; also the keys that say it and are damaged."""
    asked: list[Attempt] = []
    damaged: list[str] = []
    for key in records.list_keys(store, keys.BATCHES):
        name = key.split("/")[1]
        if key == keys.cells(name) and name not in without:
            try:
                asked += cells.read(store, name).list_attempts()
            except Damaged:
                damaged.append(key)
    return asked, damaged


def read_results(store: Store, wanted: Collection[str]) -> dict[str, LeafResult | RecordError | None]:
    """Read the results under these keys: None for one that is gone by now, the error for one that cannot be used."""

    def read(key: str) -> LeafResult | RecordError | None:
        try:
            return records.load_result(store, key.removeprefix(keys.RESULTS).removesuffix(".json"))
        except RecordError as error:
            return error
        except ObjectNotFound:
            return None

    with ThreadPoolExecutor(records.AT_ONCE, "removal") as pool:
        return dict(zip(wanted, pool.map(read, wanted), strict=True))
