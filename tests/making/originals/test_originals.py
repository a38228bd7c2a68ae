"""What is paid for is kept, looked at again before more is paid, and never asked for against the terms."""

import threading
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from render.client.errors import TaskRunError

from imagegen.making import originals
from imagegen.making.leaf import make
from imagegen.making.runtime import Runtime
from imagegen.paying import claims
from imagegen.paying.grant import Grant
from imagegen.paying.money import Ledger
from imagegen.records import list_keys
from storage import StoreError, StoreMisconfigured, StoreUnavailable, Version, keys
from storage.directory import DirectoryStore
from tests.doubles.provider import openai_server
from tests.doubles.provider import provider_pictures as pictures
from tests.doubles.provider.openai_server import OpenAIServer
from tests.doubles.provider.scripted_server import HUNG_UP_AFTER
from tests.doubles.render.local_runs import LOOK, run_leaf, runtime_in
from tests.making.requests import MODEL, leave_claim, planned

CUT = openai_server.picture(b"\xff\xd8\xff\xe0 cut short")
A_PICTURE = openai_server.picture()


def test_useless_bytes_are_kept_and_not_bought_for_ever(runtime: Runtime, openai: OpenAIServer) -> None:
    openai.always(CUT)
    leaf = run_leaf(runtime, "a", MODEL, *LOOK)
    assert (len(openai.calls), leaf.paid_calls) == (2, 2)
    assert leaf.error
    assert leaf.error.kind == "bad_picture"
    for number in range(2):
        kept = runtime.store.get(keys.rejected(leaf.request_hash, number))
        assert kept == b"\xff\xd8\xff\xe0 cut short"


def test_rejected_bytes_that_a_later_version_can_read_are_used_before_anything_is_paid(
    runtime: Runtime, openai: OpenAIServer
) -> None:
    openai.always(CUT)
    failed = run_leaf(runtime, "a", MODEL, *LOOK)
    # As if this version could read what the last one could not.
    key = keys.rejected(failed.request_hash, 1)
    runtime.store.replace(key, pictures.picture(), content_type="image/jpeg")
    leaf = run_leaf(runtime, "a", MODEL, *LOOK)
    assert (leaf.status, leaf.reused, leaf.paid_calls, len(openai.calls)) == ("succeeded", True, 0, 2)
    assert runtime.store.get(keys.original(leaf.request_hash)) == pictures.picture()


def test_a_placeholder_of_one_pixel_is_no_picture(runtime: Runtime, openai: OpenAIServer) -> None:
    openai.script([openai_server.picture(pictures.picture("PNG", (1, 1)))])
    leaf = run_leaf(runtime, "a", MODEL, *LOOK)
    assert (leaf.status, leaf.paid_calls) == ("succeeded", 2)
    assert runtime.store.head(keys.rejected(leaf.request_hash, 0)).size


def test_an_empty_original_is_replaced_and_paid_for_once(runtime: Runtime, openai: OpenAIServer) -> None:
    key = keys.original(planned(runtime).request_hash)
    runtime.store.create(key, b"", content_type="image/jpeg")
    first, second = (run_leaf(runtime, "a", MODEL, *LOOK) for _ in range(2))
    assert (first.paid_calls, second.paid_calls, len(openai.calls)) == (1, 0, 1)
    assert runtime.store.get(key)


def test_nothing_is_asked_when_too_little_time_is_left_to_store_the_answer(
    runtime: Runtime, openai: OpenAIServer
) -> None:
    runtime.attempt_seconds = runtime.settings.provider_timeout + 149.0
    with pytest.raises(TaskRunError, match="too little time"):
        run_leaf(runtime, "a", MODEL, *LOOK)
    assert openai.calls == []


def test_a_leaf_alone_waits_a_limit_out_and_asks_again_in_the_same_attempt(
    runtime: Runtime, openai: OpenAIServer
) -> None:
    waits: list[float] = []
    runtime.pause = waits.append
    openai.script([openai_server.rate_limited(retry_after="60")])
    leaf = run_leaf(runtime, "a", MODEL, *LOOK)
    assert (leaf.status, leaf.attempts, len(openai.calls)) == ("succeeded", 1, 2)
    assert 60.0 <= sum(waits) <= 75.0


def test_a_wait_that_is_too_long_is_returned_with_its_time_and_honoured_by_the_next_run(
    runtime: Runtime, openai: OpenAIServer
) -> None:
    openai.always(openai_server.rate_limited(retry_after="200"))
    now = time.time()
    first, second = (run_leaf(runtime, "a", MODEL, *LOOK) for _ in range(2))
    assert len(openai.calls) == 1
    for leaf in (first, second):
        assert leaf.error
        assert (leaf.error.kind, leaf.error.retryable) == ("rate_limited", True)
        assert leaf.error.retry_at == pytest.approx(now + 200, abs=20)


def test_a_leaf_of_a_batch_does_not_wait_but_says_when(runtime: Runtime, openai: OpenAIServer) -> None:
    openai.always(openai_server.rate_limited(retry_after="2"))
    leaf = make(planned(runtime).leaf, runtime, grant=Grant("nothing"))
    assert leaf.error
    assert leaf.error.retry_at
    assert len(openai.calls) == 1


def test_a_leaf_alone_obeys_the_cap_of_the_environment(openai: OpenAIServer, tmp_path: Path) -> None:
    leaf = run_leaf(runtime_in(tmp_path, max_batch_cost_usd=0.01), "a", MODEL, *LOOK)
    assert leaf.error
    assert (leaf.error.kind, openai.calls) == ("cap_reached", [])


def test_a_leaf_alone_spends_no_more_than_the_cap_on_useless_answers(openai: OpenAIServer, tmp_path: Path) -> None:
    openai.always(CUT)
    leaf = run_leaf(runtime_in(tmp_path, max_batch_cost_usd=0.05, retry_useless=9), "a", MODEL, *LOOK)
    assert leaf.error
    assert (leaf.error.kind, len(openai.calls)) == ("cap_reached", 1)


def test_a_leaf_alone_is_moderated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with OpenAIServer(flagged={"gore": ("violence",)}) as openai:
        for name, value in openai.environment.items():
            monkeypatch.setenv(name, value)
        leaf = run_leaf(runtime_in(tmp_path, enable_moderation=True), "gore", MODEL, *LOOK)
        assert leaf.error
        assert (leaf.error.kind, openai.calls) == ("moderation", [])


def test_a_call_under_way_when_its_process_was_killed_is_not_sent_again_when_none_may_be(
    openai: OpenAIServer, tmp_path: Path
) -> None:
    runtime = runtime_in(tmp_path, retry_unanswered=0)
    leave_claim(runtime.store, planned(runtime).request_hash)
    leaf = run_leaf(runtime, "a", MODEL, *LOOK)
    assert leaf.error
    assert (leaf.error.kind, openai.calls) == ("unanswered", [])


def test_a_call_under_way_when_its_process_was_killed_stays_in_the_account(
    runtime: Runtime, openai: OpenAIServer
) -> None:
    request_hash = planned(runtime).request_hash
    leave_claim(runtime.store, request_hash)
    leaf = run_leaf(runtime, "a", MODEL, *LOOK)
    record = claims.read(runtime.store, request_hash)
    assert (leaf.status, len(openai.calls)) == ("succeeded", 1)
    assert record
    assert record.account.sum_of_run("dead-leaf") == Ledger(possible_extra_charges=1)


@pytest.mark.parametrize("allowed", [0, 2])
def test_the_budget_of_unanswered_calls_holds_over_all_runs(openai: OpenAIServer, tmp_path: Path, allowed: int) -> None:
    runtime = runtime_in(tmp_path, retry_unanswered=allowed)
    openai.always(HUNG_UP_AFTER)
    for _ in range(3):
        leaf = run_leaf(runtime, "a", MODEL, *LOOK)
        assert leaf.error
        assert leaf.error.kind == "unanswered"
    assert openai.connections == allowed + 1


class SlowStore(DirectoryStore):
    """A directory that takes an original only after another run waited two leases for the request's claim.

    The other run's clock goes on when the claim was renewed, or when it was not for half a second.
    """

    now = 0.0
    kept = False
    """The other run did not get the claim."""

    def create(
        self, key: str, data: bytes, *, content_type: str, metadata: Mapping[str, str] | None = None
    ) -> Version | None:
        if key.startswith(keys.ORIGINALS):
            self._wait_for_claim(key.removeprefix(keys.ORIGINALS))
        return super().create(key, data, content_type=content_type, metadata=metadata)

    def _wait_for_claim(self, request_hash: str) -> None:
        def pause(seconds: float) -> None:
            before = claims.read(self, request_hash)
            for _ in range(50):
                if claims.read(self, request_hash) != before:
                    break
                threading.Event().wait(0.01)
            self.now += seconds

        try:
            claims.acquire(
                self,
                request_hash,
                claims.Claimant("another"),
                is_settled=lambda: False,
                seconds=10.0,
                lease=claims.Lease(seconds=5.0),
                pause=pause,
                clock=lambda: self.now,
            )
        except TimeoutError:
            self.kept = True


def test_a_claim_is_kept_while_a_store_takes_longer_than_a_lease_to_take_an_original(
    runtime: Runtime, openai: OpenAIServer, tmp_path: Path
) -> None:
    runtime.store = store = SlowStore(tmp_path)
    runtime.lease = claims.Lease(renew=0.005)
    leaf = run_leaf(runtime, "a", MODEL, *LOOK)
    assert (leaf.status, len(openai.calls)) == ("succeeded", 1)
    assert store.kept


def test_a_refusal_says_the_same_however_often_it_is_met(openai: OpenAIServer, tmp_path: Path) -> None:
    openai.always(HUNG_UP_AFTER)
    runtime = runtime_in(tmp_path, retry_unanswered=0)
    errors = [run_leaf(runtime, "a", MODEL, *LOOK).error for _ in range(3)]
    assert len({error.message for error in errors if error}) == 1
    assert errors[2]
    assert errors[2].message.count("RETRY_UNANSWERED") == 1


def test_a_refusal_after_a_kill_says_the_same_however_often_it_is_met(openai: OpenAIServer, tmp_path: Path) -> None:
    runtime = runtime_in(tmp_path, retry_unanswered=0)
    leave_claim(runtime.store, planned(runtime).request_hash)
    errors = [run_leaf(runtime, "a", MODEL, *LOOK).error for _ in range(3)]
    assert len({error.message for error in errors if error}) == 1
    assert openai.calls == []


class BlockedStore(DirectoryStore):
    """A directory that refuses the first writes under a prefix, as a disk that is read-only for a while does."""

    prefix, refusals = "", 0
    error: type[StoreError] = StoreMisconfigured

    def create(
        self, key: str, data: bytes, *, content_type: str, metadata: Mapping[str, str] | None = None
    ) -> Version | None:
        if key.startswith(self.prefix) and self.refusals:
            self.refusals -= 1
            raise self.error(f"cannot write {key}: read-only file system")
        return super().create(key, data, content_type=content_type, metadata=metadata)


@pytest.mark.parametrize(("prefix", "calls"), [(keys.ORIGINALS, 1), (keys.REJECTED, 2)])
def test_a_store_that_refuses_for_a_while_takes_what_was_paid_for(
    prefix: str, calls: int, runtime: Runtime, openai: OpenAIServer, tmp_path: Path
) -> None:
    runtime.store = store = BlockedStore(tmp_path)
    store.prefix, store.refusals = prefix, 1
    openai.script([CUT] if prefix == keys.REJECTED else [A_PICTURE])
    leaf = run_leaf(runtime, "a", MODEL, *LOOK)
    assert (leaf.status, leaf.paid_calls, len(openai.calls)) == ("succeeded", calls, calls)
    assert len(list(list_keys(store, prefix))) == 1


def test_a_useless_answer_that_no_store_takes_is_accounted_for(
    openai: OpenAIServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(originals, "PAID_PATIENCE", 0.0)
    runtime = runtime_in(tmp_path)
    runtime.store = store = BlockedStore(tmp_path)
    store.prefix, store.refusals = keys.REJECTED, 99
    openai.script([CUT])
    leaf = run_leaf(runtime, "a", MODEL, *LOOK)
    assert (leaf.status, leaf.paid_calls, leaf.possible_extra_charges, len(openai.calls)) == ("succeeded", 2, 0, 2)


@pytest.mark.parametrize("error", [StoreMisconfigured, StoreUnavailable])
def test_a_picture_that_no_store_takes_is_paid_for_once_in_a_run(
    openai: OpenAIServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[StoreError]
) -> None:
    monkeypatch.setattr(originals, "PAID_PATIENCE", 0.0)
    runtime = runtime_in(tmp_path)
    runtime.store = store = BlockedStore(tmp_path)
    store.prefix, store.refusals, store.error = keys.ORIGINALS, 99, error
    leaf = run_leaf(runtime, "a", MODEL, *LOOK)
    assert leaf.error
    assert (leaf.error.kind, leaf.paid_calls, len(openai.calls)) == ("not_stored", 1, 1)
    assert "read-only file system" in leaf.error.message


def test_a_painted_picture_that_no_store_takes_is_no_picture_that_was_paid_for(tmp_path: Path) -> None:
    runtime = runtime_in(tmp_path)
    runtime.store = store = BlockedStore(tmp_path)
    store.prefix, store.refusals = keys.ORIGINALS, 99
    leaf = run_leaf(runtime, "a", MODEL, *LOOK, offline=True)
    assert leaf.error
    assert (leaf.error.kind, leaf.paid_calls) == ("storage", 0)
    assert "was paid for" not in leaf.error.message
