"""The events of a running batch, as values that a view can draw.

Run events come from an engine (the local one, or a follower of a deployed run); ``LeafCompleted`` comes from
``generateBatch`` itself, for pairs answered from the store as well. Times are epoch seconds.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from imagegen.request.batch import Batch, Leaf
from imagegen.results import LeafResult


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A task run began its ``attempt``-th attempt (the first is 1). ``inputs`` are the task's named inputs."""

    run_id: str
    parent_id: str | None
    task: str
    inputs: Mapping[str, Any]
    attempt: int
    at: float


@dataclass(frozen=True, slots=True)
class AttemptFailed:
    """An attempt failed and will be repeated in ``retry_in`` seconds, as ``attempt`` + 1 of ``attempts``."""

    run_id: str
    attempt: int
    attempts: int
    error: str
    retry_in: float
    at: float


@dataclass(frozen=True, slots=True)
class RunFinished:
    """A run ended: ``error`` is None when it succeeded. A cancelled run ends with ``cancelled``."""

    run_id: str
    error: str | None
    cancelled: bool
    at: float


@dataclass(frozen=True, slots=True)
class LeafCompleted:
    """The outcome of a pair is known: made, reused or failed. Equal pairs of a batch complete once."""

    leaf: Leaf
    result: LeafResult
    at: float

    @classmethod
    def now(cls, leaf: Leaf, result: LeafResult) -> "LeafCompleted":
        """The pair completed at this moment."""
        return cls(leaf, result, time.time())


@dataclass(frozen=True, slots=True)
class LeafPostponed:
    """The provider told a pair to wait, with ``result``; the batch starts it again in ``seconds``, or later."""

    leaf: Leaf
    result: LeafResult
    seconds: float
    at: float

    @classmethod
    def now(cls, leaf: Leaf, result: LeafResult, seconds: float) -> "LeafPostponed":
        """The pair was told to wait at this moment."""
        return cls(leaf, result, seconds, time.time())


@dataclass(frozen=True, slots=True)
class BatchRedone:
    """Cells of the batch were redone: these are the pairs that it has, before any of them completes."""

    batch: Batch


Event = RunStarted | AttemptFailed | RunFinished | LeafCompleted | LeafPostponed | BatchRedone
Listener = Callable[[Event], None]

_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Send the events of this task and of the runs that it starts to ``listener``."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def publish(event: Event) -> None:
    """Send an event to the listener, if there is one."""
    if listener := _listener.get():
        listener(event)
