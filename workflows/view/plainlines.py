"""The progress of a batch as plain lines, for pipes, files and CI logs: one for each completed pair and each wait."""

import threading
from collections import Counter
from types import TracebackType
from typing import Self, TextIO

from imagegen.formatting import dollars, duration, one_line
from imagegen.request.batch import Batch, cells
from imagegen.results import LeafResult
from workflows.events import BatchRedone, Event, LeafCompleted, LeafPostponed

SAME_WAIT = 1.0
"""Seconds within which the waits of two pairs end that were told of the same one."""


class PlainLines:
    """Writes a line to ``stream`` for each completed pair and each wait. Call it with events, from any thread."""

    def __init__(self, batch: Batch, stream: TextIO) -> None:
        self._open = Counter(leaf for _, _, leaf in cells(batch))
        self._all = self._open.total()
        self._stream = stream
        self._lock = threading.Lock()
        self._reasons: set[tuple[str, str]] = set()
        self._waiting: dict[str, float] = {}
        """By model, the time at which it goes on, as far as it was said."""

    def __call__(self, event: Event) -> None:
        """Take an event in."""
        with self._lock:
            if isinstance(event, LeafCompleted):
                self._open.pop(event.leaf, None)
                self._write(self._format(event.result))
            elif isinstance(event, LeafPostponed):
                self._note_wait(event)
            elif isinstance(event, BatchRedone):
                self._open = Counter(leaf for _, _, leaf in cells(event.batch))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Do nothing: there is nothing to restore."""

    def _note_wait(self, event: LeafPostponed) -> None:
        """Say until when a model waits, once for all the pairs that were told of the same wait."""
        model, until = event.leaf.model, event.at + event.seconds
        if until > self._waiting.get(model, 0.0) + SAME_WAIT:
            self._waiting[model] = until
            reason = f" ({event.result.error.kind.replace('_', ' ')})" if event.result.error else ""
            self._write(one_line(f"{model}: waits {duration(event.seconds)}{reason}, then goes on by itself"))

    def _write(self, line: str) -> None:
        done = self._all - self._open.total()
        self._stream.write(f"[{done}/{self._all}] {line}\n")
        self._stream.flush()

    def _format(self, result: LeafResult) -> str:
        """Format an outcome; a reason that many pairs have in common is given in full once."""
        reason = result.error and (result.error.kind, result.error.message)
        if reason in self._reasons:
            return one_line(f"{result.model}: {result.title}: failed ({reason[0]}), as above")
        if reason:
            self._reasons.add(reason)
        return _format_outcome(result)


def _format_outcome(result: LeafResult) -> str:
    if result.error:
        state = f"failed ({result.error.kind}): {result.error.message}"
    elif result.reused:
        state = "reused"
    else:
        state = f"done in {duration(result.seconds)}, {dollars(result.cost_usd)}"
    return one_line(f"{result.model}: {result.title}: {state}")
