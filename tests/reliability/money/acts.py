"""The runs of a money seed: a leaf alone, a batch, a batch twice at once; each under a cap of its own."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from imagegen.making.plan import Planned
from imagegen.results import LeafResult
from storage import Store
from tests.reliability import batches
from tests.reliability.batches import Ran
from tests.reliability.fake_providers import FakeProviders
from tests.reliability.money.book import Book
from tests.reliability.money.leaves import Killer, MoneyRuntime
from workflows.events import Event, RunFinished, RunStarted


@dataclass
class Watch:
    """The leaf runs of one batch run, as its engine starts and ends them, by monotonic time."""

    starts: list[tuple[float, str, str]] = field(default_factory=list)
    """First attempts that may ask a provider: when, the run, and the model that was asked for."""
    ends: dict[str, float] = field(default_factory=dict)
    runs: set[str] = field(default_factory=set)

    def __call__(self, event: Event) -> None:
        now = time.monotonic()
        if isinstance(event, RunStarted) and event.parent_id and event.attempt == 1:
            self.runs.add(event.run_id)
            if event.inputs["grant"]["found"] != "original":
                self.starts.append((now, event.run_id, event.inputs["model"]))
        elif isinstance(event, RunFinished):
            self.ends[event.run_id] = now


@dataclass
class Act:
    """One run and what came of it: a batch's end, or a leaf's outcome (None: it gave up without one)."""

    name: str
    cap: float | None
    watch: Watch = field(default_factory=Watch)
    ran: Ran | None = None
    leaf: LeafResult | None = None


@dataclass
class Stage:
    """A batch with its store, its providers and their book."""

    request: dict[str, Any]
    planned: list[Planned]
    fakes: FakeProviders
    store: Store
    book: Book
    killer: Killer
    settings: Mapping[str, Any]

    def open_runtime(self, *, alone: bool = False, **changes: Any) -> MoneyRuntime:
        """Open a runtime of its own on the store, as another process has it."""
        settings = batches.settings(**{**self.settings, **changes})
        return MoneyRuntime(settings, self.store, self.fakes, self.killer, alone=alone)

    def prices(self) -> list[float]:
        """List the list price of each request."""
        return [price or 0.0 for price in self.prices_by_hash().values()]

    def prices_by_hash(self) -> dict[str, float]:
        """Return the list price by request hash."""
        return {item.request_hash: item.price_usd or 0.0 for item in self.planned}

    def planned_by_hash(self) -> dict[str, Planned]:
        """Return a pair of each request, by its hash."""
        return {item.request_hash: item for item in self.planned}

    def run_batch(self, cap: float | None, **changes: Any) -> Act:
        """Run the batch under a cap."""
        act = Act("batch", cap)
        act.ran = batches.run(self.request | {"max_cost_usd": cap}, self.open_runtime(**changes), listener=act.watch)
        return act

    def run_twins(self, cap: float | None) -> list[Act]:
        """Run the batch twice at once, each under the cap."""
        acts: list[Act] = []
        start = threading.Barrier(2)

        def one() -> None:
            start.wait()
            acts.append(self.run_batch(cap))

        threads = [threading.Thread(target=one) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return acts

    def run_alone(self, cap: float | None) -> Act:
        """Run the first pair's task by itself, under the cap of the environment."""
        act, leaf = Act("alone", cap), self.planned[0].leaf
        names = ("prompt", "model", "style", "template", "font", "title")
        before = set(self.killer.parents)
        runtime = self.open_runtime(alone=True, max_batch_cost_usd=cap)
        act.leaf = batches.run_alone({name: getattr(leaf, name) for name in names}, runtime)
        act.watch.runs = set(self.killer.parents) - before
        return act
