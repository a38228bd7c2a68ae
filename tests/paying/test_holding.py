"""A holder proves, renews and releases its claim, and its account survives whoever comes next."""

import threading
from pathlib import Path

import pytest

from imagegen.paying import claims
from imagegen.paying.claim_record import ClaimRecord
from imagegen.paying.claims import Claimant, ClaimLost, Lease
from imagegen.paying.money import Ledger
from storage import Store, StoreUnavailable, Version
from storage.directory import DirectoryStore
from tests.paying.conftest import JSON, KEY, LEASE, REQUEST, Clock, CountingStore, acquire, alter, claim_of, stored


def test_a_fresh_proof_costs_no_request(store: CountingStore, clock: Clock) -> None:
    claim = claim_of(store, "run", clock)
    clock.now += LEASE.fresh
    claim.prove()
    assert store.swaps == 0


def test_a_proof_that_is_not_fresh_any_more_writes(store: CountingStore, clock: Clock) -> None:
    claim = claim_of(store, "run", clock)
    clock.now += LEASE.fresh + 0.1
    claim.prove()
    claim.prove()
    assert store.swaps == 1


def test_a_holder_that_was_stalled_cannot_pay_late(store: Store, clock: Clock) -> None:
    """It proves its claim before it asks, and the claim is somebody else's by then."""
    stalled = claim_of(store, "stalled", clock)
    alter(store, life="0" * 32)
    claim_of(store, "mine", clock, seconds=600.0)
    with pytest.raises(ClaimLost):
        stalled.prove()


def test_a_holder_whose_claim_was_deleted_may_not_pay(store: Store, clock: Clock) -> None:
    claim = claim_of(store, "run", clock)
    store.delete(KEY)
    clock.now += LEASE.seconds
    with pytest.raises(ClaimLost):
        claim.prove()


def test_the_claim_of_a_former_holder_is_not_released_under_the_next_one(store: Store, clock: Clock) -> None:
    former = claim_of(store, "former", clock)
    alter(store, held=False)
    claim_of(store, "mine", clock)
    former.release(("server_error", "500"))
    assert (stored(store).run, stored(store).held) == ("mine", True)


def test_a_lost_answer_to_a_renewal_is_recognised_as_ones_own(store: CountingStore, clock: Clock) -> None:
    claim = claim_of(store, "run", clock)
    clock.now += LEASE.seconds
    store.lost = 1
    claim.prove()
    clock.now += LEASE.seconds
    claim.prove()
    assert stored(store).run == "run"


def test_a_claim_is_renewed_while_its_holder_waits(store: Store) -> None:
    claim = claim_of(store, "run", lease=Lease(renew=0.005))
    seen = threading.Event()
    with claim.keep_alive():
        for _ in range(1_000):
            if stored(store).beat >= 2:
                seen.set()
                break
            threading.Event().wait(0.01)
    assert seen.is_set()


def test_a_store_that_is_away_for_one_renewal_does_not_end_them(store: CountingStore) -> None:
    class Away(CountingStore):
        def swap(self, key: str, data: bytes, *, version: Version, content_type: str) -> Version | None:
            self.swaps += 1
            if self.swaps == 1:
                raise StoreUnavailable("away")
            return DirectoryStore.swap(self, key, data, version=version, content_type=content_type)

    away = Away(Path(store.location))
    claim = claim_of(away, "run", lease=Lease(renew=0.005))
    with claim.keep_alive():
        for _ in range(1_000):
            if stored(away).beat:
                break
            threading.Event().wait(0.01)
    assert stored(away).beat


@pytest.mark.parametrize("data", [b"\x00 not json", b"[]", b'{"token": 5}'], ids=["bytes", "list", "record"])
def test_a_claim_that_cannot_be_read_is_waited_out_and_counts_one_possible_charge(
    store: Store, clock: Clock, data: bytes
) -> None:
    store.replace(KEY, data, content_type=JSON)
    with pytest.raises(TimeoutError):
        acquire(store, "mine", clock, seconds=LEASE.seconds - claims.LONGEST_WAIT)
    claim = claim_of(store, "mine", clock, seconds=600.0)
    assert claim.account.sum_of_run("unknown") == Ledger(possible_extra_charges=1)


@pytest.mark.parametrize("asking", [True, False])
def test_a_takeover_counts_one_possible_charge_exactly_when_a_call_may_have_been_under_way(
    store: Store, clock: Clock, *, asking: bool
) -> None:
    holder = claim_of(store, "dead", parent="batch")
    holder.enter(Claimant("dead", "batch"), Ledger(paid_calls=1, cost_usd=0.04))
    holder.prove(asking=not asking)
    holder.prove(asking=asking)
    alter(store, life="0" * 32)
    account = stored(store).account_with_pending_call()
    assert account.total().possible_extra_charges == int(asking)
    assert account.sum_of_run("dead") == account.sum_of_parent("batch") == account.total()
    claim = claim_of(store, "mine", clock, seconds=600.0)
    spent = Ledger(attempts=1, paid_calls=1, possible_extra_charges=int(asking), cost_usd=0.04)
    assert claim.account.sum_of_parent("batch") == spent
    assert claim.account.total() == spent + Ledger(attempts=1)


def test_a_renewal_after_the_answer_makes_no_two_calls_of_one(store: Store, clock: Clock) -> None:
    holder = claim_of(store, "dead")
    holder.enter(Claimant("dead"), Ledger(paid_calls=1, cost_usd=0.04))
    holder.renew()
    alter(store, life="0" * 32)
    assert stored(store).account_with_pending_call().total() == Ledger(attempts=1, possible_extra_charges=1)


def test_the_spending_of_one_call_is_stored_before_the_next(store: Store, clock: Clock) -> None:
    holder = claim_of(store, "dead")
    holder.enter(Claimant("dead"), Ledger(paid_calls=1, cost_usd=0.04))
    holder.prove()
    assert stored(store).account_with_pending_call().total() == Ledger(1, 1, possible_extra_charges=1, cost_usd=0.04)


def test_a_wait_that_a_provider_asked_for_outlives_its_holder_and_no_call_was_under_way(
    store: Store, clock: Clock
) -> None:
    holder = claim_of(store, "dead")
    holder.enter(Claimant("dead"), Ledger(paid_calls=1, cost_usd=0.04))
    holder.note_wait(2_000.0, 20.0)
    assert stored(store).account.total().paid_calls == 1
    alter(store, life="0" * 32)
    claim = claim_of(store, "mine", clock, seconds=600.0)
    assert (claim.record.not_before, claim.record.wait) == (2_000.0, 20.0)
    assert [claim.record.measure_wait(now) for now in (2_001.0, 1_990.0, 0.0)] == [0.0, 10.0, 20.0]
    assert claim.account.total().possible_extra_charges == 0


def test_a_wait_of_an_earlier_version_that_noted_no_seconds_ends_at_its_time() -> None:
    record = ClaimRecord("token", "run", not_before=2_000.0)
    assert [record.measure_wait(now) for now in (2_001.0, 1_990.0)] == [0.0, 10.0]


def test_a_claim_that_was_taken_over_a_moment_ago_is_proven_without_a_write(store: CountingStore, clock: Clock) -> None:
    claim_of(store, "former").release(("server_error", "500"))
    claim = claim_of(store, "mine", clock)
    before = store.swaps
    claim.prove(asking=False)
    assert store.swaps == before


def test_a_claim_under_which_nothing_costs_anything_counts_no_possible_charge(store: Store, clock: Clock) -> None:
    claim_of(store, "dead", asking=False)
    alter(store, life="0" * 32)
    assert claim_of(store, "mine", clock, seconds=600.0).account.total() == Ledger(attempts=2)


def test_a_claim_that_nobody_made_has_no_record(store: Store) -> None:
    assert claims.read(store, REQUEST) is None


def test_a_record_survives_its_own_writing(store: Store) -> None:
    claim = claim_of(store, "run", parent="batch")
    claim.enter(Claimant("run", "batch"), Ledger(paid_calls=1, unpriced_calls=1))
    claim.release(("bad_picture", "cut"))
    [entry] = stored(store).account.entries
    assert (entry.run, entry.parent, entry.ledger) == ("run", "batch", Ledger(1, 1, unpriced_calls=1))
    assert entry.at > 0
    assert stored(store).error == ("bad_picture", "cut")
