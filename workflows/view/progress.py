"""Which view of a running batch suits where it is shown."""

import os
import sys
from contextlib import AbstractContextManager
from typing import TextIO

from imagegen.request.batch import Batch
from workflows.events import Listener
from workflows.view.plainlines import PlainLines


def open_progress(batch: Batch, stream: TextIO | None = None) -> AbstractContextManager[Listener]:
    """A view of ``batch`` on ``stream`` (standard error by default), to be entered and fed with events.

    A terminal gets the live tree; anything else, and a terminal that cannot move its cursor, a line for each pair.
    """
    out = sys.stderr if stream is None else stream
    if not out.isatty() or os.environ.get("TERM", "").lower() in {"dumb", "unknown"}:
        return PlainLines(batch, out)
    from workflows.view.tree import RunTree

    return RunTree(batch, out)
