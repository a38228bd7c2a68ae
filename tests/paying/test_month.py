"""A month's limit: reserved before anything is asked, by one run at a time, and given back at its end."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from imagegen.errors import ConfigurationError, PassingFailure
from imagegen.paying import month
from imagegen.paying.account import Account
from imagegen.paying.claim_record import ClaimRecord, dump
from imagegen.paying.money import Ledger
from imagegen.paying.month import (
    OUTLIVED,
    Reservation,
    Share,
    find_start,
    look,
    release,
    require_reserved,
    reserve,
)
from imagegen.paying.run_report import LONGEST_RUN
from imagegen.paying.spending import read_spending
from storage import Store, keys
from storage.directory import DirectoryStore
from tests.making.requests import ended_life
from workflows.app import LEAF_TIMEOUT_SECONDS

JSON = "application/json"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return DirectoryStore(tmp_path)


def spend(store: Store, usd: float, run: str = "leaf", parent: str = "", *, at: float | None = None) -> None:
    account = Account().add(run, parent, Ledger(paid_calls=1, cost_usd=usd), at=at)
    record = ClaimRecord("token", run, parent, held=False, asking=False, account=account, price_usd=usd)
    store.replace(keys.claim(keys.content_hash(run.encode())), dump(record), content_type=JSON)


def left(store: Store, limit_usd: float) -> float:
    return look(store, limit_usd).left_usd


def test_what_was_spent_this_month_is_gone_and_what_was_spent_before_is_not(store: Store) -> None:
    spend(store, 0.25, "now")
    spend(store, 4.0, "before", at=find_start().timestamp() - 1.0)
    spend(store, 0.5, "first", at=find_start().timestamp())
    assert look(store, 1.0).spent_usd == 0.75
    assert left(store, 1.0) == 0.25
    assert left(store, 0.5) == 0.0


def test_two_runs_share_what_is_left(store: Store) -> None:
    assert reserve(store, 1.0, "one", least_usd=0.1, most_usd=0.7) == 0.7
    assert reserve(store, 1.0, "two", least_usd=0.1, most_usd=0.7) == pytest.approx(0.3)
    with pytest.raises(ConfigurationError, match=r"running batches may spend \$1.*MAX_MONTHLY_COST_USD, wait for"):
        reserve(store, 1.0, "three", least_usd=0.1, most_usd=0.7)
    release(store, "one")
    assert left(store, 1.0) == pytest.approx(0.7)


def test_what_a_run_spends_comes_out_of_what_it_reserved(store: Store) -> None:
    reserve(store, 1.0, "batch-run", least_usd=0.1, most_usd=0.5)
    spend(store, 0.2, "leaf", "batch-run")
    now = look(store, 1.0)
    assert (now.spent_usd, now.reserved_usd, now.left_usd) == (0.2, 0.3, 0.5)
    spend(store, 0.6, "leaf", "batch-run")
    assert look(store, 1.0).reserved_usd == 0.0


def test_a_run_that_is_started_again_reserves_anew_and_not_twice(store: Store) -> None:
    reserve(store, 1.0, "batch-run", least_usd=0.1, most_usd=0.9)
    spend(store, 0.2, "leaf", "batch-run")
    assert reserve(store, 1.0, "batch-run", least_usd=0.1, most_usd=0.9) == pytest.approx(0.8)


def test_a_refusal_says_what_was_spent_of_how_much_and_what_to_do(store: Store) -> None:
    spend(store, 0.97)
    with pytest.raises(ConfigurationError) as caught:
        reserve(store, 1.0, "run", least_usd=0.04, most_usd=0.2)
    assert str(caught.value) == (
        f"about $0.04 would be spent, and $0.03 is left of the month's limit: in {find_start():%Y-%m} (UTC) $0.97 of "
        "$1.00 was spent or may have been; raise MAX_MONTHLY_COST_USD or make the batch smaller ('imagegen costs' "
        "shows what was spent)"
    )
    assert store.list(keys.SPENDING).objects == ()


@pytest.mark.parametrize(
    ("life", "age", "counts"),
    [
        ("ended", 0.0, False),
        ("", 0.0, True),
        ("", LONGEST_RUN + 60.0, False),
    ],
)
def test_a_reservation_counts_until_its_run_is_known_to_be_over(
    store: Store, life: str, age: float, counts: bool
) -> None:
    life = ended_life() if life else ""
    one = Reservation(run_id="gone", usd=0.5, life=life, started_at=time.time() - age)
    data = month._Reservations(reservations=(one,)).model_dump_json().encode()
    store.replace(keys.RESERVATIONS, data, content_type=JSON)
    assert left(store, 1.0) == (0.5 if counts else 1.0)


def leave_dead_batch(store: Store, **fields: float) -> None:
    one = Reservation(run_id="dead", usd=0.5, life=ended_life(), started_at=time.time(), apart=True, **fields)
    data = month._Reservations(reservations=(one,)).model_dump_json().encode()
    store.replace(keys.RESERVATIONS, data, content_type=JSON)


def test_what_a_dead_batch_reserved_counts_as_long_as_its_leaves_may_live(store: Store) -> None:
    leave_dead_batch(store)
    assert left(store, 1.0) == 0.5
    reserve(store, 1.0, "other", least_usd=0.1, most_usd=0.1)  # which notes that it is over
    require_reserved(store, "dead")
    leave_dead_batch(store, over_at=time.time() - OUTLIVED + 60.0)
    assert left(store, 1.0) == 0.5
    leave_dead_batch(store, over_at=time.time() - OUTLIVED - 1.0)
    assert left(store, 1.0) == 1.0
    reserve(store, 1.0, "other", least_usd=1.0, most_usd=1.0)
    with pytest.raises(PassingFailure, match=r"MAX_MONTHLY_COST_USD.*run the batch again"):
        require_reserved(store, "dead")


def test_the_end_of_a_batch_is_noted_when_it_is_noticed_first(store: Store) -> None:
    leave_dead_batch(store)
    reserve(store, 1.0, "other", least_usd=0.1, most_usd=0.1)
    noted = month.parse(store.get(keys.RESERVATIONS))
    assert noted
    reserve(store, 1.0, "another", least_usd=0.1, most_usd=0.1)
    again = month.parse(store.get(keys.RESERVATIONS))
    assert again
    assert 0.0 < noted[0].over_at == again[0].over_at


def test_leaves_outlive_their_batch_by_an_attempt_at_most() -> None:
    assert OUTLIVED == LEAF_TIMEOUT_SECONDS


def test_of_many_runs_at_once_no_more_reserve_than_there_is(store: Store) -> None:
    def try_to_reserve(number: int) -> float:
        try:
            return reserve(store, 1.0, f"run {number}", least_usd=0.3, most_usd=0.3)
        except ConfigurationError:
            return 0.0

    with ThreadPoolExecutor(8) as pool:
        granted = list(pool.map(try_to_reserve, range(8)))
    assert sum(granted) == pytest.approx(0.9)


def test_a_run_that_came_and_went_meanwhile_is_noticed(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reservations that look as before are not unchanged: what their runs spent is not in the sum yet."""
    reserve(store, 1.0, "other", least_usd=0.1, most_usd=0.1)
    release(store, "other")
    met: list[bool] = []

    def read_meanwhile(store: Store, *, since: float) -> object:
        spent = read_spending(store, since=since)
        if not met:
            met.append(True)
            reserve(store, 1.0, "other", least_usd=0.9, most_usd=0.9)
            spend(store, 0.9, "leaf", "other")
            release(store, "other")
        return spent

    monkeypatch.setattr("imagegen.paying.month.read_spending", read_meanwhile)
    with pytest.raises(ConfigurationError, match=r"\$0.10 is left"):
        reserve(store, 1.0, "run", least_usd=0.5, most_usd=0.5)


def test_a_batch_that_runs_into_a_new_month_keeps_what_it_reserved(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    reserve(store, 1.0, "batch-run", least_usd=0.1, most_usd=0.6)
    spend(store, 0.2, "leaf", "batch-run")
    start = find_start().timestamp() + 32 * 86_400.0
    monkeypatch.setattr(month, "find_start", lambda: datetime.fromtimestamp(start, UTC))
    now = look(store, 1.0)
    assert (now.spent_usd, now.reserved_usd) == (0.0, 0.4)


def test_reservations_that_cannot_be_read_stop_a_run_in_words(store: Store) -> None:
    store.replace(keys.RESERVATIONS, b"[]", content_type=JSON)
    with pytest.raises(ConfigurationError, match=r"spending/reservations.json in .* remove it when"):
        reserve(store, 1.0, "run", least_usd=0.1, most_usd=0.1)


def test_a_share_without_a_limit_writes_nothing(store: Store) -> None:
    share = Share(store, None, "run")
    assert share.take(0.1, 0.7) == 0.7
    share.give_back()
    assert store.list(keys.SPENDING).objects == ()


def test_a_share_that_cannot_be_given_back_ends_in_a_warning(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    share = Share(store, 1.0, "run")
    share.take(0.1, 0.7)
    store.replace(keys.RESERVATIONS, b"[]", content_type=JSON)
    share.give_back()
    assert "was not given back: spending/reservations.json" in caplog.text


def test_a_month_begins_on_its_first_day_in_utc() -> None:
    assert find_start(1_795_955_807.0) == datetime(2026, 11, 1, tzinfo=UTC)
    assert find_start() <= datetime.now(UTC)
