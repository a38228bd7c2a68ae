"""The live view of a batch: redrawn in place a few times a second at most, and left on the screen when it ends."""

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.segment import Segment

from imagegen.request.batch import Batch
from workflows.events import Event
from workflows.view.drawing import Drawing
from workflows.view.state import RunState

PERIOD = 0.25
"""Seconds between two checks for changes."""
SPARE = 1
"""Lines left free at the bottom, so that the terminal never scrolls."""


class RunTree:
    """Draws a batch's events on a terminal while it is entered. Call it with events, from any thread."""

    def __init__(self, batch: Batch, stream: TextIO, *, clock: Callable[[], float] = time.time) -> None:
        self._state = RunState(batch)
        self._clock = clock
        console = _Console(file=stream, force_terminal=True, highlight=False, markup=False, emoji=False)
        # Standard output is data and stays untouched. Other text on standard error appears above the tree.
        self._live = Live(self, console=console, auto_refresh=False, redirect_stdout=False)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._redraw_until_stopped, name="runtree", daemon=True)

    def __call__(self, event: Event) -> None:
        """Apply an event; the next frame shows it."""
        self._state(event)

    def __enter__(self) -> Self:
        self._live.start(refresh=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        self._live.stop()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        drawing = Drawing(
            self._state.snapshot(),
            self._clock(),
            width=options.max_width,
            height=console.size.height - SPARE,
            ascii_only=options.ascii_only,
        )
        for number, line in enumerate(drawing.draw()):
            if number:
                yield Segment.line()
            yield from line

    def _redraw_until_stopped(self) -> None:
        drawn = (0, 0)
        while not self._stop.wait(PERIOD):
            current = (self._state.changes, int(self._clock()))
            if current != drawn:
                self._live.refresh()
                drawn = current


class _Console(Console):
    """A console that never hides the cursor, so that a killed program leaves the terminal with one."""

    def show_cursor(self, show: bool = True) -> bool:  # noqa: ARG002 - the signature is rich's
        return False
