"""Ledgers to the last figure: each of these tests was written for a change of the code that no other test noticed."""

import pytest

from imagegen.errors import PassingFailure
from imagegen.paying.account import KEPT_ENTRIES, Account, Entry
from imagegen.paying.money import (
    Ledger,
    Refusal,
    Reservations,
    Terms,
    enter_failure,
    enter_paid_call,
    find_refusal,
)


@pytest.mark.parametrize("useless", [False, True])
def test_a_paid_call_is_entered_with_its_cost(useless: bool) -> None:
    entered = enter_paid_call(0.04, useless=useless)
    assert entered == Ledger(paid_calls=1, useless=int(useless), cost_usd=0.04, unpriced_calls=0)


def test_a_paid_call_of_unknown_cost_is_entered_as_unpriced() -> None:
    assert enter_paid_call(None) == Ledger(paid_calls=1, cost_usd=0.0, unpriced_calls=1)


def test_a_call_for_nothing_has_a_known_cost() -> None:
    assert enter_paid_call(0.0) == Ledger(paid_calls=1, cost_usd=0.0, unpriced_calls=0)


def test_unanswered_and_unpriced_calls_count_at_list_price() -> None:
    spent = Ledger(cost_usd=0.1, possible_extra_charges=2, unpriced_calls=1)
    assert spent.at_list_price(0.04) == pytest.approx(0.22)


@pytest.mark.parametrize(
    ("calls", "cost", "useless"), [(1, 0.0, 1), (1, 0.04, 1), (0, 0.04, 1), (0, None, 1), (0, 0.0, 0)]
)
def test_a_failure_that_was_paid_for_was_useless(calls: int, cost: float | None, useless: int) -> None:
    failure = PassingFailure("bad_picture", "cut", paid_calls=calls, cost_usd=cost)
    assert enter_failure(failure).useless == useless


def test_sums_are_kept_to_a_millionth_of_a_dollar() -> None:
    fine = Ledger(cost_usd=0.0000004)
    assert (Ledger(cost_usd=0.04) + fine).cost_usd == 0.04
    assert (Ledger(cost_usd=0.04) - fine).cost_usd == 0.04


def test_an_account_keeps_its_newest_entries_and_adds_the_older_ones_up() -> None:
    account = Account()
    for number in range(KEPT_ENTRIES):
        account = account.add(f"run-{number}", "batch", Ledger(attempts=1), at=number)
    assert len(account.entries) == KEPT_ENTRIES
    account = account.add("one more", "batch", Ledger(attempts=1))
    older, *kept = account.entries
    assert older == Entry("earlier", "", Ledger(attempts=2), at=1)
    assert [entry.run for entry in kept] == [*(f"run-{number}" for number in range(2, KEPT_ENTRIES)), "one more"]


def test_an_entry_tells_of_its_batch_and_of_its_last_spending() -> None:
    account = Account().add("leaf", "run", Ledger(attempts=1), at=1.0)
    account = account.add("leaf", "run", Ledger(paid_calls=1), batch="b" * 16, at=2.0)
    assert account.entries == (Entry("leaf", "run", Ledger(attempts=1, paid_calls=1), "b" * 16, 2.0),)


def test_a_refusal_for_the_cap_gives_the_price_and_what_is_spent_of_how_much() -> None:
    refused = find_refusal(Ledger(), Ledger(paid_calls=1, cost_usd=0.04), Terms(0.03, 0.05, 3, 1))
    assert refused == Refusal(
        "cap_reached",
        "Another call at $0.03 would go beyond the cost cap: $0.04 of the $0.05 that this picture may cost are spent "
        "or possibly spent. Raise the cap (MAX_BATCH_COST_USD, MAX_MONTHLY_COST_USD, --max-cost) and run "
        "the batch again.",
    )


def test_a_refusal_for_an_unknown_price_says_so() -> None:
    refused = find_refusal(Ledger(), Ledger(), Terms(None, 0.05, 3, 1))
    assert refused == Refusal("cap_reached", "the price of this model is unknown, so it cannot be held to a cost cap")


@pytest.mark.parametrize("account", [Ledger(possible_extra_charges=4), Ledger(paid_calls=2, useless=2)])
def test_a_refusal_for_good_ends_with_the_way_to_another_picture(account: Ledger) -> None:
    refused = find_refusal(account, Ledger(), Terms(0.04, None, 3, 1))
    assert refused
    assert refused.message.endswith(" with another variant (--variant).")


def test_grants_are_added_up() -> None:
    cap = Reservations(1.0)
    cap.grant(0.25)
    cap.grant(0.5)
    assert cap.reserved_usd == 0.75


def test_a_cap_of_nothing_grants_nothing() -> None:
    assert not Reservations(0.0).can_grant(0.01)
