"""Starts in a batch: in flight, per minute, and none once a quota is used up."""

import asyncio
import time
from itertools import pairwise

import pytest

from imagegen.paying import pacing
from imagegen.paying.pacing import Pacer


@pytest.fixture(autouse=True)
def _no_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "JITTER", 0.0)


async def _leaf(pacer: Pacer, provider: str, log: list[float], seconds: float = 0.0) -> None:
    async with pacer.slot(provider):
        if not pacer.exhausted(provider):
            log.append(time.monotonic())
            await asyncio.sleep(seconds)


def test_no_more_leaves_are_in_flight_than_allowed() -> None:
    running = most = 0

    async def leaf(pacer: Pacer, provider: str) -> None:
        nonlocal running, most
        async with pacer.slot(provider):
            running += 1
            most = max(most, running)
            await asyncio.sleep(0.002)
            running -= 1

    async def batch() -> None:
        pacer = Pacer(per_minute={}, in_flight=3)
        await asyncio.gather(*(leaf(pacer, f"provider {number % 4}") for number in range(20)))

    asyncio.run(batch())
    assert most == 3


def test_no_minute_sees_more_starts_than_allowed() -> None:
    starts: list[float] = []

    async def batch() -> None:
        pacer = Pacer(per_minute={"openai": 3}, in_flight=100, minute=0.2)
        await asyncio.gather(*(_leaf(pacer, "openai", starts) for _ in range(8)))

    asyncio.run(batch())
    assert len(starts) == 8
    assert all(fourth - first >= 0.2 for first, fourth in zip(starts, starts[3:], strict=False))
    assert starts[2] - starts[0] < 0.1


def test_a_wait_for_the_next_minute_is_jittered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "JITTER", 0.1)
    starts: list[float] = []

    async def batch() -> None:
        pacer = Pacer(per_minute={"openai": 1}, in_flight=100, minute=0.05)
        await asyncio.gather(*(_leaf(pacer, "openai", starts) for _ in range(8)))

    asyncio.run(batch())
    waits = [later - earlier for earlier, later in pairwise(starts)]
    assert max(waits) - min(waits) > 0.01
    assert all(wait >= 0.05 for wait in waits)


def test_a_provider_that_waits_for_its_minute_takes_no_room_from_another() -> None:
    slow: list[float] = []
    fast: list[float] = []

    async def batch() -> None:
        pacer = Pacer(per_minute={"openai": 1}, in_flight=2, minute=60)
        waiting = [asyncio.create_task(_leaf(pacer, "openai", slow)) for _ in range(5)]
        await asyncio.wait_for(asyncio.gather(*(_leaf(pacer, "gemini", fast) for _ in range(9))), 5)
        pacer.exhaust("openai", "used up")
        await asyncio.wait_for(asyncio.gather(*waiting), 5)

    asyncio.run(batch())
    assert len(fast) == 9
    assert len(slow) == 1


def test_a_used_up_quota_ends_all_further_leaves_of_its_provider_at_once() -> None:
    begun: list[float] = []
    others: list[float] = []

    async def batch() -> None:
        pacer = Pacer(per_minute={"gemini": 1}, in_flight=1, minute=60)
        waiting = [asyncio.create_task(_leaf(pacer, "gemini", begun, seconds=30)) for _ in range(20)]
        await asyncio.sleep(0.01)
        assert len(begun) == 1
        assert pacer.exhausted("gemini") is None
        pacer.exhaust("gemini", "the daily quota is used up")
        await asyncio.wait_for(asyncio.gather(*waiting[1:]), 5)
        assert pacer.exhausted("gemini") == "the daily quota is used up"
        assert pacer.exhausted("openai") is None
        waiting[0].cancel()
        await asyncio.wait_for(_leaf(pacer, "openai", others), 5)

    asyncio.run(batch())
    assert len(begun) == 1
    assert len(others) == 1


def test_leaves_that_wait_for_room_are_let_go_when_their_quota_is_used_up() -> None:
    begun: list[float] = []

    async def batch() -> None:
        pacer = Pacer(per_minute={}, in_flight=1)
        async with pacer.slot("openai"):
            waiting = [asyncio.create_task(_leaf(pacer, "gemini", begun)) for _ in range(5)]
            await asyncio.sleep(0)
            pacer.exhaust("gemini", "used up")
            await asyncio.wait_for(asyncio.gather(*waiting), 5)

    asyncio.run(batch())
    assert begun == []


def test_a_cancelled_wait_leaves_its_room_to_others() -> None:
    begun: list[float] = []

    async def batch() -> None:
        pacer = Pacer(per_minute={}, in_flight=1)
        async with pacer.slot("openai"):
            waiting = [asyncio.create_task(_leaf(pacer, provider, begun)) for provider in ("gemini", "openai")]
            await asyncio.sleep(0.01)
            for task in waiting:
                task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        await asyncio.wait_for(_leaf(pacer, "gemini", begun), 5)

    asyncio.run(batch())
    assert len(begun) == 1


def test_a_leaf_cancelled_in_the_instant_in_which_it_got_room_gives_it_back() -> None:
    begun: list[float] = []

    async def batch() -> None:
        pacer = Pacer(per_minute={}, in_flight=1)
        slot = pacer.slot("openai")
        await slot.__aenter__()
        waiting = asyncio.create_task(_leaf(pacer, "gemini", begun))
        await asyncio.sleep(0.01)
        await slot.__aexit__(None, None, None)
        await asyncio.sleep(0)  # the place is taken; the leaf does not know yet
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await asyncio.wait_for(_leaf(pacer, "openai", begun), 5)

    asyncio.run(batch())
    assert begun


def test_a_failing_leaf_gives_its_room_back() -> None:
    async def fail(pacer: Pacer) -> None:
        async with pacer.slot("openai"):
            raise LookupError

    async def batch() -> list[object]:
        pacer = Pacer(per_minute={"openai": None}, in_flight=1)
        return await asyncio.gather(*(fail(pacer) for _ in range(5)), return_exceptions=True)

    assert all(isinstance(outcome, LookupError) for outcome in asyncio.run(batch()))
