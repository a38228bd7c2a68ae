"""The claims keep their promises in every interleaving, and each mistake in them breaks the promise that it must."""

import pytest

from imagegen.paying import claim_record
from imagegen.paying.account import Account
from imagegen.paying.claims import Claim, Claimant, ClaimRecord, Lease
from tests.exploration import bounds
from tests.exploration.search import Bound, Exploration, explore
from tests.exploration.world import Budget


def within(**budget: int) -> Bound:
    return Bound(2, Budget(**budget))


def promises(found: Exploration) -> set[str]:
    return set(found.traces)


@pytest.mark.parametrize("bound", bounds.SHORT, ids=str)
def test_no_promise_can_be_broken(bound: Bound) -> None:
    found = explore(bound)
    assert found.traces == {}, str(found)
    assert found.ends


def test_without_the_fence_a_call_is_sent_under_a_claim_that_is_not_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Claim, "prove", lambda _claim: None)
    assert promises(explore(within(long=1))) == {"P2", "P3"}


def test_a_store_that_swaps_whatever_the_version_lets_two_pay_and_loses_what_was_spent() -> None:
    assert promises(explore(within(long=1, renewals=1), conditional=False)) == {"P1", "P3", "P5"}


def test_who_takes_over_and_ignores_a_call_under_way_forgets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def take_over(self: ClaimRecord, claimant: Claimant) -> ClaimRecord:
        return claim_record.first_record(claimant, self.account, asking=False)

    monkeypatch.setattr(ClaimRecord, "hand_over_to", take_over)
    assert promises(explore(within(crashes=1))) == {"P3", "P5"}


def test_who_takes_over_and_ignores_the_account_forgets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def take_over(self: ClaimRecord, claimant: Claimant) -> ClaimRecord:
        return claim_record.first_record(claimant, Account(), asking=False)

    monkeypatch.setattr(ClaimRecord, "hand_over_to", take_over)
    assert promises(explore(within(unanswered=1))) == {"P3", "P5"}


def test_without_a_lease_two_pay() -> None:
    assert promises(explore(within(short=1), lease=Lease(seconds=0.0))) == {"P1"}


def test_with_a_lease_that_nobody_outwaits_somebody_waits_for_ever() -> None:
    assert promises(explore(within(crashes=1), lease=Lease(seconds=600.0))) == {"P4"}


def test_a_clock_that_stands_still_while_the_machine_sleeps_takes_an_old_proof_for_a_fresh_one() -> None:
    """Which is why the claims do not go by Python's monotonic clock."""
    assert promises(explore(within(asleep=1))) == {"P2"}


def test_a_trace_tells_the_shortest_way_line_by_line() -> None:
    trace = explore(within(short=1), lease=Lease(seconds=0.0)).traces["P1"]
    assert trace[0] == "    0 s  a: create claims → 0"
    assert trace[-1] == "   21 s  b: call → None"
    assert len(trace) == 15
