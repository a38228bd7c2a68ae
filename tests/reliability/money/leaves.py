"""Leaf runs whose calls are known by name, and which are killed at the moments that the scenario draws."""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from unittest import mock

from imagegen.making import leaf as leaves
from imagegen.making.plan import plan
from imagegen.making.runtime import Runtime
from imagegen.paying.claims import Lease
from imagegen.paying.grant import Grant
from imagegen.providers import Generated, PictureRequest, Provider
from imagegen.request.batch import Leaf
from imagegen.results import LeafResult
from imagegen.settings import Settings
from storage import ObjectNotFound, Store, Version, keys
from tests.making.requests import ended_life
from tests.reliability.batches import FakeProviderRuntime
from tests.reliability.fake_providers import FakeProviders
from tests.reliability.faulty_store import FaultyStore
from tests.reliability.money.book import Book
from tests.reliability.money.scenario import Kill, Scenario

LONGEST_WAIT = 0.4
"""Seconds to which the pauses of a leaf alone are cut: no less than every wait that the scenarios ask for."""

LONG_LEASE = Lease(seconds=60.0, renew=0.5, fresh=5.0)
"""A lease that no load of the machine outlasts; killed leaves are known to be over, so that nobody waits for it."""

_MAKE = leaves.make


class Killed(BaseException):
    """The end of a process: nothing of it gets to write anything down."""


class WorkerDied(Exception):
    """A platform's word for an attempt whose process is gone."""


@dataclass
class Attempt:
    """One attempt of a leaf run: the run, its request, and whether it has called a provider."""

    run: str
    request_hash: str
    called: bool = False


_attempt: ContextVar[Attempt | None] = ContextVar("attempt", default=None)


@dataclass
class Killer:
    """Kills leaves. ``parents`` tells for each leaf run which batch run started it (empty: none)."""

    book: Book
    scenario: Scenario
    is_on: bool = True
    kills: int = 0
    parents: dict[str, str] = field(default_factory=dict)
    doomed: dict[str, Kill] = field(default_factory=dict)
    """Deaths at the next write of what was paid for, by request: other threads than the leaf's own write, too."""
    _numbers: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def call(self, attempt: Attempt, provider: Provider, request: PictureRequest) -> Generated:
        """Call the provider, unless the leaf dies before that."""
        with self._lock:
            self._numbers[attempt.request_hash] += 1
            number = self._numbers[attempt.request_hash]
        kill = self.scenario.draw_kill(request.model, request.prompt, number) if self.is_on else None
        if kill is Kill.BEFORE_CALL:
            self.book.unsent.append((attempt.request_hash, attempt.run))
            raise Killed
        attempt.called = True
        if kill in (Kill.BEFORE_STORE, Kill.AFTER_STORE):
            self.doomed[attempt.request_hash] = kill
        self.book.senders[attempt.request_hash] = attempt.run
        try:
            return provider.generate(request)
        finally:
            if kill is Kill.AFTER_CALL:
                raise Killed

    def make(
        self, leaf: Leaf, runtime: Runtime, *, ids: leaves.Ids | None = None, grant: Grant | None = None
    ) -> LeafResult:
        """Make a pair as the product does; when the leaf is killed, leave its claim as a process that is over does."""
        assert ids
        attempt = Attempt(ids.run, plan(leaf, runtime.settings).request_hash)
        self.parents[ids.run] = ids.parent
        token = _attempt.set(attempt)
        try:
            return _MAKE(leaf, runtime, ids=ids, grant=grant)
        except Killed:
            self.kills += 1
            if attempt.called:
                self.book.of(attempt.request_hash)[-1].lost = True
            _bury(runtime.store, attempt)
            raise WorkerDied("killed") from None
        finally:
            _attempt.reset(token)
            self.doomed.pop(attempt.request_hash, None)

    def find_kill(self, key: str) -> Kill | None:
        """Find the death that awaits the writer of an object."""
        space, _, name = key.partition("/")
        attempt = _attempt.get()
        if space in ("originals", "rejected"):
            return self.doomed.get(name.partition(".")[0])
        return self.doomed.get(attempt.request_hash) if attempt and space == "images" else None


def _bury(store: Store, attempt: Attempt) -> None:
    """Put the life of an ended process in the place of this one's."""
    with suppress(ObjectNotFound):
        key = keys.claim(attempt.request_hash)
        record = json.loads(store.get(key))
        if record["held"] and record["run"] == attempt.run:
            store.replace(key, json.dumps(record | {"life": ended_life()}).encode(), content_type="application/json")


class _KillingProvider:
    def __init__(self, provider: Provider, killer: Killer) -> None:
        self._provider = provider
        self._killer = killer

    def generate(self, request: PictureRequest) -> Generated:
        attempt = _attempt.get()
        assert attempt
        return self._killer.call(attempt, self._provider, request)


class _KillingStore(FaultyStore):
    """A store at whose writes of paid-for bytes a leaf is killed, before or after they took effect."""

    def __init__(self, store: Store, killer: Killer) -> None:
        super().__init__(store, lambda *_: None)
        self._killer = killer

    def create(
        self, key: str, data: bytes, *, content_type: str, metadata: Mapping[str, str] | None = None
    ) -> Version | None:
        kill = self._killer.find_kill(key)
        if kill is Kill.BEFORE_STORE:
            raise Killed
        version = super().create(key, data, content_type=content_type, metadata=metadata)
        if kill is Kill.AFTER_STORE:
            raise Killed
        return version


class MoneyRuntime(FakeProviderRuntime):
    """A runtime whose leaves are killed by ``killer``.

    A leaf that was started ``alone`` waits as long as a provider asks; in a batch the lanes do.
    """

    def __init__(
        self, settings: Settings, store: Store, fakes: FakeProviders, killer: Killer, *, alone: bool = False
    ) -> None:
        super().__init__(settings, _KillingStore(store, killer), fakes, lease=LONG_LEASE)
        if alone:
            self.pause = lambda seconds: time.sleep(min(seconds, LONGEST_WAIT))
        self._killer = killer

    def provider(self, name: str) -> Provider:
        return _KillingProvider(super().provider(name), self._killer)


@contextmanager
def killing(killer: Killer) -> Iterator[None]:
    """Let the tasks make their pairs through ``killer``."""
    with mock.patch.object(leaves, "make", killer.make):
        yield
