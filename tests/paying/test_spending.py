"""Spending read back from claims, results and kept accounts: each leaf run's counts once, with its time and model."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from imagegen.paying import spending
from imagegen.paying.account import Account
from imagegen.paying.claim_record import ClaimRecord, dump
from imagegen.paying.money import Ledger
from imagegen.paying.spending import read_all, read_spending
from imagegen.records import Damaged
from storage import Store, keys
from storage.directory import DirectoryStore
from tests.doubles.batches import leaf as outcome

REQUEST, OTHER = "ab" * 32, "cd" * 32
JSON = "application/json"
PAID = Ledger(attempts=1, paid_calls=1, cost_usd=0.04)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return DirectoryStore(tmp_path)


def leave(store: Store, account: Account, request: str = REQUEST, **fields: Any) -> None:
    usual: dict[str, Any] = {"held": False, "asking": False, "model": "gpt-image-2", "price_usd": 0.05}
    record = ClaimRecord("token", "leaf", "batch-run", account=account, **(usual | fields))
    store.replace(keys.claim(request), dump(record), content_type=JSON)


def record(store: Store, **fields: Any) -> None:
    usual = {"request_hash": REQUEST, "leaf_run_id": "leaf", "run_id": "batch-run", "started_at": 50.0}
    made = outcome("a", **(usual | fields))
    store.replace(keys.result(made.leaf_hash), made.model_dump_json().encode(), content_type=JSON)


def figures(store: Store) -> list[tuple[str, str, int, int, float, float]]:
    return sorted(
        (
            one.request_hash,
            one.entry.run,
            one.entry.ledger.paid_calls,
            one.entry.ledger.possible_extra_charges,
            one.entry.ledger.cost_usd,
            round(one.possible_usd, 6),
        )
        for one in read_all(store)
    )


def test_a_claims_account_is_read_with_model_price_batch_and_time(store: Store) -> None:
    leave(store, Account().add("leaf", "batch-run", PAID, batch="b" * 16, at=100.0))
    [one] = read_all(store)
    assert (one.model, one.price_usd, one.entry.batch, one.entry.at) == ("gpt-image-2", 0.05, "b" * 16, 100.0)
    assert figures(store) == [(REQUEST, "leaf", 1, 0, 0.04, 0.0)]


def test_a_call_under_way_may_have_been_charged_at_its_list_price(store: Store) -> None:
    leave(store, Account().add("leaf", "batch-run", Ledger(attempts=1)), held=True, asking=True)
    assert figures(store) == [(REQUEST, "leaf", 0, 1, 0.0, 0.05)]


@pytest.mark.parametrize("held", [False, True])
def test_a_pictures_record_and_its_claim_tell_of_one_call(store: Store, held: bool) -> None:
    """Earlier versions left the claims of pictures that were made as if a call were under way."""
    known = Ledger(attempts=1) if held else PAID
    leave(store, Account().add("leaf", "batch-run", known), held=held, asking=held)
    record(store, paid_calls=1, cost_usd=0.04)
    assert figures(store) == [(REQUEST, "leaf", 1, 0, 0.04, 0.0)]


def test_a_record_without_a_claim_tells_what_was_paid(store: Store) -> None:
    record(store, paid_calls=1, cost_usd=None, known_cost_usd=0.0, unpriced_calls=1, seconds=7.0)
    [one] = read_all(store)
    assert (one.entry.ledger.unpriced_calls, one.entry.parent, one.entry.at) == (1, "batch-run", 57.0)


def test_pictures_that_cost_nothing_and_placeholders_are_no_spending(store: Store) -> None:
    record(store, paid_calls=0, cost_usd=0.0)
    record(store, request_hash=OTHER, leaf_hash="f" * 64, paid_calls=1, cost_usd=0.04, offline=True)
    leave(store, Account().add("leaf", "batch-run", Ledger(attempts=3)))
    assert figures(store) == []


def test_what_was_deleted_leaves_its_accounts_and_counts_once_while_both_are_there(store: Store) -> None:
    leave(store, Account().add("leaf", "batch-run", PAID, at=100.0))
    leave(store, Account().add("other", "", PAID), OTHER)
    before = figures(store)
    spending.archive(store, [keys.claim(REQUEST)])
    spending.archive(store, [keys.claim(REQUEST)])  # a removal that was killed, and done again
    assert figures(store) == before
    store.delete(keys.claim(REQUEST))
    assert figures(store) == before
    leave(store, Account().add("later", "batch-run", PAID))  # bought once more
    assert [row[1] for row in figures(store)] == ["later", "leaf", "other"]
    assert len(list(store.list(keys.SPENDING).objects)) == 1


def test_an_archive_has_what_the_record_of_an_open_claim_tells(store: Store) -> None:
    leave(store, Account().add("leaf", "batch-run", Ledger(attempts=1)), held=True, asking=True)
    record(store, paid_calls=1, cost_usd=0.04)
    archive_and_delete(store, REQUEST)
    assert figures(store) == [(REQUEST, "leaf", 1, 0, 0.04, 0.0)]


def test_an_archive_has_what_a_record_without_a_claim_tells(store: Store) -> None:
    record(store, leaf_run_id="old", paid_calls=1, cost_usd=0.07)
    archive_and_delete(store, REQUEST)
    assert figures(store) == [(REQUEST, "old", 1, 0, 0.07, 0.0)]


def archive_and_delete(store: Store, request: str) -> None:
    gone = [keys.claim(request), *(found.key for found in store.list(keys.RESULTS).objects)]
    spending.archive(store, gone)
    for key in gone:
        store.delete(key)


@pytest.mark.parametrize("goes", ["claim", "result"])
def test_what_a_record_tells_counts_whichever_of_record_and_open_claim_goes(store: Store, goes: str) -> None:
    leave(store, Account().add("leaf", "batch-run", Ledger(attempts=1)), held=True, asking=True)
    record(store, paid_calls=1, cost_usd=0.04)
    [result] = (found.key for found in store.list(keys.RESULTS).objects)
    gone = keys.claim(REQUEST) if goes == "claim" else result
    spending.archive(store, [gone])
    store.delete(gone)
    assert figures(store) == [(REQUEST, "leaf", 1, 0, 0.04, 0.0)]


def test_of_two_accounts_of_one_run_the_larger_figures_count(store: Store) -> None:
    leave(store, Account().add("leaf", "batch-run", PAID + PAID, at=100.0))
    spending.archive(store, [keys.claim(REQUEST)])
    leave(store, Account().add("leaf", "batch-run", PAID, at=200.0))
    assert figures(store) == [(REQUEST, "leaf", 2, 0, 0.08, 0.0)]


def test_spending_of_a_month_takes_the_word_of_a_picture_on_a_call_that_its_claim_left_open(store: Store) -> None:
    leave(store, Account().add("leaf", "batch-run", Ledger(attempts=1)), held=True, asking=True)
    record(store, paid_calls=1, cost_usd=0.04)
    [one] = read_spending(store, since=1.0)
    assert (one.entry.ledger.cost_usd, one.possible_usd) == (0.04, 0.0)


def test_nothing_is_archived_of_requests_that_cost_nothing(store: Store) -> None:
    leave(store, Account().add("leaf", "batch-run", Ledger(attempts=1)))
    spending.archive(store, [keys.claim(REQUEST)])
    spending.archive(store, [])
    assert store.list(keys.SPENDING).objects == ()


def test_spending_before_a_time_is_left_out(store: Store) -> None:
    account = Account().add("early", "batch-run", PAID, at=100.0).add("late", "batch-run", PAID, at=2_000.0)
    leave(store, account)
    assert [one.entry.run for one in read_spending(store, since=2_000.0)] == ["late"]


def test_an_account_of_an_earlier_version_is_dated_by_its_object(store: Store) -> None:
    leave(store, Account((replace(Account().add("leaf", "", PAID).entries[0], at=0.0),)))
    [one] = read_all(store)
    assert one.entry.at == store.head(keys.claim(REQUEST)).modified.timestamp()


@pytest.mark.parametrize("key", [keys.claim(REQUEST), keys.spending(REQUEST)])
def test_an_account_that_cannot_be_read_is_named_and_not_left_out(store: Store, key: str) -> None:
    store.replace(key, b"{", content_type=JSON)
    with pytest.raises(Damaged, match=key):
        read_all(store)
