"""Deleting loses no spending that a later result has yet to account for."""

import time

import pytest

from imagegen.library.delete import Removal, SpendingUnreported, plan_removal, remove, require_reported
from imagegen.library.listing import ManifestDamaged
from imagegen.paying.account import Account, Entry
from imagegen.paying.claim_record import ClaimRecord, dump
from imagegen.paying.money import Ledger
from imagegen.paying.run_report import Report
from imagegen.results import BatchResult
from storage import keys
from storage.directory import DirectoryStore
from tests.making.requests import ended_life

JSON = "application/json"
OTHER = "0" * 16
PAID = Ledger(attempts=1, paid_calls=1, cost_usd=0.04)


def leave_report(store: DirectoryStore, batch_id: str, run: str, **changes: object) -> str:
    """Leave the open report of a run that was killed; return its key."""
    fields = {"batch_id": batch_id, "run_id": run, "life": ended_life(), "started_at": time.time()}
    key = keys.report(batch_id, "d" * 16)
    store.replace(key, Report.model_validate(fields | changes).model_dump_json().encode(), content_type=JSON)
    return key


def leave_claim(store: DirectoryStore, batch: BatchResult, *parents: str, held: bool = False) -> str:
    """Leave a claim on the batch's first request, in whose account runs of these parents have paid; return its key."""
    request_hash = batch.leaves()[0].request_hash
    account = Account(tuple(Entry(f"leaf of {parent}", parent, PAID) for parent in parents))
    record = ClaimRecord("token", "leaf of killed", "killed", held=held, asking=held, account=account)
    store.replace(keys.claim(request_hash), dump(record), content_type=JSON)
    return keys.claim(request_hash)


def keys_of(removal: Removal) -> set[str]:
    return {found.key for found in removal.objects}


@pytest.mark.parametrize("held", [False, True], ids=["a paid call", "a call under way"])
def test_a_claim_stays_while_another_batchs_killed_run_is_unreported(
    store: DirectoryStore, batch: BatchResult, held: bool
) -> None:
    claim = leave_claim(store, batch, *(() if held else ("killed",)), held=held)
    leave_report(store, OTHER, "killed")
    planned = plan_removal(store, batch.batch_id)
    assert [reason for reason in planned.needed if f"{claim} stays: its account is needed by batch {OTHER}" in reason]
    require_reported(planned)
    assert remove(store, planned) == {}
    assert store.get(claim)
    assert [found.key for found in store.list("").objects] == [claim, keys.report(OTHER, "d" * 16)]


def test_a_claim_stays_for_a_run_that_an_open_report_adopts(store: DirectoryStore, batch: BatchResult) -> None:
    claim = leave_claim(store, batch, "killed")
    leave_report(store, OTHER, "killed as well", adopts=("killed",))
    assert claim not in keys_of(plan_removal(store, batch.batch_id))


@pytest.mark.parametrize(
    ("parent", "status"), [("killed", "ended"), ("killed", "adopted"), ("somebody else", "running"), ("", "running")]
)
def test_a_claim_goes_when_no_open_report_names_its_runs(
    store: DirectoryStore, batch: BatchResult, parent: str, status: str
) -> None:
    claim = leave_claim(store, batch, parent)
    leave_report(store, OTHER, "killed", status=status)
    planned = plan_removal(store, batch.batch_id)
    assert claim in keys_of(planned)
    assert planned.needed == ()


def test_a_batch_whose_killed_run_is_unreported_is_not_deleted(store: DirectoryStore, batch: BatchResult) -> None:
    claim = leave_claim(store, batch, "killed", held=True)
    report = leave_report(store, batch.batch_id, "killed")
    planned = plan_removal(store, batch.batch_id)
    assert planned.unreported == Ledger(attempts=1, paid_calls=1, possible_extra_charges=1, cost_usd=0.04)
    with pytest.raises(SpendingUnreported, match=r"1 call paid, \$0.04 by .*, and 1 more call that .*charged.*--force"):
        require_reported(planned)
    assert {claim, report} <= keys_of(planned)


def test_a_recorded_picture_of_the_killed_run_counts_as_its_record_says(
    store: DirectoryStore, batch: BatchResult
) -> None:
    """A claim whose holder was killed after it had recorded its picture still says that a call is under way."""
    leave_claim(store, batch, held=True)
    leave_report(store, batch.batch_id, "killed")
    leaf = batch.leaves()[0].model_copy(update={"run_id": "killed", "leaf_run_id": "leaf of killed"})
    store.replace(keys.result(leaf.leaf_hash), leaf.model_dump_json().encode(), content_type=JSON)
    assert plan_removal(store, batch.batch_id).unreported == Ledger(attempts=1, paid_calls=1, cost_usd=0.041)


def test_a_killed_run_that_spent_nothing_keeps_nobody_from_deleting(store: DirectoryStore, batch: BatchResult) -> None:
    leave_report(store, batch.batch_id, "killed")
    planned = plan_removal(store, batch.batch_id)
    require_reported(planned)
    assert remove(store, planned) == {}


def test_a_report_that_cannot_be_read_may_need_any_claim(store: DirectoryStore, batch: BatchResult) -> None:
    key = leave_report(store, OTHER, "killed")
    with store._path(key).open("r+b") as file:
        file.truncate(keys.max_bytes(key) + 1)
    with pytest.raises(ManifestDamaged, match=f"nothing was deleted: {key}"):
        plan_removal(store, batch.batch_id)


def test_a_claim_that_cannot_be_read_accounts_for_nothing(store: DirectoryStore, batch: BatchResult) -> None:
    claim = leave_claim(store, batch, "killed")
    leave_report(store, OTHER, "killed")
    store.replace(claim, b"{", content_type=JSON)
    assert claim in keys_of(plan_removal(store, batch.batch_id))
