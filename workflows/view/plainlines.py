"""The progress of a batch as one plain line for each completed pair: for pipes, files and CI logs."""

import threading
from collections import Counter
from types import TracebackType
from typing import Self, TextIO

from imagegen.formatting import dollars, duration, one_line
from imagegen.request.batch import Batch, cells
from imagegen.results import LeafResult
from workflows.events import Event, LeafCompleted


class PlainLines:
    """Writes a line to ``stream`` whenever a pair is completed. Call it with events, from any thread."""

    def __init__(self, batch: Batch, stream: TextIO) -> None:
        self._open = Counter(leaf for _, _, leaf in cells(batch))
        self._all = self._open.total()
        self._stream = stream
        self._lock = threading.Lock()
        self._reasons: set[tuple[str, str]] = set()

    def __call__(self, event: Event) -> None:
        """Take an event in."""
        if isinstance(event, LeafCompleted):
            with self._lock:
                self._open.pop(event.leaf, None)
                done = self._all - self._open.total()
                self._stream.write(f"[{done}/{self._all}] {self._format(event.result)}\n")
                self._stream.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Do nothing: there is nothing to restore."""

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
