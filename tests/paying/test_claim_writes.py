"""Claims' writes to the last field: each of these tests was written for a change of the code that no other noticed."""

from pathlib import Path

import pytest

from imagegen.paying import claims
from imagegen.paying.claims import Claim, Claimant
from storage import Store, keys
from storage.directory import DirectoryStore
from tests.reliability.faults import StoreFault
from tests.reliability.faulty_store import FaultyStore

REQUEST = "ab" * 32


def acquire(store: Store) -> Claim:
    claim = claims.acquire(store, REQUEST, Claimant("run"), is_settled=lambda: False, seconds=0)
    assert claim is not None
    return claim


def refuse_swaps(operation: str, _key: str, _number: int) -> StoreFault | None:
    return StoreFault.BEFORE if operation == "swap" else None


def test_a_released_claim_says_that_nothing_is_under_way_and_asks_for_no_wait(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    acquire(store).release(("unanswered", "no answer"))
    record = claims.load(store.get(keys.claim(REQUEST)))
    assert (record.held, record.asking, record.not_before, record.wait) == (False, False, 0.0, 0.0)


def test_a_claim_that_a_store_does_not_release_is_logged_with_the_reason(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    acquire(FaultyStore(DirectoryStore(tmp_path), refuse_swaps)).release(("unanswered", "no answer"))
    expected = f"a claim was not released: injected: swap {keys.claim(REQUEST)} was not done"
    assert [record.getMessage() for record in caplog.records] == [expected]


def test_a_claim_that_somebody_else_has_taken_over_is_logged_when_it_is_released(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = DirectoryStore(tmp_path)
    claim = acquire(store)
    store.delete(keys.claim(REQUEST))
    claim.release(("unanswered", "no answer"))
    assert [record.getMessage() for record in caplog.records] == ["a claim was not released: it was taken over"]


def test_a_claim_that_a_store_does_not_renew_is_logged_with_the_reason(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    acquire(FaultyStore(DirectoryStore(tmp_path), refuse_swaps)).renew()
    expected = f"a claim was not renewed: injected: swap {keys.claim(REQUEST)} was not done"
    assert [record.getMessage() for record in caplog.records] == [expected]
