"""A provider is asked when the time, its own limits, the policy and the claim permit it, and not before."""

import random
import time

import pytest

from imagegen.errors import PassingFailure, PermanentFailure, RateLimited, Unanswered, WaitAsked
from imagegen.making.originals import MARGIN, PAID_PATIENCE
from imagegen.paying import claims
from imagegen.paying.grant import Grant
from imagegen.paying.money import Ledger
from imagegen.providers import Generated, PictureRequest
from tests.making.originals.attempts import CLAIM, PAID, attempt, claim_and_fetch, claim_of, fail, leave_claim, spent_by
from tests.making.originals.conftest import Open


def test_a_failed_call_is_entered_and_the_next_attempt_waits_a_little_before_it_asks(opened: Open) -> None:
    runtime = opened(Unanswered("no answer"), PAID, provider_pace={"openai": 5})
    failed, again = attempt(runtime), attempt(runtime)
    assert fail(failed).kind == "unanswered"
    assert failed.ledger == Ledger(attempts=1, possible_extra_charges=1)
    assert claim_of(runtime).error == ("unanswered", "no answer")
    claim_and_fetch(again)
    assert again.ledger == Ledger(attempts=2, paid_calls=1, possible_extra_charges=1, cost_usd=0.05)
    (wait,) = runtime.waits
    assert 12.0 <= wait <= 12.5


def test_attempts_of_one_run_spread_ever_wider_up_to_four_seconds(opened: Open) -> None:
    originals = attempt(opened(PAID))
    for attempts, most in ((2, 0.5), (3, 1.0), (4, 2.0), (5, 4.0), (9, 4.0)):
        originals.ledger = Ledger(attempts=attempts)
        waits = [originals._seconds_before_retry() for _ in range(200)]
        assert 0.0 <= min(waits) < most / 2 < max(waits) <= most


def test_a_leaf_alone_waits_out_a_limit_that_is_short_enough_and_a_second_one_that_is_not(opened: Open) -> None:
    runtime = opened(RateLimited("slow down", 40.0), RateLimited("slow down", 21.0), rate_limit_wait=60)
    failure = fail(attempt(runtime))
    assert isinstance(failure, WaitAsked)
    assert (failure.kind, str(failure), failure.seconds) == ("rate_limited", "slow down", 21.0)
    (waited,) = runtime.waits
    assert 40.0 <= waited <= 50.0
    record = claim_of(runtime)
    assert record.not_before == pytest.approx(time.time() + 21.0, abs=5.0)
    assert len(runtime.scripted.asked) == 2


@pytest.mark.parametrize(
    ("limits", "over"), [((40.0, 20.0), None), ((40.0, 10.0, 15.0), 15.0)], ids=["just within", "beyond in the sum"]
)
def test_waits_are_added_up_and_may_take_all_of_the_time_that_is_set(
    opened: Open, limits: tuple[float, ...], over: float | None
) -> None:
    runtime = opened(*(RateLimited("slow down", seconds) for seconds in limits), PAID, rate_limit_wait=60)
    if over is None:
        claim_and_fetch(attempt(runtime))
    else:
        failure = fail(attempt(runtime))
        assert isinstance(failure, WaitAsked)
        assert failure.seconds == over
    assert len(runtime.waits) == 2


@pytest.mark.parametrize(("seconds", "most"), [(40.0, 50.0), (1.0, 1.5)])
def test_a_wait_is_spread_over_a_quarter_more_and_half_a_second_at_least(
    opened: Open, monkeypatch: pytest.MonkeyPatch, seconds: float, most: float
) -> None:
    runtime = opened(RateLimited("slow down", seconds), RateLimited("slow down", seconds), PAID, rate_limit_wait=90)
    drawn = iter([min, max])
    monkeypatch.setattr(random, "uniform", lambda *bounds: next(drawn)(bounds))
    claim_and_fetch(attempt(runtime))
    assert runtime.waits == [seconds, most]


def test_a_wait_is_written_into_the_claim_while_it_lasts_and_taken_out_after(opened: Open) -> None:
    runtime = opened(RateLimited("slow down", 40.0), PAID, rate_limit_wait=60)
    seen, asked = [], []
    runtime.pause = lambda _seconds: seen.append(claim_of(runtime))
    generate = runtime.scripted.generate

    def look_and_generate(request: PictureRequest) -> Generated:
        asked.append(claim_of(runtime))
        return generate(request)

    runtime.scripted.generate = look_and_generate  # type: ignore[method-assign]
    claim_and_fetch(attempt(runtime))
    (during,) = seen
    assert (asked[1].not_before, asked[1].wait) == (0.0, 0.0)
    assert during.not_before == pytest.approx(time.time() + 40.0, abs=5.0)
    assert during.wait == 40.0
    assert not during.asking
    assert claim_of(runtime).not_before == 0.0


@pytest.mark.parametrize("seconds", [None, 1.0])
def test_a_leaf_of_a_batch_hands_every_limit_to_its_batch(opened: Open, seconds: float | None) -> None:
    runtime = opened(RateLimited("slow down", seconds, 7, request_id="req-1"))
    failure = fail(attempt(runtime, grant=Grant("nothing")))
    assert isinstance(failure, WaitAsked)
    assert (failure.seconds, failure.per_minute, failure.request_id) == (seconds, 7, "req-1")
    assert (str(failure), runtime.waits, len(runtime.scripted.asked)) == ("slow down", [], 1)


def test_a_failure_that_names_no_wait_and_is_no_limit_is_raised_as_it_is(opened: Open) -> None:
    failure = PassingFailure("server_error", "500")
    assert fail(attempt(opened(failure), grant=Grant("nothing"))) is failure
    limited = RateLimited("slow down")
    assert fail(attempt(opened(limited))) is limited


def test_a_wait_of_another_kind_of_failure_names_no_pace(opened: Open) -> None:
    failure = fail(attempt(opened(PassingFailure("overloaded", "busy", retry_after=600.0))))
    assert isinstance(failure, WaitAsked)
    assert (failure.kind, failure.per_minute, failure.seconds) == ("overloaded", None, 600.0)


@pytest.mark.parametrize(("ahead", "asked"), [(100.0, 0), (-1.0, 1), (100_000.0, 1)], ids=["soon", "past", "absurd"])
def test_a_wait_that_an_earlier_attempt_left_is_honoured_unless_its_clock_was_wrong(
    opened: Open, ahead: float, asked: int
) -> None:
    runtime = opened(PAID)
    leave_claim(runtime, not_before=time.time() + ahead)
    if asked:
        claim_and_fetch(attempt(runtime))
    else:
        failure = fail(attempt(runtime))
        assert isinstance(failure, WaitAsked)
        assert str(failure) == "the provider asked to wait"
        assert failure.seconds == pytest.approx(ahead, abs=5.0)
    assert len(runtime.scripted.asked) == asked


@pytest.mark.parametrize("ahead", [3_600.0, 100_000.0, 86_400.0 * 400])
def test_a_wait_is_never_longer_than_the_provider_asked_for_whatever_the_clock_was(opened: Open, ahead: float) -> None:
    runtime = opened(PAID)
    leave_claim(runtime, not_before=time.time() + ahead + 30.0, wait=30.0)
    failure = fail(attempt(runtime))
    assert isinstance(failure, WaitAsked)
    assert failure.seconds == pytest.approx(30.0, abs=5.0)
    assert claim_of(runtime).wait == pytest.approx(30.0, abs=5.0)
    assert runtime.scripted.asked == []


def test_a_wait_of_days_is_honoured_by_the_next_run(opened: Open) -> None:
    runtime = opened(RateLimited("quota", 172_800.0), PAID)
    for _ in range(2):
        failure = fail(attempt(runtime))
        assert isinstance(failure, WaitAsked)
        assert failure.seconds == pytest.approx(172_800.0, abs=5.0)
    assert len(runtime.scripted.asked) == 1


def test_nothing_is_asked_when_too_little_time_is_left_to_ask_and_to_store(opened: Open) -> None:
    runtime = opened(PAID)
    runtime.attempt_seconds = MARGIN + runtime.settings.provider_timeout + PAID_PATIENCE - 0.1
    failure = fail(attempt(runtime))
    said = "too little time is left of this attempt to ask and to store"
    assert (failure.kind, str(failure), runtime.scripted.asked) == ("out_of_time", said, [])
    runtime.attempt_seconds += 5.0
    stalled = attempt(runtime)
    stalled._started -= 10.0
    assert (fail(stalled).kind, runtime.scripted.asked) == ("out_of_time", [])
    claim_and_fetch(attempt(runtime))


@pytest.mark.parametrize(("cap", "allowance", "asked"), [(0.01, None, 0), (0.01, 9.0, 1), (9.0, 0.01, 0)])
def test_a_grant_takes_the_place_of_the_environments_cap(
    opened: Open, cap: float, allowance: float | None, asked: int
) -> None:
    runtime = opened(PAID, max_batch_cost_usd=cap)
    originals = attempt(runtime, grant=Grant("nothing", allowance) if allowance else None)
    if asked:
        claim_and_fetch(originals)
    else:
        assert fail(originals).kind == "cap_reached"
    assert len(runtime.scripted.asked) == asked


def test_what_other_runs_spent_is_not_held_against_the_allowance_of_a_named_run(opened: Open) -> None:
    runtime = opened(PAID)
    leave_claim(runtime, account=spent_by("another", Ledger(paid_calls=2, cost_usd=0.1)))
    claim_and_fetch(attempt(runtime, grant=Grant("nothing", 0.06)))
    assert len(runtime.scripted.asked) == 1


def test_a_refusal_is_told_with_the_failure_that_led_to_it(opened: Open) -> None:
    runtime = opened(Unanswered("no answer"), retry_unanswered=0)
    fail(attempt(runtime))
    failure = fail(attempt(runtime, "another"))
    assert isinstance(failure, PermanentFailure)
    assert str(failure).startswith("no answer 1 call for this picture got no answer")
    assert "RETRY_UNANSWERED allows 0" in str(failure)
    assert len(runtime.scripted.asked) == 1


def test_a_holder_whose_claim_was_taken_over_while_it_stood_still_asks_nobody(opened: Open) -> None:
    runtime = opened(PAID)
    runtime.lease = claims.Lease(fresh=0.0)
    leave_claim(runtime, account=spent_by("another", Ledger(attempts=1)))
    runtime.pause = lambda _seconds: runtime.store.delete(CLAIM)
    failure = fail(attempt(runtime, "another"))
    said = "another run took over while this one stood still"
    assert (failure.kind, str(failure), runtime.scripted.asked) == ("claimed_elsewhere", said, [])
