"""A batch run: refused before it spends, reported while it spends, and accounted for with what dead runs left."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from imagegen.errors import BatchFailed, ConfigurationError, LeafRunFailed
from imagegen.making import stored
from imagegen.making.batch_run import ROOM, run_batch
from imagegen.making.plan import Planned, plan
from imagegen.making.runtime import Runtime
from imagegen.paying.account import Account
from imagegen.paying.claim_record import ClaimRecord, dump
from imagegen.paying.grant import Grant
from imagegen.paying.money import Ledger
from imagegen.paying.run_report import Report
from imagegen.request import batch
from imagegen.request.batch import Batch, Leaf
from imagegen.results import BatchResult, LeafResult
from imagegen.settings import Settings
from storage import Conditions, keys
from storage.directory import DirectoryStore
from tests.doubles.batches import leaf as picture_of
from tests.doubles.render.local_runs import LOOK
from tests.making.batches.scripted import MODEL, made, refused
from tests.making.requests import ended_life
from tests.workflows.manifests import last_manifest

JSON = "application/json"


class WatchedStore(DirectoryStore):
    """A directory that notes what a run asks before it spends."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.asked: list[str] = []
        self.room = 0

    def require_writable(self, *, room: int = 0) -> None:
        self.asked.append("writable")
        self.room = room

    def find_conditions(self) -> Conditions:
        self.asked.append("conditions")
        return super().find_conditions()


@dataclass
class Batches:
    """Batches of prompts in one store, with scripted leaves."""

    runtime: Runtime
    store: WatchedStore
    script: dict[str, dict[str, Any] | Exception] = field(default_factory=dict)
    started: list[tuple[str, Grant]] = field(default_factory=list)
    on_start: Callable[[], None] = lambda: None

    async def run_leaf(self, leaf: Leaf, grant: Grant) -> LeafResult:
        self.started.append((leaf.title, grant))
        self.on_start()
        item = self.plan(leaf)
        answer = self.script.get(leaf.title, {})
        if isinstance(answer, Exception):
            raise answer
        outcome = made(item, **{"run_id": "batch-run"} | answer)
        if not outcome.succeeded:
            return outcome
        picture = picture_of(leaf.title)
        outcome = outcome.model_copy(update={"image": picture.image, "thumbnail": picture.thumbnail})
        for stored_picture in (outcome.image, outcome.thumbnail):
            if stored_picture:
                data = b"a picture".ljust(stored_picture.bytes)
                self.store.create(stored_picture.key, data, content_type="image/jpeg")
        stored.record(self.store, item, outcome)
        return outcome

    def plan(self, leaf: Leaf) -> Planned:
        return plan(leaf, self.runtime.settings)

    def item(self, prompt: str) -> Planned:
        return self.plan(Leaf(prompt, MODEL, *LOOK, title=prompt))

    def read(self, prompts: list[Any], **options: Any) -> Batch:
        look = dict(zip(("style", "template", "font"), LOOK, strict=True))
        return batch.read({"prompts": prompts, "models": [MODEL], **look, **options}, max_images=50)

    def run(self, prompts: list[Any], *, run: str | None = "batch-run", **options: Any) -> BatchResult:
        def settled(_leaf: Leaf, _outcome: LeafResult) -> None:
            pass

        request = self.read(prompts, **options)
        return asyncio.run(run_batch(request, self.runtime, run_leaf=self.run_leaf, settled=settled, run=run))

    def reports(self) -> list[Report]:
        pages = self.store.list(keys.REPORTS).objects
        return [Report.model_validate_json(self.store.get(info.key)) for info in pages]

    def leave_dead_run(self, batch_id: str, prompt: str, spent: Ledger, *, run: str = "dead-run") -> None:
        report = Report(batch_id=batch_id, run_id=run, life=ended_life(), started_at=1.0)
        self.store.replace(keys.report(batch_id, "d" * 16), report.model_dump_json().encode(), content_type=JSON)
        account = Account().add("leaf", run, spent)
        record = ClaimRecord("token", "leaf", run, "", held=False, asking=False, account=account)
        self.store.replace(keys.claim(self.item(prompt).request_hash), dump(record), content_type=JSON)

    def id_of(self, prompts: list[Any]) -> str:
        request = self.read(prompts)
        return batch.batch_id(request, [self.plan(leaf).leaf_hash for row in request.leaves for leaf in row])


@pytest.fixture
def opened(tmp_path: Path) -> Callable[..., Batches]:
    def open_batches(**settings: Any) -> Batches:
        chosen = Settings(**({"store": str(tmp_path), "openai_api_key": "a key"} | settings))
        runtime = Runtime(chosen, minute=0.001, alone=0.0, patience=0.001)
        store = WatchedStore(tmp_path)
        runtime.__dict__["store"] = store  # takes the place of the cached property
        return Batches(runtime, store)

    return open_batches


Open = Callable[..., Batches]
SPENT = Ledger(attempts=1, paid_calls=1, cost_usd=0.05)


def test_a_run_tells_its_id_its_time_and_what_it_reserved(opened: Open) -> None:
    batches = opened(retry_unanswered=0, retry_useless=0)
    result = batches.run(["a", "b"], max_cost_usd=1.0)
    price = batches.item("a").price_usd
    assert price
    assert (result.run_id, result.status, result.summary.paid_calls) == ("batch-run", "complete", 2)
    assert result.summary.reserved_usd == pytest.approx(2 * price)
    assert 0.0 < result.summary.seconds < 60.0
    assert last_manifest(batches.runtime).run_id == "batch-run"
    first, second = (opened().run(["a"], run=None).run_id for _ in range(2))
    assert (len(first), len(second), first == second) == (32, 32, False)


def test_a_run_that_pays_opens_a_report_and_closes_it_with_its_figures(opened: Open) -> None:
    batches = opened()
    result = batches.run(["a"])
    (report,) = batches.reports()
    assert (report.run_id, report.batch_id, report.status) == ("batch-run", result.batch_id, "ended")
    assert report.summary == result.summary
    assert batches.store.asked == ["writable", "conditions"]


@pytest.mark.parametrize(("max_in_flight", "at_once"), [(50, 3), (2, 2)])
def test_room_is_asked_for_all_that_is_bought_at_once(opened: Open, max_in_flight: int, at_once: int) -> None:
    batches = opened(max_in_flight=max_in_flight)
    batches.run(["a", "b", "c"])
    assert batches.store.room == at_once * ROOM


def test_a_run_that_lacks_nothing_asks_the_store_for_nothing(opened: Open) -> None:
    opened().run(["a"])
    again = opened()
    assert again.run(["a"]).summary.reused == 1
    assert (again.started, again.store.asked) == ([], [])


def test_a_run_that_composes_alone_writes_and_reports_and_asks_for_no_conditions(opened: Open) -> None:
    batches = opened(openai_api_key="")
    batches.store.create(keys.original(batches.item("a").request_hash), b"bytes", content_type="image/jpeg")
    batches.run(["a"])
    assert batches.store.asked == ["writable"]
    assert [report.status for report in batches.reports()] == ["ended"]


def test_stand_ins_are_painted_without_key_or_conditions(opened: Open) -> None:
    batches = opened(openai_api_key="")
    batches.run(["a"], offline=True)
    assert batches.store.asked == ["writable"]
    assert [report.status for report in batches.reports()] == ["ended"]


def test_nothing_is_begun_when_a_key_is_missing_or_the_cap_is_too_low(opened: Open) -> None:
    for batches, cap in ((opened(openai_api_key=""), 1.0), (opened(), 0.01)):
        with pytest.raises(ConfigurationError):
            batches.run(["a"], max_cost_usd=cap)
        assert (batches.started, batches.store.asked, batches.reports()) == ([], [], [])


def test_a_run_that_failed_says_so_again_in_its_next_attempt_and_another_run_tries_again(opened: Open) -> None:
    batches = opened()
    batches.script["a"] = refused("refused", "The prompt is unsafe.")
    said = f"no picture of the batch could be made: {MODEL}: The prompt is unsafe."
    for _ in range(2):
        with pytest.raises(BatchFailed) as caught:
            batches.run(["a"])
        assert str(caught.value) == said
    assert len(batches.started) == 1
    assert last_manifest(batches.runtime).status == "failed"
    batches.script.clear()
    assert batches.run(["a"], run="another").status == "complete"
    assert batches.run(["a"]).status == "complete"


def test_a_batch_without_a_name_returns_its_failure_as_no_attempt_after_it_would_know_of_it(opened: Open) -> None:
    batches = opened()
    batches.script["a"] = refused("refused", "The prompt is unsafe.", spent={"paid_calls": 1})
    result = batches.run(["a"], run=None)
    assert (result.status, result.summary.paid_calls, len(batches.started)) == ("failed", 1, 1)


def test_what_a_dead_run_spent_is_told_once_with_the_first_pair_of_its_request(opened: Open) -> None:
    batches = opened()
    prompts = [{"prompt": "a", "title": title} for title in ("a", "Two")] + ["b"]
    batches.leave_dead_run(batches.id_of(prompts), "a", SPENT)
    batches.script["Two"] = {"paid_calls": 0, "cost_usd": 0.0, "reused": True}
    one, two, other = batches.run(prompts).leaves()
    price = batches.item("b").price_usd
    assert price
    assert [(one.paid_calls, one.attempts), (two.paid_calls, two.attempts)] == [(2, 2), (0, 1)]
    assert one.cost_usd == pytest.approx(price + 0.05)
    assert (other.paid_calls, two.reused, one.reused) == (1, True, False)
    dead, mine = sorted(batches.reports(), key=lambda report: report.run_id, reverse=True)
    assert (dead.status, mine.status, mine.adopts) == ("adopted", "ended", ("dead-run",))


def test_what_an_earlier_life_of_the_run_spent_counts_against_its_cap_and_makes_its_picture_its_own(
    opened: Open,
) -> None:
    batches = opened(retry_unanswered=0, retry_useless=0)
    batches.leave_dead_run(batches.id_of(["a"]), "a", SPENT, run="batch-run")
    with pytest.raises(ConfigurationError, match=r"with .* spent before"):
        batches.run(["a"], max_cost_usd=0.08)
    batches.script["a"] = {"paid_calls": 0, "cost_usd": 0.0, "reused": True}
    (leaf,) = batches.run(["a"], max_cost_usd=1.0).leaves()
    assert (leaf.reused, leaf.paid_calls, leaf.cost_usd) == (False, 1, 0.05)


def test_a_call_of_an_earlier_life_that_was_not_answered_counts_against_the_cap_at_list_price(opened: Open) -> None:
    batches = opened(retry_unanswered=1, retry_useless=0)
    lost = Ledger(attempts=1, possible_extra_charges=1)
    batches.leave_dead_run(batches.id_of(["a"]), "a", lost, run="batch-run")
    price = batches.item("a").price_usd
    assert price
    with pytest.raises(ConfigurationError, match="spent before"):
        batches.run(["a"], max_cost_usd=1.9 * price)
    batches.run(["a"], max_cost_usd=2.1 * price)
    ((_, grant),) = batches.started
    assert grant.allowance_usd == pytest.approx(price)


def test_what_another_dead_run_spent_leaves_the_cap_and_a_reused_picture_as_they_are(opened: Open) -> None:
    batches = opened(retry_unanswered=0, retry_useless=0)
    batches.leave_dead_run(batches.id_of(["a", "b"]), "b", SPENT)
    batches.script["b"] = {"paid_calls": 0, "cost_usd": 0.0, "reused": True}
    other, leaf = batches.run(["a", "b"], max_cost_usd=0.09).leaves()
    assert (leaf.reused, leaf.paid_calls, leaf.cost_usd, other.paid_calls) == (True, 1, 0.05, 1)


def test_what_a_leaf_run_spent_that_died_is_told_by_its_claim(opened: Open) -> None:
    batches = opened()
    batches.script["a"] = LeafRunFailed("exit code 137")
    batches.leave_dead_run(batches.id_of(["another"]), "a", SPENT, run="batch-run")
    with pytest.raises(BatchFailed, match="exit code 137"):
        batches.run(["a"])
    assert last_manifest(batches.runtime).summary.paid_calls == 1


def test_a_dead_run_is_adopted_once_although_nothing_is_missing(opened: Open) -> None:
    batches = opened()
    batches.run(["a"])
    batches.leave_dead_run(batches.id_of(["a"]), "a", SPENT)
    assert batches.run(["a"]).summary.paid_calls == 1
    assert batches.run(["a"], run="another").summary.paid_calls == 0


@pytest.mark.parametrize("run", ["batch-run", "dead-run"])
def test_what_leaves_spend_that_outlive_their_batch_run_is_told_once_and_as_what_it_was(opened: Open, run: str) -> None:
    """When the run begins, a call of an earlier one is under way; it is paid, and one more, before the run ends."""
    batches = opened()
    claim = keys.claim(batches.item("a").request_hash)
    batches.leave_dead_run(batches.id_of(["a"]), "a", Ledger(attempts=1), run=run)
    under_way = ClaimRecord("token", "leaf", run, account=Account().add("leaf", run, Ledger(attempts=1)))
    batches.store.replace(claim, dump(under_way), content_type=JSON)

    def end() -> None:
        account = Account().add("leaf", run, SPENT + SPENT)
        record = ClaimRecord("token", "leaf", run, "", held=False, asking=False, account=account)
        batches.store.replace(claim, dump(record), content_type=JSON)

    batches.on_start = end
    batches.script["a"] = {"paid_calls": 0, "cost_usd": 0.0, "reused": True}
    (leaf,) = batches.run(["a"]).leaves()
    assert (leaf.paid_calls, leaf.possible_extra_charges, leaf.cost_usd) == (2, 0, 0.1)
