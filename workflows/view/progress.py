"""Chooses the view of a running batch by the stream that shows it."""

import os
import sys
from contextlib import AbstractContextManager
from typing import TextIO

from imagegen.request.batch import Batch
from workflows.events import Listener
from workflows.view.plainlines import PlainLines


def open_progress(batch: Batch, stream: TextIO | None = None) -> AbstractContextManager[Listener]:
    """Return a view of ``batch`` on ``stream`` (standard error by default), to be entered and fed with events.

    A terminal gets the live tree; other streams, and terminals that cannot move their cursor, get a line for each pair.
    """
    out = sys.stderr if stream is None else stream
    if not out.isatty() or os.environ.get("TERM", "").lower() in {"dumb", "unknown"}:
        return PlainLines(batch, out)
    from workflows.view.tree import RunTree

    return RunTree(batch, out)
