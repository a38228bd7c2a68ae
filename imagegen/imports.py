"""Leaving out of an import what a library can do without and this program never uses."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.abc import MetaPathFinder


class _Without(MetaPathFinder):
    """Says of some modules that they are not installed, to one thread."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names
        self._thread = threading.get_ident()

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> None:  # noqa: ARG002 - importlib's
        if fullname in self._names and threading.get_ident() == self._thread:
            raise ModuleNotFoundError(f"{fullname} is left out", name=fullname)


@contextmanager
def without(*names: str) -> Iterator[None]:
    """While the body runs, this thread's imports find none of the modules ``names`` that is not loaded yet.

    A library that is imported meanwhile takes them for not installed, for good: name only what it treats as optional.
    """
    finder = _Without(names)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
