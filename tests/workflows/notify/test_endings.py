"""A batch tells of its end once, whatever the end is."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from imagegen.errors import BatchFailed, ConfigurationError, RequestError
from imagegen.making.runtime import using
from imagegen.request import batch as batches
from imagegen.results import BatchResult
from storage import StoreUnavailable
from storage.directory import DirectoryStore
from tests.doubles.provider import openai_server
from tests.doubles.provider.openai_server import OpenAIServer
from tests.doubles.render.local_runs import LOOK, runtime_in
from tests.workflows.notify.receiver import Receiver
from tests.workflows.notify.support import MODELS, PROMPT, SECRET, ids, request, run, telling, told
from workflows import notify
from workflows.app import app, generateBatch
from workflows.events import Event, RunStarted, listening
from workflows.local import LocalEngine


def test_a_complete_batch_tells_its_figures_and_its_page_and_no_prompt(tmp_path: Path, receiver: Receiver) -> None:
    result = run(telling(tmp_path, receiver), PROMPT, "b", name="November posts")
    data = told(receiver)
    assert data == {
        "batch_id": result.batch_id,
        "name": "November posts",
        "run_id": result.run_id,
        "status": "complete",
        "counts": {"requested": 2, "succeeded": 2, "failed": 0, "generated": 2, "reused": 0},
        "failures": {},
        "cost": {"known_usd": 0.0, "possible_usd": 0.0, "unpriced_calls": 0},
        "seconds": result.summary.seconds,
        "gallery_url": result.gallery_url,
        "links_expire_at": "",
    }
    assert PROMPT not in receiver.arrivals[0].body.decode()
    assert SECRET not in str(receiver.arrivals)
    assert receiver.arrivals[0].path == "/hook?token=s3cr3t"


def test_without_an_address_nothing_is_told(tmp_path: Path, receiver: Receiver) -> None:
    run(runtime_in(tmp_path, notify_secret=SECRET))
    assert receiver.arrivals == []


def test_a_partial_batch_tells_its_failures_by_kind_and_what_it_paid(
    tmp_path: Path, receiver: Receiver, openai: OpenAIServer
) -> None:
    openai.script([openai_server.refused()])
    result = run(telling(tmp_path, receiver), PROMPT, "b", offline=False, concurrency=1)
    data = told(receiver)
    assert (data["status"], data["counts"]["failed"], data["failures"]) == ("partial", 1, {"refused": 1})
    assert data["cost"]["known_usd"] == result.summary.known_cost_usd > 0


def test_a_batch_without_a_picture_tells_that_it_failed_with_its_figures(
    tmp_path: Path, receiver: Receiver, openai: OpenAIServer
) -> None:
    openai.always(openai_server.refused())
    with pytest.raises(BatchFailed):
        run(telling(tmp_path, receiver), offline=False)
    data = told(receiver)
    assert (data["status"], data["counts"]["succeeded"], data["failures"]) == ("failed", 0, {"refused": 1})
    assert data["run_id"].startswith("local-")
    assert data["gallery_url"].startswith("file://")


def test_a_batch_that_is_stopped_tells_that_it_was_cancelled(tmp_path: Path, receiver: Receiver) -> None:
    runtime = telling(tmp_path, receiver)
    inputs = batches.read([["a", "b", "c"], MODELS, *LOOK, "", "", 0, True], max_images=3).model_dump(
        mode="json", exclude_none=True
    )
    running: list[asyncio.Task[Any]] = []

    def stop(event: Event) -> None:
        if isinstance(event, RunStarted) and event.task == "generateImage":
            running[0].cancel()

    async def run_and_stop() -> BatchResult:
        with using(runtime), listening(stop):
            engine = LocalEngine(app, concurrency=1, listener=stop)
            running.append(asyncio.ensure_future(engine.run(generateBatch, **inputs)))
            try:
                return BatchResult.model_validate(await running[0])
            finally:
                engine.close()

    asyncio.run(run_and_stop())
    data = told(receiver)
    assert data["status"] == "cancelled"
    assert data["failures"] == {"cancelled": data["counts"]["failed"]}
    assert data["counts"]["succeeded"] + data["counts"]["failed"] == 3
    assert data["counts"]["failed"] > 0


def test_a_batch_that_is_stopped_before_its_first_picture_tells_that_too(tmp_path: Path, receiver: Receiver) -> None:
    async def stopped() -> BatchResult:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(notify.tell_end(stopped(), telling(tmp_path, receiver), request(), "run-1"))
    data = told(receiver)
    assert {name: data[name] for name in ("status", "run_id", "reason")} == {
        "status": "cancelled",
        "run_id": "run-1",
        "reason": "CancelledError",
    }


def test_a_run_without_a_result_tells_the_error_s_name_and_not_its_words(tmp_path: Path, receiver: Receiver) -> None:
    runtime = telling(tmp_path, receiver)

    async def broken() -> BatchResult:
        raise StoreUnavailable("words of an error")

    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            asyncio.run(notify.tell_end(broken(), runtime, request(), "run-1"))
    assert len(set(ids(receiver))) == 1
    data = json.loads(receiver.arrivals[0].body)["data"]
    assert data.keys() == {"batch_id", "name", "run_id", "status", "reason"}
    assert (data["status"], data["reason"]) == ("failed", "StoreUnavailable")
    assert b"words of an error" not in receiver.arrivals[0].body


def test_a_request_that_is_refused_before_it_begins_tells_nothing(tmp_path: Path, receiver: Receiver) -> None:
    with pytest.raises(RequestError):
        run(telling(tmp_path, receiver), "x" * 1000)
    with pytest.raises(ConfigurationError):
        run(telling(tmp_path, receiver), offline=False)  # without a key
    assert receiver.arrivals == []


def test_a_run_that_is_started_again_and_comes_to_the_same_end_has_the_same_id(
    tmp_path: Path, receiver: Receiver, openai: OpenAIServer
) -> None:
    runtime = telling(tmp_path, receiver)
    first = run(runtime)

    async def again(run_id: str, **changes: Any) -> None:
        async def work() -> BatchResult:
            return first.model_copy(update={"run_id": run_id, "created_at": "2030-01-01T00:00:00+00:00"} | changes)

        await notify.tell_end(work(), runtime, request(), run_id)

    asyncio.run(again(first.run_id))
    asyncio.run(again("another run"))
    asyncio.run(again(first.run_id, status="partial"))
    one, same, other, worse = ids(receiver)
    assert one == same
    assert len({one, other, worse}) == 3


def test_a_private_bucket_s_link_tells_when_it_dies(tmp_path: Path, receiver: Receiver) -> None:
    class Private(DirectoryStore):
        def url(self, key: str, **_: Any) -> str:
            return f"https://s3.example.com/{key}?X-Amz-Date=20261123T093000Z&X-Amz-Expires=600&X-Amz-Signature=0"

    runtime = telling(tmp_path, receiver)
    runtime.__dict__["store"] = Private(tmp_path)
    run(runtime)
    assert told(receiver)["links_expire_at"] == "2026-11-23T09:40:00+00:00"
