"""Originals that a bucket's own lifecycle rule has removed, on purpose."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from imagegen.results import LeafResult

DAY = 86_400.0


@dataclass
class Expiry:
    """Tells which missing originals have expired: those with an outcome that is older than ``days`` (None: no rule).

    An outcome is never older than its original, so what it says of its age is true of the original.
    """

    days: int | None = None
    clock: Callable[[], float] = time.time
    _oldest: dict[str, float] = field(default_factory=dict)

    def note(self, leaf: LeafResult) -> None:
        """Note when an outcome was made. One that says no time, as that of a picture found again, says nothing."""
        if leaf.started_at:
            known = self._oldest.get(leaf.request_hash, leaf.started_at)
            self._oldest[leaf.request_hash] = min(known, leaf.started_at)

    def has_expired(self, request_hash: str) -> bool:
        """Tell if the request's original is old enough to have been removed by the rule."""
        made = self._oldest.get(request_hash)
        return self.days is not None and made is not None and self.clock() - made > self.days * DAY
