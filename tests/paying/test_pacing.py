"""A lane starts its pairs evenly, at a pace that is set or learned, and gives up when there is no way on."""

import asyncio
from itertools import pairwise
from typing import Any

import pytest

from imagegen.paying.pace.pacing import ALONE, MAX_REFUSALS, PATIENCE, Lane, Pace
from tests.doubles import virtual_time


def lane_of(jobs: int, **options: Any) -> Lane[int]:
    given: dict[str, Any] = {"alone": 0.0, "clock": virtual_time.now, **options}
    lane: Lane[int] = Lane(**given)
    for number in range(jobs):
        lane.put(number, number)
    return lane


async def drain(lane: Lane[int], *, seconds: float = 0.0) -> list[tuple[int, float]]:
    """Run each job for so long; return the jobs and the times of their starts."""
    started: list[tuple[int, float]] = []
    running = set()

    async def work() -> None:
        await asyncio.sleep(seconds)
        lane.note_success()
        lane.note_end()

    while (job := await lane.take()) is not None:
        started.append((job, virtual_time.now()))
        running.add(asyncio.create_task(work()))
    return started


def starts(lane_options: dict[str, Any], jobs: int, *, seconds: float = 0.0) -> list[float]:
    async def main() -> list[float]:
        return [at for _, at in await drain(lane_of(jobs, **lane_options), seconds=seconds)]

    return virtual_time.run(main())


def test_a_lane_without_a_pace_starts_all_at_once() -> None:
    assert starts({}, 50, seconds=30.0) == [0.0] * 50


def test_a_pace_that_is_set_is_kept_evenly_from_the_first_start_on() -> None:
    at = starts({"pace": Pace(5)}, 60)
    assert at == pytest.approx([12.0 * number for number in range(60)])


def test_a_first_start_goes_alone_for_a_moment() -> None:
    assert starts({"alone": ALONE}, 4, seconds=30.0) == [0.0, ALONE, ALONE, ALONE]


def test_a_picture_ends_the_moment_alone() -> None:
    assert starts({"alone": 10.0}, 3, seconds=0.25) == [0.0, 0.25, 0.25]


def test_jobs_start_in_the_order_of_the_batch_whenever_they_were_put() -> None:
    async def main() -> list[int]:
        lane = lane_of(0)
        for number in (3, 1, 2, 0):
            lane.put(number, number)
        return [job for job, _ in await drain(lane)]

    assert virtual_time.run(main()) == [0, 1, 2, 3]


def test_a_job_that_is_put_back_starts_before_those_behind_it() -> None:
    async def main() -> list[int]:
        lane = lane_of(3)
        first = await lane.take()
        assert first == 0
        lane.put(0, first)
        lane.note_end()
        return [job for job, _ in await drain(lane)]

    assert virtual_time.run(main()) == [0, 1, 2]


def test_a_lane_waits_for_running_jobs_that_may_be_put_back() -> None:
    async def main() -> int | None:
        lane = lane_of(1)
        await lane.take()
        waiting = asyncio.create_task(lane.take())
        await asyncio.sleep(5)
        assert not waiting.done()
        lane.put(0, 0)
        lane.note_end()
        return await waiting

    assert virtual_time.run(main()) == 0


def refused(*, seconds: float | None, per_minute: int | None = None, jobs: int = 3, **options: Any) -> list[float]:
    """The times of the starts when the first one is refused after a second and the others are not."""

    async def main() -> list[float]:
        lane = lane_of(jobs, alone=2.0, **options)
        job = await lane.take()
        assert job is not None
        await asyncio.sleep(1)
        assert lane.note_refusal(started=0.0, seconds=seconds, per_minute=per_minute)
        lane.put(job, job)
        lane.note_end()
        return [at for _, at in await drain(lane)]

    return virtual_time.run(main())


def test_nothing_is_asked_before_the_time_that_a_provider_names() -> None:
    assert refused(seconds=200.0)[0] == 201.0


def test_a_refusal_without_a_time_is_waited_out_patiently() -> None:
    assert refused(seconds=None)[0] == 1.0 + PATIENCE


def test_the_pace_that_a_refusal_names_is_kept() -> None:
    at = refused(seconds=0.0, per_minute=6, jobs=4)
    assert all(later - earlier >= 10.0 for earlier, later in pairwise(at))


def test_a_refused_pace_is_learned_from_what_got_through_in_the_last_minute() -> None:
    async def main() -> list[float]:
        lane = lane_of(9)
        for _ in range(5):
            await lane.take()
        # Four of five got through.
        lane.note_refusal(started=0.0, seconds=0.0, per_minute=None)
        for _ in range(5):
            lane.note_end()
        return [at for _, at in await drain(lane)]

    at = virtual_time.run(main())
    assert at[1] - at[0] == pytest.approx(15.0)
    gaps = [later - earlier for earlier, later in pairwise(at)]
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[-1] < gaps[0]


@pytest.mark.parametrize(("seconds", "gap"), [(3.0, 3.0), (40.0, 30.0)])
def test_a_wait_that_a_refusal_names_is_pace_enough(seconds: float, gap: float) -> None:
    """Two of three got through in the first seconds, which says little of a minute."""

    async def main() -> list[float]:
        lane = lane_of(6)
        for _ in range(3):
            await lane.take()
        lane.note_refusal(started=0.0, seconds=seconds, per_minute=None)
        assert lane.seconds_to_wait == seconds
        for _ in range(3):
            lane.note_end()
        return [at for _, at in await drain(lane)]

    at = virtual_time.run(main())
    assert at[1] - at[0] == pytest.approx(gap)


def test_trouble_of_a_provider_says_nothing_of_its_pace() -> None:
    async def main() -> list[float]:
        lane = lane_of(6)
        for _ in range(3):
            await lane.take()
        lane.note_refusal(started=0.0, seconds=20.0, per_minute=None, limited=False)
        for _ in range(3):
            lane.note_end()
        return [at for _, at in await drain(lane)]

    at = virtual_time.run(main())
    assert at == [20.0, 20.0, 20.0]


def test_refusals_of_one_wave_count_once() -> None:
    async def main() -> list[bool]:
        lane = lane_of(20)
        for _ in range(20):
            await lane.take()
        await asyncio.sleep(1)
        return [lane.note_refusal(started=0.0, seconds=None, per_minute=None) for _ in range(20)]

    assert virtual_time.run(main()) == [True] * 20


def test_waves_of_refusals_wait_longer_each_and_end_in_giving_up() -> None:
    async def main() -> tuple[list[bool], list[float]]:
        lane, at, goes_on = lane_of(1, minute=0.0), [], []
        for _ in range(MAX_REFUSALS):
            job = await lane.take()
            assert job is not None
            at.append(virtual_time.now())
            await asyncio.sleep(1)
            goes_on.append(lane.note_refusal(started=at[-1], seconds=None, per_minute=None))
            lane.put(job, job)
            lane.note_end()
        return goes_on, at

    goes_on, at = virtual_time.run(main())
    assert goes_on == [True] * (MAX_REFUSALS - 1) + [False]
    assert [later - earlier - 1.0 for earlier, later in pairwise(at)] == [PATIENCE, 2 * PATIENCE, 4 * PATIENCE]


def test_a_picture_forgives_the_refusals_before_it() -> None:
    async def main() -> list[bool]:
        lane, goes_on = lane_of(1, minute=0.0), []
        for _ in range(2 * MAX_REFUSALS):
            started = virtual_time.now()
            await asyncio.sleep(1)
            goes_on.append(lane.note_refusal(started=started, seconds=None, per_minute=None))
            lane.note_success()
        return goes_on

    assert all(virtual_time.run(main()))


def test_a_closed_lane_gives_its_jobs_out_at_once_and_keeps_its_first_reason() -> None:
    async def main() -> list[float]:
        lane = lane_of(5, pace=Pace(1))
        waiting = asyncio.create_task(drain(lane))
        await asyncio.sleep(3)
        lane.close("rejected_key", "wrong")
        lane.close("daily_quota", "used up")
        assert lane.closed == ("rejected_key", "wrong")
        return [at for _, at in await waiting]

    assert virtual_time.run(main()) == [0.0, 3.0, 3.0, 3.0, 3.0]


def test_drained_jobs_come_in_order_and_leave_nothing_to_wait_for() -> None:
    async def main() -> tuple[list[int], int | None]:
        lane = lane_of(3, pace=Pace(1))
        return lane.drain(), await lane.take()

    assert virtual_time.run(main()) == ([0, 1, 2], None)
