"""Following a run to its end: server-sent events say when to look, looking says what happened.

What the server reports is turned into the events that every view of a batch draws.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

from pydantic import ValidationError

from imagegen.errors import RequestError
from imagegen.request import batch as batches
from imagegen.request.batch import Batch, Leaf
from imagegen.results import BatchResult, LeafResult
from workflows.deployed.client import BATCH_TASK, LEAF_TASK, ApiError, ApiUnavailable, Client
from workflows.deployed.runs import RemoteRun, Status
from workflows.events import AttemptFailed, LeafSettled, Listener, RunFinished, RunStarted

LOOK_EVERY = 2.0
"""Seconds between looks when no event comes: children send none, and a stream may be broken."""
RECONNECT_AFTER = 2.0
"""Seconds; what the server asks for in the stream's ``retry`` field."""
PATIENCE = 300.0
"""Seconds without any answer after which following is given up. The run goes on."""
REQUESTS_PER_SECOND = 4.0
"""A large tree is read more rarely, so that following it leaves the API's rate limit to others."""
DESCRIBED_AT_ONCE = 20
LARGEST_BATCH = 100_000
"""Pictures: the ceiling of MAX_IMAGES_PER_BATCH. The limit itself is the worker's to apply, not the follower's."""


async def follow(
    client: Client,
    run_id: str,
    listener: Listener,
    *,
    look_every: float = LOOK_EVERY,
    reconnect_after: float = RECONNECT_AFTER,
    patience: float = PATIENCE,
    clock: Callable[[], float] = time.monotonic,
) -> RemoteRun:
    """Follow a batch's run until it ends and return it; ``listener`` hears what happens on the way.

    Dropped streams are opened again, and requests without an answer made again, for ``patience`` seconds.
    Raises ApiError for what waiting cannot mend. Cancelling it leaves the run alone.
    """
    wake = asyncio.Event()
    stream = asyncio.create_task(_wake_on_endings(client, run_id, wake, reconnect_after))
    tree = _Tree(client, run_id, listener)
    answered = clock()
    try:
        while True:
            try:
                root = await tree.look()
                answered = clock()
                if root.ended:
                    return root
            except ApiUnavailable as error:
                if clock() - answered > patience:
                    raise ApiError(
                        f"{error}; the run goes on, attach again with: imagegen status {run_id} --follow"
                    ) from error
            with suppress(TimeoutError):
                async with asyncio.timeout(max(look_every, tree.requests / REQUESTS_PER_SECOND)):
                    await wake.wait()
            wake.clear()
    finally:
        stream.cancel()
        await asyncio.gather(stream, return_exceptions=True)


async def _wake_on_endings(client: Client, run_id: str, wake: asyncio.Event, reconnect_after: float) -> None:
    while True:
        with suppress(ApiUnavailable):  # looking goes on meanwhile, and reports what is wrong
            async for _ in client.endings(run_id):
                wake.set()
        # A stream that broke may have taken an ending with it.
        wake.set()
        await asyncio.sleep(reconnect_after)


class _Tree:
    """What is known of a root run and its children, and has been told."""

    def __init__(self, client: Client, root_id: str, listener: Listener) -> None:
        self.requests = 0
        """How many requests the last look took."""
        self._client = client
        self._root_id = root_id
        self._tell = listener
        self._begun: dict[str, int] = {}
        self._lost: dict[str, int] = {}
        self._over: set[str] = set()
        self._settled: set[Leaf] = set()

    async def look(self) -> RemoteRun:
        """Read the tree once and tell what is new in it; returns the root."""
        self.requests = 1
        root = await self._client.run(self._root_id)
        self._tell_progress(root)
        if root.ended:
            self._tell_result(root)
            self._tell_end(root)
            return root
        children = await self._client.tree(self._root_id)
        self.requests += 1 + len(children) // 100
        for child in self._worth_describing(children):
            self.requests += 1
            self._tell_child(await self._client.run(child.id))
        return root

    def _worth_describing(self, children: list[RemoteRun]) -> list[RemoteRun]:
        """Children of which something is new, the ones in flight first; the others wait for the next look."""
        changed = [child for child in children if self._is_news(child)]
        return sorted(changed, key=lambda child: child.ended)[:DESCRIBED_AT_ONCE]

    def _is_news(self, run: RemoteRun) -> bool:
        if run.id in self._over:
            return False
        return run.ended or _begun(run) > self._begun.get(run.id, 0) or _lost(run) > self._lost.get(run.id, 0)

    def _tell_child(self, child: RemoteRun) -> None:
        self._tell_progress(child)
        if child.ended:
            self._tell_leaf(child)
            self._tell_end(child)

    def _tell_progress(self, run: RemoteRun) -> None:
        """Tell of the attempts that began and of those that failed and are repeated."""
        task = LEAF_TASK if run.parent_id else BATCH_TASK
        inputs = run.inputs if isinstance(run.inputs, dict) else {}
        for number in range(1, _begun(run) + 1):
            attempt = run.attempts[number - 1] if run.attempts else None
            at = (attempt.started if attempt else 0.0) or run.started or time.time()
            if number > self._begun.get(run.id, 0):
                self._begun[run.id] = number
                self._tell(RunStarted(run.id, run.parent_id, task, inputs, number, at))
            if number <= _lost(run) and number > self._lost.get(run.id, 0):
                self._lost[run.id] = number
                attempts, wait = _retry_of(task, number)
                self._tell(AttemptFailed(run.id, number, attempts, attempt.error if attempt else "", wait, time.time()))

    def _tell_leaf(self, child: RemoteRun) -> None:
        """Tell of a child's outcome, if it is one of ours."""
        try:
            inputs = {name: child.inputs[name] for name in batches.LEAF_FIELDS if name in child.inputs}
            leaf, outcome = batches.read_leaf(inputs), LeafResult.model_validate(child.result)
        except (RequestError, ValidationError, TypeError):
            return
        self._settle(leaf, outcome)

    def _tell_result(self, root: RemoteRun) -> None:
        """Tell of the pairs that no run was seen for: they came from the store, or faster than we looked."""
        try:
            batch, result = read_inputs(root), BatchResult.model_validate(root.result)
        except (RequestError, ValidationError):
            return
        for leaves, outcomes in zip(batch.leaves, result.images or (), strict=False):
            for leaf, outcome in zip(leaves, outcomes, strict=False):
                self._settle(leaf, outcome)

    def _settle(self, leaf: Leaf, outcome: LeafResult) -> None:
        if leaf not in self._settled:
            self._settled.add(leaf)
            self._tell(LeafSettled.now(leaf, outcome))

    def _tell_end(self, run: RemoteRun) -> None:
        self._over.add(run.id)
        cancelled = run.status is Status.CANCELED
        error = (run.error or "no reason given") if run.status is Status.FAILED else "cancelled" if cancelled else None
        self._tell(RunFinished(run.id, error, cancelled, run.ended_at or time.time()))


def read_inputs(root: RemoteRun) -> Batch:
    """The batch that a run was started with. Raises RequestError when it is none."""
    return batches.read(root.inputs, max_images=LARGEST_BATCH)


def _begun(run: RemoteRun) -> int:
    """How many attempts began: the list holds the one that runs, but not one that waits to be repeated."""
    return len(run.attempts) or int(run.status is not Status.PENDING)


def _lost(run: RemoteRun) -> int:
    """How many attempts failed and are repeated."""
    failed = sum(attempt.failed for attempt in run.attempts)
    return failed - 1 if run.status is Status.FAILED else failed


def _retry_of(task: str, attempt: int) -> tuple[int, float]:
    """How many attempts a task has, and the seconds before the one that follows ``attempt``, as this version has it."""
    from workflows.app import app

    info = app._registry.get_task(task)  # noqa: SLF001 - the SDK gives no other way to a task's options
    retry = info.options.retry if info else None
    if retry is None:
        return attempt + 1, 0.0
    return retry.max_retries + 1, retry.wait_duration_ms / 1_000 * retry.backoff_scaling ** (attempt - 1)
