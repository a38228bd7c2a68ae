"""Leaf runs that die, batches that are cancelled: every pair has an outcome, and every call is accounted for."""

import asyncio
from pathlib import Path

import pytest

from imagegen.errors import LeafRunFailed
from imagegen.making.batch_run import finish_in_any_case
from imagegen.paying.account import Account
from imagegen.paying.claim_record import ClaimRecord, dump
from imagegen.paying.grant import Grant
from imagegen.paying.money import Ledger
from imagegen.request.batch import Leaf
from imagegen.results import LeafResult
from storage import keys
from tests.making.batches.scripted import (
    TWO_TITLES,
    Scripted,
    claim,
    fan_out,
    fan_out_and_run,
    kind_of,
    made,
    refused,
    waiting,
)


@pytest.mark.parametrize(
    ("error", "told"),
    [(None, ("run_failed", "exit code 137")), (("server_error", "500"), ("server_error", "500"))],
)
def test_a_run_that_left_nothing_but_an_error_is_described_by_its_claim(
    tmp_path: Path, error: tuple[str, str] | None, told: tuple[str, str]
) -> None:
    run = fan_out(tmp_path, ["a"], {"a": [LeafRunFailed("exit code 137")]})
    claim(run, error=error, held=True, asking=True)
    (outcome,) = run.outcomes().values()
    assert outcome.error
    assert (outcome.error.kind, outcome.error.message, outcome.error.retryable) == (*told, True)
    assert (outcome.paid_calls, outcome.possible_extra_charges, outcome.attempts) == (1, 1, 2)
    assert (outcome.cost_usd, len(run.started)) == (0.05, 1)


def test_a_run_that_died_without_a_claim_spent_nothing(tmp_path: Path) -> None:
    run = fan_out_and_run(tmp_path, {"a": [LeafRunFailed("exit code 137")]})
    (outcome,) = run.settled.values()
    assert (outcome.error and outcome.error.kind, outcome.paid_calls, outcome.attempts) == ("run_failed", 0, 1)


def test_of_two_pairs_of_one_request_that_died_one_tells_what_was_spent_on_it(tmp_path: Path) -> None:
    died: list[Scripted] = [LeafRunFailed("exit code 137")]
    run = fan_out(tmp_path, TWO_TITLES, {"One": died, "Two": died})
    record = ClaimRecord("t", "x", "batch-run", held=False, asking=False, account=ONE_PAID)
    key = keys.claim(run.item("One").request_hash)
    run.runtime.store.replace(key, dump(record), content_type="application/json")
    assert sum(outcome.paid_calls for outcome in run.outcomes().values()) == 1


ONE_PAID = Account().add("x", "batch-run", Ledger(attempts=4, paid_calls=1, cost_usd=0.05))


def test_a_run_that_died_is_not_charged_with_what_is_accounted_for_already(tmp_path: Path) -> None:
    run = fan_out(tmp_path, ["a"], {"a": [waiting(spent={"possible_extra_charges": 1}), LeafRunFailed("137")]})
    claim(run, account=Account().add("x", "batch-run", Ledger(attempts=4, paid_calls=3, possible_extra_charges=2)))
    run.earlier = {run.item("a").request_hash: Ledger(attempts=1, paid_calls=2, possible_extra_charges=1)}
    (outcome,) = run.outcomes().values()
    assert (outcome.paid_calls, outcome.possible_extra_charges) == (1, 1)


SPENT = {"paid_calls": 1, "possible_extra_charges": 1, "cost_usd": 0.05}


def test_what_a_waiting_pair_has_spent_is_told_when_its_lane_is_closed(tmp_path: Path) -> None:
    """One pair waits after a useless answer; then the key of the other is rejected."""
    script: dict[str, list[Scripted]] = {"a": [waiting(60.0, spent=SPENT)], "b": [refused("rejected_key")]}
    run = fan_out(tmp_path, ["a", "b"], script, cap=9.0)
    outcome = run.outcomes()["a"]
    assert (kind_of(outcome), outcome.paid_calls, outcome.possible_extra_charges) == ("rejected_key", 1, 1)
    assert run.reservations.can_grant(9.0 - 2 * (run.item("a").price_usd or 0.0) - 0.01)


def test_what_a_waiting_pair_has_spent_is_told_when_the_batch_is_stopped(tmp_path: Path) -> None:
    run = fan_out(tmp_path, ["a"], {"a": [waiting(60.0, spent=SPENT)]})

    async def stop() -> dict[Leaf, LeafResult]:
        told = asyncio.Event()
        run.on_postponed = told.set
        batch = asyncio.create_task(run.open().run())
        await told.wait()
        batch.cancel()
        return await batch

    (outcome,) = asyncio.run(stop()).values()
    assert (kind_of(outcome), outcome.paid_calls, outcome.possible_extra_charges) == ("cancelled", 1, 1)


def test_a_pair_that_used_its_share_up_while_it_waited_is_refused_with_the_true_figures(tmp_path: Path) -> None:
    run = fan_out(tmp_path, ["a"], {"a": [waiting(spent={"possible_extra_charges": 1})]}, cap=0.05)
    (outcome,) = run.outcomes().values()
    assert outcome.error
    assert "$0.041 of the $0.041 that this picture may cost are spent or possibly spent" in outcome.error.message
    assert len(run.started) == 1


def test_a_dead_run_whose_claim_says_rate_limited_is_not_started_again(tmp_path: Path) -> None:
    run = fan_out(tmp_path, ["a"], {"a": [LeafRunFailed("137"), {}]})
    claim(run, error=("rate_limited", "slow down"))
    run.outcomes()
    assert len(run.started) == 1


def test_a_cancelled_leaf_stops_the_batch_and_tells_what_it_spent(tmp_path: Path) -> None:
    run = fan_out(tmp_path, ["a", "b"], {"a": [asyncio.CancelledError()]}, max_in_flight=1)
    claim(run)
    outcomes = run.outcomes()
    assert run.titles == ["a"]
    assert [one.error and one.error.kind for one in outcomes.values()] == ["cancelled", "cancelled"]
    assert [one.paid_calls for one in outcomes.values()] == [1, 0]


def test_a_cancelled_batch_lets_its_leaves_end_and_starts_no_more(tmp_path: Path) -> None:
    run = fan_out(tmp_path, [*TWO_TITLES, "b", "c", "d"], max_in_flight=1)

    async def stop() -> dict[Leaf, LeafResult]:
        begun = asyncio.Event()

        async def run_leaf(leaf: Leaf, grant: Grant) -> LeafResult:
            run.started.append((leaf.title, grant))
            begun.set()
            try:
                await asyncio.sleep(60.0)
            except asyncio.CancelledError:
                return made(run.prepared.planned[leaf])
            raise AssertionError

        task = asyncio.create_task(run.open(run_leaf).run())
        await begun.wait()
        task.cancel()
        return await task

    outcomes = {leaf.title: outcome for leaf, outcome in asyncio.run(stop()).items()}
    assert run.titles == ["One"]
    assert outcomes["One"].succeeded
    assert [kind_of(outcomes[title]) for title in ("Two", "b", "c", "d")] == ["cancelled"] * 4


def test_an_error_of_the_program_is_raised_when_all_else_has_ended(tmp_path: Path) -> None:
    run = fan_out(tmp_path, ["a", "b"], {"a": [ValueError("a bug")]})
    with pytest.raises(ValueError, match="a bug"):
        run.outcomes()
    assert list(run.settled) == ["b"]


def test_a_batch_that_is_cancelled_among_pairs_of_one_request_tells_every_outcome(tmp_path: Path) -> None:
    titles = [{"prompt": "a fox", "title": title} for title in ("One", "Two", "Three", "Four")]
    run = fan_out(tmp_path, titles, {"Two": [asyncio.CancelledError()]}, max_in_flight=1)

    async def stop() -> dict[Leaf, LeafResult]:
        async def run_leaf(leaf: Leaf, grant: Grant) -> LeafResult:
            if leaf.title == "Two":
                task.cancel()
                await asyncio.sleep(60.0)
            return await run.run_leaf(leaf, grant)

        task = asyncio.create_task(run.open(run_leaf).run())
        return await task

    outcomes = asyncio.run(stop()).values()
    assert [kind_of(outcome) for outcome in outcomes] == ["", "cancelled", "cancelled", "cancelled"]


def test_a_batch_that_is_cancelled_in_the_moment_of_a_start_ends(tmp_path: Path) -> None:
    run = fan_out(tmp_path, ["a"])

    async def stop() -> dict[Leaf, LeafResult]:
        fan = run.open()
        task = asyncio.create_task(fan.run())
        while not fan._lanes:  # noqa: ASYNC110 - nothing announces this moment
            await asyncio.sleep(0)
        task.cancel()
        return await asyncio.wait_for(task, 5.0)

    (outcome,) = asyncio.run(stop()).values()
    assert kind_of(outcome) in ("", "cancelled")


def test_what_was_begun_in_the_end_is_finished_however_often_it_is_cancelled() -> None:
    async def run() -> tuple[int, int]:
        steps = 0

        async def work() -> int:
            nonlocal steps
            for _ in range(5):
                await asyncio.sleep(0)
                steps += 1
            return steps

        task = asyncio.create_task(finish_in_any_case(work()))
        for _ in range(3):
            await asyncio.sleep(0)
            task.cancel()
        return await task, task.cancelling()

    assert asyncio.run(run()) == (5, 0)
