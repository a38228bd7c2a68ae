"""When a leaf may start: so many in flight, so many starts a minute and provider, none once a quota is used up."""

import asyncio
import random
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

MINUTE = 60.0
"""Seconds in which a provider's starts are counted."""
JITTER = 0.5
"""Seconds by which a wait is lengthened at random, at most."""


class Pacer:
    """Hands out starts. It belongs to one event loop.

    ``per_minute`` is each provider's cap on starts in any 60 seconds (None or absent: no cap); ``in_flight`` caps
    how many leaves run at once, whoever serves them.
    """

    def __init__(self, *, per_minute: Mapping[str, int | None], in_flight: int, minute: float = MINUTE) -> None:
        self._per_minute = per_minute
        self._minute = minute
        self._room = _Room(in_flight)
        self._lanes: dict[str, _Lane] = {}

    @asynccontextmanager
    async def slot(self, provider: str) -> AsyncIterator[None]:
        """Wait for a start, first come, first served within a provider; the body is then in flight.

        Once the provider is exhausted nobody waits: ask ``exhausted`` inside before anything is begun.
        """
        lane = self._lane(provider)
        # One leaf per provider stands in line for room, so that a slow provider takes none from a fast one.
        async with lane.turn:
            await lane.pace()
            admitted = await self._room.take(unless=lane.over)
            if admitted:
                lane.note_start()
        try:
            yield
        finally:
            if admitted:
                self._room.give_back()

    def exhaust(self, provider: str, message: str) -> None:
        """Let no further leaf of ``provider`` start; ``message`` says why, for each of them."""
        lane = self._lane(provider)
        lane.over_because = message
        lane.over.set()

    def exhausted(self, provider: str) -> str | None:
        """Why no further leaf of ``provider`` may start; None while they may."""
        return self._lane(provider).over_because

    def _lane(self, provider: str) -> "_Lane":
        if provider not in self._lanes:
            self._lanes[provider] = _Lane(self._per_minute.get(provider), self._minute)
        return self._lanes[provider]


class _Lane:
    """One provider's starts: at most ``cap`` in any ``minute`` seconds."""

    def __init__(self, cap: int | None, minute: float) -> None:
        self.turn = asyncio.Lock()
        self.over = asyncio.Event()
        self.over_because: str | None = None
        self._cap = cap
        self._minute = minute
        self._starts: deque[float] = deque(maxlen=cap or 0)

    def note_start(self) -> None:
        self._starts.append(time.monotonic())

    async def pace(self) -> None:
        """Wait until one more start keeps the cap, or the lane is over."""
        if self._cap is None or len(self._starts) < self._cap:
            return
        wait = self._starts[0] + self._minute - time.monotonic()
        if wait > 0:
            spread = random.uniform(0, JITTER)  # noqa: S311 - spreads starts, guards nothing
            with suppress(TimeoutError):
                await asyncio.wait_for(self.over.wait(), wait + spread)


class _Room:
    """Room for so many leaves at once."""

    def __init__(self, places: int) -> None:
        self._places = asyncio.Semaphore(places)

    async def take(self, *, unless: asyncio.Event) -> bool:
        """Take a place; False, and none taken, when ``unless`` is set before there is one."""
        if not self._places.locked():
            return await self._places.acquire()
        place = asyncio.create_task(self._places.acquire())
        over = asyncio.create_task(unless.wait())
        try:
            await asyncio.wait((place, over), return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            if place.done():
                self.give_back()
            raise
        finally:
            place.cancel()
            over.cancel()
        return place.done()

    def give_back(self) -> None:
        self._places.release()
