"""Lanes: when the next pair of a model may be started.

A lane has the pairs that one model serves, in the order of the batch. It starts them evenly, at the pace that is set or
that it learns from the provider's refusals. After its first start, and after the first one that follows a refusal, it
starts nothing else for a second (``ALONE``): a rejected key or a limit shows within that time, while a picture takes
longer. A lane is closed when further calls would be refused as well, and it keeps the reason.
"""

import asyncio
import heapq
import random
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")

MINUTE = 60.0
"""Seconds in which a pace counts its starts."""
ALONE = 1.0
"""Seconds after a lane's first start, and the first one after a refusal, in which it starts nothing else: refusals come
sooner, pictures later."""
MAX_REFUSALS = 4
"""Waves of refusals without a single picture between them after which a lane is given up."""
PATIENCE = 5.0
"""Seconds that a lane waits after a refusal that names no time, doubled with each wave."""

EASING = 0.8
"""Factor by which a picture shortens the time between starts that refusals made longer than it has to be."""
KEPT = 1_000
"""Starts and refusals that are remembered: more than any account lets through in a minute."""


@dataclass(slots=True)
class Pace:
    """The known pace of an account for one model: starts ``per_minute`` (None: nothing), for all ``parties``.

    A party is a batch that asks at the same time.
    """

    per_minute: int | None = None
    parties: int = 1

    def note_limit(self, per_minute: int) -> None:
        """Note a limit that the provider names; a lower one that is known counts more."""
        self.per_minute = min(self.per_minute or per_minute, per_minute)


@dataclass(order=True, slots=True)
class _Entry(Generic[T]):
    order: int
    job: T = field(compare=False)


class Lane(Generic[T]):
    """The queue and the pace of one model. It belongs to one event loop.

    ``pace`` is what is known of the account, which others may share. ``alone``, ``minute`` and ``patience`` are the
    times of a lane in seconds: see ``ALONE``, ``MINUTE`` and ``PATIENCE``. ``clock`` gives seconds that only grow.
    """

    def __init__(
        self,
        *,
        pace: Pace | None = None,
        alone: float = ALONE,
        minute: float = MINUTE,
        patience: float = PATIENCE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.closed: tuple[str, str] | None = None
        """The kind and message of what closed the lane; None while it is open."""
        self._minute = minute
        self._alone = alone
        self._patience = patience
        self._clock = clock
        self._pace = pace or Pace()
        self._interval = self._least
        """Seconds between two starts, also by what was learned."""
        self._queue: list[_Entry[T]] = []
        self._running = 0
        self._changed = asyncio.Event()
        self._next_start = clock()
        self._refused_until = clock()
        self._next_goes_alone = alone > 0
        self._refusals = 0
        self._last_refused = float("-inf")
        self._started: deque[float] = deque(maxlen=KEPT)
        self._refused: deque[float] = deque(maxlen=KEPT)

    def put(self, order: int, job: T) -> None:
        """Queue a job; the lowest order starts first."""
        heapq.heappush(self._queue, _Entry(order, job))
        self._changed.set()

    async def take(self) -> T | None:
        """Wait until a job may start, and return it; None when there is none any more, and none can come back.

        A closed lane returns its jobs without waiting, so check ``closed`` before you begin one.
        """
        while True:
            self._changed.clear()
            if self._queue and (self.closed or (wait := self._next_start - self._clock()) <= 0):
                return self._start(heapq.heappop(self._queue).job)
            if not self._queue and not self._running:
                return None
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), wait if self._queue else None)

    @property
    def goes_alone(self) -> bool:
        """True when the job that was just taken is the lane's first, and the next start waits ``alone`` seconds."""
        return len(self._started) == 1 and self._alone > 0 and not self._refused

    @property
    def seconds_to_wait(self) -> float:
        """Seconds until the next start: the wait that the provider asked for, and the pace that was learned."""
        return max(0.0, self._next_start - self._clock())

    @property
    def _least(self) -> float:
        """Seconds between two starts by what is known of the account."""
        return self._minute / self._pace.per_minute * self._pace.parties if self._pace.per_minute else 0.0

    def delay_next_start(self) -> None:
        """Allow no start for ``alone`` seconds from now."""
        self._next_start = max(self._next_start, self._clock() + self._alone)

    def _start(self, job: T) -> T:
        now = self._clock()
        self._running += 1
        self._started.append(now)
        gap = max(self._interval, self._least, self._alone if self._next_goes_alone else 0.0)
        self._next_start = max(self._next_start, now) + gap
        self._next_goes_alone = False
        return job

    def take_back(self, order: int, job: T) -> bool:
        """Queue a job again that was taken and not begun if the provider wants no call now; return True if so."""
        if self.closed or self._clock() >= self._refused_until:
            return False
        self._started.pop()
        self.put(order, job)
        self.note_end()
        return True

    def note_end(self) -> None:
        """Note that a job that was taken has ended, or was put back."""
        self._running -= 1
        self._changed.set()

    def note_success(self) -> None:
        """Note that the provider made a picture: the time between starts that refusals made longer gets shorter."""
        self._refusals = 0
        self._interval = max(self._least, self._interval * EASING)
        if not self._interval:
            self._next_start = min(self._next_start, self._clock())
        self._changed.set()

    def note_refusal(
        self, *, started: float, seconds: float | None, per_minute: int | None, limited: bool = True
    ) -> bool:
        """Note that the provider refused a call that was started at ``started`` by the lane's clock.

        It wants no call for ``seconds`` (None: it does not say), and allows ``per_minute`` (None: it does not say).
        A refusal that is no ``limited`` rate says nothing of the pace. Returns False when the lane is to be given up.
        """
        now = self._clock()
        self._refused.append(now)
        if started > self._last_refused:
            self._refusals += 1
            self._last_refused = now
        if per_minute:
            self._pace.note_limit(per_minute)
        if limited:
            self._interval = max(self._interval, self._least, self._learn_interval(seconds, per_minute))
        wait = self._patience * 2.0 ** (self._refusals - 1) if seconds is None else seconds
        self._refused_until = max(self._refused_until, now + wait)
        self._next_start = max(self._next_start, self._refused_until)
        self._next_goes_alone = True
        self._changed.set()
        return self._refusals < MAX_REFUSALS

    def _learn_interval(self, seconds: float | None, per_minute: int | None) -> float:
        """Return the seconds between two starts that a refusal speaks for; 0 when nothing got through.

        What got through in the last minute is the pace that the provider allows, but a wait that it names is enough
        for one more call.
        """
        if per_minute:
            return self._least
        got_through = self._recent(self._started) - self._recent(self._refused)
        learned = self._minute / got_through if got_through > 0 else 0.0
        return min(learned, seconds) if seconds else learned

    def close(self, kind: str, message: str) -> None:
        """Start nothing any more; ``kind`` and ``message`` say why, for every job that is left."""
        self.closed = self.closed or (kind, message)
        self._changed.set()

    def drain(self) -> list[T]:
        """Take out all that is queued."""
        jobs = [entry.job for entry in sorted(self._queue)]
        self._queue.clear()
        self._changed.set()
        return jobs

    def _recent(self, times: deque[float]) -> int:
        since = self._clock() - self._minute
        return sum(at >= since for at in times)


MAX_SPREAD = 4.0
"""Seconds, from which on the spread of attempts grows no more."""


def draw_spread(attempts: int) -> float:
    """Draw the seconds that the n-th attempt waits first: up to 2ⁿ⁻³, so that siblings do not come back together."""
    return random.uniform(0.0, min(2.0 ** (attempts - 3), MAX_SPREAD))  # noqa: S311 - guards nothing
