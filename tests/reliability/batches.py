"""Running a batch in this process as the command line does, with every wait left out."""

import asyncio
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from unittest import mock

import tenacity
from render.client.errors import TaskRunError

from imagegen.errors import BatchFailed, ImagegenError
from imagegen.making import originals
from imagegen.making.plan import Planned
from imagegen.making.prepare import prepare
from imagegen.making.runtime import Runtime, using
from imagegen.paying.claims import Lease
from imagegen.providers import Provider
from imagegen.records import find_manifest
from imagegen.request import batch as batches
from imagegen.results import BatchResult, LeafResult
from imagegen.settings import Settings
from storage import Store, StoreError
from tests.reliability.fake_providers import FakeProviders
from workflows.app import app, generateBatch, generateImage
from workflows.commands.run import FINAL
from workflows.events import Event, Listener, RunStarted
from workflows.local import LocalEngine

KEYS = {
    "openai_api_key": "sk-proj-standinstandinstandin1234",
    "google_api_key": "AIzaStandinStandinStandinStandinStandin",
}
IMPATIENT = 1.5
"""Seconds that a provider has where late answers are part of the faults."""
PATIENT = 20.0
SHORT_LEASE = Lease(seconds=2.0, renew=0.5, fresh=0.5)
"""A lease that is waited out in a test, and long enough for a machine under load to renew it."""


class FakeProviderRuntime(Runtime):
    """A runtime with a given store, and with the clients of the fake providers, which many runtimes share."""

    def __init__(self, settings: Settings, store: Store, fakes: FakeProviders, *, lease: Lease = SHORT_LEASE) -> None:
        super().__init__(settings, pause=quick_pause, lease=lease, minute=0.01, alone=0.0, patience=0.01)
        self._fakes = fakes
        self.__dict__["store"] = store  # takes the place of the cached property

    def provider(self, name: str) -> Provider:
        return super().provider(name) if name == "offline" else self._fakes.client(name, self.settings)


@dataclass
class Ran:
    """The end of a batch: no ``result`` when it gave up. ``lives`` counts the starts of generateBatch."""

    result: BatchResult | None
    error: Exception | None
    lives: int


@dataclass
class _Lives:
    listener: Listener
    count: int = 0

    def __call__(self, event: Event) -> None:
        self.listener(event)
        if isinstance(event, RunStarted) and event.parent_id is None:
            self.count += 1


def settings(**changes: Any) -> Settings:
    """Settings with both keys and next to no waiting."""
    return Settings(**{**KEYS, "provider_timeout": PATIENT, "rate_limit_wait": 0.05, "max_in_flight": 4, **changes})


def planned(request: dict[str, Any], runtime: Runtime) -> list[Planned]:
    """A batch's distinct pairs."""
    return list(prepare(batches.read(request, max_images=1_000), runtime).planned.values())


def run(request: dict[str, Any], runtime: Runtime, *, listener: Listener = lambda _: None) -> Ran:
    """Run a batch on the local engine. Any exception that is not one of the product's own is raised."""
    lives = _Lives(listener)
    engine = LocalEngine(app, concurrency=8, sleep=_no_wait, final=FINAL, listener=lives)
    try:
        with using(runtime):
            output = asyncio.run(engine.run(generateBatch, **request))
        return Ran(BatchResult.model_validate(output), None, lives.count)
    except BatchFailed as error:
        return Ran(_recorded(request, runtime), error, lives.count)
    except (TaskRunError, ImagegenError, StoreError) as error:
        return Ran(None, error, lives.count)
    finally:
        engine.close()


def run_alone(request: dict[str, Any], runtime: Runtime) -> LeafResult | None:
    """Run one pair's task by itself; None when it gave up without a result."""
    engine = LocalEngine(app, concurrency=1, sleep=_no_wait, final=FINAL)
    try:
        with using(runtime):
            return LeafResult.model_validate(asyncio.run(engine.run(generateImage, **request)))
    except (TaskRunError, ImagegenError):
        return None
    finally:
        engine.close()


def quick_pause(seconds: float) -> None:
    """Next to no pause: enough for other threads to get on."""
    time.sleep(min(seconds, 0.02))


@contextmanager
def without_waiting() -> Iterator[None]:
    """Leave out the stores' waits between attempts; a paid picture's patience is short."""
    quick = SimpleNamespace(sleep=quick_pause)
    with (
        mock.patch.object(originals, "PAID_PATIENCE", 0.2),
        mock.patch.object(tenacity.nap, "time", quick),
    ):
        yield


@contextmanager
def jumping_clock(seed: int) -> Iterator[None]:
    """Make the wall clock jump by hours and years, to and fro."""
    dice, real = random.Random(seed), time.time
    offsets = (0.0, 3_600.0, -3_600.0, 86_400.0 * 400, -86_400.0 * 400)

    def wrong() -> float:
        return real() + dice.choice(offsets)

    with mock.patch.object(time, "time", wrong):
        yield


def _recorded(request: dict[str, Any], runtime: Runtime) -> BatchResult | None:
    try:
        name = prepare(batches.read(request, max_images=1_000), runtime).batch_id
        return find_manifest(runtime.store, name)
    except StoreError:
        return None


async def _no_wait(_seconds: float) -> None:
    """Time between attempts, as it passes in a test."""
