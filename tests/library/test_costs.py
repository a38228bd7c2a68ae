"""Costs of accounts that earlier versions wrote, which name neither model nor price nor batch."""

from pathlib import Path

import pytest

from imagegen.library.costs import sum_costs
from imagegen.paying.account import Account
from imagegen.paying.claim_record import ClaimRecord, dump
from imagegen.paying.money import Ledger
from imagegen.paying.run_report import Report
from storage import keys
from storage.directory import DirectoryStore
from tests.doubles.batches import batch, leaf

JSON = "application/json"
LOST = Ledger(attempts=1, possible_extra_charges=1)


@pytest.fixture
def old(tmp_path: Path) -> DirectoryStore:
    """A batch whose two pairs each had a call without an answer: by the manifest's run, and by a reported one."""
    store = DirectoryStore(tmp_path)
    made = batch([[leaf("a", paid_calls=0, cost_usd=0.0)], [leaf("b", paid_calls=0, cost_usd=0.0)]], run_id="last")
    store.replace(made.manifest_key, made.model_dump_json().encode(), content_type=JSON)
    report = Report(batch_id=made.batch_id, run_id="first", started_at=1.0, status="adopted")
    store.replace(keys.report(made.batch_id, "f" * 16), report.model_dump_json().encode(), content_type=JSON)
    for pair, run in zip(made.leaves(), ("last", "first"), strict=True):
        account = Account().add(f"leaf of {run}", run, LOST)
        record = ClaimRecord("token", "leaf", run, held=False, asking=False, account=account)
        store.replace(keys.claim(pair.request_hash), dump(record), content_type=JSON)
    return store


def test_the_model_of_an_old_account_is_its_batchs_and_its_price_the_catalogues(old: DirectoryStore) -> None:
    [line], total = sum_costs(old, "model")
    assert (line.name, line.ledger.possible_extra_charges) == ("gpt-image-2", 2)
    assert (line.possible_usd, line.unknown_calls) == (0.082, 0)
    assert total.possible_usd == 0.082


def test_the_batch_of_an_old_account_is_that_of_its_run(old: DirectoryStore) -> None:
    [line], _ = sum_costs(old, "batch")
    [manifest] = (found.key for found in old.list(keys.BATCHES).objects)
    assert (line.name, line.ledger.possible_extra_charges) == (manifest.split("/")[1], 2)


def test_what_no_record_tells_is_unknown_and_not_nothing(old: DirectoryStore) -> None:
    for found in (*old.list(keys.BATCHES).objects, *old.list(keys.REPORTS).objects):
        old.delete(found.key)
    [line], total = sum_costs(old, "batch")
    assert line.name == "unknown"
    assert (total.ledger.possible_extra_charges, total.unknown_calls, total.possible_usd) == (2, 2, 0.0)
    assert [line.name for line in sum_costs(old, "model")[0]] == ["unknown"]
