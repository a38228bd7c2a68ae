"""The fan-out starts leaf runs under their grants, starts them again, and shares originals and failures."""

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import pytest

from imagegen.errors import NOT_ASKED
from imagegen.making.fan_out import FanOut
from imagegen.paying.grant import Grant
from imagegen.paying.money import OVERDRAWN
from imagegen.request.batch import Leaf
from imagegen.results import LeafResult
from tests.doubles.batches import leaf as stored_leaf
from tests.doubles.batches import pictures
from tests.making.batches.scripted import (
    MODEL,
    OTHER_MODEL,
    OTHER_PROVIDER,
    TWO_TITLES,
    Run,
    Scripted,
    fan_out,
    fan_out_and_run,
    made,
    refused,
    waiting,
)


def grants(run: Run) -> dict[str, Grant]:
    """The grants of the pairs that were started, by title; each names the batch."""
    assert {grant.batch for _, grant in run.started} == {run.prepared.batch_id}
    return {title: replace(grant, batch="") for title, grant in run.started}


def test_without_a_cap_a_pair_is_granted_whatever_the_policy_permits(tmp_path: Path) -> None:
    run = fan_out(tmp_path, ["a", "b"], {"a": [{"seconds": 99.0, "started_at": 99.0}]})
    outcomes = run.outcomes()
    assert grants(run) == {"a": Grant("nothing"), "b": Grant("nothing")}
    before = time.time()
    for outcome in outcomes.values():
        assert (outcome.succeeded, outcome.paid_calls, outcome.attempts) == (True, 1, 1)
        assert before - 60.0 < outcome.started_at <= before
        assert 0.0 <= outcome.seconds < 60.0


def test_stored_pairs_are_settled_without_a_run(tmp_path: Path) -> None:
    run = fan_out(tmp_path, ["a", "b"])
    item = run.item("a")
    found = stored_leaf("a", request_hash=item.request_hash, leaf_hash=item.leaf_hash)
    run.prepared.known.results[item.leaf_hash] = found
    assert run.outcomes()["a"] == found
    assert run.titles == ["b"]
    assert pictures([found])


def test_a_cap_with_room_for_every_retry_grants_them_all_and_a_smaller_one_a_call_each(tmp_path: Path) -> None:
    price = fan_out(tmp_path, ["a"]).item("a").price_usd
    assert price
    for cap, calls in ((12 * price, 6), (11.9 * price, 1), (2 * price, 1)):
        run = fan_out(tmp_path, ["a", "b"], cap=cap, retry_unanswered=3, retry_useless=2)
        run.outcomes()
        assert run.allowances == pytest.approx([calls * price] * 2)
        assert run.reservations.reserved_usd == pytest.approx(2 * calls * price)
        assert run.reservations.can_grant(cap - 2 * price)
        assert not run.reservations.can_grant(cap - 2 * price + 0.001)


def test_a_pair_whose_original_is_stored_is_granted_nothing_and_keeps_no_pace(tmp_path: Path) -> None:
    run = fan_out(tmp_path, ["a", "b", "c"], stored=("a", "b"), cap=9.0, provider_pace={"openai": 1})
    run.runtime.minute = 600.0
    run.outcomes()
    given = grants(run)
    assert given["a"] == given["b"] == Grant("original")
    assert given["c"].allowance_usd
    painted: list[Scripted] = [{"paid_calls": 0, "cost_usd": 0.0}]
    script = {"d": painted, "e": painted}
    run = fan_out(tmp_path, ["d", "e"], script, offline=True, cap=9.0, provider_pace={"openai": 1})
    run.runtime.minute = run.runtime.alone = 600.0
    run.outcomes()
    assert grants(run) == {"d": Grant("nothing"), "e": Grant("nothing")}


def test_pairs_that_share_a_request_are_composed_from_the_original_of_the_first(tmp_path: Path) -> None:
    run = fan_out(tmp_path, [*TWO_TITLES, "b"], {"Two": [{"paid_calls": 0, "cost_usd": 0.0}]}, cap=9.0)
    assert all(outcome.succeeded for outcome in run.outcomes().values())
    assert [(title, grant.found) for title, grant in run.started if title != "b"] == [
        ("One", "nothing"),
        ("Two", "original"),
    ]
    assert dict(run.started)["Two"].allowance_usd is None


def test_a_failure_of_the_request_is_shared_and_its_spending_told_once(tmp_path: Path) -> None:
    spent = {"possible_extra_charges": 2}
    run = fan_out(tmp_path, TWO_TITLES, {"One": [refused("unanswered", "no answer", spent=spent)]})
    one, two = run.outcomes().values()
    assert one.error == two.error
    assert (one.possible_extra_charges, two.possible_extra_charges, run.titles) == (2, 0, ["One"])
    assert (two.title, two.status, two.request_hash) == ("Two", "failed", one.request_hash)


def test_a_failure_of_one_pair_lets_the_next_one_pay_with_what_is_left_of_the_share(tmp_path: Path) -> None:
    price = fan_out(tmp_path, TWO_TITLES).item("One").price_usd
    assert price
    failed = refused("title_not_drawable", spent={"paid_calls": 1, "cost_usd": price})
    run = fan_out(tmp_path, TWO_TITLES, {"One": [failed]}, cap=9.0, retry_unanswered=1, retry_useless=1)
    one, two = run.outcomes().values()
    assert (one.error and one.error.kind, one.paid_calls, two.succeeded) == ("title_not_drawable", 1, True)
    assert [grant.found for _, grant in run.started] == ["nothing", "unknown"]
    assert run.allowances == pytest.approx([3 * price, 2 * price])
    assert run.reservations.can_grant(9.0 - 2 * price)
    without = fan_out(tmp_path, TWO_TITLES, {"One": [failed]})
    without.outcomes()
    assert without.allowances == [None, None]


def test_a_share_that_is_used_up_leaves_the_next_pair_nothing_to_pay_with(tmp_path: Path) -> None:
    price = fan_out(tmp_path, TWO_TITLES).item("One").price_usd
    assert price
    failed = refused("title_not_drawable", spent={"paid_calls": 3, "cost_usd": 3 * price})
    run = fan_out(tmp_path, TWO_TITLES, {"One": [failed]}, cap=9.0, retry_unanswered=1, retry_useless=1)
    run.outcomes()
    assert run.allowances == pytest.approx([3 * price, 0.0])


def test_no_pair_begins_once_calls_have_cost_more_than_the_cap(tmp_path: Path) -> None:
    run = fan_out(tmp_path, ["a", "b"], {"a": [{"cost_usd": 50.0}]}, cap=9.0, max_in_flight=1)
    error = run.outcomes()["b"].error
    assert error
    assert (error.kind, error.message, run.titles) == ("cap_reached", OVERDRAWN, ["a"])


def test_a_pair_that_was_told_to_wait_is_started_again_and_tells_all_that_it_spent(tmp_path: Path) -> None:
    spent = {"possible_extra_charges": 1, "attempts": 2}
    run = fan_out(tmp_path, ["a"], {"a": [waiting(spent=spent), {}]}, cap=9.0)
    (outcome,) = run.outcomes().values()
    assert (outcome.succeeded, outcome.paid_calls, outcome.possible_extra_charges, outcome.attempts) == (True, 1, 1, 3)
    price = run.item("a").price_usd
    assert price
    assert run.allowances == pytest.approx([5 * price, 4 * price])


def test_a_limit_that_names_no_time_is_waited_out_and_another_passing_failure_is_not(tmp_path: Path) -> None:
    limited = refused("rate_limited", retryable=True)
    assert len(fan_out_and_run(tmp_path, {"a": [limited, {}]}).started) == 2
    overloaded = refused("overloaded", retryable=True, retry_after=0.001)
    assert len(fan_out_and_run(tmp_path, {"a": [overloaded, {}]}).started) == 2
    for final in (refused("server_error", retryable=True), refused("rate_limited", retryable=False)):
        assert len(fan_out_and_run(tmp_path, {"a": [final, {}]}).started) == 1


def test_a_model_that_refuses_for_ever_is_given_up_for_all_its_pairs(tmp_path: Path) -> None:
    run = fan_out(tmp_path, ["a", "b"], {"a": [waiting()], "b": [waiting()]}, max_in_flight=1)
    outcomes = run.outcomes()
    assert {(one.error and one.error.kind, one.error and one.error.message) for one in outcomes.values()} == {
        ("rate_limited", "slow down")
    }
    assert len(run.started) == 4


@pytest.mark.parametrize(
    ("kind", "closed"),
    [
        ("rejected_key", [MODEL, OTHER_MODEL]),
        ("not_stored", [MODEL, OTHER_MODEL, OTHER_PROVIDER]),
        ("daily_quota", [MODEL]),
        ("refused", []),
    ],
)
def test_a_failure_of_the_account_or_model_ends_what_would_meet_it_too(
    tmp_path: Path, kind: str, closed: list[str]
) -> None:
    models = (MODEL, OTHER_MODEL, OTHER_PROVIDER)
    prompts = ["a", "b"]
    run = fan_out(tmp_path, prompts, models=models, max_in_flight=1)

    async def run_leaf(leaf: Leaf, grant: Grant) -> LeafResult:
        run.started.append((f"{leaf.title} {leaf.model}", grant))
        bad = (leaf.title, leaf.model) == ("a", MODEL)
        return made(run.prepared.planned[leaf], **(refused(kind, "closed") if bad else {}))

    settled: list[LeafResult] = []

    def settle(_leaf: Leaf, outcome: LeafResult) -> None:
        settled.append(outcome)

    async def go() -> None:
        await FanOut(run.prepared, run.runtime, run.reservations, run_leaf, settle, "batch-run", {}).run()

    asyncio.run(go())
    others = {one.error.message for one in settled if one.error and (one.title, one.model) != ("a", MODEL)}
    assert others <= {NOT_ASKED if kind == "not_stored" else "closed"}
    failed = {(one.title, one.model) for one in settled if not one.succeeded}
    unstarted = {(title, model) for model in closed for title in prompts} - {("a", MODEL)}
    assert failed <= unstarted | {("a", MODEL)}
    assert ("b", MODEL) in failed or not closed
    assert len(run.started) == 6 - len(failed) + 1
    assert {(one.error and one.error.kind) for one in settled if not one.succeeded} == {kind}


def test_a_pair_that_used_its_allowance_up_is_granted_another_call_out_of_what_is_left(tmp_path: Path) -> None:
    price = fan_out(tmp_path, ["a"]).item("a").price_usd
    assert price
    useless = refused("cap_reached", spent={"paid_calls": 1, "cost_usd": price})
    for cap, runs in ((1.5 * price, 1), (2.0 * price, 2), (3.0 * price, 3)):
        run = fan_out_and_run(tmp_path, {"a": [useless]}, cap=cap, retry_useless=99)
        assert run.allowances == pytest.approx([price] * runs)
        assert run.settled["a"].paid_calls == runs
    assert len(fan_out_and_run(tmp_path, {"a": [refused("cap_reached")]}).started) == 1


def test_a_lane_s_second_start_is_held_back_until_the_first_call_was_sent_and_no_longer(tmp_path: Path) -> None:
    run = fan_out(tmp_path, ["a", "b"])
    run.runtime.alone = 0.001
    second_began = asyncio.Event()

    async def run_leaf(leaf: Leaf, grant: Grant) -> LeafResult:
        run.started.append((leaf.title, grant))
        if leaf.title == "a":
            for _ in range(5_000):
                await asyncio.sleep(0)
            assert run.titles == ["a"]
            run.runtime.called.add("openai")
            await asyncio.wait_for(second_began.wait(), 10.0)
        second_began.set()
        return made(run.prepared.planned[leaf])

    async def go() -> None:
        await run.open(run_leaf).run()

    asyncio.run(go())
    assert run.titles == ["a", "b"]


def test_pairs_start_in_the_order_of_the_batch_and_so_do_those_of_one_original(tmp_path: Path) -> None:
    titles = [*"abcdefgh"]
    run = fan_out(tmp_path, titles, max_in_flight=1)
    run.outcomes()
    assert run.titles == titles
    rows = [{"prompt": "a fox", "title": title} for title in titles]
    shared = fan_out(tmp_path, rows, {title: [{"paid_calls": 0, "cost_usd": 0.0}] for title in titles[1:]})
    shared.outcomes()
    assert shared.titles == titles
    begun = [shared.settled[title].started_at for title in titles[1:]]
    assert max(begun) - min(begun) < 0.9  # none goes alone


def test_refusals_of_calls_that_were_under_way_together_are_one_wave(tmp_path: Path) -> None:
    titles = [*"abcdef"]
    run = fan_out(tmp_path, titles)

    async def run_leaf(leaf: Leaf, grant: Grant) -> LeafResult:
        again = leaf.title in run.titles
        run.started.append((leaf.title, grant))
        due = time.monotonic() + 0.02
        while not again and (len(run.started) < len(titles) or time.monotonic() < due):  # noqa: ASYNC110 - the due time
            await asyncio.sleep(0)
        return made(run.prepared.planned[leaf], **({} if again else waiting()))

    async def go() -> None:
        await run.open(run_leaf).run()

    asyncio.run(go())
    assert [outcome.succeeded for outcome in run.settled.values()] == [True] * len(titles)


def test_a_pace_that_a_refusal_names_is_kept_although_more_got_through_before(tmp_path: Path) -> None:
    run = fan_out(tmp_path, [*"abcde"], {"c": [waiting(per_minute=1), {}]}, max_in_flight=1)
    run.runtime.minute = 0.2
    run.outcomes()
    assert run.titles == [*"abccde"]
    assert run.settled["e"].started_at - run.settled["c"].started_at > 0.15
