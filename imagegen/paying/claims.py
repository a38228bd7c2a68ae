"""Claims: who may pay for a request now, so that no two runs buy the same picture.

A request's claim is one object, ``claims/<request-hash>.json``. It is created if absent. After that a writer replaces
it only if its version is still the one that the writer read: of several writers at once, one succeeds and the others
are told that they did not. The claim names the run that holds it and keeps the request's account.

A held claim changes hands in two ways only. Its holder's process is proven to be over (see ``liveness``). Or the claim
has not changed for a lease, measured by whoever waits for it; no clock is compared between machines. Taking a claim
over replaces it, so its former holder can neither renew it nor prove any more that it holds it. A holder renews its
claim while it waits for an answer, and before each call it proves that it still holds it, unless its last proof is
fresh: a process that was stalled for longer cannot pay late.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from imagegen.paying.account import Account
from imagegen.paying.claim_record import Claimant, ClaimRecord, Lease, dump, first_record, load
from imagegen.paying.liveness import has_ended
from imagegen.paying.money import Ledger
from storage import ObjectNotFound, Store, StoreError, StoreUnavailable, Version, keys
from storage.mediatypes import JSON

__all__ = ["Claim", "ClaimLost", "ClaimRecord", "Claimant", "Lease", "acquire", "load", "read"]

_log = logging.getLogger("imagegen")

PROOFS = 3
"""Writes with which a holder tries to prove its claim before a call."""
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def elapsed() -> float:
    """Return seconds on a clock that goes on while the machine sleeps, which Python's monotonic clock does not.

    Without it a holder whose machine wakes up would take an old proof for a fresh one.
    """
    return time.clock_gettime(_CLOCK)


class ClaimLost(Exception):
    """Somebody else took the claim over: nothing may be paid for on its behalf any more."""


class Claim:
    """A claim that this process holds. Safe to use from several threads."""

    def __init__(
        self,
        store: Store,
        key: str,
        record: ClaimRecord,
        version: Version,
        *,
        first: bool,
        lease: Lease,
        proven_at: float,
        clock: Callable[[], float],
    ) -> None:
        self.first = first
        """Nobody ever claimed this request before."""
        self._store = store
        self._key = key
        self._record = record
        """The claim as it is stored."""
        self._account = record.account
        self._version = version
        self._lease = lease
        self._proven_at = proven_at
        self._clock = clock
        self._beat = record.beat
        self._writing = threading.Lock()

    @property
    def account(self) -> Account:
        """All that was spent on the request so far."""
        return self._account

    @property
    def error(self) -> tuple[str, str] | None:
        """The kind and message of the failure that ended the attempt before, if it released the claim."""
        return self._record.error

    @property
    def record(self) -> ClaimRecord:
        """The claim as it was stored last."""
        return self._record

    @contextmanager
    def keep_alive(self) -> Iterator[None]:
        """Renew the claim every ``lease.renew`` seconds while the body runs."""
        done = threading.Event()
        thread = threading.Thread(target=self._renew_until, args=(done,), name="claim", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def renew(self) -> None:
        """Show a sign of life. An error of the store is logged and ignored. Raises ClaimLost."""
        try:
            self._write(lambda record: record)
        except StoreError as problem:
            _log.warning("a claim was not renewed: %s", problem)

    def prove(self, *, asking: bool = True) -> None:
        """Make sure that the claim is still held: by a conditional write, or by an earlier one that is still fresh.

        ``asking`` says whether a call may follow. Raises ClaimLost, and StoreError when it cannot be found out. A write
        that took so long that it is no longer fresh proves nothing, and is made again.
        """
        for _ in range(PROOFS):
            known = (asking, self._account) == (self._record.asking, self._record.account)
            if known and self._clock() - self._proven_at <= self._lease.fresh:
                return
            self._write(lambda record: replace(record, asking=asking, account=self._account))
        if self._clock() - self._proven_at > self._lease.fresh:
            raise StoreUnavailable(f"the store took longer than {self._lease.fresh:.0f} s for each of {PROOFS} writes")

    def note_wait(self, until: float, seconds: float) -> None:
        """Note that nothing is asked before ``until`` (epoch seconds), ``seconds`` from now, whoever holds it by then.

        Nothing is under way meanwhile. Raises ClaimLost and StoreError.
        """
        self._write(lambda now: replace(now, asking=False, not_before=until, wait=seconds, account=self._account))

    def enter(self, claimant: Claimant, spent: Ledger) -> None:
        """Enter the spending of a call; the store learns of it before another call, and when the claim is released.

        Until then the stored claim says that a call is under way. With its spending it would count the call twice.
        """
        self._account = self._account.add(claimant.run, claimant.parent, spent, batch=claimant.batch)

    def settle(self) -> None:
        """Tell the store what was spent, once the bytes are in safety; the claim stays held.

        A holder that dies from here on leaves the cost of its call behind. An error of the store is logged: whoever
        finds the claim as it is counts a call that may have been charged.
        """
        try:
            self._write(lambda record: replace(record, asking=False, account=self._account))
        except (ClaimLost, StoreError) as problem:
            _log.warning("what was spent could not be noted: %s", str(problem) or "the claim was taken over")

    def release(self, error: tuple[str, str] | None, *, not_before: float = 0.0, wait: float = 0.0) -> None:
        """Let the next attempt in at once, and tell it why this one ended, what was spent and how long to wait."""

        def hand_on(record: ClaimRecord) -> ClaimRecord:
            ended = replace(record, held=False, asking=False, error=error, account=self._account)
            return replace(ended, not_before=not_before, wait=wait)

        try:
            self._write(hand_on)
        except (ClaimLost, StoreError) as problem:
            # The claim only ever protects money: without this write the next attempt waits out the lease.
            _log.warning("a claim was not released: %s", str(problem) or "it was taken over")

    def _renew_until(self, done: threading.Event) -> None:
        while not done.wait(self._lease.renew):
            try:
                self.renew()
            except ClaimLost:
                return

    def _write(self, change: Callable[[ClaimRecord], ClaimRecord]) -> None:
        with self._writing:
            # Bytes that were stored already, in a write whose answer was lost, would be no sign of life.
            self._beat += 1
            before, record = self._clock(), replace(change(self._record), beat=self._beat)
            version = self._swap(record)
            if version is None:
                raise ClaimLost
            self._record, self._version, self._proven_at = record, version, before

    def _swap(self, record: ClaimRecord) -> Version | None:
        data = dump(record)
        version = self._store.swap(self._key, data, version=self._version, content_type=JSON)
        if version is not None:
            return version
        # An own write whose answer was lost changed the version, too.
        try:
            found = self._store.read(self._key)
        except ObjectNotFound:
            return None
        if load(found.data).token != record.token:
            return None
        return self._store.swap(self._key, data, version=found.version, content_type=JSON)


def acquire(
    store: Store,
    request_hash: str,
    claimant: Claimant,
    *,
    is_settled: Callable[[], bool],
    seconds: float,
    asking: bool = True,
    lease: Lease | None = None,
    pause: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = elapsed,
) -> Claim | None:
    """Claim the right to pay for a request, waiting for at most ``seconds`` while somebody else holds it.

    Returns None as soon as ``is_settled()`` says that the original is stored: nothing has to be paid any more.
    ``asking`` says whether a call may follow a new claim at once; one that was taken over has to be proven before.
    Raises TimeoutError when the claim cannot be had in time, and StoreError.
    """
    contest = _Contest(store, keys.claim(request_hash), claimant, asking, lease or Lease(), clock)
    if claim := contest.create():
        return claim
    started, wait = clock(), FIRST_WAIT
    while not is_settled():
        if (claim := contest.take_over()) or (claim := contest.create_again()):
            return claim
        if contest.is_held:
            if clock() - started + wait > seconds:
                raise TimeoutError("another run is asking for this very picture")
            pause(wait)
            wait = min(wait * 1.5, LONGEST_WAIT)
    return None


@dataclass
class _Contest:
    """One run's attempts to get one claim, and what it has seen of the claim meanwhile."""

    store: Store
    key: str
    claimant: Claimant
    asking: bool
    lease: Lease
    clock: Callable[[], float]
    is_held: bool = False
    """The claim was held by somebody, who may live, when it was last read."""
    is_there: bool = True
    _warned: bool = False
    _seen: Version | None = None
    _changed_at: float = 0.0

    def create(self) -> Claim | None:
        """Claim what nobody claims; None when somebody does."""
        before, record = self.clock(), first_record(self.claimant, Account(), asking=self.asking)
        version = self.store.create(self.key, dump(record), content_type=JSON)
        return self._claim(record, version, before, first=True) if version else None

    def create_again(self) -> Claim | None:
        """Claim what was deleted since it was read; None when it was not."""
        return None if self.is_there else self.create()

    def take_over(self) -> Claim | None:
        """Replace a claim that was released, or whose holder is over or silent for a lease; None when it may not be."""
        try:
            found = self.store.read(self.key)
        except ObjectNotFound:
            self.is_held, self.is_there = False, False
            return None
        if found.version != self._seen:
            self._seen, self._changed_at = found.version, self.clock()
        theirs = self._load(found.data)
        silent = self.clock() - self._changed_at > self.lease.seconds
        self.is_there, self.is_held = True, theirs.held and not silent and not has_ended(theirs.life)
        if self.is_held:
            return None
        before, record = self.clock(), theirs.hand_over_to(self.claimant)
        version = self.store.swap(self.key, dump(record), version=found.version, content_type=JSON)
        return self._claim(record, version, before, first=False) if version else None

    def _load(self, data: bytes) -> ClaimRecord:
        record = load(data)
        if not (record.is_readable or self._warned):
            self._warned = True
            told = "the claim %s cannot be read; another run may hold it, so %.0f s without a change are waited out"
            _log.warning(told, self.key, self.lease.seconds)
        return record

    def _claim(self, record: ClaimRecord, version: Version, before: float, *, first: bool) -> Claim:
        return Claim(
            self.store, self.key, record, version, first=first, lease=self.lease, proven_at=before, clock=self.clock
        )


FIRST_WAIT, LONGEST_WAIT = 0.1, 2.0
"""Seconds between two looks at a claim that somebody holds: soon at first, as most holders are nearly done."""


def read(store: Store, request_hash: str) -> ClaimRecord | None:
    """Read a request's claim without touching it; None when nobody ever claimed the request."""
    try:
        return load(store.get(keys.claim(request_hash)))
    except ObjectNotFound:
        return None
