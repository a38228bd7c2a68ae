"""A whole batch: answer what is stored, run one leaf for each other pair, and record what came of it.

How a leaf is run is the caller's business (a task run on Render, or one of the local engine), so that this module
knows of neither.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from datetime import UTC, datetime

from imagegen import gallery
from imagegen.errors import BatchFailed
from imagegen.making import claims
from imagegen.making.leaf import LookedUp, describe, with_urls
from imagegen.making.pacing import Pacer
from imagegen.making.plan import Planned
from imagegen.making.prepare import Prepared, prepare, require_affordable, total
from imagegen.making.runtime import Runtime
from imagegen.providers import moderation
from imagegen.request.batch import Batch, Leaf
from imagegen.results import BatchResult, LeafError, LeafResult, StoredPicture, Summary
from storage import ObjectNotFound, Store, keys

RunLeaf = Callable[[Leaf, LookedUp], Awaitable[LeafResult]]
Settled = Callable[[Leaf, LeafResult], None]

MAX_RESULT = 3_500_000
"""Bytes of a task's result: under Render's 4 MB with room for the envelope."""


class LeafRunFailed(Exception):
    """A leaf's run failed with all its retries used up, or was cancelled."""


async def run_batch(
    batch: Batch, runtime: Runtime, *, run_leaf: RunLeaf, settled: Settled, run: str | None = None
) -> BatchResult:
    """Make every picture of a valid batch that is not stored yet.

    ``run`` is the batch's own run id, the same in each of its attempts. Raises ConfigurationError before anything
    is spent, StoreError, and BatchFailed when there is no picture at all. Cancelling it lets the leaves that run
    come to their end, starts no more, and returns what there is.
    """
    started = time.monotonic()
    prepared = await asyncio.to_thread(prepare, batch, runtime)
    previous = prepared.known.manifest
    if previous and previous.status == "failed" and run and previous.run_id == run:
        raise BatchFailed(_why(previous.leaves()))
    require_affordable(prepared, runtime.settings)
    if prepared.missing():
        await asyncio.to_thread(runtime.store.require_writable)
    outcomes = await _FanOut(prepared, runtime, run_leaf, settled, run).outcomes()
    result = _result(prepared, outcomes, run=run, seconds=time.monotonic() - started)
    await _to_its_end(asyncio.to_thread(_save, runtime.store, result, previous))
    if result.status == "failed":
        raise BatchFailed(_why(result.leaves()))
    return result


def with_links(result: BatchResult, runtime: Runtime) -> BatchResult:
    """The result as a task returns it: with links that open now, and small enough for the platform."""
    page = runtime.store.url(result.gallery_key, life=runtime.settings.url_life)
    bare = result.model_copy(update={"gallery_url": page})
    if len(bare.model_dump_json()) > MAX_RESULT // 2:
        # Links can double a result; a batch this large is read from its manifest.
        return bare.model_copy(update={"images": None})
    images = tuple(tuple(with_urls(leaf, runtime) for leaf in row) for row in result.images or ())
    return bare.model_copy(update={"images": images})


class _FanOut:
    """One leaf run for each distinct pair that is not stored."""

    def __init__(
        self, prepared: Prepared, runtime: Runtime, run_leaf: RunLeaf, settled: Settled, run: str | None
    ) -> None:
        settings = runtime.settings
        self._prepared = prepared
        self._runtime = runtime
        self._run_leaf = run_leaf
        self._settled = settled
        self._run_id = run
        self._outcomes: dict[Leaf, LeafResult] = {}
        self._stopped = False
        self._pacer = Pacer(
            per_minute={item.provider: settings.images_per_minute(item.provider) for item in prepared.unpaid()},
            in_flight=settings.max_in_flight,
        )

    async def outcomes(self) -> dict[Leaf, LeafResult]:
        """Each distinct pair's outcome. When cancelled, the pairs that were not started yet fail as cancelled."""
        for leaf, item in self._prepared.planned.items():
            if found := self._prepared.known.results.get(item.leaf_hash):
                self._settle(leaf, found)
        await self._refuse_flagged()
        same_request: dict[str, list[Planned]] = {}
        for item in self._prepared.missing():
            if item.leaf not in self._outcomes:
                same_request.setdefault(item.request_hash, []).append(item)
        await self._all(self._group(items) for items in same_request.values())
        return self._outcomes

    async def _refuse_flagged(self) -> None:
        """Settle the pairs whose prompts the moderation endpoint flags, before they cost anything."""
        unpaid = [item for item in self._prepared.unpaid() if not item.leaf.offline]
        if not (self._runtime.settings.enable_moderation and unpaid):
            return
        prompts = list(dict.fromkeys(item.request.prompt for item in unpaid))
        flagged = await asyncio.to_thread(moderation.flag_prompts, prompts, self._runtime.settings)
        unsafe = {item.request_hash: flagged[item.request.prompt] for item in unpaid if item.request.prompt in flagged}
        for item in self._prepared.missing():
            if reason := unsafe.get(item.request_hash):
                self._settle(item.leaf, _failed(item, "moderation", reason))

    async def _group(self, items: list[Planned]) -> None:
        """Pairs that share one request: the first pays, the others use its original."""
        first, *others = items
        known = first.request_hash in self._prepared.known.originals
        await self._one(first, "original" if known else "nothing")
        shared = self._outcomes[first.leaf].succeeded or known
        await self._all(self._one(item, "original" if shared else "") for item in others)

    async def _all(self, work: Iterable[Coroutine[None, None, None]]) -> None:
        """Run everything to its end, then raise the first error. A cancellation lets what has begun come to its end."""
        tasks = [asyncio.create_task(part) for part in work]
        while not all(task.done() for task in tasks):
            try:
                await asyncio.wait(tasks)
            except asyncio.CancelledError:
                _uncancel()
                self._stopped = True
                for task in tasks:
                    task.cancel()
        for task in tasks:
            task.result()

    async def _one(self, item: Planned, looked_up: LookedUp) -> None:
        try:
            outcome = _cancelled(item) if self._stopped else await self._paced(item, looked_up)
        except asyncio.CancelledError:
            _uncancel()
            self._stopped = True
            outcome = _cancelled(item)
        self._settle(item.leaf, outcome)

    async def _paced(self, item: Planned, looked_up: LookedUp) -> LeafResult:
        async with self._pacer.slot("store" if looked_up == "original" else item.provider):
            if message := self._pacer.exhausted(item.provider):
                return _failed(item, "daily_quota", message)
            started, clock = time.time(), time.monotonic()
            outcome = await self._run(item, looked_up)
        if outcome.error and outcome.error.kind == "daily_quota":
            self._pacer.exhaust(item.provider, outcome.error.message)
        return outcome.model_copy(update={"started_at": started, "seconds": round(time.monotonic() - clock, 3)})

    async def _run(self, item: Planned, looked_up: LookedUp) -> LeafResult:
        try:
            return await self._run_leaf(item.leaf, looked_up)
        except LeafRunFailed as failure:
            return await asyncio.to_thread(self._post_mortem, item, ("run_failed", str(failure)))
        except asyncio.CancelledError:
            _uncancel()
            self._stopped = True
            return await asyncio.to_thread(self._post_mortem, item, None)

    def _post_mortem(self, item: Planned, end: tuple[str, str] | None) -> LeafResult:
        """The outcome of a run that left nothing but an error (None: stopped): what it spent is in its claims."""
        ledger, error = claims.last(self._runtime.store, item.request_hash, parent=self._run_id)
        outcome = _failed(item, *(error or end), retryable=True) if end else _cancelled(item)
        return outcome.model_copy(
            update={
                "paid_calls": ledger.paid_calls,
                "cost_usd": ledger.cost_usd,
                "possible_extra_charges": ledger.possible_extra_charges,
                "attempts": max(ledger.attempts, 1),
            }
        )

    def _settle(self, leaf: Leaf, outcome: LeafResult) -> None:
        self._outcomes[leaf] = outcome
        self._settled(leaf, outcome)


async def _to_its_end(work: Coroutine[None, None, None]) -> None:
    """Do it, cancelled or not: it is short, and half of it is worth less than none."""
    task = asyncio.create_task(work)
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            _uncancel()
    task.result()


def _uncancel() -> None:
    """Take note of a cancellation that is being honoured by ending in good order."""
    task = asyncio.current_task()
    if task:
        task.uncancel()


def _cancelled(item: Planned) -> LeafResult:
    return _failed(item, "cancelled", "not made: the batch was stopped; run it again to make it")


def _failed(item: Planned, kind: str, message: str, *, retryable: bool = False) -> LeafResult:
    return describe(item, error=LeafError(kind=kind, message=message, retryable=retryable))


def _result(prepared: Prepared, outcomes: dict[Leaf, LeafResult], *, run: str | None, seconds: float) -> BatchResult:
    batch = prepared.batch
    images = _matrix(batch, outcomes)
    leaves = [leaf for row in images for leaf in row]
    summary = _summary(leaves, seconds)
    return BatchResult(
        batch_id=prepared.batch_id,
        status="failed" if not summary.succeeded else "partial" if summary.failed else "complete",
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        run_id=run or "",
        models=batch.models,
        style=batch.style,
        template=batch.template,
        font=batch.font,
        variant=batch.variant,
        offline=batch.offline,
        images=images,
        summary=summary,
        manifest_key=keys.manifest(prepared.batch_id),
        gallery_key=keys.gallery(prepared.batch_id),
    )


def _matrix(batch: Batch, outcomes: dict[Leaf, LeafResult]) -> tuple[tuple[LeafResult, ...], ...]:
    """The outcomes in the order of the request. A pair that stands in several cells is paid for in its first."""
    told: set[Leaf] = set()

    def cell(leaf: Leaf) -> LeafResult:
        outcome = _stored_form(outcomes[leaf])
        if leaf not in told:
            told.add(leaf)
            return outcome
        spent = {"cost_usd": 0.0, "paid_calls": 0, "possible_extra_charges": 0, "seconds": 0.0}
        return outcome.model_copy(update={**spent, "reused": outcome.succeeded})

    return tuple(tuple(cell(leaf) for leaf in row) for row in batch.leaves)


def _stored_form(leaf: LeafResult) -> LeafResult:
    """The outcome without links: they expire, and what is stored holds keys."""

    def bare(picture: StoredPicture | None) -> StoredPicture | None:
        return picture and picture.model_copy(update={"url": ""})

    return leaf.model_copy(update={"image": bare(leaf.image), "thumbnail": bare(leaf.thumbnail)})


def _summary(leaves: list[LeafResult], seconds: float) -> Summary:
    succeeded = [leaf for leaf in leaves if leaf.succeeded]
    return Summary(
        requested=len(leaves),
        succeeded=len(succeeded),
        failed=len(leaves) - len(succeeded),
        generated=sum(not leaf.reused for leaf in succeeded),
        reused=sum(leaf.reused for leaf in succeeded),
        seconds=round(seconds, 3),
        slowest_seconds=max((leaf.seconds for leaf in leaves), default=0.0),
        sum_seconds=round(sum(leaf.seconds for leaf in leaves), 3),
        cost_usd=total(leaf.cost_usd for leaf in leaves),
        paid_calls=sum(leaf.paid_calls for leaf in leaves),
        possible_extra_charges=sum(leaf.possible_extra_charges for leaf in leaves),
    )


def _save(store: Store, result: BatchResult, previous: BatchResult | None) -> None:
    """Write the page and then the manifest, which says "done", unless what is there already says the same."""
    changed = previous is None or _told(previous) != _told(result)
    if not changed and _exists(store, result.gallery_key):
        return
    shown = result if changed or previous is None else previous
    page = gallery.render(shown, link=lambda key: f"../../{key}")
    store.replace(result.gallery_key, page, content_type="text/html; charset=utf-8")
    if changed:
        store.replace(result.manifest_key, result.model_dump_json().encode(), content_type="application/json")


def _told(result: BatchResult) -> tuple[object, ...]:
    """What a manifest says of the pictures, whenever and by whichever run."""
    cells = [(leaf.leaf_hash, leaf.image, leaf.error and leaf.error.kind) for leaf in result.leaves()]
    return (result.status, result.models, result.run_id if result.status == "failed" else "", cells)


def _exists(store: Store, key: str) -> bool:
    try:
        return store.head(key).size > 0
    except ObjectNotFound:
        return False


def _why(leaves: Iterable[LeafResult]) -> str:
    """The reasons of a batch without a picture, each once, with how often it was met."""
    reasons: dict[str, int] = {}
    for leaf in leaves:
        if leaf.error:
            text = f"{leaf.model}: {leaf.error.message}"
            reasons[text] = reasons.get(text, 0) + 1
    shown = [f"{count} × {text}" if count > 1 else text for text, count in list(reasons.items())[:5]]
    more = f"; and {len(reasons) - 5} more reasons" if len(reasons) > 5 else ""  # noqa: PLR2004 - as many as are shown
    return f"no picture of the batch could be made: {'; '.join(shown)}{more}"
