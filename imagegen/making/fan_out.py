"""The fan-out of a batch: one leaf run for each pair that is not stored, in lanes, each under an allowance.

A pair that a provider told to wait is started again when its time has come; one that used its allowance up is started
again as long as the cap allows it.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field

from imagegen.errors import CLOSES_ALL, NOT_ASKED, OF_ONE_PAIR, LeafRunFailed, closes
from imagegen.making.outcomes import build_cancelled, build_failed, spending_fields
from imagegen.making.plan import Planned
from imagegen.making.prepare import Job, Prepared, find_flagged, group_by_request
from imagegen.making.runtime import Runtime
from imagegen.paying import claims
from imagegen.paying.grant import Grant
from imagegen.paying.money import OVERDRAWN, ROUNDING, Ledger, Reservations, find_overspending, ledger_of
from imagegen.paying.pace.pacing import Lane
from imagegen.request.batch import Leaf
from imagegen.results import LeafError, LeafResult

RunLeaf = Callable[[Leaf, Grant], Awaitable[LeafResult]]
Settled = Callable[[Leaf, LeafResult], None]
Postponed = Callable[[Leaf, LeafResult, float], None]

FIRST_CALL = 5.0
"""Seconds after which a lane goes on although nobody saw its first call: on Render another process sends it."""
STORED = "stored"
"""The lane of pairs whose originals are stored: they ask nobody, so they keep no pace."""


@dataclass(eq=False)
class FanOut:
    """The leaf runs of one batch, bounded by slots in flight, paces and the cap.

    ``earlier`` is spending of this run's earlier lives, which whoever adopted it accounts for.
    """

    _prepared: Prepared
    _runtime: Runtime
    _reservations: Reservations
    _run_leaf: RunLeaf
    _settled: Settled
    _run_id: str
    _earlier: Mapping[str, Ledger]
    _postponed: Postponed = lambda _leaf, _outcome, _seconds: None
    _lanes: dict[tuple[str, str], Lane[Job]] = field(default_factory=dict)
    _running: set[asyncio.Task[None]] = field(default_factory=set)
    _leaf_runs: set[asyncio.Future[LeafResult]] = field(default_factory=set)
    _outcomes: dict[Leaf, LeafResult] = field(default_factory=dict)
    _told: dict[str, Ledger] = field(default_factory=dict)  # by request: pairs that share one share its claim
    _stopped: bool = False

    def __post_init__(self) -> None:
        self._slots = asyncio.Semaphore(self._runtime.settings.max_in_flight)

    async def run(self) -> dict[Leaf, LeafResult]:
        """Make each distinct pair; return its outcome. When cancelled, pairs not started fail as cancelled."""
        for leaf, item in self._prepared.planned.items():
            if found := self._prepared.known.results.get(item.leaf_hash):
                self._settle(leaf, found)
        await self._refuse_flagged()
        unsettled = [item for item in self._prepared.list_missing() if item.leaf not in self._outcomes]
        jobs = group_by_request(unsettled, self._prepared)
        self._grant(job for job in jobs if job.found == "nothing" and not job.item.leaf.offline)
        for job in jobs:
            self._lane_of(job).put(job.order, job)
        await self._finish([asyncio.create_task(self._feed(lane)) for lane in self._lanes.values()])
        return self._outcomes

    async def _refuse_flagged(self) -> None:
        """Settle the pairs whose prompts the moderation endpoint flags, before they cost anything."""
        unpaid = self._prepared.list_unpaid()
        flagged = await asyncio.to_thread(find_flagged, unpaid, self._runtime.settings)
        for item in self._prepared.list_missing() if flagged else ():
            if reason := flagged.get(item.request_hash):
                self._settle(item.leaf, build_failed(item, "moderation", reason))

    def _grant(self, unpaid: Iterable[Job]) -> None:
        """Reserve one call for each pair, and all the calls that the policy may permit when the cap allows it."""
        if self._reservations.cap_usd is None:
            return
        priced = [(job, job.item.price_usd or 0.0) for job in unpaid]
        for job, price in priced:
            job.granted = self._reservations.grant(price)
        more = self._runtime.settings.retry_unanswered + self._runtime.settings.retry_useless
        if self._reservations.can_grant(sum(price for _, price in priced) * more):
            for job, price in priced:
                job.granted = (job.granted or 0.0) + (self._reservations.grant(price * more) or 0.0)

    def _lane_of(self, job: Job) -> Lane[Job]:
        item = job.item
        asks = job.found != "original" and not item.leaf.offline
        key = (item.provider, item.served_by) if asks else (STORED, "")
        if key not in self._lanes:
            self._lanes[key] = self._runtime.open_lane(item.provider if asks else "", item.served_by)
        return self._lanes[key]

    async def _feed(self, lane: Lane[Job]) -> None:
        """Start a lane's jobs, each when its pace and a slot in flight allow it."""
        while (job := await lane.take()) is not None:
            if lane.closed:
                self._settle_job(lane, job, build_failed(job.item, *lane.closed))
                lane.note_end()
                continue
            await self._slots.acquire()
            if lane.take_back(job.order, job):  # a refusal came while it waited for a slot
                self._slots.release()
                continue
            task = asyncio.create_task(self._run_job(lane, job))
            self._track(task)
            if lane.goes_alone:
                await self._hold_back_next(lane, job, task)

    async def _hold_back_next(self, lane: Lane[Job], job: Job, task: "asyncio.Task[None]") -> None:
        """Hold a lane's next start back until its first call is sent: a cold process takes seconds to get there."""
        due = time.monotonic() + FIRST_CALL
        while not task.done() and job.item.provider not in self._runtime.called and time.monotonic() < due:
            await asyncio.wait({task}, timeout=0.05)
        if not task.done():
            lane.delay_next_start()

    async def _run_job(self, lane: Lane[Job], job: Job) -> None:
        try:
            outcome = await self._use_slot(lane, job)
            if not self._start_again(lane, job, outcome):
                self._settle_job(lane, job, outcome)
        finally:
            lane.note_end()

    async def _use_slot(self, lane: Lane[Job], job: Job) -> LeafResult:
        """Run the job in the slot that was taken for it."""
        try:
            return self._find_reason_not_to_begin(lane, job) or await self._attempt(job)
        finally:
            self._slots.release()

    def _find_reason_not_to_begin(self, lane: Lane[Job], job: Job) -> LeafResult | None:
        """Return the outcome of a job whose batch, lane or cap came to its end while it waited, else None."""
        if self._stopped:
            return build_cancelled(job.item)
        if lane.closed:
            return build_failed(job.item, *lane.closed)
        if job.granted and self._reservations.is_overdrawn:
            return build_failed(job.item, "cap_reached", OVERDRAWN)
        refused = job.granted and find_overspending(job.spent, job.item.price_usd, job.granted)
        return build_failed(job.item, refused.kind, refused.message) if refused else None

    async def _attempt(self, job: Job) -> LeafResult:
        """Run the pair's leaf; return its outcome, or what its claim says when the run left nothing but an error."""
        started, clock, ids = time.time(), time.monotonic(), (self._run_id, self._prepared.batch_id)
        run = asyncio.ensure_future(self._run_leaf(job.item.leaf, job.build_grant(*ids)))
        self._leaf_runs.add(run)
        run.add_done_callback(self._leaf_runs.discard)
        try:
            outcome = await run
        except LeafRunFailed as failure:
            outcome = await asyncio.to_thread(self._post_mortem, job, str(failure))
        except asyncio.CancelledError:
            uncancel()
            self._stopped = True
            outcome = await asyncio.to_thread(self._post_mortem, job, None)
        return outcome.model_copy(update={"started_at": started, "seconds": round(time.monotonic() - clock, 3)})

    def _post_mortem(self, job: Job, failure: str | None) -> LeafResult:
        """Describe a run that left nothing but an error (None: it was stopped); its claim says what it spent."""
        job.died = True
        record = claims.read(self._runtime.store, job.item.request_hash)
        spent = record.account_with_pending_call().sum_of_parent(self._run_id) if record else Ledger()
        spent -= self._earlier.get(job.item.request_hash, Ledger())
        if failure is None:
            outcome = build_cancelled(job.item)
        else:
            kind, message = (record and record.error) or ("run_failed", failure)
            outcome = build_failed(job.item, kind, message, retryable=True)
        return outcome.model_copy(update=spending_fields(spent - self._told.get(job.item.request_hash, Ledger())))

    def _start_again(self, lane: Lane[Job], job: Job, outcome: LeafResult) -> bool:
        """Put a job back into its lane when its leaf may be run once more; learn from its outcome."""
        job.spent += ledger_of(outcome)
        self._told[job.item.request_hash] = self._told.get(job.item.request_hash, Ledger()) + ledger_of(outcome)
        error = outcome.error
        if error is None:
            if outcome.paid_calls:
                lane.note_success()
            return False
        self._close(job.item, error)
        again = not self._stopped and (
            self._note_refusal(lane, job, outcome, error) or self._extend_allowance(job, error)
        )
        if again:
            lane.put(job.order, job)
        return again

    def _note_refusal(self, lane: Lane[Job], job: Job, outcome: LeafResult, error: LeafError) -> bool:
        """Let the lane learn of a refusal; return True when the pair may come again later."""
        if job.died or not (error.retryable and (error.retry_after is not None or error.kind == "rate_limited")):
            return False
        # The run's own length, by a clock that does not jump; the wall clock may.
        started = time.monotonic() - outcome.seconds
        limited, wait = error.kind == "rate_limited", error.retry_after
        goes_on = lane.note_refusal(started=started, seconds=wait, per_minute=error.per_minute, limited=limited)
        if goes_on:
            self._postponed(job.item.leaf, outcome, lane.seconds_to_wait)
        else:
            lane.close(error.kind, error.message)
        return goes_on

    def _extend_allowance(self, job: Job, error: LeafError) -> bool:
        """Grant a pair that used its allowance up another call when the cap has room for it."""
        lacking = job.find_lacking() if error.kind == "cap_reached" else 0.0
        if lacking <= ROUNDING or not self._reservations.can_grant(lacking):
            return False
        job.granted = (job.granted or 0.0) + (self._reservations.grant(lacking) or 0.0)
        return True

    def _close(self, item: Planned, error: LeafError) -> None:
        """Close the lanes whose pairs would meet this failure as well."""
        for key, lane in self._lanes.items():
            if key[0] != STORED and closes(error.kind, (item.provider, item.served_by), key):
                lane.close(error.kind, NOT_ASKED if error.kind in CLOSES_ALL else error.message)

    def _settle_job(self, lane: Lane[Job], job: Job, outcome: LeafResult) -> None:
        """Settle a pair for good, and start those that share its request."""
        price = job.item.price_usd or 0.0
        outcome = outcome.model_copy(update=spending_fields(job.spent))
        self._reservations.settle(job.granted, job.spent.at_list_price(price))
        if outcome.succeeded:
            self._settle(job.item.leaf, outcome)
            self._make_followers(job.followers)
        elif outcome.error and outcome.error.kind in OF_ONE_PAIR and job.followers:
            self._settle(job.item.leaf, outcome)
            self._let_follower_pay(lane, job)
        else:
            self._settle_with_followers(job, outcome)

    def _make_followers(self, followers: list[Job]) -> None:
        """Compose the pairs whose original is stored now; they ask nobody."""
        if not followers:
            return
        lane: Lane[Job] = Lane(alone=0.0)
        for job in followers:
            job.found = "original"
            lane.put(job.order, job)
        self._track(asyncio.create_task(self._feed(lane)))

    def _track(self, task: "asyncio.Task[None]") -> None:
        self._running.add(task)
        task.add_done_callback(self._forget)

    def _forget(self, task: "asyncio.Task[None]") -> None:
        """Forget a task that ended well; the error of another one is raised in the end."""
        if not task.cancelled() and task.exception() is None:
            self._running.discard(task)

    def _let_follower_pay(self, lane: Lane[Job], job: Job) -> None:
        """Let the next pair that shares the request pay for it, with what is left of the share."""
        first, *rest = job.followers
        first.followers, first.found = rest, "unknown"
        first.granted = self._reservations.grant(job.find_allowance() or 0.0) if job.granted is not None else None
        lane.put(first.order, first)

    def _settle_with_followers(self, job: Job, outcome: LeafResult) -> None:
        """Settle a failed pair, and as failed for the same reason all that share its request."""
        self._settle(job.item.leaf, outcome)
        for follower in job.followers:
            failed = build_failed(follower.item, "unknown", "").model_copy(update={"error": outcome.error})
            self._settle(follower.item.leaf, failed)

    def _settle(self, leaf: Leaf, outcome: LeafResult) -> None:
        self._outcomes[leaf] = outcome.compact()
        self._settled(leaf, outcome)

    async def _finish(self, feeders: list["asyncio.Task[None]"]) -> None:
        """Wait for all, then raise the first error. A cancellation lets what has begun come to its end."""
        while pending := {task for task in (*feeders, *self._running) if not task.done()}:
            try:
                await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            except asyncio.CancelledError:
                uncancel()
                self._stop()
        for task in (*feeders, *self._running):
            task.result()

    def _stop(self) -> None:
        """Cancel the leaf runs, so that they come to their end; what has not begun one learns that it may not."""
        self._stopped = True
        for lane in self._lanes.values():
            for job in lane.drain():
                self._settle_job(lane, job, build_cancelled(job.item))
        for run in self._leaf_runs:
            run.cancel()


def uncancel() -> None:
    """Take note of a cancellation that is being honoured by ending in good order."""
    if task := asyncio.current_task():
        task.uncancel()
