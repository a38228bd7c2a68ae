"""All that was spent, read back from whatever in a store keeps account of it.

A request's claim has its account. The record of a picture has the spending of the leaf run that made it. What was
deleted left its accounts under ``spending/``. One leaf run's spending on one request may stand in all three; it counts
once.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from imagegen import records
from imagegen.paying.account import Entry, join
from imagegen.paying.claim_record import ClaimRecord, load
from imagegen.paying.money import Dollars, ledger_of
from imagegen.records import Damaged
from imagegen.results import LeafResult
from storage import ObjectInfo, ObjectNotFound, Store, keys
from storage.mediatypes import JSON

T = TypeVar("T")
SKEW = 86_400.0
"""Seconds by which the clock of a store may be behind that of a leaf, when objects are left out by their age."""


@dataclass(frozen=True, slots=True)
class Spending:
    """One leaf run's spending on one request; ``entry.at`` says when, in epoch seconds (0: nothing tells).

    ``model`` was asked and ``price_usd`` is the list price of a call, empty and None where no record says so. ``told``:
    the record of the run's picture says it, which knew all that the run had spent.
    """

    request_hash: str
    entry: Entry
    model: str = ""
    price_usd: Dollars | None = None
    told: bool = False

    @property
    def possible_usd(self) -> float:
        """The US dollars of the calls that may have been charged, and of those whose cost nobody knows."""
        ledger = self.entry.ledger
        return (ledger.possible_extra_charges + ledger.unpriced_calls) * (self.price_usd or 0.0)


def read_spending(store: Store, *, since: float = 0.0) -> list[Spending]:
    """Return all spending since a time in epoch seconds, in no order. Raises StoreError, and RecordError.

    Records of pictures are read only when a claim leaves open what its call has cost.
    """
    book = _read_accounts(store, since)
    if book.is_open:
        _add_results(store, since, book)
    return [one for one in book.list() if one.entry.at >= since]


def read_all(store: Store) -> list[Spending]:
    """Return all spending, also that on pictures whose claims are gone. Raises StoreError and RecordError."""
    book = _read_accounts(store, 0.0)
    _add_results(store, 0.0, book)
    return book.list()


def archive(store: Store, gone: Collection[str]) -> None:
    """Keep what claims and records of pictures (their keys) tell of spending, before they are deleted.

    Raises StoreError, and RecordError when it is not known what was spent.
    """
    book = _Book()
    _add_claims(store, 0.0, book, gone)
    _add_results(store, 0.0, book, gone)
    if kept := book.list():
        data = _shape().dump_json(sorted(kept, key=lambda one: (one.request_hash, one.entry.run)))
        store.create(keys.spending(keys.content_hash(data)), data, content_type=JSON)


def parse(data: bytes) -> list[Spending] | None:
    """Return archived spending; None for anything else."""
    try:
        return _shape().validate_json(data)
    except ValidationError:
        return None


@dataclass
class _Book:
    """Spending by request and leaf run. ``is_open``: a claim's call is under way, or its holder did not come to say."""

    is_open: bool = False
    _spent: dict[tuple[str, str], Spending] = field(default_factory=dict)

    def add(self, one: Spending) -> None:
        """Add what a record says."""
        key = (one.request_hash, one.entry.run)
        self._spent[key] = _join(self._spent[key], one) if key in self._spent else one

    def list(self) -> list[Spending]:
        """Return what has been spent, or may have been."""
        return [one for one in self._spent.values() if one.entry.ledger.is_spent]


def _join(one: Spending, other: Spending) -> Spending:
    """Return two accounts of one run as one: the picture's record counts, else of each figure the larger one."""
    entry = join(one.entry, other.entry)
    if one.told != other.told:
        entry = replace(entry, ledger=(one if one.told else other).entry.ledger)
    price = other.price_usd if one.price_usd is None else one.price_usd
    return Spending(one.request_hash, entry, one.model or other.model, price, one.told or other.told)


def _read_accounts(store: Store, since: float) -> _Book:
    book = _Book()
    for _, archived in _read_each(store, keys.SPENDING, since, _read_archive):
        for one in archived:
            book.add(one)
    _add_claims(store, since, book)
    return book


def _add_claims(store: Store, since: float, book: _Book, only: Collection[str] | None = None) -> None:
    for info, (request_hash, record) in _read_each(store, keys.CLAIMS, since, _read_claim, only):
        account = record.account_with_pending_call()
        book.is_open |= account != record.account
        for entry in account.entries:
            dated = replace(entry, at=entry.at or info.modified.timestamp())
            book.add(Spending(request_hash, dated, record.model, record.price_usd))


def _add_results(store: Store, since: float, book: _Book, only: Collection[str] | None = None) -> None:
    for _, leaf in _read_each(store, keys.RESULTS, since, _read_result, only):
        if not leaf.offline:
            parent = leaf.run_id if leaf.run_id != leaf.leaf_run_id else ""
            entry = Entry(leaf.leaf_run_id, parent, ledger_of(leaf), at=leaf.started_at + leaf.seconds)
            book.add(Spending(leaf.request_hash, entry, leaf.served_by, told=True))


def _read_each(
    store: Store,
    space: str,
    since: float,
    read: Callable[[Store, str], T | None],
    only: Collection[str] | None = None,
) -> Iterator[tuple[ObjectInfo, T]]:
    """Read the objects of a space that may say something of the time since then; of these keys ``only``."""
    listed = [one for one in records.list_objects(store, space) if one.modified.timestamp() >= since - SKEW]
    if only is not None:
        listed = [one for one in listed if one.key in only]
    with ThreadPoolExecutor(records.AT_ONCE, "spending") as pool:
        for info, found in zip(listed, pool.map(lambda one: _read_there(store, one.key, read), listed), strict=True):
            if found is not None:
                yield info, found


def _read_there(store: Store, key: str, read: Callable[[Store, str], T | None]) -> T | None:
    try:
        return read(store, key)
    except ObjectNotFound:
        return None  # deleted since it was listed


def _read_archive(store: Store, key: str) -> list[Spending] | None:
    if key == keys.RESERVATIONS:
        return None
    if (found := parse(records.read_bytes(store, key))) is None:
        raise Damaged(f"{key} in {store.location} cannot be read, so what was spent before is not known")
    return found


def _read_claim(store: Store, key: str) -> tuple[str, ClaimRecord] | None:
    request_hash = key.removeprefix(keys.CLAIMS).removesuffix(".json")
    if key != keys.claim(request_hash[:64]):
        return None  # an older version's claim, whose spending stands in results
    record = load(records.read_bytes(store, key))
    if not record.is_readable:
        raise Damaged(
            f"{key} in {store.location} cannot be read, so what was spent on its picture is not known; no picture "
            "needs it: remove it, and count what the provider's bill says"
        )
    return request_hash, record


def _read_result(store: Store, key: str) -> LeafResult | None:
    return records.find_result(store, key.removeprefix(keys.RESULTS).removesuffix(".json"))


def sum_at_list_price(spent: Iterable[Spending]) -> float:
    """Add spending up in US dollars, each call at its list price at least."""
    return sum(one.entry.ledger.at_list_price(one.price_usd or 0.0) for one in spent)


def _shape() -> "TypeAdapter[list[Spending]]":
    return TypeAdapter(list[Spending])
