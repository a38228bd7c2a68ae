"""A batch, a batch at the same time and a picture alone obey the month's limit, and their spending can be added up."""

import threading
from pathlib import Path

import pytest

from imagegen.errors import BatchFailed, ConfigurationError, PassingFailure
from imagegen.library.costs import sum_costs
from imagegen.making.leaf import Ids, make
from imagegen.paying.grant import Grant
from imagegen.paying.month import look, parse, reserve
from imagegen.paying.spending import read_all
from imagegen.request.batch import Leaf
from imagegen.settings import from_environment
from storage import keys
from tests.doubles.provider import openai_server
from tests.doubles.provider.openai_server import USAGE_COST, OpenAIServer
from tests.doubles.provider.scripted_server import Call, Reply
from tests.doubles.render.local_runs import LOOK, run_batch, run_leaf, runtime_in
from tests.making.requests import MODEL

PRICE = 0.041
"""The list price of MODEL."""


def test_a_batch_that_does_not_fit_into_the_month_is_refused_before_anything_is_asked(
    openai: OpenAIServer, tmp_path: Path
) -> None:
    runtime = runtime_in(tmp_path, max_monthly_cost_usd=3.5 * PRICE)
    run_batch(runtime, ["a", "b"], [MODEL], *LOOK)
    with pytest.raises(ConfigurationError, match=r"MAX_MONTHLY_COST_USD"):
        run_batch(runtime, ["c", "d"], [MODEL], *LOOK)
    assert len(openai.calls) == 2
    assert run_batch(runtime, ["c"], [MODEL], *LOOK).status == "complete"
    assert run_batch(runtime, ["a", "b", "c"], [MODEL], *LOOK).status == "complete"  # costs nothing
    assert len(openai.calls) == 3
    now = look(runtime.store, 1.0)
    assert now.spent_usd == pytest.approx(3 * USAGE_COST)
    assert now.reserved_usd == 0.0


def test_useless_answers_never_cost_more_than_the_month_has_left(openai: OpenAIServer, tmp_path: Path) -> None:
    openai.always(openai_server.picture(b"\xff\xd8\xff\xe0 cut short"))
    runtime = runtime_in(tmp_path, retry_useless=9, max_monthly_cost_usd=2.5 * PRICE)
    with pytest.raises(BatchFailed, match="MAX_MONTHLY_COST_USD"):
        run_batch(runtime, ["a"], [MODEL], *LOOK)
    assert len(openai.calls) == 2


def test_two_batches_at_once_keep_the_limit_together(openai: OpenAIServer, tmp_path: Path) -> None:
    meanwhile: list[BaseException] = []

    def run_another() -> None:
        try:
            run_batch(runtime_in(tmp_path, **limit), ["c", "d"], [MODEL], *LOOK)
        except ConfigurationError as error:
            meanwhile.append(error)

    def answer(call: Call) -> Reply:
        if len(openai.calls) == 1:
            other = threading.Thread(target=run_another)
            other.start()
            other.join(60.0)
        return openai_server.picture()

    limit = {"max_monthly_cost_usd": 3 * PRICE, "max_in_flight": 1}
    openai.always(answer)
    assert run_batch(runtime_in(tmp_path, **limit), ["a", "b"], [MODEL], *LOOK).status == "complete"
    assert "running batches may spend" in str(meanwhile[0])
    assert len(openai.calls) == 2


def test_a_picture_alone_obeys_the_limit(openai: OpenAIServer, tmp_path: Path) -> None:
    runtime = runtime_in(tmp_path, max_monthly_cost_usd=1.5 * PRICE)
    assert run_leaf(runtime, "a", MODEL, *LOOK).succeeded
    refused = run_leaf(runtime, "b", MODEL, *LOOK)
    assert refused.error
    assert refused.error.kind == "configuration"
    assert "MAX_MONTHLY_COST_USD" in refused.error.message
    assert len(openai.calls) == 1
    assert look(runtime.store, 1.0).reserved_usd == 0.0


def test_what_a_picture_alone_reserved_and_did_not_spend_is_given_back(openai: OpenAIServer, tmp_path: Path) -> None:
    openai.always(openai_server.refused())
    runtime = runtime_in(tmp_path, max_monthly_cost_usd=1.5 * PRICE)
    assert run_leaf(runtime, "a", MODEL, *LOOK).error
    assert look(runtime.store, 1.0).left_usd == 1.0


def test_a_leaf_whose_batch_is_over_asks_nobody_when_others_may_have_what_was_reserved(
    openai: OpenAIServer, tmp_path: Path
) -> None:
    runtime = runtime_in(tmp_path, max_monthly_cost_usd=3 * PRICE)
    leaf, grant = Leaf("a", MODEL, *LOOK, title="a"), Grant("nothing", 1.0, "leaf", "batch", "b" * 16)
    with pytest.raises(PassingFailure, match="the batch that started this picture is over"):
        make(leaf, runtime, ids=Ids("leaf", "batch"), grant=grant)
    assert openai.calls == []
    assert read_all(runtime.store) == []
    reserve(runtime.store, 3 * PRICE, "batch", least_usd=PRICE, most_usd=PRICE)
    assert make(leaf, runtime, ids=Ids("leaf", "batch"), grant=grant).succeeded


def test_a_batch_of_task_runs_says_that_its_leaves_may_outlive_it(openai: OpenAIServer, tmp_path: Path) -> None:
    said: list[bool] = []

    def answer(_call: Call) -> Reply:
        reserved = parse(runtime.store.get(keys.RESERVATIONS))
        assert reserved
        said.append(reserved[0].apart)
        return openai_server.picture()

    openai.always(answer)
    for prompt, in_task_run in (("a", True), ("b", False)):
        runtime = runtime_in(tmp_path, max_monthly_cost_usd=9 * PRICE, in_task_run=in_task_run)
        run_batch(runtime, [prompt], [MODEL], *LOOK)
    assert said == [True, False]
    assert from_environment({"RENDER_SDK_MODE": "run"}).in_task_run


def test_a_model_of_unknown_price_cannot_be_held_to_a_month(openai: OpenAIServer, tmp_path: Path) -> None:
    runtime = runtime_in(tmp_path, max_monthly_cost_usd=9.0)
    with pytest.raises(ConfigurationError, match="MAX_MONTHLY_COST_USD"):
        run_batch(runtime, ["a"], ["gpt-image-99"], *LOOK)
    alone = run_leaf(runtime, "a", "gpt-image-99", *LOOK)
    assert alone.error
    assert "MAX_MONTHLY_COST_USD" in alone.error.message
    assert openai.calls == []


def test_offline_batches_and_stores_without_a_limit_reserve_nothing(openai: OpenAIServer, tmp_path: Path) -> None:
    run_batch(runtime_in(tmp_path, max_monthly_cost_usd=0.0), ["a"], [MODEL], *LOOK, offline=True)
    runtime = runtime_in(tmp_path)
    run_batch(runtime, ["a"], [MODEL], *LOOK)
    assert len(openai.calls) == 1
    assert runtime.store.list(keys.SPENDING).objects == ()


def test_costs_are_added_up_by_batch_model_day_and_month(openai: OpenAIServer, tmp_path: Path) -> None:
    runtime = runtime_in(tmp_path)
    first = run_batch(runtime, ["a", "b"], [MODEL], *LOOK)
    second = run_batch(runtime, ["b", "c"], [MODEL], *LOOK)
    run_leaf(runtime, "d", MODEL, *LOOK)
    lines, total = sum_costs(runtime.store, "batch")
    assert {line.name: line.ledger.paid_calls for line in lines} == {first.batch_id: 2, second.batch_id: 1, "alone": 1}
    assert total.ledger.cost_usd == pytest.approx(4 * USAGE_COST)
    assert len(openai.calls) == 4
    for by in ("model", "day", "month"):
        [line], same = sum_costs(runtime.store, by)
        assert line.ledger == same.ledger == total.ledger
        assert line.name == MODEL if by == "model" else line.name.startswith("20")
    assert all(one.price_usd == PRICE for one in read_all(runtime.store))
