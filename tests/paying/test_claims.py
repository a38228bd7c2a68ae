"""A claim lets exactly one run pay for a request, and remembers what was spent."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from imagegen.paying import claims
from storage import Store, keys
from storage.directory import DirectoryStore

REQUEST = "ab" * 32


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return DirectoryStore(tmp_path)


def acquire(store: Store, run: str | None, **options: Any) -> claims.Claim | None:
    given: dict[str, Any] = {"settled": lambda: False, "patience": 0.0, "pause": lambda _seconds: None}
    return claims.acquire(store, REQUEST, run=run, **(given | options))


def test_of_many_runs_at_once_one_gets_the_claim(store: Store) -> None:
    got: list[claims.Claim | None] = []
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


def test_a_released_claim_is_taken_over_with_what_the_same_run_spent(store: Store) -> None:
    first = acquire(store, "run")
    assert first is not None
    assert first.first
    first.release(first.ledger.plus(paid_calls=1, cost_usd=0.04, possible_extra_charges=1), ("bad_picture", "cut"))
    second = acquire(store, "run")
    assert second is not None
    assert not second.first
    assert second.ledger == claims.Ledger(attempts=2, paid_calls=1, possible_extra_charges=1, cost_usd=0.04)


def test_another_run_does_not_inherit_the_spending_that_was_reported_already(store: Store) -> None:
    first = acquire(store, "one")
    assert first is not None
    first.release(first.ledger.plus(paid_calls=1, cost_usd=0.04), ("bad_picture", "cut"))
    second = acquire(store, "two")
    assert second is not None
    assert second.ledger == claims.Ledger(attempts=1)


def test_the_next_attempt_of_a_run_takes_its_dead_attempt_over_and_counts_the_call_that_may_be_charged(
    store: Store,
) -> None:
    assert acquire(store, "run")
    second = acquire(store, "run")
    assert second is not None
    assert second.ledger == claims.Ledger(attempts=2, possible_extra_charges=1)


def test_a_claim_whose_process_is_gone_from_this_host_is_taken_over_at_once(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from imagegen.paying import claims; from storage.directory import DirectoryStore;"
        f"claims.acquire(DirectoryStore(pathlib.Path(sys.argv[1])), {REQUEST!r}, run='other', settled=bool, patience=0)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, cwd=Path(__file__).parents[2])
    claim = acquire(DirectoryStore(tmp_path), "mine")
    assert claim is not None
    assert claim.ledger.possible_extra_charges == 1


def test_who_waits_learns_that_the_original_arrived(store: Store) -> None:
    assert acquire(store, "one")
    answers = iter([False, False, True])
    assert acquire(store, "two", settled=lambda: next(answers), patience=60.0) is None


def test_a_live_claim_is_waited_for_within_patience_only(store: Store) -> None:
    assert acquire(store, "one")
    with pytest.raises(TimeoutError, match="another run"):
        acquire(store, "two")


def test_a_claim_without_a_sign_of_life_for_a_whole_lease_is_taken_over(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert acquire(store, "one")
    now = [0.0]
    monkeypatch.setattr("imagegen.paying.claims.time.monotonic", lambda: now[0])

    def pass_time(_seconds: float) -> None:
        now[0] += 10.0

    assert acquire(store, "two", patience=600.0, pause=pass_time)
    assert now[0] == pytest.approx(claims.LEASE + 10.0)


def test_a_sign_of_life_keeps_a_claim(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "RENEW", 0.01)
    claim = acquire(store, "one")
    assert claim is not None
    key = keys.claim(REQUEST, 0)
    before = store.get(key)
    with claim.kept_alive():
        for _ in range(500):
            if store.get(key) != before:
                break
            threading.Event().wait(0.01)
    assert json.loads(store.get(key))["beat"] >= 1


def test_the_parent_reads_what_a_failed_run_spent_and_why_it_ended(store: Store) -> None:
    claim = acquire(store, "run")
    assert claim is not None
    claim.release(claim.ledger.plus(possible_extra_charges=1), ("unanswered", "no answer within 300 s"))
    ledger, error = claims.last(store, REQUEST)
    assert ledger.possible_extra_charges == 1
    assert error == ("unanswered", "no answer within 300 s")


def test_a_run_that_died_holding_its_claim_may_have_been_charged(store: Store) -> None:
    assert acquire(store, "run")
    assert claims.last(store, REQUEST)[0].possible_extra_charges == 1


def test_an_unreadable_claim_blocks_nobody(store: Store) -> None:
    store.replace(keys.claim(REQUEST, 0), b"\x00 not json", content_type="application/json")
    assert acquire(store, "run")


def test_an_unknown_cost_stays_unknown() -> None:
    assert claims.Ledger().plus(cost_usd=None).plus(cost_usd=1.0).cost_usd is None


def test_a_process_is_known_by_its_number_and_its_birth() -> None:
    assert claims._born(os.getpid())
    assert claims._born(2**22 - 3) == ""
