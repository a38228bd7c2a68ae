"""A fan-out over scripted leaf runs: by title, one outcome after the other, and the last one for ever."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from imagegen.making.fan_out import FanOut, RunLeaf
from imagegen.making.outcomes import build_outcome
from imagegen.making.plan import Planned
from imagegen.making.prepare import Prepared, prepare
from imagegen.making.runtime import Runtime
from imagegen.paying.account import Account
from imagegen.paying.claim_record import ClaimRecord, dump
from imagegen.paying.grant import Grant
from imagegen.paying.money import Ledger, Reservations
from imagegen.request import batch
from imagegen.request.batch import Leaf
from imagegen.results import LeafError, LeafResult
from imagegen.settings import Settings
from storage import keys
from tests.doubles.render.local_runs import LOOK

MODEL, OTHER_MODEL, OTHER_PROVIDER = "gpt-image-2", "gpt-image-2.6-flare", "gemini-nano-banana-2.1"
Scripted = LeafResult | BaseException | dict[str, Any]


@dataclass
class Run:
    """One fan-out over scripted leaves."""

    runtime: Runtime
    prepared: Prepared
    script: dict[str, list[Scripted]]
    cap: float | None = None
    earlier: Mapping[str, Ledger] = field(default_factory=dict)
    started: list[tuple[str, Grant]] = field(default_factory=list)
    settled: dict[str, LeafResult] = field(default_factory=dict)
    postponed: list[str] = field(default_factory=list)
    on_postponed: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        self.reservations = Reservations(self.cap)

    async def run_leaf(self, leaf: Leaf, grant: Grant) -> LeafResult:
        self.started.append((leaf.title, replace(grant, run="", parent="", spent_usd=0.0)))
        await asyncio.sleep(0)
        answers = self.script.get(leaf.title, [{}])
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, BaseException):
            raise answer
        return answer if isinstance(answer, LeafResult) else made(self.prepared.planned[leaf], **answer)

    def settle(self, leaf: Leaf, outcome: LeafResult) -> None:
        assert leaf.title not in self.settled
        self.settled[leaf.title] = outcome

    def postpone(self, leaf: Leaf, _outcome: LeafResult, _seconds: float) -> None:
        self.postponed.append(leaf.title)
        self.on_postponed()

    def open(self, run_leaf: RunLeaf | None = None) -> FanOut:
        """The fan-out itself, with another ``run_leaf`` when one is given."""
        run = run_leaf or self.run_leaf
        return FanOut(
            self.prepared, self.runtime, self.reservations, run, self.settle, "batch-run", self.earlier, self.postpone
        )

    def outcomes(self) -> dict[str, LeafResult]:
        async def run() -> dict[Leaf, LeafResult]:
            return await self.open().run()

        found = {leaf.title: outcome for leaf, outcome in asyncio.run(run()).items()}
        assert found == self.settled
        assert len(found) == len(self.prepared.planned)
        return found

    def item(self, title: str) -> Planned:
        return next(item for leaf, item in self.prepared.planned.items() if leaf.title == title)

    @property
    def allowances(self) -> list[float | None]:
        return [grant.allowance_usd for _, grant in self.started]

    @property
    def titles(self) -> list[str]:
        return [title for title, _ in self.started]


def kind_of(outcome: LeafResult) -> str:
    """The word for the failure; empty for a picture."""
    return outcome.error.kind if outcome.error else ""


def made(planned: Planned, **changes: Any) -> LeafResult:
    spent = {"status": "succeeded", "paid_calls": 1, "attempts": 1, "cost_usd": planned.price_usd}
    return build_outcome(planned).model_copy(update=spent | changes)


def refused(kind: str, message: str = "no", *, spent: dict[str, Any] | None = None, **error: Any) -> dict[str, Any]:
    told = LeafError(kind=kind, message=message, **({"retryable": False} | error))
    return {"status": "failed", "paid_calls": 0, "cost_usd": 0.0, "error": told, **(spent or {})}


def waiting(seconds: float | None = 0.001, **changes: Any) -> dict[str, Any]:
    return refused("rate_limited", "slow down", retryable=True, retry_after=seconds, **changes)


def fan_out(
    folder: Path,
    prompts: list[Any],
    script: dict[str, list[Scripted]] | None = None,
    *,
    models: tuple[str, ...] = (MODEL,),
    cap: float | None = None,
    stored: tuple[str, ...] = (),
    earlier: dict[str, Ledger] | None = None,
    offline: bool = False,
    **settings: Any,
) -> Run:
    runtime = Runtime(Settings(store=str(folder), **settings), minute=0.001, alone=0.0, patience=0.001)
    request = batch.read(
        {
            "prompts": prompts,
            "models": list(models),
            **dict(zip(("style", "template", "font"), LOOK, strict=True)),
            "offline": offline,
        },
        max_images=50,
    )
    run = Run(runtime, prepare(request, runtime), script or {}, cap, earlier or {})
    for title in stored:
        runtime.store.create(keys.original(run.item(title).request_hash), b"bytes", content_type="image/jpeg")
    if stored:
        run.prepared = prepare(request, runtime)
    return run


TWO_TITLES = [{"prompt": "a fox", "title": "One"}, {"prompt": "a fox", "title": "Two"}]


def fan_out_and_run(folder: Path, script: dict[str, list[Scripted]], **options: Any) -> Run:
    run = fan_out(folder, ["a"], script, **options)
    run.outcomes()
    return run


def claim(run: Run, **fields: Any) -> None:
    account = Account().add("leaf-run", "batch-run", Ledger(attempts=2, paid_calls=1, useless=1, cost_usd=0.05))
    usual: dict[str, Any] = {"held": False, "asking": False, "account": account}
    record = ClaimRecord("token", "leaf-run", "batch-run", **(usual | fields))
    run.runtime.store.replace(keys.claim(run.item("a").request_hash), dump(record), content_type="application/json")
