"""The count of what a copy has done so far, kept by several threads."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Copied:
    """The objects that were written and their bytes, those that were there already, and what was left, with reasons."""

    written: int
    size: int
    there: int
    left: Mapping[str, str]


@dataclass(slots=True)
class Tally:
    """Counts objects, and remembers by key the reason for which one was left."""

    written: int = 0
    size: int = 0
    there: int = 0
    left: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, *, written: bool, size: int = 0) -> None:
        """Count an object that is at the destination now, and its bytes if it was written."""
        with self._lock:
            self.written += written
            self.there += not written
            self.size += size if written else 0

    def leave(self, key: str, reason: str) -> None:
        """Note that an object was left; the first reason counts."""
        with self._lock:
            self.left.setdefault(key, reason)

    def sum_up(self) -> Copied:
        """Return the counts as they are now."""
        return Copied(self.written, self.size, self.there, dict(sorted(self.left.items())))
