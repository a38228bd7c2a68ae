"""The one policy of spending: what is refused and why, caps that hold, accounts that stay small and exact."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagegen.errors import PassingFailure, PermanentFailure, Unanswered
from imagegen.paying.account import KEPT_ENTRIES, Account
from imagegen.paying.money import (
    Ledger,
    Refusal,
    Refused,
    Reservations,
    Terms,
    enter_failure,
    enter_paid_call,
    find_overspending,
    find_refusal,
    tell_spending,
    total,
)

NOTHING = Ledger()
PRICE = 0.04
FREE_OF_CAP = Terms(PRICE, None, retry_unanswered=3, retry_useless=1)


def capped(allowance: float, price: float | None = PRICE) -> Terms:
    return Terms(price, allowance, retry_unanswered=3, retry_useless=1)


def unanswered(calls: int) -> Ledger:
    return Ledger(possible_extra_charges=calls)


def bought(cost_usd: float | None) -> Ledger:
    return enter_paid_call(cost_usd)


def useless(calls: int) -> Ledger:
    return Ledger(paid_calls=calls, useless=calls, cost_usd=calls * PRICE)


POLICY = [
    # what stands in the account, this run's part of it, the terms, and what is refused
    ("the first call", NOTHING, NOTHING, FREE_OF_CAP, None),
    ("free failures, however many", Ledger(attempts=40), Ledger(attempts=40), FREE_OF_CAP, None),
    ("as many unanswered as allowed", unanswered(3), unanswered(3), FREE_OF_CAP, None),
    ("one unanswered too many", unanswered(4), unanswered(4), FREE_OF_CAP, "unanswered"),
    ("one too many, by other runs", unanswered(4), NOTHING, FREE_OF_CAP, "unanswered"),
    ("none may be unanswered", unanswered(1), NOTHING, Terms(PRICE, None, 0, 1), "unanswered"),
    ("one useless answer", useless(1), useless(1), FREE_OF_CAP, None),
    ("one useless answer too many", useless(2), useless(2), FREE_OF_CAP, "bad_picture"),
    ("one too many, by other runs", useless(2), NOTHING, FREE_OF_CAP, "bad_picture"),
    ("none may be useless", useless(1), NOTHING, Terms(PRICE, None, 3, 0), "bad_picture"),
    ("a good picture was bought before", bought(PRICE), bought(PRICE), FREE_OF_CAP, None),
    ("the allowance is one call", NOTHING, NOTHING, capped(PRICE), None),
    ("the allowance is less than a call", NOTHING, NOTHING, capped(0.039), "cap_reached"),
    ("the allowance is nothing", NOTHING, NOTHING, capped(0.0), "cap_reached"),
    ("the allowance is spent", useless(1), useless(1), capped(PRICE), "cap_reached"),
    ("the allowance is two calls", useless(1), useless(1), capped(2 * PRICE), None),
    ("others spent it before", useless(1), NOTHING, capped(PRICE), None),
    ("an unanswered call counts at list price", unanswered(1), unanswered(1), capped(PRICE), "cap_reached"),
    ("an unpriced call counts at list price", bought(None), bought(None), capped(PRICE), "cap_reached"),
    ("a call cost more than its price", bought(0.07), bought(0.07), capped(0.1), "cap_reached"),
    ("the price is unknown under a cap", NOTHING, NOTHING, capped(100.0, None), "cap_reached"),
    ("the price is unknown without one", NOTHING, NOTHING, Terms(None, None, 3, 1), None),
    ("sums miss each other in binary", Ledger(cost_usd=0.1), Ledger(cost_usd=0.1), capped(0.3, 0.2), None),
]


@pytest.mark.parametrize(
    ("account", "mine", "terms", "kind"), [case[1:] for case in POLICY], ids=[c[0] for c in POLICY]
)
def test_the_policy(account: Ledger, mine: Ledger, terms: Terms, kind: str | None) -> None:
    refused = find_refusal(account, mine, terms)
    assert (refused and refused.kind) == kind


@pytest.mark.parametrize(
    ("account", "terms", "words"),
    [
        (unanswered(4), FREE_OF_CAP, ("4 calls", "RETRY_UNANSWERED allows 3", "--variant")),
        (useless(2), FREE_OF_CAP, ("2 answers", "rejected/", "RETRY_USELESS allows 1", "--variant")),
        (useless(1), capped(PRICE), ("$0.04", "MAX_BATCH_COST_USD", "--max-cost")),
    ],
)
def test_a_refusal_says_what_happened_and_what_to_do(account: Ledger, terms: Terms, words: tuple[str, ...]) -> None:
    refused = find_refusal(account, account, terms)
    assert refused
    assert [word for word in words if word not in refused.message] == []


@pytest.mark.parametrize(
    ("failure", "ledger"),
    [
        (PassingFailure("server_error", "500"), NOTHING),
        (PermanentFailure("refused", "no"), NOTHING),
        (Unanswered("lost"), Ledger(possible_extra_charges=1)),
        (PassingFailure("bad_picture", "cut", paid_calls=1, cost_usd=0.04), Ledger(0, 1, 0, 1, 0.04)),
        (PassingFailure("bad_picture", "cut", paid_calls=1, cost_usd=None), Ledger(0, 1, 0, 1, 0.0, 1)),
        (PassingFailure("no_picture", "words", cost_usd=0.02), Ledger(useless=1, cost_usd=0.02)),
        (PassingFailure("no_picture", "words"), Ledger(useless=1)),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_a_failure_is_entered_with_what_it_cost_or_may_have_cost(failure: PassingFailure, ledger: Ledger) -> None:
    assert enter_failure(failure) == ledger


@pytest.mark.parametrize(
    ("ledger", "dollars"),
    [
        (Ledger(paid_calls=2, cost_usd=0.02), 0.08),
        (Ledger(paid_calls=2, cost_usd=0.2), 0.2),
        (Ledger(paid_calls=2, cost_usd=0.04, unpriced_calls=1), 0.08),
        (Ledger(paid_calls=1, cost_usd=0.04, possible_extra_charges=2), 0.12),
    ],
)
def test_each_call_counts_at_its_list_price_at_least(ledger: Ledger, dollars: float) -> None:
    assert ledger.at_list_price(0.04) == pytest.approx(dollars)


@pytest.mark.parametrize(
    ("ledger", "words"),
    [
        (Ledger(paid_calls=1, cost_usd=0.04), "1 call paid, $0.04 by what is known"),
        (Ledger(paid_calls=2), "2 calls paid, $0 by what is known"),
        (
            Ledger(possible_extra_charges=1),
            "0 calls paid, $0 by what is known, and 1 more call that may have been charged",
        ),
    ],
)
def test_spending_is_told_in_words(ledger: Ledger, words: str) -> None:
    assert tell_spending(ledger) == words


@pytest.mark.parametrize(
    ("cause", "message"), [(None, "no more"), (("bad_picture", "It was cut."), "It was cut. no more")]
)
def test_a_refusal_is_raised_with_the_failure_before_it(cause: tuple[str, str] | None, message: str) -> None:
    refused = Refused(Refusal("cap_reached", "no more"), cause)
    assert (refused.kind, str(refused), refused.cause) == ("cap_reached", message, cause)


def test_what_was_spent_before_an_allowance_is_none_unless_it_is_named() -> None:
    refusal = find_overspending(Ledger(paid_calls=1, cost_usd=0.04), 0.04, 0.04)
    assert refusal
    assert "$0.04 of the $0.04 that" in refusal.message
    refusal = find_overspending(Ledger(paid_calls=1, cost_usd=0.04), 0.04, 0.04, spent_before_usd=0.1)
    assert refusal
    assert "$0.14 of the $0.14 that" in refusal.message


CENTS = st.integers(0, 500).map(lambda cents: cents / 100)
LEDGERS = st.builds(
    Ledger, *[st.integers(0, 50)] * 4, st.integers(0, 10**6).map(lambda n: n / 10_000), st.integers(0, 9)
)


@given(CENTS, CENTS, st.lists(st.tuples(CENTS, CENTS, st.booleans()), max_size=30))
def test_granted_and_spent_never_exceed_the_cap(
    cap: float, before: float, grants: list[tuple[float, float, bool]]
) -> None:
    reservations, granted, spent = Reservations(cap, spent_usd=min(before, cap)), [], min(before, cap)
    for wanted, used, settles in grants:
        if reservations.can_grant(wanted):
            granted.append(reservations.grant(wanted))
        else:
            with pytest.raises(ValueError, match="left of the cap"):
                reservations.grant(wanted)
        if settles and granted:
            share = granted.pop()
            spent += min(used, share or 0.0)
            reservations.settle(share, min(used, share or 0.0))
        assert spent + sum(share or 0.0 for share in granted) <= cap + 1e-6


def test_all_of_a_cap_can_be_granted_again_when_nothing_was_spent() -> None:
    reservations = Reservations(0.3)
    for _ in range(10):
        shares = [reservations.grant(0.1) for _ in range(3)]
        assert not reservations.can_grant(0.01)
        for share in shares:
            reservations.settle(share, 0.0)


def test_without_a_cap_everything_is_granted_and_nothing_reserved() -> None:
    reservations = Reservations(None)
    assert reservations.can_grant(1e6)
    assert reservations.grant(1e6) is None
    assert reservations.reserved_usd == 0.0


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["", "p", "q"]), LEDGERS), max_size=15))
def test_an_account_answers_for_each_run_and_each_parent(entries: list[tuple[str, str, Ledger]]) -> None:
    account = Account()
    for run, parent, ledger in entries:
        account = account.add(run, parent, ledger)
    for name in "abc":
        assert account.sum_of_run(name) == total(ledger for run, _, ledger in entries if run == name)
    for name in "pq":
        assert account.sum_of_parent(name) == total(ledger for _, parent, ledger in entries if parent == name)


@given(st.lists(LEDGERS, max_size=3 * KEPT_ENTRIES))
def test_an_account_stays_small_and_forgets_no_money(ledgers: list[Ledger]) -> None:
    account = Account()
    for number, ledger in enumerate(ledgers):
        account = account.add(f"run-{number}", f"batch-{number}", ledger)
    assert len(account.entries) <= KEPT_ENTRIES
    assert account.total() == total(ledgers)
    for number in range(max(0, len(ledgers) - KEPT_ENTRIES + 2), len(ledgers)):
        assert account.sum_of_run(f"run-{number}") == ledgers[number]


@given(LEDGERS, LEDGERS)
def test_what_is_added_to_a_ledger_can_be_taken_from_it_again(one: Ledger, other: Ledger) -> None:
    assert (one + other) - other == one
    assert dataclasses.astuple(one - (one + other)) == dataclasses.astuple(NOTHING)


def test_a_cap_of_nothing_grants_nothing() -> None:
    reservations = Reservations(0.0)
    assert not reservations.can_grant(0.01)
    with pytest.raises(ValueError, match="more than"):
        reservations.grant(0.01)


def test_accounts_of_two_stores_are_one_with_each_run_once() -> None:
    spent = [Ledger(attempts=number, paid_calls=1) for number in range(4)]
    here = Account().add("a", "batch", spent[3]).add("b", "batch", spent[1])
    there = Account().add("a", "batch", spent[1]).add("b", "batch", spent[2]).add("c", "", spent[1])
    for one, other in ((here, there), (there, here)):
        merged = one.merge(other)
        assert [merged.sum_of_run(run).attempts for run in "abc"] == [3, 2, 1]
        assert merged.total().paid_calls == 3
        assert merged.merge(one) == merged.merge(other) == merged
