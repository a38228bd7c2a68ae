"""Ledgers to the last figure: each of these tests was written for a change of the code that no other test noticed."""

import pytest

from imagegen.errors import PassingFailure
from imagegen.paying.money import Ledger, of_failure, paid


@pytest.mark.parametrize("useless", [False, True])
def test_a_paid_call_is_entered_with_its_cost(useless: bool) -> None:
    entered = paid(0.04, useless=useless)
    assert entered == Ledger(paid_calls=1, useless=int(useless), cost_usd=0.04, unpriced_calls=0)


def test_a_paid_call_of_unknown_cost_is_entered_as_unpriced() -> None:
    assert paid(None) == Ledger(paid_calls=1, cost_usd=0.0, unpriced_calls=1)


def test_a_call_for_nothing_has_a_known_cost() -> None:
    assert paid(0.0) == Ledger(paid_calls=1, cost_usd=0.0, unpriced_calls=0)


def test_unanswered_and_unpriced_calls_count_at_list_price() -> None:
    spent = Ledger(cost_usd=0.1, possible_extra_charges=2, unpriced_calls=1)
    assert spent.at_list_price(0.04) == pytest.approx(0.22)


@pytest.mark.parametrize(
    ("calls", "cost", "useless"), [(1, 0.0, 1), (1, 0.04, 1), (0, 0.04, 1), (0, None, 1), (0, 0.0, 0)]
)
def test_a_failure_that_was_paid_for_was_useless(calls: int, cost: float | None, useless: int) -> None:
    failure = PassingFailure("bad_picture", "cut", paid_calls=calls, cost_usd=cost)
    assert of_failure(failure).useless == useless
