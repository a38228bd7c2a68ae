"""Who may pay: a claim on a request hash, so that no two runs buy the same picture at the same time.

A claim is the object ``claims/<request hash>.<generation>.json``, created only if absent, before the provider is
asked. Its holder renews it while the answer is awaited. Whoever finds it held waits for the original instead of
paying; whoever finds it released, or its holder dead, claims the next generation. No clock is compared between
machines: a holder counts as dead when it is an earlier attempt of the same run, when its process is gone from
this very host, or when its claim has not changed for ``LEASE`` seconds of the observer's own time.

The claim is also the ledger of what its run has spent so far on the request, so that attempts in other processes,
and a parent that only sees an error text, can account for every call.
"""

import json
import logging
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from storage import ObjectNotFound, Store, StoreError, keys

LEASE = 60.0
"""Seconds without a sign of life after which a claim is taken over."""
RENEW = 20.0
"""Seconds between signs of life: two may be lost before the lease runs out."""
GENERATIONS = 1_000

Count = Annotated[int, Field(ge=0, le=1_000_000)]
Dollars = Annotated[float, Field(ge=0, le=1_000_000)]
"""Bounds of what a claim may say: it is read back from a store, which anybody may have written to."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ledger:
    """What a run has spent on one request: see the fields of the same names in LeafResult."""

    attempts: Count = 0
    paid_calls: Count = 0
    possible_extra_charges: Count = 0
    cost_usd: Dollars | None = 0.0

    def plus(self, *, paid_calls: int = 0, possible_extra_charges: int = 0, cost_usd: float | None = 0.0) -> "Ledger":
        """This ledger with more spent; an unknown cost stays unknown."""
        unknown = self.cost_usd is None or cost_usd is None
        return replace(
            self,
            paid_calls=self.paid_calls + paid_calls,
            possible_extra_charges=self.possible_extra_charges + possible_extra_charges,
            cost_usd=None if unknown else (self.cost_usd or 0.0) + (cost_usd or 0.0),
        )


@dataclass(frozen=True, slots=True)
class _Record:
    """A claim as it is stored. ``error`` is (kind, message) of the attempt that released it."""

    token: str
    run: str | None
    host: str
    pid: int
    born: str
    held: bool = True
    beat: int = 0
    ledger: Ledger = field(default_factory=Ledger)
    error: tuple[str, str] | None = None
    parent: str | None = None


@lru_cache(maxsize=1)
def _shape() -> "TypeAdapter[_Record]":
    """What a claim is checked against; built for the first one that is read, which is seldom, and takes 12 ms."""
    return TypeAdapter(_Record)


class Claim:
    """A claim that this process holds on a request."""

    def __init__(self, store: Store, key: str, record: _Record, *, first: bool) -> None:
        self.first = first
        """Nobody ever claimed this request before."""
        self.ledger = record.ledger
        self._store = store
        self._key = key
        self._record = record

    @contextmanager
    def kept_alive(self) -> Iterator[None]:
        """Show a sign of life every ``RENEW`` seconds while the body runs."""
        done = threading.Event()
        thread = threading.Thread(target=self._beat_until, args=(done,), name="claim", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def release(self, ledger: Ledger, error: tuple[str, str]) -> None:
        """Let the next attempt in at once, and tell it what was spent and why this one ended."""
        self._write(replace(self._record, held=False, ledger=ledger, error=error))

    def _beat_until(self, done: threading.Event) -> None:
        while not done.wait(RENEW):
            self._record = replace(self._record, beat=self._record.beat + 1)
            self._write(self._record)

    def _write(self, record: _Record) -> None:
        try:
            self._store.replace(self._key, _dump(record), content_type="application/json")
        except StoreError as error:
            # The claim only ever protects money: without this write the next attempt waits out the lease.
            _log.warning("claim not updated: %s", error)


def acquire(
    store: Store,
    request_hash: str,
    *,
    run: str | None,
    parent: str | None = None,
    settled: Callable[[], bool],
    patience: float,
    pause: Callable[[float], None] = time.sleep,
) -> Claim | None:
    """Claim the right to pay for a request, waiting while somebody else holds it. ``parent`` is the run's batch.

    Returns None as soon as ``settled()`` says that the original is stored: nothing has to be paid any more.
    Raises TimeoutError when somebody else still holds the claim after ``patience`` seconds.
    """
    me = _Record(uuid.uuid4().hex, run, host=_host(), pid=os.getpid(), born=_born(os.getpid()), parent=parent)
    spent = Ledger()
    for generation in range(GENERATIONS):
        key = keys.claim(request_hash, generation)
        mine = replace(me, ledger=replace(spent, attempts=spent.attempts + 1))
        if store.create(key, _dump(mine), content_type="application/json"):
            return Claim(store, key, mine, first=generation == 0)
        theirs = _wait_until_free(store, key, run=run, settled=settled, patience=patience, pause=pause)
        if theirs is None:
            return None
        spent = _carried(theirs, spent, run)
    raise TimeoutError(f"the request was claimed {GENERATIONS} times without a picture; try another --variant")


def last(store: Store, request_hash: str, *, parent: str | None = None) -> tuple[Ledger, tuple[str, str] | None]:
    """What the newest of a batch's runs spent on a request and the error that ended it, if one did.

    For a parent that only saw a run fail; ``parent`` is its own run id (None: unknown, and any run is taken).
    """
    newest = _newest(store, request_hash, lambda record: parent is None or record.parent == parent)
    return (_owned_up(newest), newest.error) if newest else (Ledger(), None)


def spent(store: Store, request_hash: str, *, run: str | None) -> Ledger | None:
    """What the earlier attempts of a run spent on a request; None when none of them claimed it."""
    newest = _newest(store, request_hash, lambda record: record.run == run) if run else None
    return _owned_up(newest) if newest else None


def _newest(store: Store, request_hash: str, wanted: Callable[[_Record], bool]) -> _Record | None:
    found = None
    for generation in range(GENERATIONS):
        try:
            record = _load(store.get(keys.claim(request_hash, generation)))
        except ObjectNotFound:
            break
        found = record if wanted(record) else found
    return found


def _owned_up(record: _Record) -> Ledger:
    """A claim's ledger, with the call of which its holder can no longer tell."""
    return record.ledger.plus(possible_extra_charges=1) if record.held else record.ledger


def _wait_until_free(
    store: Store,
    key: str,
    *,
    run: str | None,
    settled: Callable[[], bool],
    patience: float,
    pause: Callable[[float], None],
) -> _Record | None:
    """The record of a claim that may be succeeded, or None when the original has arrived meanwhile."""
    started = changed = time.monotonic()
    seen: bytes | None = None
    wait = 0.1
    while True:
        try:
            data = store.get(key)
        except ObjectNotFound:
            data = b""
        record = _load(data)
        if settled():
            return None
        if data != seen:
            seen, changed = data, time.monotonic()
        if not record.held or _dead(record, run) or time.monotonic() - changed > LEASE:
            return record
        if time.monotonic() - started > patience:
            raise TimeoutError("another run has been asking for this very picture all along")
        pause(wait)
        wait = min(wait * 1.5, 2.0)


def _carried(theirs: _Record, spent: Ledger, run: str | None) -> Ledger:
    """What the next holder starts with: its own run's earlier spending, and what a dead holder may have spent."""
    base = theirs.ledger if theirs.run == run else spent
    return base.plus(possible_extra_charges=1) if theirs.held else base


def _dead(record: _Record, run: str | None) -> bool:
    if run is not None and record.run == run:
        return True
    return record.host == _host() and _born(record.pid) != record.born


def _dump(record: _Record) -> bytes:
    return json.dumps(asdict(record), sort_keys=True).encode()


def _load(data: bytes) -> _Record:
    """The record in a claim; an unreadable one counts as released, so that it blocks nobody."""
    try:
        return _shape().validate_json(data)
    except ValidationError:
        return _Record(token="", run=None, host="", pid=0, born="", held=False)


@lru_cache(maxsize=1)
def _host() -> str:
    """This boot of this machine and this process namespace: process numbers mean something within it only."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return f"{uuid.getnode():x}"


def _born(pid: int) -> str:
    """When the process started, in a form that tells it from a later one with the same number; empty if gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return "" if fields[0] in "ZX" else fields[19]
    except FileNotFoundError:
        return "" if Path("/proc/self").exists() else _born_without_proc(pid)
    except (OSError, IndexError):
        return "unknown"


def _born_without_proc(pid: int) -> str:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except OSError:
        pass
    return "alive"
