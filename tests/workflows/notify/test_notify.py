"""A batch tells of its end once, signed, whatever the end is and whatever the receiver does."""

import asyncio
import base64
import hashlib
import hmac
import json
import logging
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from imagegen.errors import BatchFailed, ConfigurationError, RequestError
from imagegen.making.runtime import Runtime, using
from imagegen.request import batch as batches
from imagegen.request.batch import Batch
from imagegen.results import BatchResult
from storage import StoreUnavailable
from storage.directory import DirectoryStore
from tests.doubles.provider import openai_server
from tests.doubles.provider.openai_server import OpenAIServer
from tests.doubles.render.local_runs import LOOK, run_batch, runtime_in
from tests.workflows.notify.receiver import Arrival, Receiver, receiving
from workflows import notify
from workflows.app import app, generateBatch
from workflows.events import Event, RunStarted, listening
from workflows.local import LocalEngine

ROOT = Path(__file__).parents[3]
SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
MODELS = ["gpt-image-2"]
PROMPT = "A prompt that nobody else is to read"


@pytest.fixture(autouse=True)
def in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notify, "PAUSES", (0.0, 0.0))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def telling(directory: Path, receiver: Receiver, **changes: Any) -> Runtime:
    """A runtime that tells the receiver of its batches' ends."""
    return runtime_in(directory, notify_url=f"{receiver.url}/hook?token=s3cr3t", notify_secret=SECRET, **changes)


def run(runtime: Runtime, *prompts: str, **named: Any) -> BatchResult:
    return run_batch(runtime, list(prompts) or [PROMPT], MODELS, *LOOK, **({"offline": True} | named))


def verify(arrival: Arrival, secret: str = SECRET) -> None:
    """Check the signature as the specification says it, without any code of ours."""
    key = base64.b64decode(secret.removeprefix("whsec_")) if secret.startswith("whsec_") else secret.encode()
    headers = {name.lower(): value for name, value in arrival.headers.items()}
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{arrival.body.decode()}"
    signature = base64.b64encode(hmac.new(key, content.encode(), hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{signature}"
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
    assert headers["content-type"] == "application/json"


def told(receiver: Receiver) -> dict[str, Any]:
    """What the receiver was told in its only arrival."""
    (arrival,) = receiver.arrivals
    verify(arrival)
    event = json.loads(arrival.body)
    assert event["type"] == "batch.ended"
    data: dict[str, Any] = event["data"]
    return data


def ids(receiver: Receiver) -> list[str]:
    return [arrival.headers["webhook-id"] for arrival in receiver.arrivals]


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


def request() -> Batch:
    return batches.read([[PROMPT], MODELS, *LOOK, "", "", 0, True], max_images=10)


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


@pytest.mark.parametrize(
    ("answers", "arrivals", "said"),
    [
        ((500, 503), 3, ""),
        ((429,), 2, ""),
        (("close", "close"), 3, ""),
        (("giant",), 1, ""),
        ((204,), 1, ""),
        ((500, 502, 503, 200), 3, "it answered 503"),
        (("close", "close", "close"), 3, "no connection, or none that lasted"),
        (("hang", "hang", "hang"), 3, "it did not answer within 0.2 s"),
        (("redirect",), 1, "it answered 307, and redirects are not followed"),
        ((400,), 1, "it answered 400"),
        ((410,), 1, "it answered 410"),
    ],
)
def test_a_receiver_that_fails_is_asked_three_times_at_most_and_never_changes_the_batch(
    answers: tuple[int | str, ...],
    arrivals: int,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(notify, "ATTEMPT_SECONDS", 0.2)
    with receiving(*answers) as receiver, caplog.at_level(logging.DEBUG):
        result = run(telling(tmp_path, receiver))
        assert result.status == "complete"
        assert len(receiver.arrivals) == arrivals
        assert len(set(ids(receiver))) == 1
        for arrival in receiver.arrivals:
            verify(arrival)
            assert arrival.path == "/hook?token=s3cr3t"
    lines = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(lines) == bool(said)
    assert said in "".join(lines)
    assert "s3cr3t" not in caplog.text
    assert SECRET not in caplog.text
    again = run(runtime_in(tmp_path))
    assert [leaf.image for leaf in again.leaves()] == [leaf.image for leaf in result.leaves()]
    assert again.summary.reused == result.summary.succeeded == 1


def test_nobody_there_is_one_warning_too(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with receiving() as gone:
        pass
    assert run(telling(tmp_path, gone)).status == "complete"
    (record,) = caplog.records
    assert "no connection, or none that lasted (ConnectError)" in record.getMessage()


def test_all_of_it_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert 3 * notify.ATTEMPT_SECONDS + sum((1.0, 3.0)) < notify.MOST_SECONDS == 20
    monkeypatch.setattr(notify, "MOST_SECONDS", 0.2)
    with receiving("hang") as receiver:
        assert run(telling(tmp_path, receiver)).status == "complete"
        assert len(receiver.arrivals) == 1
    (record,) = caplog.records
    assert "it took longer than 0.2 s" in record.getMessage()


def test_an_error_of_our_own_is_one_warning_without_its_words(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError("https://example.com/s3cr3t")

    monkeypatch.setattr(notify, "build_headers", broken)
    assert run(telling(tmp_path, receiver)).status == "complete"
    (record,) = caplog.records
    assert "not told to NOTIFY_URL: ValueError;" in record.getMessage()
    assert "s3cr3t" not in record.getMessage()


def test_a_secret_of_plain_text_signs_as_it_stands(tmp_path: Path, receiver: Receiver) -> None:
    run(runtime_in(tmp_path, notify_url=receiver.url, notify_secret="a plain secret"))
    verify(receiver.arrivals[0], "a plain secret")


def test_the_snippet_in_the_docs_verifies_what_comes_and_nothing_else(tmp_path: Path, receiver: Receiver) -> None:
    (snippet,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs/notify.md").read_text(), re.DOTALL)
    assert len(snippet.strip().splitlines()) <= 10
    names: dict[str, Any] = {}
    exec(snippet, names)
    run(telling(tmp_path, receiver))
    (arrival,) = receiver.arrivals
    headers = {name.lower(): value for name, value in arrival.headers.items()}
    assert names["verify"](SECRET, headers, arrival.body)
    assert not names["verify"](SECRET, headers, arrival.body + b" ")
    assert not names["verify"]("another secret", headers, arrival.body)
    assert not names["verify"](SECRET, headers | {"webhook-id": "msg_other"}, arrival.body)
    assert not names["verify"](SECRET, headers | {"webhook-timestamp": "1700000000"}, arrival.body)


def test_the_docs_show_what_comes(tmp_path: Path, receiver: Receiver) -> None:
    (shown,) = re.findall(r"```json\n(.*?)```", (ROOT / "docs/notify.md").read_text(), re.DOTALL)
    run(telling(tmp_path, receiver))
    example, event = json.loads(shown), json.loads(receiver.arrivals[0].body)
    assert list(example) == list(event)
    assert list(example["data"]) == list(event["data"])
    assert all(list(example["data"][name]) == list(event["data"][name]) for name in ("counts", "cost"))


def test_a_private_bucket_s_link_tells_when_it_dies(tmp_path: Path, receiver: Receiver) -> None:
    class Private(DirectoryStore):
        def url(self, key: str, **_: Any) -> str:
            return f"https://s3.example.com/{key}?X-Amz-Date=20261123T093000Z&X-Amz-Expires=600&X-Amz-Signature=0"

    runtime = telling(tmp_path, receiver)
    runtime.__dict__["store"] = Private(tmp_path)
    run(runtime)
    assert told(receiver)["links_expire_at"] == "2026-11-23T09:40:00+00:00"
