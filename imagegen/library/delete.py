"""Deletion of a batch together with everything that nothing else in the store refers to."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime

from imagegen import cells, records
from imagegen.cells import Attempt
from imagegen.errors import ImagegenError
from imagegen.library.listing import ManifestDamaged, list_batches, load_batch
from imagegen.library.unreported import find_unreported
from imagegen.paying.money import Ledger, tell_spending
from imagegen.paying.run_report import Report, find_running
from imagegen.records import Damaged, RecordError
from imagegen.results import BatchResult, LeafResult
from storage import AccessDenied, ObjectInfo, ObjectNotFound, Store, StoreError, StoreMisconfigured, keys
from storage.directory import DirectoryStore

_SPACES = (keys.RESULTS, keys.THUMBNAILS, keys.IMAGES, keys.ORIGINALS)
"""The order in which a batch's objects go, so that no record ever points at what is gone."""
_GENERATIONS = 10_000
"""Numbers that an older version's claims on a request may have."""
_NAMED = 3
"""Running batches that a refusal names; the rest are counted."""


class BatchRunning(ImagegenError):
    """A batch may be running, and would lose what it has looked up already."""


class SpendingUnreported(ImagegenError):
    """A run of the batch was killed, and what it spent is in no result yet."""


@dataclass(frozen=True, slots=True)
class Removal:
    """The objects that deleting a batch removes, in the order in which they have to go, and the number that stay."""

    batch_id: str
    objects: tuple[ObjectInfo, ...]
    kept: int
    """Objects of the batch that other batches, or pictures made without one, refer to as well."""
    needed: tuple[str, ...] = ()
    """Claims that stay, with the reason: what another batch's run has spent stands in them and in no result."""
    unreported: Ledger = field(default_factory=Ledger)
    """Spending of the batch's own runs that no batch's result accounts for yet, as far as the store says."""

    @property
    def size(self) -> int:
        """Bytes that the removal frees."""
        return sum(found.size for found in self.objects)

    def tell_unreported(self) -> str:
        """Return the unreported spending in words."""
        return f"{tell_spending(self.unreported)}, as far as the store says"


@dataclass(frozen=True, slots=True)
class _Others:
    """The objects that others than the batch need, and the records that may need more but cannot be read."""

    needed: frozenset[str]
    unreadable: tuple[str, ...]


def require_idle(store: Store) -> None:
    """Raise BatchRunning while a batch of the store may be running: it may rely on any picture that is there."""
    running = find_running(store)
    if not running:
        return
    raise BatchRunning(
        f"nothing was deleted: {name_running(running)} may be running in {store.location}, and may rely on what "
        "would go; wait for its end or stop it. A run that was killed on another machine is known to be over after "
        "25 hours; --force deletes all the same"
    )


def name_running(running: Sequence[Report]) -> str:
    """Name batch runs by their batches and beginnings, the first few of them."""
    named = [f"batch {one.batch_id} since {_tell_time(one.started_at)}" for one in running[:_NAMED]]
    more = f" and {len(running) - _NAMED} more" if len(running) > _NAMED else ""
    return f"{', '.join(named)}{more}"


def require_reported(removal: Removal) -> None:
    """Raise SpendingUnreported when the removal would lose what a run of the batch has spent."""
    if removal.unreported.is_spent:
        raise SpendingUnreported(
            f"nothing was deleted: a run of batch {removal.batch_id} was killed, and what it spent is in no result yet "
            f"({removal.tell_unreported()}). Run the batch file again: its result "
            "accounts for it. --force deletes all the same, and then it is in no result"
        )


def plan_removal(store: Store, batch_id: str) -> Removal:
    """Return what deleting the batch would remove; removes nothing.

    Raises BatchNotFound, and ManifestDamaged when a manifest or result that cannot be read may need any of it.
    """
    own, asked = load_batch(store, batch_id), _find_asked(store, batch_id)
    others = _read_others(store, own, asked)
    unreported = find_unreported(store, own, asked)
    references = {*_list_references(own.holdings()), *_list_references_of_asked(store, asked)}
    free = references - others.needed
    shareable = _look_at(store, sorted(free, key=_order))
    if shareable and (unreadable := (*others.unreadable, *unreported.unreadable)):
        raise ManifestDamaged(
            f"nothing was deleted: {', '.join(unreadable[:5])} in {store.location} cannot be read, so what "
            f"it refers to is unknown; {records.REMEDY}"
        )
    paid = [key.removeprefix(keys.ORIGINALS) for key in sorted(free, key=_order) if key.startswith(keys.ORIGINALS)]
    needed = {keys.claim(name): report for name, report in unreported.needed_by.items() if name in paid}
    objects = (
        *_look_at(store, [keys.gallery(batch_id)]),
        *shareable,
        *(found for found in _look_at_accounts(store, paid) if found.key not in needed),
        *_look_at(store, _list_reports(store, batch_id)),
        *_look_at(store, [keys.cells(batch_id)]),
        *_look_at(store, [keys.manifest(batch_id)]),
    )
    reasons = tuple(
        f"{key} stays: its account is needed by batch {report.batch_id}, whose run since "
        f"{_tell_time(report.started_at)} is in no result yet"
        for key, report in needed.items()
    )
    return Removal(batch_id, objects, len(references & others.needed), reasons, unreported.own)


def remove(store: Store, removal: Removal) -> dict[str, str]:
    """Delete what was planned, one object after the other; return, by key, the reason for which some would not go.

    The manifest goes last, and stays when anything stays: by it, another removal goes on where this one ended. An
    original goes before its claims, which would otherwise no longer say that it was paid for. Raises StoreError when
    the store as a whole does not answer.
    """
    manifest, stayed = keys.manifest(removal.batch_id), dict[str, str]()
    for found in removal.objects:
        if found.key == manifest and stayed:
            stayed[manifest] = f"{manifest} stays, so that deleting the batch again goes on from here"
            break
        try:
            store.delete(found.key)
        except StoreError as error:
            store.list(found.key, limit=1)
            stayed[found.key] = str(error)
    return stayed


def _read_others(store: Store, own: BatchResult, asked: Iterable[Attempt]) -> _Others:
    """Read every other manifest, and the results that no manifest names: a reference from any record counts.

    Of the batch's own results those count that were made alone: they were there before the batch, or without it.
    """
    stock = list_batches(store)
    others = [batch for batch in stock.batches if batch.batch_id != own.batch_id]
    own_keys = {keys.result(leaf.leaf_hash) for leaf in own.holdings()} | {keys.result(one.leaf_hash) for one in asked}
    named = {keys.result(leaf.leaf_hash) for batch in others for leaf in batch.holdings()}
    wanted = [key for key in records.list_keys(store, keys.RESULTS) if key in own_keys or key not in named]
    with ThreadPoolExecutor(records.AT_ONCE, "removal") as pool:
        results = dict(zip(wanted, pool.map(lambda key: _read_result(store, key), wanted), strict=True))
    alone = [leaf for leaf in own.holdings() if leaf.made_alone]
    for key, leaf in results.items():
        if isinstance(leaf, LeafResult) and (leaf.made_alone or key not in own_keys):
            alone.append(leaf)
    needed = {key for leaves in (alone, *(batch.holdings() for batch in others)) for key in _list_references(leaves)}
    redone, blurred = _read_redone(store, own.batch_id)
    needed |= set(_list_references_of_asked(store, redone))
    damaged = [*(keys.manifest(name) for name in stock.damaged if name != own.batch_id), *blurred]
    unread = [key for key, found in results.items() if isinstance(found, RecordError) and key not in own_keys]
    return _Others(frozenset(needed), (*damaged, *unread))


def _find_asked(store: Store, batch_id: str) -> list[Attempt]:
    """Return the pictures that were asked for in a batch's redone cells; none when what says so is damaged."""
    try:
        return cells.read(store, batch_id).list_attempts()
    except Damaged:
        return []  # it goes with the batch, and the manifest names what was made


def _list_references_of_asked(store: Store, asked: Iterable[Attempt]) -> Iterator[str]:
    """List what pictures need that were asked for: after a killed redo, or in a new look, no manifest names them."""
    for one in asked:
        yield keys.result(one.leaf_hash)
        yield keys.original(one.request_hash)
        found = records.find_result(store, one.leaf_hash)
        yield from _list_references([found] if found else [])


def _read_redone(store: Store, own_id: str) -> tuple[list[Attempt], list[str]]:
    """Read what was asked for in the redone cells of all other batches; also the keys that say it and are damaged."""
    asked: list[Attempt] = []
    damaged: list[str] = []
    for key in records.list_keys(store, keys.BATCHES):
        name = key.split("/")[1]
        if key == keys.cells(name) and name != own_id:
            try:
                asked += cells.read(store, name).list_attempts()
            except Damaged:
                damaged.append(key)
    return asked, damaged


def _read_result(store: Store, key: str) -> LeafResult | RecordError | None:
    try:
        return records.load_result(store, key.removeprefix(keys.RESULTS).removesuffix(".json"))
    except RecordError as error:
        return error
    except ObjectNotFound:
        return None  # deleted since it was listed


def _list_reports(store: Store, batch_id: str) -> Iterator[str]:
    """List the reports of a batch, and what lies in the place of one: its removal is tried, and named."""
    prefix = keys.reports_of(batch_id)
    yield from records.list_keys(store, prefix)
    if isinstance(store, DirectoryStore):
        yield from store.list_blocked(prefix)


def _list_references(leaves: Iterable[LeafResult]) -> Iterator[str]:
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


def _order(key: str) -> tuple[int, str]:
    return _SPACES.index(key[: key.index("/") + 1]), key


def _look_at(store: Store, wanted: Iterable[str]) -> tuple[ObjectInfo, ...]:
    """Return those of the objects that are there."""
    with ThreadPoolExecutor(records.AT_ONCE, "removal") as pool:
        return tuple(filter(None, pool.map(lambda key: _look(store, key), wanted)))


def _look(store: Store, key: str) -> ObjectInfo | None:
    """Return what is known of the object. One that cannot be looked at counts as there: its removal is tried."""
    try:
        return records.look(store, key)
    except (AccessDenied, StoreMisconfigured):
        return ObjectInfo(key, 0, datetime.now(UTC))


def _look_at_accounts(store: Store, request_hashes: Iterable[str]) -> tuple[ObjectInfo, ...]:
    """Return what was rejected and claimed for these requests, of each kind the newest first."""

    def look(request_hash: str) -> list[ObjectInfo]:
        rejected = (keys.rejected(request_hash, number) for number in range(keys.REJECTED_KEPT))
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
        info = _look(store, key)
        if info is None:
            break
        found.insert(0, info)
    return found


def _tell_time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
