"""One session with an agent: what it may see, and the only way on which it may spend."""

import asyncio
import functools
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from render.client.errors import TaskRunError

from imagegen.errors import BatchFailed, ImagegenError
from imagegen.library import listing
from imagegen.making.changes.redo import Change, ask, find_places, find_row, plan_redo
from imagegen.making.prepare import Prepared, prepare, require_affordable
from imagegen.making.runtime import Runtime, using
from imagegen.project import Project
from imagegen.records import find_manifest
from imagegen.request import batch as batches
from imagegen.request.batch import Batch, canonical
from imagegen.results import BatchResult, LeafResult
from workflows.app import app as tasks
from workflows.app import generateBatch
from workflows.commands.mcp import showing
from workflows.commands.mcp.approvals import LIFE_SECONDS, Approvals, NotApproved
from workflows.commands.mcp.budget import Budget, NotAffordable
from workflows.commands.mcp.project import OutOfBounds, read_batch_file
from workflows.commands.plan import describe_pairs, summarize
from workflows.commands.redo import find_failed, run_change
from workflows.commands.run import FINAL
from workflows.local import LocalEngine

Work = Callable[[Prepared, float], Awaitable[BatchResult]]
"""A run of what was prepared, under this many US dollars."""


@dataclass
class Session:
    """A project folder, its store, the cap and the project's settings. With ``offline`` all pictures are placeholders.

    Its methods are the tools; each returns an object, and raises ImagegenError or StoreError in words.
    """

    runtime: Runtime
    root: Path
    budget: Budget
    project: Project = field(default_factory=Project)
    offline: bool = False
    approvals: Approvals = field(default_factory=Approvals)
    running: dict[str, "asyncio.Task[BatchResult]"] = field(default_factory=dict)
    ended: bool = False

    async def plan(self, batch: Any = None, batch_file: str = "", *, offline: bool = False) -> dict[str, Any]:
        """Return the pairs of a batch, their price, and the approval without which ``run`` makes none of them."""
        prepared = await asyncio.to_thread(self._prepare, batch, batch_file, offline)
        shown = {
            "batch_id": prepared.batch_id,
            "batch": prepared.batch.model_dump(mode="json", exclude_defaults=True, exclude={"prompts"}),
            "pairs": describe_pairs(prepared),
            "summary": summarize(prepared),
            "session": self.budget.describe(),
        }
        return shown | self._approve(prepared, _digest(prepared))

    async def run(
        self, approval: str, batch: Any = None, batch_file: str = "", *, offline: bool = False
    ) -> dict[str, Any]:
        """Make the pictures of a request that was planned, for its planned price at most."""
        prepared = await asyncio.to_thread(self._prepare, batch, batch_file, offline)
        return await self._run_approved(approval, _digest(prepared), prepared, self._run_tasks)

    async def plan_redo(self, batch_id: str, row: int | str, model: str = "") -> dict[str, Any]:
        """Return the price of another picture of one row of a batch, and the approval that ``redo`` wants.

        ``row`` is its number, counted from 1, or the beginning of its title; without ``model`` all of its models count.
        """
        change = await asyncio.to_thread(self._plan_redo, batch_id, row, model)
        shown = showing.show_change(change) | {"session": self.budget.describe()}
        return shown | self._approve(change.prepared, _digest_change(change))

    async def redo(self, approval: str, batch_id: str, row: int | str, model: str = "") -> dict[str, Any]:
        """Make another picture of one row of a batch, as it was planned, in the same batch and gallery."""
        price = (await asyncio.to_thread(self._plan_redo, batch_id, row, model)).prepared.cost_usd()
        change = await asyncio.to_thread(self._plan_redo, batch_id, row, model, price)
        made: list[LeafResult] = []
        work = functools.partial(self._run_change, change, made)
        answer = await self._run_approved(approval, _digest_change(change), change.prepared, work)
        return answer | showing.show_failed(change, find_failed(change, made), answer["failures"])

    async def _run_approved(self, approval: str, digest: str, prepared: Prepared, work: Work) -> dict[str, Any]:
        if self.ended:
            raise NotApproved(
                "the server is ending and begins nothing more; start it again, and plan the request again"
            )
        approved = self.approvals.require(approval, digest)
        cost = self._require_payable(prepared)
        if cost > approved.cost_usd:
            raise NotApproved("the request costs more than its plan said; plan it again")
        if prepared.batch_id in self.running:
            raise NotApproved("this batch is being made already; status tells when it is done")
        # Nothing is awaited from the checks to here: of two runs at once, the second sees what the first may spend.
        self.approvals.use_up(approval)
        self.budget.reserve(cost)
        task = asyncio.create_task(self._make(prepared, cost, work))
        task.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody may be left to hear it
        self.running[prepared.batch_id] = task
        # An agent that goes away leaves the run to its end: what is being paid for is kept.
        result = await asyncio.shield(task)
        return showing.show_batch(result) | {"session": self.budget.describe()}

    async def status(self, batch_id: str = "") -> dict[str, Any]:
        """Return what the session has spent, and the newest batches or one batch's outcome."""
        session = self.budget.describe() | {"running": list(self.running)}
        if batch_id:
            batch = await asyncio.to_thread(self._load, batch_id)
            return {"session": session, "batch": showing.show_batch(batch)}
        found = await asyncio.to_thread(listing.list_batches, self.runtime.store)
        return {"session": session, "batches": [showing.show_line(batch) for batch in found.batches[: showing.MOST]]}

    async def gallery(self, batch_id: str) -> dict[str, Any]:
        """Return the links of a batch's page and pictures."""
        batch = await asyncio.to_thread(self._load, batch_id)
        return await asyncio.to_thread(showing.show_gallery, batch, self.runtime)

    async def close(self) -> None:
        """End the session: no more pictures are begun, and those that are being paid for are finished."""
        self.ended = True
        work = list(self.running.values())
        for each in work:
            each.cancel()
        await asyncio.gather(*work, return_exceptions=True)

    def _prepare(self, batch: Any, batch_file: str, offline: bool) -> Prepared:
        return prepare(self._read(batch, batch_file, offline=offline or self.offline), self.runtime)

    def _read(self, batch: Any, batch_file: str, *, offline: bool) -> Batch:
        if (batch is None) == (not batch_file):
            raise OutOfBounds("expected either a batch or the path of a batch file, and not both")
        settings = self.runtime.settings
        # A file says everything itself, as it does for ``imagegen run``.
        given = read_batch_file(self.root, batch_file) if batch_file else self.project.fill(batches.named(batch))
        read = batches.read(
            batches.named(given) | ({"offline": True} if offline else {}),
            max_images=settings.max_images_per_batch,
            strict_models=settings.strict_models,
            brands=settings.brands,
        )
        caps = (read.max_cost_usd, self.project.defaults.get("max_cost_usd"))
        return read.model_copy(update={"max_cost_usd": min((cap for cap in caps if cap is not None), default=None)})

    def _plan_redo(self, batch_id: str, row: int | str, model: str, max_cost: float | None = None) -> Change:
        manifest = self._load(batch_id)
        if self.offline and not manifest.offline:
            raise NotAffordable("the server was started with --offline, and this batch has real pictures")
        places = find_places(manifest, find_row(manifest, str(row)), model or None)
        caps = (manifest.max_cost_usd or None, self.project.defaults.get("max_cost_usd"), max_cost)
        cap = min((each for each in caps if each is not None), default=None)
        return plan_redo(manifest, places, self.runtime, cap)

    def _approve(self, prepared: Prepared, digest: str) -> dict[str, Any]:
        """Return the approval of a request at its price, or the reason why it has none."""
        try:
            cost = self._require_payable(prepared)
        except ImagegenError as error:
            return {"approval": None, "refused": str(error)}
        return {"approval": self.approvals.give(digest, cost), "approval_ends_in_seconds": LIFE_SECONDS}

    def _require_payable(self, prepared: Prepared) -> float:
        """Return the price of a request that can be run now. Raises ImagegenError."""
        cost = self.budget.require(prepared.cost_usd(), offline=prepared.batch.offline)
        require_affordable(prepared, self.runtime.settings)
        return cost

    async def _make(self, prepared: Prepared, cost: float, work: Work) -> BatchResult:
        """Run a batch under its price as its cap, and enter what it came to, at worst its whole price."""
        spent = cost
        try:
            result = await work(prepared, cost)
            spent = _count_spending(result, cost)
            return result
        finally:
            self.budget.settle(cost, spent)
            del self.running[prepared.batch_id]

    async def _run_tasks(self, prepared: Prepared, cost: float) -> BatchResult:
        cap = min(cost, prepared.batch.max_cost_usd if prepared.batch.max_cost_usd is not None else cost)
        capped = prepared.batch.model_copy(update={"max_cost_usd": cap})
        engine = LocalEngine(tasks, concurrency=self.runtime.settings.max_in_flight, final=FINAL)
        try:
            with using(self.runtime):
                inputs = capped.model_dump(mode="json", exclude_none=True)
                result = BatchResult.model_validate(await engine.run(generateBatch, **inputs))
            # A result that is too large for the platform has its pictures in the manifest alone.
            return result if result.images is not None else await self._find_manifest(prepared) or result
        except BatchFailed:
            manifest = await self._find_manifest(prepared)
            if manifest is None:
                raise
            return manifest
        except TaskRunError as error:
            raise BatchFailed(str(error.__cause__ or error)) from error
        finally:
            engine.close()

    async def _run_change(
        self, change: Change, made: list[LeafResult], prepared: Prepared, _cost: float
    ) -> BatchResult:
        engine = LocalEngine(tasks, concurrency=self.runtime.settings.max_in_flight, final=FINAL)
        try:
            await asyncio.to_thread(ask, change, self.runtime)
            with using(self.runtime):
                result = BatchResult.model_validate(await run_change(engine, change, self.runtime, made))
            return result if result.images is not None else await self._find_manifest(prepared) or result
        finally:
            engine.close()

    async def _find_manifest(self, prepared: Prepared) -> BatchResult | None:
        return await asyncio.to_thread(find_manifest, self.runtime.store, prepared.batch_id)

    def _load(self, batch_id: str) -> BatchResult:
        return listing.load_batch(self.runtime.store, listing.resolve(self.runtime.store, batch_id))


def _digest(prepared: Prepared) -> str:
    """Return the hash of all that a run of a request depends on: its words, and the pictures that come of them."""
    # The id is a hash of the pictures: of their words, looks and brands.
    return hashlib.sha256(canonical([prepared.batch.model_dump(mode="json"), prepared.batch_id])).hexdigest()


def _digest_change(change: Change) -> str:
    """Return the hash of a redo: its batch, the cells that are redone, and the pictures that they get."""
    variants = [[*place, variant] for place, variant in sorted(change.redo.variants.items())]
    hashes = [item.leaf_hash for item in change.prepared.planned.values()]
    return hashlib.sha256(canonical([change.prepared.batch_id, variants, hashes])).hexdigest()


def _count_spending(result: BatchResult, cost: float) -> float:
    """Return what a run came to, with what may have been charged; what nobody knows counts as its whole price."""
    summary = result.summary
    known = summary.known_cost_usd + summary.possible_cost_usd
    return max(known, cost) if summary.cost_usd is None or summary.unpriced_calls else known
