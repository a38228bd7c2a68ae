"""A batch reports exactly what it spent, also when the store fails or the user stops it."""

import asyncio
import json
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from imagegen.making.runtime import using
from imagegen.paying import claims
from imagegen.results import BatchResult
from storage import Store, Version, keys
from storage.directory import DirectoryStore
from tests.reliability import batches
from tests.reliability.batches import FakeProviderRuntime
from tests.reliability.fake_providers import CallLog, FakeProviders, requests_of
from tests.reliability.faults import ProviderFault, StoreFault
from tests.reliability.faulty_store import FaultyStore
from workflows.app import app, generateBatch
from workflows.local import LocalEngine

REQUEST: dict[str, Any] = {
    "prompts": ["A fox", {"prompt": "A fox", "title": "The same fox"}],
    "models": ["gpt-image-2"],
    "style": "photorealistic",
    "template": "bottom-bar",
    "font": "inter",
}
ONE = REQUEST | {"prompts": ["A fox"]}


@dataclass
class FoxFails:
    """Every call for the fox meets the same fault; the hen's do not."""

    fault: ProviderFault

    def provider(self, model: str, prompt: str, number: int) -> ProviderFault | None:  # noqa: ARG002 - any call
        return self.fault if "fox" in prompt else None

    def corrupted(self, picture: bytes, number: int) -> bytes:  # noqa: ARG002 - any picture
        return b"no picture"


@pytest.fixture
def whole(tmp_path: Path) -> Store:
    return DirectoryStore(tmp_path / "store")


def start_call_log(fakes: FakeProviders, runtime: FakeProviderRuntime, **options: Any) -> CallLog:
    call_log = CallLog(requests_of(batches.planned(REQUEST, runtime)), is_stored=lambda _hash: False, **options)
    fakes.answer_from(call_log)
    return call_log


def test_a_picture_paid_for_before_the_store_failed_is_in_the_next_attempts_account(
    fakes: FakeProviders, whole: Store
) -> None:
    def schedule(operation: str, key: str, number: int) -> StoreFault | None:
        return StoreFault.BEFORE if operation == "create" and key.startswith("images/") and number == 1 else None

    runtime = FakeProviderRuntime(batches.settings(), FaultyStore(whole, schedule), fakes)
    call_log = start_call_log(fakes, runtime)
    ran = batches.run(ONE, runtime)
    assert ran.result
    assert len(call_log.calls) == 1
    (leaf,) = ran.result.leaves()
    assert (leaf.paid_calls, leaf.possible_extra_charges, leaf.reused, leaf.attempts) == (1, 0, False, 2)
    assert leaf.cost_usd


def test_a_store_that_fails_while_a_failure_is_looked_into_loses_no_other_pair(
    fakes: FakeProviders, whole: Store
) -> None:
    """The batch is run again by its Retry, finds what the other pair has come to, and counts each call once."""

    faults = iter([StoreFault.BEFORE])

    def schedule(operation: str, key: str, _number: int) -> StoreFault | None:
        # Who wants a claim reads its version as well; only the look at what a failed run left behind gets it.
        return next(faults, None) if operation == "get" and key.startswith(keys.CLAIMS) else None

    runtime = FakeProviderRuntime(batches.settings(), FaultyStore(whole, schedule), fakes)
    request = ONE | {"prompts": ["A fox", "A hen"]}
    call_log = CallLog(
        requests_of(batches.planned(request, runtime)),
        is_stored=lambda _hash: False,
        faults=FoxFails(ProviderFault.SERVER_ERROR),
    )
    fakes.answer_from(call_log)
    ran = batches.run(request, runtime)
    assert ran.result
    assert ran.lives == 2
    fox, hen = ran.result.leaves()
    assert (fox.attempts, hen.succeeded, hen.reused, hen.paid_calls) == (8, True, False, 1)
    assert sum(seen.request_hash == hen.request_hash for seen in call_log.calls) == 1


def stopped(runtime: FakeProviderRuntime, request: dict[str, Any], when: threading.Event) -> BatchResult:
    """The result of a batch that is cancelled at a moment."""

    async def drive() -> Any:
        engine = LocalEngine(app, concurrency=4)
        try:
            work = asyncio.ensure_future(engine.run(generateBatch, **request))
            await asyncio.to_thread(when.wait, 10)
            work.cancel()
            return await work
        finally:
            engine.close()

    with using(runtime):
        return BatchResult.model_validate(asyncio.run(drive()))


def test_a_stopped_batch_keeps_the_picture_that_is_being_made_and_starts_none_that_shares_it(
    fakes: FakeProviders, whole: Store
) -> None:
    asked = threading.Event()
    runtime = FakeProviderRuntime(batches.settings(), whole, fakes)
    call_log = start_call_log(fakes, runtime, latency=0.2, on_call=lambda _: asked.set())
    result = stopped(runtime, REQUEST, asked)
    first, second = result.leaves()
    assert first.succeeded
    assert second.error
    assert second.error.kind == "cancelled"
    assert len(call_log.calls) == 1
    assert whole.head(result.manifest_key).size
    assert whole.head(result.gallery_key).size


def test_a_batch_stopped_between_two_attempts_owns_up_to_what_the_first_one_spent(
    fakes: FakeProviders, whole: Store
) -> None:
    released = threading.Event()

    class Telling(FaultyStore):
        def swap(self, key: str, data: bytes, *, version: Version, content_type: str) -> Version | None:
            swapped = super().swap(key, data, version=version, content_type=content_type)
            if key.startswith(keys.CLAIMS) and b'"held": false' in data:
                released.set()
            return swapped

    runtime = FakeProviderRuntime(batches.settings(), Telling(whole, lambda *_: None), fakes)
    request = ONE | {"prompts": ["A fox", "A hen"]}
    faults = FoxFails(ProviderFault.CORRUPT_PICTURE)
    hashes = requests_of(batches.planned(request, runtime))
    fakes.answer_from(CallLog(hashes, is_stored=lambda _hash: False, faults=faults))
    fox, hen = stopped(runtime, request, released).leaves()
    assert fox.error
    assert fox.paid_calls == 1
    assert hen.succeeded


def test_a_claim_that_says_nonsense_counts_as_unreadable(whole: Store) -> None:
    request_hash = "ab" * 32
    assert claims.acquire(whole, request_hash, claims.Claimant("run"), is_settled=lambda: False, seconds=0.0)
    key = keys.claim(request_hash)
    nonsense = json.loads(whole.get(key)) | {"held": False, "error": ["unanswered", "x"]}
    for spent in ({"paid_calls": -3}, {"cost_usd": float("nan")}, {"attempts": 10**30}):
        account = {"entries": [{"run": "run", "parent": "", "ledger": spent}]}
        whole.replace(key, json.dumps(nonsense | {"account": account}).encode(), content_type="application/json")
        assert claims.read(whole, request_hash) == claims.ClaimRecord(token="", run="unknown")
