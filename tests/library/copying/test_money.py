"""After a copy nothing is paid for again in either store, and no claim that came along keeps anybody waiting."""

import threading
import time
from collections.abc import Iterator

import pytest

from imagegen.errors import BatchFailed
from imagegen.library.copy import copy
from imagegen.library.removal.delete import require_idle
from imagegen.library.verify import verify
from imagegen.making.runtime import Runtime
from imagegen.paying import claim_copies, claims, spending
from imagegen.paying.claims import Claimant, ClaimLost, Lease
from imagegen.paying.liveness import hold_process_lock
from imagegen.paying.money import Ledger
from imagegen.paying.month import look, reserve
from imagegen.paying.run_report import Report, is_over
from imagegen.paying.spending import archive
from imagegen.results import BatchResult
from storage import keys
from storage.directory import DirectoryStore
from tests.doubles.batches import digest
from tests.doubles.provider import openai_server
from tests.doubles.provider import provider_pictures as pictures
from tests.doubles.provider.openai_server import OpenAIServer
from tests.doubles.render.local_runs import LOOK, run_batch, run_leaf
from tests.library.copying.contents import leave_account, put, read_all
from tests.making.requests import ended_life, leave_claim, planned

MODEL = "gpt-image-2"
HASH = digest("a request")


@pytest.fixture
def openai(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIServer]:
    with OpenAIServer() as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        yield server


def test_a_whole_copy_knows_what_deleted_pictures_had_cost_and_reserves_nothing(here: Runtime, there: Runtime) -> None:
    leave_account(here.store, HASH, Ledger(paid_calls=1, cost_usd=0.04))
    archive(here.store, [keys.claim(HASH)])
    here.store.delete(keys.claim(HASH))
    reserve(here.store, 1.0, "run", least_usd=0.1, most_usd=0.1)
    assert copy(here.store, there.store, None).left == {}
    assert spending.read_all(there.store) == spending.read_all(here.store) != []
    assert look(there.store, 1.0).reserved_usd == 0.0


def test_after_a_copy_the_batch_is_complete_and_another_look_is_free(
    here: Runtime, there: Runtime, openai: OpenAIServer
) -> None:
    made = run_batch(here, ["a", "b"], [MODEL], *LOOK)
    assert copy(here.store, there.store, [made.batch_id]).left == {}
    again = run_batch(there, ["a", "b"], [MODEL], *LOOK)
    assert (again.status, again.summary.generated, again.batch_id) == ("complete", 0, made.batch_id)
    run_batch(there, ["a", "b"], [MODEL], LOOK[0], "left-panel", "lora")
    assert len(openai.calls) == 2
    assert verify(there.store).findings == ()
    assert read_all(there.store, keys.ORIGINALS) == read_all(here.store, keys.ORIGINALS)


def test_what_was_paid_for_in_a_run_that_left_nothing_else_goes_along_with_everything(
    here: Runtime, there: Runtime, openai: OpenAIServer
) -> None:
    run_batch(here, ["a"], [MODEL], *LOOK)
    for key in read_all(here.store, keys.IMAGES, keys.THUMBNAILS, keys.RESULTS, keys.BATCHES, keys.REPORTS):
        here.store.delete(key)
    copy(here.store, there.store, None)
    assert run_batch(there, ["a"], [MODEL], *LOOK).status == "complete"
    assert len(openai.calls) == 1


def test_answers_that_were_useless_are_not_bought_anew_in_the_copy(
    here: Runtime, there: Runtime, openai: OpenAIServer
) -> None:
    openai.always(openai_server.picture(b"\xff\xd8\xff\xe0 cut short"))
    with pytest.raises(BatchFailed):
        run_batch(here, ["a"], [MODEL], *LOOK)
    calls = len(openai.calls)
    copy(here.store, there.store, None)
    assert read_all(there.store, keys.REJECTED) == read_all(here.store, keys.REJECTED) != {}
    with pytest.raises(BatchFailed, match="RETRY_USELESS"):
        run_batch(there, ["a"], [MODEL], *LOOK)
    assert len(openai.calls) == calls


def test_what_a_killed_run_spent_is_in_the_result_of_the_copys_next_run_and_keeps_nobody_from_deleting(
    here: Runtime, there: Runtime, openai: OpenAIServer
) -> None:
    openai.script([openai_server.refused()])
    with pytest.raises(BatchFailed):
        run_batch(here, ["a"], [MODEL], *LOOK)
    (name,) = {key.split("/")[1] for key in read_all(here.store, keys.BATCHES)}
    report = Report(batch_id=name, run_id="dead-run", life=ended_life(), started_at=time.time())
    key = keys.report(name, "d" * 16)
    put(here.store, key, report.model_dump_json().encode())
    leave_claim(here.store, planned(here).request_hash, parent="dead-run")
    copy(here.store, there.store, [name])
    brought = Report.model_validate_json(there.store.get(key))
    assert brought.is_open
    assert is_over(brought.model_copy(update={"life": "", "started_at": time.time()}))
    require_idle(there.store)
    told = run_batch(there, ["a"], [MODEL], *LOOK).summary
    assert (told.paid_calls, told.possible_extra_charges) == (1, 1)


def test_what_a_run_has_accounted_for_since_the_last_copy_is_not_told_twice(
    store: DirectoryStore, batch: BatchResult, second: DirectoryStore
) -> None:
    report = Report(batch_id=batch.batch_id, run_id="dead-run", life=ended_life(), started_at=time.time())
    key, adopted = keys.report(batch.batch_id, "d" * 16), report.model_copy(update={"status": "adopted"})
    for brought, is_open in ((report, True), (adopted, False), (report, False)):
        put(store, key, brought.model_dump_json().encode())
        copy(store, second, None)
        assert Report.model_validate_json(second.get(key)).is_open == is_open


def test_the_claim_of_a_process_that_is_over_is_free_in_the_copy_and_its_call_counts(
    here: Runtime, there: Runtime, openai: OpenAIServer
) -> None:
    request_hash = planned(here).request_hash
    leave_claim(here.store, request_hash)
    assert copy(here.store, there.store, None).left == {}
    record = claims.read(there.store, request_hash)
    assert record is not None
    assert (record.held, record.asking) == (False, False)
    assert record.account.total().possible_extra_charges == 1
    started = time.monotonic()
    run_leaf(there, "a", MODEL, *LOOK)
    assert time.monotonic() - started < Lease().seconds / 4


def test_a_picture_that_is_being_asked_for_is_named_and_its_account_is_not_copied(
    here: Runtime, there: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claim_copies, "PATIENCE", 0.2)
    lease = Lease(seconds=0.5, renew=0.05, fresh=0.05)
    claim = claims.acquire(here.store, HASH, Claimant("leaf"), is_settled=lambda: False, seconds=1, lease=lease)
    assert claim is not None
    with claim.keep_alive():
        left = copy(here.store, there.store, None, lease=lease).left
    assert left == {keys.claim(HASH): "this picture is being asked for now: copy again afterwards"}
    assert claims.read(there.store, HASH) is None


def test_a_copy_waits_for_a_call_that_is_under_way_and_takes_its_picture_along(here: Runtime, there: Runtime) -> None:
    lease = Lease(seconds=5.0, renew=0.05, fresh=0.05)
    claim = claims.acquire(here.store, HASH, Claimant("leaf"), is_settled=lambda: False, seconds=1, lease=lease)
    assert claim is not None
    paid = pictures.picture()
    timer = threading.Timer(0.3, put, (here.store, keys.original(HASH), paid))
    timer.start()
    with claim.keep_alive():
        assert copy(here.store, there.store, None, lease=lease).left == {}
    timer.join()
    assert there.store.get(keys.original(HASH)) == paid


def test_a_holder_that_stays_silent_for_a_lease_can_pay_no_more_once_its_account_is_copied(
    here: Runtime, there: Runtime
) -> None:
    lease = Lease(seconds=0.2, renew=0.1, fresh=0.0)
    claim = claims.acquire(here.store, HASH, Claimant("leaf"), is_settled=lambda: False, seconds=1, lease=lease)
    assert claim is not None
    assert hold_process_lock()
    assert copy(here.store, there.store, None, lease=lease).left == {}
    with pytest.raises(ClaimLost):
        claim.prove()
    record = claims.read(there.store, HASH)
    assert record is not None
    assert record.account.total().possible_extra_charges == 1


def test_accounts_of_both_stores_are_one_and_copying_again_adds_nothing(
    store: DirectoryStore, second: DirectoryStore
) -> None:
    leave_account(store, HASH, Ledger(attempts=1, useless=1, paid_calls=1), run="here")
    leave_account(second, HASH, Ledger(attempts=2, possible_extra_charges=2), run="there")
    for _ in range(2):
        copy(store, second, None)
        record = claims.read(second, HASH)
        assert record is not None
        assert record.account.total() == Ledger(attempts=3, paid_calls=1, possible_extra_charges=2, useless=1)
    copy(second, store, None)
    copy(store, second, None)
    record = claims.read(store, HASH)
    assert record is not None
    assert record.account.total().attempts == 3


def leave_wait(store: DirectoryStore, until: float, seconds: float) -> None:
    claim = claims.acquire(store, HASH, Claimant("leaf"), is_settled=lambda: False, seconds=1)
    assert claim is not None
    claim.release(("rate_limited", "slow down"), not_before=until, wait=seconds)


@pytest.mark.parametrize("there", [None, 500.0, 2000.0], ids=["none", "shorter", "longer"])
def test_of_waits_that_a_provider_asked_for_the_later_one_counts(
    there: float | None, store: DirectoryStore, second: DirectoryStore
) -> None:
    now = time.time()
    leave_wait(store, now + 1000.0, 1000.0)
    if there:
        leave_wait(second, now + there, there)
    copy(store, second, None)
    record = claims.read(second, HASH)
    longer = max(1000.0, there or 0.0)
    assert record is not None
    assert (record.not_before, record.wait, record.error) == (now + longer, longer, ("rate_limited", "slow down"))


def test_a_picture_that_is_stored_while_a_copy_is_under_way_goes_along_with_its_account(
    store: DirectoryStore, second: DirectoryStore
) -> None:
    leave_account(store, HASH, Ledger(attempts=1, paid_calls=1))
    paid = pictures.picture()

    def store_it(told: str) -> None:
        if "accounts" in told:
            put(store, keys.original(HASH), paid)

    assert copy(store, second, None, tell=store_it).left == {}
    assert second.get(keys.original(HASH)) == paid


def test_an_account_that_cannot_be_read_is_named(store: DirectoryStore, second: DirectoryStore) -> None:
    put(store, keys.claim(HASH), b"{")
    assert copy(store, second, None).left.keys() == {keys.claim(HASH)}
    assert claims.read(second, HASH) is None
