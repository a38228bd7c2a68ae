"""Follows a run to its end by polling; server-sent events say when to poll early.

The changes between two polls are reported as the events that every view of a batch draws.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from pydantic import ValidationError

from imagegen.errors import RequestError
from imagegen.request import batch as batches
from imagegen.request.batch import Batch, Leaf
from imagegen.results import BatchResult, LeafResult
from workflows.deployed.client import BATCH_TASK, LEAF_TASK, ApiError, ApiUnavailable, Client
from workflows.deployed.runs import RemoteRun, Status
from workflows.events import AttemptFailed, LeafCompleted, LeafPostponed, Listener, RunFinished, RunStarted

POLL_INTERVAL = 2.0
"""Seconds between polls when no event comes: children send none, and a stream may be broken."""
RECONNECT_DELAY = 2.0
"""Seconds; the server's own value, in the stream's ``retry`` field."""
GIVE_UP_AFTER = 300.0
"""Seconds without any answer after which following ends. The run continues."""
REQUESTS_PER_SECOND = 4.0
"""A large tree is polled less often, so that following it does not use up the API's rate limit."""
MAX_DETAILS_PER_POLL = 20
LARGEST_BATCH = 100_000
"""Pictures: the ceiling of MAX_IMAGES_PER_BATCH. The worker applies its own limit."""


async def follow(
    client: Client,
    run_id: str,
    listener: Listener,
    *,
    poll_interval: float = POLL_INTERVAL,
    reconnect_delay: float = RECONNECT_DELAY,
    give_up_after: float = GIVE_UP_AFTER,
    clock: Callable[[], float] = time.monotonic,
) -> RemoteRun:
    """Follow a batch's run until it ends and return it; ``listener`` gets the events on the way.

    Dropped streams are opened again, and unanswered requests repeated, for ``give_up_after`` seconds.
    Raises ApiError for a failure that waiting cannot fix. Cancelling it does not cancel the run.
    """
    tree = _TreeFollower(client, run_id, listener)
    answered = clock()
    async with _wake_events(client, run_id, reconnect_delay) as wake:
        while True:
            try:
                root = await tree.poll()
                answered = clock()
                if root.ended:
                    return root
            except ApiUnavailable as error:
                if clock() - answered > give_up_after:
                    raise ApiError(
                        f"{error}; the run continues; attach again with: imagegen status {run_id} --follow"
                    ) from error
            with suppress(TimeoutError):
                async with asyncio.timeout(max(poll_interval, tree.requests / REQUESTS_PER_SECOND)):
                    await wake.wait()
            wake.clear()


@asynccontextmanager
async def _wake_events(client: Client, run_id: str, reconnect_delay: float) -> AsyncIterator[asyncio.Event]:
    """Yield an event that is set whenever the server reports an ending."""
    wake = asyncio.Event()
    stream = asyncio.create_task(_wake_on_endings(client, run_id, wake, reconnect_delay))
    try:
        yield wake
    finally:
        stream.cancel()
        await asyncio.gather(stream, return_exceptions=True)


async def _wake_on_endings(client: Client, run_id: str, wake: asyncio.Event, reconnect_delay: float) -> None:
    while True:
        with suppress(ApiUnavailable):  # polling continues meanwhile, and reports what is wrong
            async for _ in client.stream_endings(run_id):
                wake.set()
        # A stream that broke may have lost an event.
        wake.set()
        await asyncio.sleep(reconnect_delay)


class _TreeFollower:
    """A root run and its children, as far as they have been reported."""

    def __init__(self, client: Client, root_id: str, listener: Listener) -> None:
        self.requests = 0
        """The number of requests of the last poll."""
        self._client = client
        self._root_id = root_id
        self._listener = listener
        self._reported_begun: dict[str, int] = {}
        self._reported_failed: dict[str, int] = {}
        self._ended: set[str] = set()
        self._completed: set[Leaf] = set()

    async def poll(self) -> RemoteRun:
        """Read the tree once and report what is new in it; return the root."""
        self.requests = 1
        root = await self._client.fetch_run(self._root_id)
        self._report_attempts(root)
        if root.ended:
            self._report_unseen_leaves(root)
            self._report_end(root)
            return root
        children = await self._client.fetch_descendants(self._root_id)
        self.requests += 1 + len(children) // 100
        for child in self._select_changed(children):
            self.requests += 1
            self._report_child(await self._client.fetch_run(child.id))
        return root

    def _select_changed(self, children: list[RemoteRun]) -> list[RemoteRun]:
        """Return the changed children, those in flight first; more than the limit wait for the next poll."""
        changed = [child for child in children if self._has_changed(child)]
        return sorted(changed, key=lambda child: child.ended)[:MAX_DETAILS_PER_POLL]

    def _has_changed(self, run: RemoteRun) -> bool:
        if run.id in self._ended:
            return False
        return (
            run.ended
            or _count_begun(run) > self._reported_begun.get(run.id, 0)
            or _count_retried(run) > self._reported_failed.get(run.id, 0)
        )

    def _report_child(self, child: RemoteRun) -> None:
        self._report_attempts(child)
        if child.ended:
            self._report_end(child)
            self._report_leaf(child)

    def _report_attempts(self, run: RemoteRun) -> None:
        """Report the attempts that began and those that failed and are repeated."""
        task = LEAF_TASK if run.parent_id else BATCH_TASK
        inputs = run.inputs if isinstance(run.inputs, dict) else {}
        for number in range(1, _count_begun(run) + 1):
            attempt = run.attempts[number - 1] if run.attempts else None
            at = (attempt.started if attempt else 0.0) or run.started or time.time()
            if number > self._reported_begun.get(run.id, 0):
                self._reported_begun[run.id] = number
                self._listener(RunStarted(run.id, run.parent_id, task, inputs, number, at))
            if number <= _count_retried(run) and number > self._reported_failed.get(run.id, 0):
                self._reported_failed[run.id] = number
                attempts, wait = _read_retry(task, number)
                self._listener(
                    AttemptFailed(run.id, number, attempts, attempt.error if attempt else "", wait, time.time())
                )

    def _report_leaf(self, child: RemoteRun) -> None:
        """Report a child's outcome, if it is a pair of this batch."""
        try:
            inputs = {name: child.inputs[name] for name in batches.LEAF_FIELDS if name in child.inputs}
            leaf, outcome = batches.read_leaf(inputs), LeafResult.model_validate(child.result)
        except (RequestError, ValidationError, TypeError):
            return
        error = outcome.error
        if error and error.retryable and (error.retry_after is not None or error.kind == "rate_limited"):
            # generateBatch starts the pair once more; if it does not, its own result says what became of it.
            left = (child.ended_at or time.time()) + (error.retry_after or 0.0) - time.time()
            self._listener(LeafPostponed.now(leaf, outcome, max(0.0, left)))
        else:
            self._report_completed(leaf, outcome)

    def _report_unseen_leaves(self, root: RemoteRun) -> None:
        """Report the pairs without an observed run: they came from the store, or ended between two polls."""
        try:
            batch, result = read_inputs(root), BatchResult.model_validate(root.result)
        except (RequestError, ValidationError):
            return
        for leaves, outcomes in zip(batch.leaves, result.images or (), strict=False):
            for leaf, outcome in zip(leaves, outcomes, strict=False):
                self._report_completed(leaf, outcome)

    def _report_completed(self, leaf: Leaf, outcome: LeafResult) -> None:
        if leaf not in self._completed:
            self._completed.add(leaf)
            self._listener(LeafCompleted.now(leaf, outcome))

    def _report_end(self, run: RemoteRun) -> None:
        self._ended.add(run.id)
        cancelled = run.status is Status.CANCELED
        error = (run.error or "no reason given") if run.status is Status.FAILED else "cancelled" if cancelled else None
        self._listener(RunFinished(run.id, error, cancelled, run.ended_at or time.time()))


def read_inputs(root: RemoteRun) -> Batch:
    """Return the batch that a run was started with. Raises RequestError when its inputs are not a batch."""
    return batches.read(root.inputs, max_images=LARGEST_BATCH)


def _count_begun(run: RemoteRun) -> int:
    """Count the attempts that began: the list holds the running one, but not one that waits to be repeated."""
    return len(run.attempts) or int(run.status is not Status.PENDING)


def _count_retried(run: RemoteRun) -> int:
    """Count the attempts that failed and are repeated."""
    failed = sum(attempt.failed for attempt in run.attempts)
    return failed - 1 if run.status is Status.FAILED else failed


def _read_retry(task: str, attempt: int) -> tuple[int, float]:
    """Return a task's number of attempts and the seconds after ``attempt``, as this version registers them."""
    from workflows.app import app

    info = app._registry.get_task(task)  # noqa: SLF001 - the SDK gives no other way to a task's options
    retry = info.options.retry if info else None
    if retry is None:
        return attempt + 1, 0.0
    return retry.max_retries + 1, retry.wait_duration_ms / 1_000 * retry.backoff_scaling ** (attempt - 1)
