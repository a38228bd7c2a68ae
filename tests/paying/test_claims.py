"""A claim lets exactly one run pay for a request, and remembers what was spent."""

import threading

import pytest

from imagegen.paying import claims
from imagegen.paying.claim_record import load
from imagegen.paying.claims import Claim, Claimant
from imagegen.paying.money import Ledger
from storage import Store
from tests.paying.conftest import KEY, LEASE, Clock, CountingStore, acquire, alter, claim_of, die


@pytest.mark.parametrize("released", [False, True], ids=["new", "released"])
def test_of_many_runs_at_once_one_gets_the_claim(store: Store, *, released: bool) -> None:
    if released:
        claim_of(store, "former").release(("server_error", "500"))
    got: list[Claim | None] = []
    start = threading.Barrier(8)

    def compete(number: int) -> None:
        start.wait()
        try:
            got.append(acquire(store, f"run-{number}"))
        except TimeoutError:
            got.append(None)

    threads = [threading.Thread(target=compete, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(claim is not None for claim in got) == 1


def test_a_released_claim_is_taken_over_at_once_with_the_reason_and_the_account(store: Store, clock: Clock) -> None:
    first = claim_of(store, "one", parent="batch")
    assert first.first
    first.enter(Claimant("one", "batch"), Ledger(paid_calls=1, useless=1, cost_usd=0.04))
    first.release(("bad_picture", "cut"), not_before=1_000.0, wait=9.0)
    second = claim_of(store, "two", clock)
    assert clock.now == 0.0
    assert not second.first
    assert (second.error, second.record.not_before, second.record.wait) == (("bad_picture", "cut"), 1_000.0, 9.0)
    assert second.account.sum_of_run("one") == Ledger(attempts=1, paid_calls=1, useless=1, cost_usd=0.04)
    assert second.account.sum_of_parent("batch") == second.account.sum_of_run("one")
    assert second.account.sum_of_run("two") == Ledger(attempts=1)


def test_a_claim_whose_process_is_proven_to_be_over_is_taken_over_at_once(store: Store, clock: Clock) -> None:
    die(store, "dead", known=True)
    claim = claim_of(store, "mine", clock)
    assert clock.now == 0.0
    assert claim.account.sum_of_run("dead") == Ledger(attempts=1, possible_extra_charges=1)


def test_a_living_claim_is_not_taken_over_by_the_next_attempt_of_its_own_run(store: Store) -> None:
    """The platform may start an attempt while the one before still waits for its answer."""
    claim_of(store, "run")
    with pytest.raises(TimeoutError, match="another run"):
        acquire(store, "run", seconds=LEASE.seconds / 2)


def test_a_silent_claim_is_taken_over_after_a_lease_by_the_clock_of_who_waits(store: Store, clock: Clock) -> None:
    die(store, "elsewhere")
    clock.now = 1e9
    assert claim_of(store, "mine", clock, seconds=600.0)
    assert LEASE.seconds < clock.now - 1e9 <= LEASE.seconds + claims.LONGEST_WAIT


def test_a_claim_that_is_renewed_keeps_off_who_waits_however_long(store: Store, clock: Clock) -> None:
    holder = claim_of(store, "holder", clock)

    def pause(seconds: float) -> None:
        clock.now += seconds
        holder.prove()

    with pytest.raises(TimeoutError):
        acquire(store, "mine", clock, pause=pause, seconds=10 * LEASE.seconds)


@pytest.mark.parametrize("generations", [4, 8, 16])
def test_a_chain_of_dead_holders_costs_one_lease_at_most(store: Store, clock: Clock, generations: int) -> None:
    for number in range(generations - 1):
        die(store, f"dead-{number}")
        alter(store, held=False)
    die(store, "last")
    assert claim_of(store, "mine", clock, seconds=600.0)
    assert clock.now <= LEASE.seconds + claims.LONGEST_WAIT


@pytest.mark.parametrize("seconds", [0.0, 0.05, 1.0, 7.3, 45.0])
def test_nobody_waits_longer_than_allowed(store: Store, clock: Clock, seconds: float) -> None:
    claim_of(store, "holder")
    with pytest.raises(TimeoutError):
        acquire(store, "mine", clock, seconds=seconds)
    assert clock.now <= seconds


def test_who_waits_looks_ever_more_rarely_and_only_reads(store: CountingStore, clock: Clock) -> None:
    claim_of(store, "holder")
    waits: list[float] = []

    def pause(seconds: float) -> None:
        waits.append(seconds)
        clock.pause(seconds)

    with pytest.raises(TimeoutError):
        acquire(store, "mine", clock, pause=pause, seconds=0.5)
    assert waits == pytest.approx([0.1, 0.15, 0.225])
    assert store.creations == 2  # one each, at the start


def test_who_waits_uses_all_of_the_time(store: Store, clock: Clock) -> None:
    claim_of(store, "holder")
    with pytest.raises(TimeoutError):
        acquire(store, "mine", clock, seconds=claims.FIRST_WAIT)
    assert clock.now == claims.FIRST_WAIT


def test_a_claim_that_was_taken_over_says_that_a_call_may_follow_when_it_is_proven(
    store: CountingStore, clock: Clock
) -> None:
    claim_of(store, "one").release(("server_error", "500"))
    second = claim_of(store, "two", clock)
    assert not load(store.get(KEY)).asking
    before = store.swaps
    second.prove()
    assert load(store.get(KEY)).asking
    assert store.swaps == before + 1
    second.prove()
    assert store.swaps == before + 1
    clock.now += LEASE.fresh + 0.1
    second.prove()
    assert store.swaps == before + 2


@pytest.mark.parametrize("data", [b"", b"{}", b"junk"])
def test_a_claim_that_cannot_be_read_is_said_once_and_waited_out(
    data: bytes, store: Store, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    store.replace(KEY, data, content_type="application/json")
    assert claim_of(store, "mine", clock, seconds=2 * LEASE.seconds)
    (said,) = caplog.messages
    assert said.startswith(f"the claim {KEY} cannot be read")


def test_who_waits_learns_that_the_original_arrived(store: Store, clock: Clock) -> None:
    claim_of(store, "one")
    answers = iter([False, False, True])
    assert acquire(store, "two", clock, is_settled=lambda: next(answers), seconds=60.0) is None


def test_a_claim_that_was_deleted_is_made_anew(store: Store, clock: Clock) -> None:
    claim_of(store, "one")

    def pause(seconds: float) -> None:
        clock.pause(seconds)
        store.delete(KEY)

    assert claim_of(store, "two", clock, pause=pause, seconds=60.0).first
