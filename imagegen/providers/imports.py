"""Hide optional modules from a library's import, so that it loads nothing this program never uses.

One finder stands at the head of ``sys.meta_path`` from the moment this module is imported, before any thread starts,
and stays there. What it hides is a thread's own business. So no thread ever sees the list of finders change: changing
it in place makes an import that runs elsewhere skip a finder and miss modules that are installed.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.abc import MetaPathFinder


class _HidingFinder(MetaPathFinder):
    """A finder that refuses the modules which the importing thread hides, and leaves all others to the next finder."""

    def __init__(self) -> None:
        self.hidden = threading.local()

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> None:  # noqa: ARG002 - importlib's
        if fullname in getattr(self.hidden, "names", ()):
            raise ModuleNotFoundError(f"{fullname} is hidden from this import", name=fullname)


_finder = _HidingFinder()
# A new list, not an insertion: an import that already walks the old one walks it to its end.
sys.meta_path = [_finder, *sys.meta_path]


@contextmanager
def without(*names: str) -> Iterator[None]:
    """Hide the modules ``names`` from this thread's imports while the body runs, unless they are loaded already.

    A library that is imported meanwhile takes them for not installed, for good: name only what it treats as optional.
    """
    outer = getattr(_finder.hidden, "names", ())
    _finder.hidden.names = (*outer, *names)
    try:
        yield
    finally:
        _finder.hidden.names = outer
