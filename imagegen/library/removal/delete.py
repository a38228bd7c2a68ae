"""Deletion of batches together with everything that nothing else in the store refers to."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime

from imagegen import records
from imagegen.cells import Attempt
from imagegen.errors import ImagegenError
from imagegen.library.listing import ManifestDamaged, list_batches, load_batch
from imagegen.library.permissions import require_deletion
from imagegen.library.removal.paid import Paid, find_paid
from imagegen.library.removal.references import (
    find_asked,
    list_references,
    list_references_of_asked,
    order,
    read_redone,
    read_results,
)
from imagegen.library.removal.unreported import find_unreported
from imagegen.paying.money import Ledger, tell_spending
from imagegen.paying.run_report import Report, find_running
from imagegen.paying.spending import archive
from imagegen.records import RecordError
from imagegen.results import LeafResult
from storage import AccessDenied, ObjectInfo, Store, StoreError, StoreMisconfigured, keys
from storage.directory import DirectoryStore

_GENERATIONS = 10_000
"""Numbers that an older version's claims on a request may have."""
_NAMED = 3
"""Running batches that a refusal names; the rest are counted."""
_FORCE = "; --force deletes all the same"


class BatchRunning(ImagegenError):
    """A batch may be running, and would lose what it has looked up already."""


class SpendingUnreported(ImagegenError):
    """A run of the batch was killed, and what it spent is in no result yet."""


@dataclass(frozen=True, slots=True)
class Removal:
    """The objects that a removal of batches, or of what is superfluous, takes away, in the order in which they go."""

    batch_ids: tuple[str, ...]
    objects: tuple[ObjectInfo, ...]
    kept: int
    """Objects of the batches that other batches, or pictures made without one, refer to as well."""
    needed: tuple[str, ...] = ()
    """Claims that stay, with the reason: what another batch's run has spent stands in them and in no result."""
    unreported: Ledger = field(default_factory=Ledger)
    """Spending of the batches' own runs that no batch's result accounts for yet, as far as the store says."""
    paid: Paid = field(default_factory=Paid)
    """The paid originals among the objects."""

    @property
    def size(self) -> int:
        """Bytes that the removal frees."""
        return sum(found.size for found in self.objects)

    def tell_unreported(self) -> str:
        """Return the unreported spending in words."""
        return f"{tell_spending(self.unreported)}, as far as the store says"


@dataclass(frozen=True, slots=True)
class _Others:
    """The objects that others than the batches need, and the records that may need more but cannot be read.

    ``results`` are the records that were read meanwhile, the batches' own among them.
    """

    needed: frozenset[str]
    unreadable: tuple[str, ...]
    results: tuple[LeafResult, ...]


def require_idle(store: Store, *, way_out: str = _FORCE) -> None:
    """Raise BatchRunning while a batch of the store may be running: it may rely on any picture that is there."""
    running = find_running(store)
    if not running:
        return
    raise BatchRunning(
        f"nothing was deleted: {name_running(running)} may be running in {store.location}, and may rely on what "
        "would go; wait for its end or stop it. A run that was killed on another machine is known to be over after "
        f"25 hours{way_out}"
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
            f"nothing was deleted: a run of batch {removal.batch_ids[0]} was killed, and what it spent is in no result "
            f"yet ({removal.tell_unreported()}). Run the batch file again: its result "
            "accounts for it. --force deletes all the same, and then it is in no result"
        )


def plan_removal(store: Store, *batch_ids: str, keep_originals: bool = False) -> Removal:
    """Return what deleting these batches, all of them, would remove; removes nothing.

    ``keep_originals`` leaves all that was paid for, and the claims on it, so that a batch that is run again pays
    nothing. Raises BatchNotFound, and ManifestDamaged when a manifest or result that cannot be read may need any of it.
    """
    own = [load_batch(store, name) for name in batch_ids]
    asked = [one for name in batch_ids for one in find_asked(store, name)]
    holdings = [leaf for batch in own for leaf in batch.holdings()]
    others = _read_others(store, batch_ids, holdings, asked)
    unreported = find_unreported(store, own, asked)
    references = {*list_references(holdings), *list_references_of_asked(store, asked)}
    free = sorted(references - others.needed, key=order)
    if keep_originals:
        free = [key for key in free if not key.startswith(keys.ORIGINALS)]
    shareable = _look_at(store, free)
    if shareable and (unreadable := (*others.unreadable, *unreported.unreadable)):
        raise ManifestDamaged(
            f"nothing was deleted: {', '.join(unreadable[:5])} in {store.location} cannot be read, so what "
            "it refers to is unknown; 'imagegen verify' says what to do about it"
        )
    ordered = [key.removeprefix(keys.ORIGINALS) for key in free if key.startswith(keys.ORIGINALS)]
    needed = {keys.claim(name): report for name, report in unreported.needed_by.items() if name in ordered}
    objects = (
        *_look_at(store, map(keys.gallery, batch_ids)),
        *shareable,
        *(found for found in _look_at_accounts(store, ordered) if found.key not in needed),
        *_look_at(store, (key for name in batch_ids for key in _list_reports(store, name))),
        *_look_at(store, map(keys.cells, batch_ids)),
        *_look_at(store, map(keys.manifest, batch_ids)),
    )
    reasons = tuple(
        f"{key} stays: its account is needed by batch {report.batch_id}, whose run since "
        f"{_tell_time(report.started_at)} is in no result yet"
        for key, report in needed.items()
    )
    gone = {found.key for found in objects}
    pairs = [(leaf.leaf_hash, leaf.request_hash) for leaf in holdings]
    pairs += [(one.leaf_hash, one.request_hash) for one in asked]
    paid = find_paid(gone, (*holdings, *others.results))
    kept = len(references & others.needed)
    return Removal(tuple(batch_ids), objects, kept, reasons, unreported.own, paid)


def remove(store: Store, *removals: Removal) -> dict[str, str]:
    """Delete what was planned, one object after the other; return, by key, the reason for which some would not go.

    What it has cost is archived before. A manifest goes last, and stays when anything stays: by it, another removal
    goes on where this one ended. An original goes before its claims, which would otherwise no longer say that it was
    paid for. Raises StoreError when the store as a whole does not answer, and, before anything is deleted, when it
    permits no deletion or does not take what is archived.
    """
    planned = {found.key for removal in removals for found in removal.objects}
    require_deletion(store, planned)
    try:
        archive(store, planned)
    except (StoreError, RecordError) as error:
        raise type(error)(f"nothing was deleted, as what it has cost could not be archived: {error}") from error
    stayed: dict[str, str] = {}
    for removal in removals:
        stayed |= _delete_all(store, removal)
    return stayed


def _delete_all(store: Store, removal: Removal) -> dict[str, str]:
    manifests, stayed = set(map(keys.manifest, removal.batch_ids)), dict[str, str]()
    held_back = False
    for found in removal.objects:
        held_back = held_back or (found.key in manifests and bool(stayed))
        if held_back:
            stayed[found.key] = f"{found.key} stays, so that deleting the batch again goes on from here"
            continue
        try:
            store.delete(found.key)
        except StoreError as error:
            store.list(found.key, limit=1)
            stayed[found.key] = str(error)
    return stayed


def _read_others(store: Store, own_ids: Collection[str], own: Sequence[LeafResult], asked: list[Attempt]) -> _Others:
    """Read every other manifest, and the results that no manifest names: a reference from any record counts.

    Of the batches' own results those count that were made alone: they were there before the batch, or without it.
    """
    stock = list_batches(store)
    others = [batch for batch in stock.batches if batch.batch_id not in own_ids]
    own_keys = {keys.result(leaf.leaf_hash) for leaf in own} | {keys.result(one.leaf_hash) for one in asked}
    named = {keys.result(leaf.leaf_hash) for batch in others for leaf in batch.holdings()}
    wanted = [key for key in records.list_keys(store, keys.RESULTS) if key in own_keys or key not in named]
    results = read_results(store, wanted)
    alone = [leaf for leaf in own if leaf.made_alone]
    for key, leaf in results.items():
        if isinstance(leaf, LeafResult) and (leaf.made_alone or key not in own_keys):
            alone.append(leaf)
    needed = {key for leaves in (alone, *(batch.holdings() for batch in others)) for key in list_references(leaves)}
    redone, blurred = read_redone(store, own_ids)
    needed |= set(list_references_of_asked(store, redone))
    damaged = [*(keys.manifest(name) for name in stock.damaged if name not in own_ids), *blurred]
    unread = [key for key, found in results.items() if isinstance(found, RecordError) and key not in own_keys]
    read = tuple(leaf for leaf in results.values() if isinstance(leaf, LeafResult))
    return _Others(frozenset(needed), (*damaged, *unread), read)


def _list_reports(store: Store, batch_id: str) -> Iterator[str]:
    """List the reports of a batch, and what lies in the place of one: its removal is tried, and named."""
    prefix = keys.reports_of(batch_id)
    yield from records.list_keys(store, prefix)
    if isinstance(store, DirectoryStore):
        yield from store.list_blocked(prefix)


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
