"""The state of a running batch, from its events so far: one state per distinct pair, and the root's."""

import copy
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean
from typing import Any

from imagegen.errors import RequestError
from imagegen.request.batch import LEAF_FIELDS, Batch, Leaf, cells, read_leaf
from workflows.events import AttemptFailed, BatchRedone, Event, LeafCompleted, LeafPostponed, RunFinished, RunStarted


class State(StrEnum):
    """The state of a run."""

    QUEUED = "queued"
    RUNNING = "running"
    RETRYING = "retrying"
    WAITING = "waiting"
    DONE = "done"
    REUSED = "reused"
    FAILED = "failed"


OVERDUE = 0.1
"""The further time expected of a picture that takes longer than usual, as a share of the usual time."""

ENDED = frozenset({State.DONE, State.REUSED, State.FAILED})


@dataclass(slots=True)
class Run:
    """One run: the root's, or a pair's (``cells`` of the matrix hold it). Times are epoch seconds, spans seconds."""

    leaf: Leaf | None
    cells: int = 1
    state: State = State.QUEUED
    started: float = 0.0
    attempt_started: float = 0.0
    retry: int = 0
    """The number of the retry that runs or is waited for; 0 during the first attempt."""
    retries: int = 0
    """The number of retries, as far as known."""
    retry_at: float = 0.0
    seconds: float = 0.0
    cost_usd: float | None = 0.0
    """In US dollars; None after a run has ended and before its outcome is known."""
    error: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A batch at one moment. ``runs`` has one for each distinct pair; ``grid`` says which one fills which cell."""

    root: Run
    runs: tuple[Run, ...]
    grid: tuple[tuple[int, ...], ...]
    models: tuple[str, ...]

    def count_cells_by_state(self) -> Counter[State]:
        """Count the cells of the matrix by state."""
        count: Counter[State] = Counter()
        for run in self.runs:
            count[run.state] += run.cells
        return count

    def select_runs(self, *states: State) -> list[Run]:
        """Return the pairs in these states."""
        return [run for run in self.runs if run.state in states]

    def estimate_seconds_left(self, now: float) -> float | None:
        """Estimate the seconds left; None before a picture is done.

        Each open pair is expected to take the average time of the finished ones of its model, a retried pair its full
        time again, and the number of concurrent runs to stay as it is.
        """
        took: dict[str, list[float]] = {}
        for run in self.select_runs(State.DONE):
            took.setdefault(_get_model(run), []).append(run.seconds)
        if not took:
            return None
        of_model = {model: fmean(seconds) for model, seconds in took.items()}
        usual = fmean(of_model.values())

        def estimate(run: Run) -> float:
            whole = of_model.get(_get_model(run), usual)
            passed = now - (run.retry_at if run.state in {State.RETRYING, State.WAITING} else run.attempt_started)
            return max(whole - passed, whole * OVERDUE)

        running = [estimate(run) for run in self.select_runs(State.RUNNING, State.RETRYING, State.WAITING)]
        queued = sum(of_model.get(_get_model(run), usual) for run in self.select_runs(State.QUEUED))
        return max(max(running, default=0.0), (sum(running) + queued) / max(len(running), 1))


class RunState:
    """Follows a batch through its events. Safe to call and to read from several threads."""

    def __init__(self, batch: Batch) -> None:
        self.changes = 0
        """Counts the events that changed something."""
        self._lock = threading.Lock()
        self._root = Run(None)
        self._by_id: dict[str, Run] = {}
        self._models = batch.models
        self._lay_out(batch)

    def __call__(self, event: Event) -> None:
        """Apply an event; one of a run outside this batch changes nothing."""
        with self._lock:
            match event:
                case RunStarted():
                    changed = self._begin_attempt(event)
                case LeafCompleted():
                    changed = _complete(self._runs.get(event.leaf), event)
                case LeafPostponed():
                    changed = _postpone(self._runs.get(event.leaf), event)
                case AttemptFailed():
                    changed = _await_retry(self._by_id.get(event.run_id), event)
                case RunFinished():
                    changed = _finish(self._by_id.get(event.run_id), event)
                case BatchRedone():
                    changed = self._lay_out(event.batch)
            self.changes += changed

    def snapshot(self) -> Snapshot:
        """Return the current state."""
        with self._lock:
            runs = tuple(copy.copy(run) for run in self._runs.values())
            return Snapshot(copy.copy(self._root), runs, self._grid, self._models)

    def _lay_out(self, batch: Batch) -> bool:
        """Begin with these pairs, none of which has started."""
        distinct = batch.distinct()
        place = {leaf: index for index, leaf in enumerate(distinct)}
        self._grid = tuple(tuple(place[leaf] for leaf in row) for row in batch.leaves)
        held = Counter(leaf for _, _, leaf in cells(batch))
        self._runs = {leaf: Run(leaf, held[leaf]) for leaf in distinct}
        return True

    def _begin_attempt(self, event: RunStarted) -> bool:
        run = self._by_id.get(event.run_id)
        if run is None:
            run = self._root if event.parent_id is None else self._find_pair(event.inputs)
            if run is None:
                return False
            self._by_id[event.run_id] = run
        if event.attempt == 1:
            run.started = event.at
        run.state, run.retry, run.attempt_started = State.RUNNING, event.attempt - 1, event.at
        return True

    def _find_pair(self, inputs: Mapping[str, Any]) -> Run | None:
        try:
            return self._runs.get(read_leaf({name: inputs[name] for name in inputs if name in LEAF_FIELDS}))
        except RequestError:
            return None


def _complete(run: Run | None, event: LeafCompleted) -> bool:
    if run is None:
        return False
    result = event.result
    run.state = State.FAILED if not result.succeeded else State.REUSED if result.reused else State.DONE
    run.seconds, run.cost_usd = result.seconds, result.cost_usd
    run.kind, run.error = (result.error.kind, result.error.message) if result.error else ("", "")
    return True


def _await_retry(run: Run | None, event: AttemptFailed) -> bool:
    if run is None:
        return False
    run.state, run.error = State.RETRYING, event.error
    run.retry, run.retries, run.retry_at = event.attempt, event.attempts - 1, event.at + event.retry_in
    return True


def _postpone(run: Run | None, event: LeafPostponed) -> bool:
    if run is None:
        return False
    run.state, run.error = State.WAITING, event.result.error.message if event.result.error else ""
    run.retry_at = event.at + event.seconds
    run.cost_usd = event.result.cost_usd
    return True


def _finish(run: Run | None, event: RunFinished) -> bool:
    if run is None:
        return False
    failed = event.error is not None or event.cancelled
    run.state, run.seconds = State.FAILED if failed else State.DONE, event.at - run.started
    run.cost_usd = None
    run.kind = "cancelled" if event.cancelled else ""
    run.error = (event.error or "") if failed else ""
    return True


def _get_model(run: Run) -> str:
    return run.leaf.model if run.leaf else ""
