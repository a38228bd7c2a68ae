"""A whole batch: answer what is stored, run one leaf for each other pair, and record what came of it.

How a leaf is run is the caller's business (a task run on Render, or one of the local engine), so that this module
knows of neither.
"""

import asyncio
import logging
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import TypeVar

from imagegen.errors import BatchFailed
from imagegen.formatting import one_line
from imagegen.making.changes.manifest import save
from imagegen.making.changes.redo import settle_redone
from imagegen.making.fan_out import FanOut, Postponed, RunLeaf, Settled, uncancel
from imagegen.making.outcomes import assemble, explain_failure, spending_fields
from imagegen.making.prepare import Prepared, Redo, find_cap, find_known_cost, prepare, require_affordable
from imagegen.making.reports import Adopted, RunReport
from imagegen.making.runtime import Runtime
from imagegen.making.steps import tell_end, tell_start
from imagegen.making.stored import find_elsewhere
from imagegen.paying.money import Ledger, Reservations, ledger_of, tell_spending
from imagegen.paying.month import Share
from imagegen.paying.pace.pacing import Pace
from imagegen.paying.pace.sharing import FEW, Sharing
from imagegen.paying.safekeeping import require_permission
from imagegen.request.batch import Batch, Leaf
from imagegen.results import BatchResult, LeafResult, Summary
from storage import StoreError

T = TypeVar("T")

ROOM = 2_500_000
"""Bytes that a pair takes: its original, its picture, its thumbnail and its records."""

_log = logging.getLogger(__name__)


async def run_batch(
    batch: Batch,
    runtime: Runtime,
    *,
    run_leaf: RunLeaf,
    settled: Settled,
    postponed: Postponed = lambda _leaf, _outcome, _seconds: None,
    run: str | None = None,
    redo: Redo | None = None,
    prepared_as: Callable[[Batch], None] = lambda _batch: None,
) -> BatchResult:
    """Make every picture of a valid batch that is not stored yet.

    ``settled`` is told each pair's outcome, ``postponed`` each refusal after which a pair waits some seconds and is
    started again. ``redo`` limits the run to cells that are redone. ``prepared_as`` is told of the batch with the
    variants that its redone cells show, when it has any. ``run`` is the batch's own run id, the same in each of its
    attempts. Raises ConfigurationError before anything is spent, Damaged, StoreError, and BatchFailed when there is no
    picture at all. Without ``run`` such a batch returns its result: the platform would start it again, and the next
    attempt could not know that it has failed. Cancelling it lets the leaves that run come to their end, starts no more,
    and returns what there is.
    """
    started = time.monotonic()
    run_id = run or uuid.uuid4().hex
    began = time.time()
    prepared = await asyncio.to_thread(prepare, batch, runtime, redo)
    await asyncio.to_thread(tell_start, prepared, run_id, began)
    if prepared.batch is not batch:
        prepared_as(prepared.batch)
    previous = prepared.known.manifest
    if previous and previous.status == "failed" and previous.run_id == run_id:
        raise BatchFailed(explain_failure(previous.leaves()))
    async with _share_of_month(runtime, run_id) as share:
        spent = await asyncio.to_thread(_RunAccounts, prepared, runtime, run_id, share)
        fan_out = FanOut(prepared, runtime, spent.reservations, run_leaf, settled, run_id, spent.earlier, postponed)
        with Sharing(runtime.store, run_id, _find_paces(prepared, runtime), minute=runtime.minute):
            outcomes = await fan_out.run()
        await finish_in_any_case(asyncio.to_thread(spent.add_adopted, outcomes))
        if redo:
            await finish_in_any_case(asyncio.to_thread(settle_redone, runtime.store, prepared, redo, outcomes))
        seconds = time.monotonic() - started
        result = assemble(prepared, outcomes, run=run_id, seconds=seconds, reserved_usd=spent.reservations.reserved_usd)
        if redo:
            result = result.model_copy(update={"max_cost_usd": redo.manifest.max_cost_usd})
        report = spent.report
        # A third of a large batch's memory, before its manifest takes as much again.
        del prepared, outcomes, fan_out, spent
        result = await finish_in_any_case(asyncio.to_thread(_close, runtime, result, report))
        tell_end(result)
    if result.status == "failed" and run:
        raise BatchFailed(explain_failure(result.leaves()))
    return result


@asynccontextmanager
async def _share_of_month(runtime: Runtime, run_id: str) -> AsyncIterator[Share]:
    """Give back what a run reserved of the month's limit, however the run ends."""
    settings = runtime.settings
    share = Share(runtime.store, settings.max_monthly_cost_usd, run_id, apart=settings.in_task_run)
    try:
        yield share
    finally:
        await finish_in_any_case(asyncio.to_thread(share.give_back))


def _find_paces(prepared: Prepared, runtime: Runtime) -> dict[str, Pace]:
    """Return the paces of the models of which so many pictures are asked for that it matters to other batches."""
    asked = Counter((item.provider, item.served_by) for item in prepared.list_unpaid() if not item.leaf.offline)
    return {model: runtime.find_pace(provider, model) for (provider, model), many in asked.items() if many > FEW}


class _RunAccounts:
    """The money side of one run: its cap, its report, and what dead runs of the batch left unreported."""

    def __init__(self, prepared: Prepared, runtime: Runtime, run_id: str, share: Share) -> None:
        self._prepared = prepared
        self._runtime = runtime
        self.report = RunReport(runtime.store, prepared.batch_id, run_id)
        if elsewhere := find_elsewhere(runtime.store, prepared.list_unpaid()):
            _log.warning("%s", one_line(elsewhere))
        self._adopted = self._adopt()
        self.earlier = self._adopted.own
        own = sum(self._at_list_price(name, ledger) for name, ledger in self._adopted.own.items())
        require_affordable(prepared, runtime.settings, spent_usd=own)
        cap = find_cap(prepared.batch, runtime.settings)
        if prepared.list_missing():
            at_once = min(len(prepared.list_unpaid()), runtime.settings.max_in_flight)
            runtime.store.require_writable(room=at_once * ROOM)  # a picture that finds no room is paid for and lost
            if any(not item.leaf.offline for item in prepared.list_unpaid()):
                runtime.store.find_conditions()  # says in words when the store cannot keep two runs from paying
                require_permission(runtime.store, of_batch=True)
                cap = self._limit_by_month(share, cap, own)
            self.report.open()  # also by a run that pays nothing: what it relies on must not be deleted meanwhile
        self.reservations = Reservations(cap, spent_usd=own)

    def _limit_by_month(self, share: Share, cap: float | None, own: float) -> float | None:
        """Return the cap, or what ``own`` has left of it and of the month together: every call that may be needed."""
        if share.limit_usd is None:
            return cap
        cost, settings = find_known_cost(self._prepared, share.limit_usd), self._runtime.settings
        most = cost * (1 + settings.retry_unanswered + settings.retry_useless)
        return own + share.take(cost, most if cap is None else min(most, cap - own))

    def _adopt(self) -> Adopted:
        """Look for dead runs, also when nothing is missing: another run may have made what a dead one paid for."""
        return self.report.adopt(self._prepared.list_accountable())

    def _at_list_price(self, request_hash: str, ledger: Ledger) -> float:
        prices = {item.request_hash: item.price_usd for item in self._prepared.list_accountable()}
        return ledger.at_list_price(prices[request_hash] or 0.0)

    def add_adopted(self, outcomes: dict[Leaf, LeafResult]) -> None:
        """Add adopted spending to the outcomes, each request's to its first pair."""
        adopted = self._recount(outcomes)
        added: set[str] = set()
        others = ((other.shown, other.item) for other in self._prepared.others)
        for leaf, item in (*self._prepared.planned.items(), *others):
            ledger = adopted.sum_for(item.request_hash)
            if item.request_hash in added or ledger == Ledger():
                continue
            added.add(item.request_hash)
            outcome = outcomes[leaf]
            own = item.request_hash in adopted.own
            update = spending_fields(ledger_of(outcome) + ledger) | {"reused": outcome.reused and not own}
            outcomes[leaf] = outcome.model_copy(update=update)

    def _recount(self, outcomes: dict[Leaf, LeafResult]) -> Adopted:
        """Look again, at the end, at what was adopted; what was known before, when the store does not answer."""
        reported: dict[str, Ledger] = {}
        for leaf, item in self._prepared.planned.items():
            reported[item.request_hash] = reported.get(item.request_hash, Ledger()) + ledger_of(outcomes[leaf])
        try:
            return self.report.recount(self._prepared.list_accountable(), reported)
        except StoreError:
            return self._adopted


def _close(runtime: Runtime, result: BatchResult, report: RunReport) -> BatchResult:
    """Save the result, then say that it accounts for all that the run spent.

    Raises StoreError when that cannot be: the report stays open then, and the batch's next run adopts the spending.
    """
    try:
        saved = save(runtime.store, result)
        report.close(result.summary)
    except StoreError as error:
        raise type(error)(_explain_unsaved(result.summary, error)) from error
    return saved


def _explain_unsaved(summary: Summary, error: StoreError) -> str:
    spent = Ledger(
        paid_calls=summary.paid_calls,
        possible_extra_charges=summary.possible_extra_charges,
        cost_usd=summary.known_cost_usd,
    )
    return (
        f"the batch's result could not be stored: {error}; its pictures are stored ({summary.succeeded} of "
        f"{summary.requested}); this run's spending ({tell_spending(spent)}) will be in the result of the batch's next "
        "run"
    )


async def finish_in_any_case(work: Coroutine[None, None, T]) -> T:
    """Do it, cancelled or not: it is short, and half of it is worth less than none."""
    task = asyncio.create_task(work)
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            uncancel()
    return task.result()
