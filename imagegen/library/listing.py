"""The batches in a store: finding one by the start of its id, and listing them all."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from imagegen import records
from imagegen.errors import ImagegenError
from imagegen.paying import run_report
from imagegen.records import RecordError
from imagegen.results import BatchResult
from storage import AccessDenied, ObjectNotFound, Store, keys

MIN_PREFIX = 4
"""Characters of a batch id that name it, when no other batch's id starts with them."""


class BatchNotFound(ImagegenError):
    """No batch, or more than one, goes by that name in this store."""


class ManifestDamaged(ImagegenError):
    """A batch's manifest cannot be read as one."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A store's batches, newest first, and the ids of those whose manifests cannot be read."""

    batches: tuple[BatchResult, ...]
    damaged: tuple[str, ...]


def list_batch_ids(store: Store, prefix: str = "") -> Iterator[str]:
    """List the ids of the batches that have a manifest and start with ``prefix``, in order."""
    for key in records.list_keys(store, keys.BATCHES + prefix):
        batch_id, _, name = key.removeprefix(keys.BATCHES).partition("/")
        if name == "batch.json":
            yield batch_id


def resolve(store: Store, name: str) -> str:
    """Return the batch id that ``name``, a whole id or the start of one, stands for. Raises BatchNotFound."""
    wanted = name.strip().lower()
    if len(wanted) < MIN_PREFIX or not set(wanted) <= set("0123456789abcdef"):
        expected = f"a batch id, or its first {MIN_PREFIX} or more characters (0-9, a-f)"
        raise BatchNotFound(f"{name[:40]!r} is not {expected}; 'imagegen list' shows them")
    found = list(list_batch_ids(store, wanted))
    if len(found) == 1:
        return found[0]
    if not found:
        raise BatchNotFound(f"there is no batch {wanted} in {store.location}; 'imagegen list' shows what there is")
    raise BatchNotFound(f"{wanted} is the start of {len(found)} batch ids: {', '.join(found[:5])}; give more of it")


def load_batch(store: Store, batch_id: str) -> BatchResult:
    """Return a batch's manifest. Raises BatchNotFound or ManifestDamaged."""
    try:
        return records.load_manifest(store, batch_id)
    except ObjectNotFound as error:
        raise BatchNotFound(f"there is no batch {batch_id} in {store.location}") from error
    except RecordError as error:
        raise ManifestDamaged(str(error)) from error


def sum_spending(store: Store) -> dict[str, float | None]:
    """Return, by batch id, the US dollars that all finished runs of a batch have paid; None when a part is unknown.

    It is what their reports say; a batch whose runs have left none is not in it.
    """

    def read(key: str) -> run_report.Report | None:
        try:
            return run_report.parse(records.read_bytes(store, key))
        except (RecordError, ObjectNotFound):
            return None

    spent: dict[str, float | None] = {}
    listed = list(records.list_keys(store, keys.REPORTS))
    with ThreadPoolExecutor(records.AT_ONCE, "library") as pool:
        for key, report in zip(listed, pool.map(read, listed), strict=True):
            batch_id = key.removeprefix(keys.REPORTS).partition(".")[0]
            if report is None:
                spent[batch_id] = None
            elif report.summary:
                before, now = spent.get(batch_id, 0.0), report.summary.cost_usd
                spent[batch_id] = None if before is None or now is None else round(before + now, 6)
    return spent


def list_batches(store: Store) -> Listing:
    """Return every batch of the store, newest first. Raises AccessDenied where no manifest may be read."""

    def read(batch_id: str) -> BatchResult | tuple[str, RecordError] | None:
        try:
            return records.load_manifest(store, batch_id)
        except RecordError as error:
            return batch_id, error
        except ObjectNotFound:
            return None  # deleted since it was listed

    with ThreadPoolExecutor(records.AT_ONCE, "library") as pool:
        found = list(pool.map(read, list_batch_ids(store)))
    batches = [entry for entry in found if isinstance(entry, BatchResult)]
    batches.sort(key=lambda batch: (batch.created_at, batch.batch_id), reverse=True)
    damaged = [entry for entry in found if isinstance(entry, tuple)]
    for _, error in damaged:
        if not batches and isinstance(error.__cause__, AccessDenied):
            raise error.__cause__
    return Listing(tuple(batches), tuple(batch_id for batch_id, _ in damaged))
