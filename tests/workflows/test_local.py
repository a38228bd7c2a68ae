"""The local engine runs tasks as the platform does."""

import asyncio
import threading
import time
from typing import Any

import pytest
from render import Retry, TaskContext, Workflows
from render.client.errors import TaskRunError

from workflows.events import AttemptFailed, Event, RunFinished, RunStarted
from workflows.local import LocalEngine


class Recorder:
    """Collects events, and the waits that the engine asked for instead of waiting them."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.waits: list[float] = []

    def __call__(self, event: Event) -> None:
        self.events.append(event)

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


def engine_for(app: Workflows, recorder: Recorder, concurrency: int = 10, **options: Any) -> LocalEngine:
    return LocalEngine(app, concurrency=concurrency, listener=recorder, sleep=recorder.sleep, **options)


def test_a_failing_task_is_retried_with_its_own_backoff_and_then_fails_as_the_sdk_says(recorder: Recorder) -> None:
    app = Workflows()

    @app.task(retry=Retry(max_retries=3, wait_duration_ms=500, backoff_scaling=2.0))
    def always(ctx: TaskContext) -> None:
        raise ValueError("no luck")

    with pytest.raises(TaskRunError, match=r"^Subtask failed: no luck$"):
        asyncio.run(engine_for(app, recorder).run(always))
    assert recorder.waits == [0.5, 1.0, 2.0]
    failed = [event for event in recorder.events if isinstance(event, AttemptFailed)]
    assert [(event.attempt, event.attempts, event.error) for event in failed] == [
        (1, 4, "no luck"),
        (2, 4, "no luck"),
        (3, 4, "no luck"),
    ]


def test_a_task_that_recovers_keeps_its_run_id(recorder: Recorder) -> None:
    app = Workflows()
    seen: list[str | None] = []

    @app.task(retry=Retry(max_retries=1, wait_duration_ms=10))
    def second_time(ctx: TaskContext) -> dict[str, int]:
        seen.append(ctx.metadata.task_run_id)
        if len(seen) == 1:
            raise ValueError("not yet")
        return {"attempt": len(seen)}

    assert asyncio.run(engine_for(app, recorder).run(second_time)) == {"attempt": 2}
    assert seen[0] == seen[1] is not None


def test_children_know_their_parent_and_root(recorder: Recorder) -> None:
    app = Workflows()

    @app.task
    def leaf(ctx: TaskContext, name: str) -> dict[str, Any]:
        return {"name": name, "parent": ctx.metadata.parent_task_run_id, "root": ctx.metadata.root_task_run_id}

    @app.task
    async def root(ctx: TaskContext) -> dict[str, Any]:
        return {"me": ctx.metadata.task_run_id, "child": await ctx.run(leaf, name="a")}

    answer: Any = asyncio.run(engine_for(app, recorder).run(root))
    assert answer["child"] == {"name": "a", "parent": answer["me"], "root": answer["me"]}
    started = {event.task: event for event in recorder.events if isinstance(event, RunStarted)}
    assert started["leaf"].parent_id == started["root"].run_id
    assert started["leaf"].inputs == {"name": "a"}


def test_no_more_children_run_at_once_than_allowed(recorder: Recorder) -> None:
    app = Workflows()
    running, most = 0, 0
    lock = threading.Lock()

    @app.task
    def leaf(ctx: TaskContext) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.01)
        with lock:
            running -= 1

    @app.task
    async def root(ctx: TaskContext) -> None:
        await asyncio.gather(*(ctx.run(leaf) for _ in range(12)))

    asyncio.run(engine_for(app, recorder, concurrency=3).run(root))
    assert most == 3


def test_a_synchronous_task_that_hangs_is_given_up_after_its_timeout(recorder: Recorder) -> None:
    app = Workflows()
    release = threading.Event()

    @app.task(retry=Retry(max_retries=0, wait_duration_ms=0), timeout_seconds=1)
    def hangs(ctx: TaskContext) -> None:
        release.wait(30)

    async def drive() -> None:
        engine = engine_for(app, recorder)
        try:
            await engine.run(hangs)
        finally:
            release.set()
            engine.close()

    with pytest.raises(TaskRunError, match="longer than its 1 seconds"):
        asyncio.run(drive())


def test_an_asynchronous_task_that_hangs_is_given_up_after_its_timeout(recorder: Recorder) -> None:
    app = Workflows()

    @app.task(retry=Retry(max_retries=0, wait_duration_ms=0), timeout_seconds=1)
    async def hangs(ctx: TaskContext) -> None:
        await asyncio.Event().wait()

    with pytest.raises(TaskRunError, match="longer than its 1 seconds"):
        asyncio.run(engine_for(app, recorder).run(hangs))


def test_a_cancelled_root_waits_for_the_child_that_runs_and_starts_no_other(recorder: Recorder) -> None:
    app = Workflows()
    started, release = threading.Event(), threading.Event()
    finished: list[str] = []

    @app.task
    def leaf(ctx: TaskContext, name: str) -> None:
        started.set()
        release.wait(10)
        finished.append(name)

    @app.task
    async def root(ctx: TaskContext) -> None:
        await asyncio.gather(*(ctx.run(leaf, name) for name in "abc"))

    async def drive() -> None:
        work = asyncio.ensure_future(engine_for(app, recorder, concurrency=1).run(root))
        await asyncio.to_thread(started.wait, 10)
        work.cancel()
        await asyncio.sleep(0)
        release.set()
        await work

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(drive())
    assert finished == ["a"]


def test_final_errors_are_raised_at_once_and_as_they_are(recorder: Recorder) -> None:
    app = Workflows()

    @app.task(retry=Retry(max_retries=3, wait_duration_ms=1))
    def wrong(ctx: TaskContext) -> None:
        raise KeyError("what only a person can fix")

    with pytest.raises(KeyError):
        asyncio.run(engine_for(app, recorder, final=(KeyError,)).run(wrong))
    assert recorder.waits == []


def test_inputs_and_results_pass_through_json(recorder: Recorder) -> None:
    app = Workflows()

    @app.task
    def echo(ctx: TaskContext, value: Any) -> dict[str, Any]:
        return {"value": value, "pair": (1, 2)}

    assert asyncio.run(engine_for(app, recorder).run(echo, (3, 4))) == {"value": [3, 4], "pair": [1, 2]}


def test_every_run_ends_with_one_event_that_says_how(recorder: Recorder) -> None:
    app = Workflows()

    @app.task(retry=Retry(max_retries=0, wait_duration_ms=0))
    def leaf(ctx: TaskContext, fail: bool) -> None:
        if fail:
            raise ValueError("bad")

    @app.task
    async def root(ctx: TaskContext) -> None:
        await asyncio.gather(ctx.run(leaf, fail=True), ctx.run(leaf, fail=False), return_exceptions=True)

    asyncio.run(engine_for(app, recorder).run(root))
    ends = [event for event in recorder.events if isinstance(event, RunFinished)]
    assert sorted(str(event.error) for event in ends) == ["None", "None", "Subtask failed: bad"]
