"""A notification is signed, and what becomes of it never changes the batch."""

import asyncio
import json
import logging
import re
from pathlib import Path
from typing import Any

import pytest

from imagegen.results import BatchResult
from tests.doubles.render.local_runs import runtime_in
from tests.workflows.notify.receiver import Receiver, receiving
from tests.workflows.notify.support import SECRET, ids, request, run, telling, verify
from workflows import notify

ROOT = Path(__file__).parents[3]


def told(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """The service's own lines; threads that other tests have left may log as well."""
    return [record for record in caplog.records if record.name.startswith("imagegen")]


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
        (("drip", "drip", "drip"), 3, "it did not answer within 0.2 s"),
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
    if {"hang", "drip"} & {*answers}:
        monkeypatch.setattr(notify, "ATTEMPT_SECONDS", 0.2)
    with receiving(*answers) as receiver, caplog.at_level(logging.DEBUG):
        result = run(telling(tmp_path, receiver))
        assert result.status == "complete"
        assert len(receiver.arrivals) == arrivals
        assert len(set(ids(receiver))) == 1
        for arrival in receiver.arrivals:
            verify(arrival)
            assert arrival.path == "/hook?token=s3cr3t"
    lines = [record.getMessage() for record in told(caplog) if record.levelno >= logging.WARNING]
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
    (record,) = told(caplog)
    assert "no connection, or none that lasted (ConnectError)" in record.getMessage()


def test_all_of_it_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert 3 * notify.ATTEMPT_SECONDS + sum((1.0, 3.0)) < notify.MOST_SECONDS == 20
    monkeypatch.setattr(notify, "MOST_SECONDS", 0.2)
    with receiving("hang") as receiver:
        assert run(telling(tmp_path, receiver)).status == "complete"
        assert len(receiver.arrivals) <= 1
    (record,) = told(caplog)
    assert "it took longer than 0.2 s" in record.getMessage()


def test_a_batch_that_is_stopped_while_it_tells_keeps_its_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(notify, "ATTEMPT_SECONDS", 0.2)
    with receiving("hang", "hang", "hang") as receiver:
        runtime = telling(tmp_path, receiver)
        made = run(runtime_in(tmp_path))

        async def done() -> BatchResult:
            return made

        async def stop() -> BatchResult:
            telling_it = asyncio.ensure_future(notify.tell_end(done(), runtime, request(), "run-1"))
            await asyncio.to_thread(receiver.arrived.wait, 10)
            telling_it.cancel()
            return await telling_it

        assert asyncio.run(stop()) == made
    assert len(told(caplog)) == 1


def test_an_error_of_our_own_is_one_warning_without_its_words(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError("https://example.com/s3cr3t")

    monkeypatch.setattr(notify, "build_headers", broken)
    assert run(telling(tmp_path, receiver)).status == "complete"
    (record,) = told(caplog)
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
