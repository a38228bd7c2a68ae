"""A limit on what all batches and leaves of a store may spend in one month, whoever runs them.

Before a run asks anybody it reserves what it may spend, in one object of the store that is written conditionally: of
two runs that want the rest of the month one is refused. A reservation counts with what its run has not spent yet, until
the run gives it back or is known to be over. Leaves that are task runs of their own may outlive their batch: what such
a batch reserved counts for as long again as an attempt may last, and a leaf looks for it before it asks. Months are
those of UTC.
"""

import logging
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from imagegen.errors import ConfigurationError, PassingFailure
from imagegen.formatting import dollars, dollars_apart
from imagegen.paying.liveness import hold_process_lock
from imagegen.paying.money import ROUNDING
from imagegen.paying.run_report import has_ended_run
from imagegen.paying.spending import Spending, read_spending, sum_at_list_price
from storage import ObjectNotFound, Store, StoreError, StoreUnavailable, Version, keys
from storage.mediatypes import JSON

_log = logging.getLogger("imagegen")

OUTLIVED = 900.0
"""Seconds for which leaves may outlive their batch: the longest that an attempt at one takes."""
ATTEMPTS = 50
"""Writes that may be lost to other runs before a reservation is given up."""


class Reservation(BaseModel):
    """US dollars that a run may spend, and the proof that it lives; ``run_id`` is a batch run's, or a leaf's alone.

    ``apart``: its leaves are task runs of their own. ``over_at`` is when its end was noticed (0: not yet).
    """

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    run_id: Annotated[str, Field(max_length=200)]
    usd: Annotated[float, Field(ge=0, le=1_000_000)]
    life: Annotated[str, Field(max_length=200)] = ""
    started_at: Annotated[float, Field(ge=0)]
    apart: bool = False
    over_at: Annotated[float, Field(ge=0)] = 0.0

    def find_rest(self, spent: Sequence[Spending]) -> float:
        """Return what the run has not spent of it yet, in US dollars."""
        own = (one for one in spent if self.run_id in {one.entry.run, one.entry.parent})
        return max(0.0, self.usd - sum_at_list_price(own))


class _Reservations(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    reservations: tuple[Reservation, ...] = ()
    write: str = ""
    """Differs in each write: to a store that names versions by content, equal reservations would be no change."""


@dataclass(frozen=True, slots=True)
class Month:
    """The running month in US dollars: its limit, what was spent or may have been, and what runs have reserved."""

    name: str
    limit_usd: float
    spent_usd: float
    reserved_usd: float

    @property
    def left_usd(self) -> float:
        """The part of the limit that is still to be had."""
        return max(0.0, self.limit_usd - self.spent_usd - self.reserved_usd)

    def can_spend(self, cost_usd: float) -> bool:
        """Tell if so much is left."""
        return cost_usd <= self.left_usd + ROUNDING

    def require(self, cost_usd: float) -> None:
        """Raise ConfigurationError unless so much is left."""
        if self.can_spend(cost_usd):
            return
        cost, left = dollars_apart(cost_usd, self.left_usd)
        reserved = f" and running batches may spend {dollars(self.reserved_usd)}" if self.reserved_usd else ""
        killed = "a worker that was killed counts as running for a quarter of an hour"
        wait = f", wait for the end of the running batches ({killed})" if self.reserved_usd else ""
        raise ConfigurationError(
            f"about {cost} would be spent, and {left} is left of the month's limit: in {self.name} (UTC) "
            f"{dollars(self.spent_usd)} of {dollars(self.limit_usd)} was spent or may have been{reserved}; raise "
            f"MAX_MONTHLY_COST_USD{wait} or make the batch smaller ('imagegen costs' shows what was spent)"
        )


def look(store: Store, limit_usd: float) -> Month:
    """Return how the running month stands. Reads only; raises StoreError and RecordError."""
    reservations, _ = _read(store)
    return _sum_up(store, limit_usd, _drop_ended(reservations, ""))


def reserve(
    store: Store, limit_usd: float, run_id: str, *, least_usd: float, most_usd: float, apart: bool = False
) -> float:
    """Reserve up to ``most_usd`` for a run out of the month's limit, in the place of what it had; return how much.

    ``apart``: its leaves are task runs of their own. Raises ConfigurationError when less than ``least_usd`` is left,
    StoreError, and RecordError when it is not known what was spent.
    """
    for _ in range(ATTEMPTS):
        # Read before the accounts: what another run spends out of its reservation meanwhile counts at least once.
        there, version = _read(store)
        others = _drop_ended(there, run_id)
        month = _sum_up(store, limit_usd, others)
        month.require(least_usd)
        usd = min(most_usd, max(least_usd, month.left_usd))
        own = Reservation(run_id=run_id, usd=usd, life=hold_process_lock(), started_at=time.time(), apart=apart)
        if _write(store, (*others, own), version):
            return usd
    raise StoreUnavailable(f"{keys.RESERVATIONS} in {store.location} is changed by others again and again")


def require_reserved(store: Store, run_id: str) -> None:
    """Raise PassingFailure when nothing is reserved for a batch run any more: others may have what was. StoreError."""
    reservations, _ = _read(store)
    if not any(one.run_id == run_id for one in reservations):
        raise PassingFailure(
            "reservation_gone",
            "the batch that started this picture is over, and what it had reserved of the month's limit "
            "(MAX_MONTHLY_COST_USD) is free for others: run the batch again",
        )


def release(store: Store, run_id: str) -> None:
    """Give back what a run has reserved: all that it spent stands in accounts. Raises StoreError."""
    for _ in range(ATTEMPTS):
        there, version = _read(store)
        others = tuple(one for one in there if one.run_id != run_id)
        if others == there or _write(store, others, version):
            return
    raise StoreUnavailable(f"{keys.RESERVATIONS} in {store.location} is changed by others again and again")


class Share:
    """One run's part of the month's limit (None: there is no limit)."""

    def __init__(self, store: Store, limit_usd: float | None, run_id: str, *, apart: bool = False) -> None:
        self.limit_usd = limit_usd
        self._apart = apart
        self._store = store
        self._run_id = run_id
        self._taken = False

    def take(self, least_usd: float, most_usd: float) -> float:
        """Reserve at least and at most so much, as ``reserve`` does; everything when there is no limit."""
        if self.limit_usd is None:
            return most_usd
        self._taken = True  # also a write whose answer is lost may have taken something
        limits = {"least_usd": least_usd, "most_usd": most_usd}
        return reserve(self._store, self.limit_usd, self._run_id, apart=self._apart, **limits)

    def give_back(self) -> None:
        """Give back what was taken. An error of the store is logged: the run's end gives it back as well."""
        if not self._taken:
            return
        try:
            release(self._store, self._run_id)
        except (StoreError, ConfigurationError) as error:
            _log.warning("what this run had reserved of the month's limit was not given back: %s", error)


def parse(data: bytes) -> tuple[Reservation, ...] | None:
    """Return stored reservations; None for anything else."""
    try:
        return _Reservations.model_validate_json(data).reservations
    except ValidationError:
        return None


def find_start(now: float | None = None) -> datetime:
    """Return the start of the month that a time in epoch seconds lies in (None: now), in UTC."""
    moment = datetime.fromtimestamp(time.time() if now is None else now, UTC)
    return moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _sum_up(store: Store, limit_usd: float, reservations: Sequence[Reservation]) -> Month:
    start = find_start()
    # Of a run that began before this month, what it spent then came out of its reservation, too.
    since = min([start.timestamp(), *(one.started_at for one in reservations)])
    spent = read_spending(store, since=since)
    reserved = sum(one.find_rest(spent) for one in reservations)
    this_month = sum_at_list_price(one for one in spent if one.entry.at >= start.timestamp())
    return Month(f"{start:%Y-%m}", limit_usd, round(this_month, 6), round(reserved, 6))


def _drop_ended(reservations: Sequence[Reservation], run_id: str) -> tuple[Reservation, ...]:
    """Leave out what this run had reserved in an earlier life, and what runs had of which nothing lives any more."""
    now = time.time()
    others: list[Reservation] = []
    for one in reservations:
        if one.run_id == run_id:
            continue
        if not has_ended_run(one.life, one.started_at):
            others.append(one)
        elif one.apart and (one.over_at == 0.0 or now - one.over_at < OUTLIVED):
            others.append(one.model_copy(update={"over_at": one.over_at or now}))
    return tuple(others)


def _read(store: Store) -> tuple[tuple[Reservation, ...], Version | None]:
    try:
        found = store.read(keys.RESERVATIONS)
    except ObjectNotFound:
        return (), None
    reservations = parse(found.data)
    if reservations is None:
        raise ConfigurationError(
            f"{keys.RESERVATIONS} in {store.location} cannot be read, so what running batches may still spend is not "
            "known; remove it when no batch is running"
        )
    return reservations, found.version


def _write(store: Store, reservations: tuple[Reservation, ...], version: Version | None) -> bool:
    data = _Reservations(reservations=reservations, write=uuid.uuid4().hex).model_dump_json().encode()
    if version is None:
        return store.create(keys.RESERVATIONS, data, content_type=JSON) is not None
    return store.swap(keys.RESERVATIONS, data, version=version, content_type=JSON) is not None
