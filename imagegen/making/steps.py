"""The log: a structured line for each step, and where a worker sends it, for the Dashboard's log view."""

import json
import logging
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from imagegen.formatting import one_line
from imagegen.request.batch import Leaf

MAX_PROMPT_SHOWN = 80

_WORD = re.compile(r"[\w.:/@+-]+", re.ASCII)
_log = logging.getLogger("imagegen")
_ROOTS = (_log, logging.getLogger("storage"))
"""The two loggers above all others of the service: the store's warnings belong in the log, too."""


class Steps:
    """Times the steps of one pair and logs each as it ends. ``seconds`` holds them by name."""

    def __init__(self, leaf: Leaf) -> None:
        self.seconds: dict[str, float] = {}
        self._pair = f"prompt={json.dumps(leaf.prompt[:MAX_PROMPT_SHOWN])} model={_quote(leaf.model)}"

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time the body as ``name``; a step done twice adds up."""
        start = time.monotonic()
        try:
            yield
        except BaseException as error:
            failed = type(error).__name__
            _log.info("step=%s %s seconds=%.3f failed=%s", name, self._pair, self._took(name, start), failed)
            raise
        _log.info("step=%s %s seconds=%.3f", name, self._pair, self._took(name, start))

    def note(self, text: str) -> None:
        """Log a fact about the pair that is no step."""
        _log.info("%s %s", one_line(text), self._pair)

    def _took(self, name: str, start: float) -> float:
        took = time.monotonic() - start
        self.seconds[name] = round(self.seconds.get(name, 0.0) + took, 4)
        return took


def _quote(value: str) -> str:
    """Return ``value`` for a log line, as JSON unless it is one plain word: text cannot forge a field or a line."""
    return value if _WORD.fullmatch(value) else json.dumps(value)


def to_stdout() -> None:
    """Send the log to standard output, a line per record, flushed: the local Render server kills a finished worker."""
    if _log.handlers:
        return
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(logging.Formatter("%(asctime)s level=%(levelname)s %(message)s"))
    for root in _ROOTS:
        root.addHandler(handler)
        root.setLevel(logging.INFO)
        root.propagate = False
