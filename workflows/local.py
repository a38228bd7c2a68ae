"""The in-process engine: runs the registered tasks as Render does, without Render.

It implements the SDK's ``TaskContext``, so that the same task functions run here and on the platform. It
honours each task's ``Retry`` and timeout, runs synchronous tasks in threads, limits the number of concurrent
children and reports events. Inputs and results pass through JSON, as they do on the platform.
"""

import asyncio
import contextvars
import functools
import inspect
import itertools
import json
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar

from render import Retry, TaskContext, TaskRunMetadata, Workflows
from render.client.errors import TaskRunError
from render.workflows.task import TaskDefinition, TaskInfo
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, wait_exponential

from workflows.events import AttemptFailed, Listener, RunFinished, RunStarted

P = ParamSpec("P")
R = TypeVar("R")
Sleep = Callable[[float], Awaitable[None]]

PLATFORM_RETRY = Retry(max_retries=3, wait_duration_ms=1_000, backoff_scaling=2.0)
"""The platform's retries of a task that names no Retry."""
PLATFORM_TIMEOUT = 7_200
"""Seconds after which the platform ends a run of a task that names no timeout."""


class LocalEngine:
    """Runs the tasks of ``app``; at most ``concurrency`` children at once.

    ``listener`` is called on the event loop's thread. ``sleep`` waits between attempts. ``final`` errors are not
    retried: the platform knows none, but here the person who can fix them is waiting.
    """

    def __init__(
        self,
        app: Workflows,
        *,
        concurrency: int,
        listener: Listener | None = None,
        sleep: Sleep = asyncio.sleep,
        final: tuple[type[Exception], ...] = (),
    ) -> None:
        self._engine = _EngineState(
            tasks=_list_tasks(app),
            slots=asyncio.Semaphore(concurrency),
            # An attempt that timed out keeps its thread; the attempts after it need threads of their own.
            threads=ThreadPoolExecutor(concurrency * (PLATFORM_RETRY.max_retries + 1), "task"),
            notify=listener or (lambda _event: None),
            sleep=sleep,
            final=final,
        )

    async def run(self, task: TaskDefinition[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a task as the root of a run tree. Raises TaskRunError, as the platform's client does, or a final error.

        When cancelled, running children are waited for: they may be paying for something.
        """
        try:
            result: R = await _Run(self._engine, task.name, args, kwargs).execute()
        except TaskRunError as error:
            if isinstance(error.__cause__, self._engine.final):
                raise error.__cause__ from None
            raise
        return result

    def open_context(self) -> TaskContext:
        """Return the context of a run that is no task: what it runs are its children."""
        run_id = f"local-{self._engine.name}-{next(self._engine.numbers)}"
        return LocalContext(self._engine, TaskRunMetadata(run_id, run_id, None))

    def close(self) -> None:
        """Release the threads; one that still works on a timed-out attempt is not waited for."""
        self._engine.threads.shutdown(wait=False, cancel_futures=True)


class LocalContext(TaskContext):
    """The context that lets a task run other tasks."""

    def __init__(self, engine: "_EngineState", metadata: TaskRunMetadata) -> None:
        self._engine = engine
        self._metadata = metadata

    @property
    def metadata(self) -> TaskRunMetadata:
        """The run's ids."""
        return self._metadata

    async def run(self, task: TaskDefinition[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run another task as a child of this run, once one of the engine's slots is free. Raises TaskRunError."""
        if args and kwargs:
            raise ValueError(f"give {task.name} positional or named inputs, not both")
        async with self._engine.slots:
            result: R = await _Run(self._engine, task.name, args, kwargs, self._metadata).execute()
        return result


@dataclass(frozen=True, slots=True)
class _EngineState:
    """The state that all runs of an engine share."""

    tasks: Mapping[str, TaskInfo]
    slots: asyncio.Semaphore
    threads: ThreadPoolExecutor
    notify: Listener
    sleep: Sleep
    final: tuple[type[Exception], ...]
    name: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))


class _Run:
    """One task run: its ids and its attempts."""

    def __init__(
        self,
        engine: _EngineState,
        task: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        parent: TaskRunMetadata | None = None,
    ) -> None:
        self._engine = engine
        self._info = engine.tasks[task]
        self._retry = self._info.options.retry or PLATFORM_RETRY
        self._timeout = self._info.options.timeout_seconds or PLATFORM_TIMEOUT
        self._args, self._kwargs = _round_trip_json([args, kwargs])
        self._attempt = 0
        run_id = f"local-{engine.name}-{next(engine.numbers)}"
        root, above = (parent.root_task_run_id, parent.task_run_id) if parent else (run_id, None)
        self._ids = TaskRunMetadata(run_id, root, above)

    async def execute(self) -> Any:
        """Return the task's result and report the end. Raises TaskRunError once the retries are used up."""
        ended = functools.partial(RunFinished, self._id)
        try:
            result = await self._run_attempts()
        except TaskRunError as error:
            self._engine.notify(ended(error=str(error), cancelled=False, at=time.time()))
            raise
        except asyncio.CancelledError:
            self._engine.notify(ended(error="cancelled", cancelled=True, at=time.time()))
            raise
        self._engine.notify(ended(error=None, cancelled=False, at=time.time()))
        return result

    @property
    def _id(self) -> str:
        return str(self._ids.task_run_id)

    async def _run_attempts(self) -> Any:
        final = self._engine.final
        retrying = AsyncRetrying(
            retry=retry_if_exception(lambda error: isinstance(error, Exception) and not isinstance(error, final)),
            stop=stop_after_attempt(self._retry.max_retries + 1),
            wait=wait_exponential(self._retry.wait_duration_ms / 1_000, exp_base=self._retry.backoff_scaling),
            before_sleep=self._notify_failed_attempt,
            sleep=self._engine.sleep,
            reraise=True,
        )
        try:
            return await retrying(self._run_attempt)
        except Exception as error:
            # The SDK's own prefix of a child's error.
            raise TaskRunError(f"Subtask failed: {error}") from error

    async def _run_attempt(self) -> Any:
        self._attempt += 1
        inputs = dict(zip((p.name for p in self._info.parameters or ()), self._args, strict=False)) | self._kwargs
        self._engine.notify(
            RunStarted(self._id, self._ids.parent_task_run_id, self._info.name, inputs, self._attempt, time.time())
        )
        call = functools.partial(self._info.func, LocalContext(self._engine, self._ids), *self._args, **self._kwargs)
        try:
            if inspect.iscoroutinefunction(inspect.unwrap(self._info.func)):
                # Not wait_for: before Python 3.12 it drops what a cancelled task returns.
                async with asyncio.timeout(self._timeout):
                    return _round_trip_json(await call())
            return _round_trip_json(await self._run_in_thread(call))
        except TimeoutError as error:
            raise TimeoutError(f"{self._info.name} took longer than its {self._timeout} seconds") from error

    async def _run_in_thread(self, call: Callable[[], Any]) -> Any:
        """Return a synchronous task's result. A cancellation waits for its end; a timeout does not."""
        context = contextvars.copy_context()
        work = asyncio.get_running_loop().run_in_executor(self._engine.threads, context.run, call)
        due = time.monotonic() + self._timeout
        cancelled = False
        while not work.done() and time.monotonic() < due:
            try:
                await asyncio.wait({work}, timeout=due - time.monotonic())
            except asyncio.CancelledError:
                cancelled = True
        if not work.done():
            raise TimeoutError
        if cancelled:
            _resume_or_cancel(work)
        return work.result()

    def _notify_failed_attempt(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        wait = state.next_action.sleep if state.next_action else 0.0
        attempts = self._retry.max_retries + 1
        self._engine.notify(AttemptFailed(self._id, state.attempt_number, attempts, str(error), wait, time.time()))


def _list_tasks(app: Workflows) -> dict[str, TaskInfo]:
    registry = app._registry  # noqa: SLF001 - the SDK gives no other way to a task's options
    return {name: info for name in registry.get_task_names() if (info := registry.get_task(name))}


def _resume_or_cancel(work: "asyncio.Future[Any]") -> None:
    """End a cancelled wait: return when the work succeeded, else raise CancelledError, which is not retried."""
    if work.exception():
        raise asyncio.CancelledError
    if task := asyncio.current_task():
        task.uncancel()


def _round_trip_json(value: Any) -> Any:
    return json.loads(json.dumps(value))
