"""The log of a worker: one line an event, in two forms, that nobody can forge."""

import json
import logging
import subprocess
import sys
from typing import Any

import pytest

from imagegen import logs
from imagegen.settings import SECRETS, find_log_format, from_environment

OPEN_STORE = """
from storage.location import open_store
open_store(endpoint="http://minio.example.com", access_key="a", secret_key="b", bucket="pictures")
"""
FORGED = 'A fox"\n2026-01-01T00:00:00Z level=ERROR event=fake \x1b[2J\u2028\u202e run=other'


def run(script: str) -> list[str]:
    """The lines on standard output of a script that knows ``logs`` and ``logging``."""
    whole = f"import logging\nfrom imagegen import logs\n{script}"
    done = subprocess.run([sys.executable, "-c", whole], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout.splitlines()


def record(name: str = "step", message: str = "compose took 0.1 s", **fields: Any) -> logging.LogRecord:
    made = logging.LogRecord("imagegen.events", logging.INFO, "", 0, "%s", (message,), None)
    made.event, made.fields = name, fields
    made.created = 1_800_000_000.25
    return made


def test_what_the_store_warns_of_is_in_the_log_once() -> None:
    (line,) = run(f"logs.to_stdout('text'); logs.to_stdout('text'); {OPEN_STORE}")
    assert 'level=WARNING event=note message="MINIO_ENDPOINT is http:// to another host' in line


def test_a_json_line_is_one_object_with_its_time_level_event_message_and_ids() -> None:
    (line,) = run(f"logs.to_stdout('json'); logs.identify(batch='b1', run='r1', parent=''); {OPEN_STORE}")
    found = json.loads(line)
    assert found.pop("time").endswith("Z")
    assert found.pop("message").startswith("MINIO_ENDPOINT is http://")
    assert found == {"level": "WARNING", "event": "note", "batch": "b1", "run": "r1"}


def test_a_line_tells_the_time_in_utc_and_leaves_out_what_is_not_known() -> None:
    told = record(step="compose", seconds=0.1, cost_usd=None, request_id="")
    time = "2027-01-15T08:00:00.250Z"
    assert logs.Text().format(told) == f"{time} level=INFO event=step step=compose seconds=0.1"
    fields = json.loads(logs.Json().format(told))
    assert fields == {
        "time": time,
        "level": "INFO",
        "event": "step",
        "message": "compose took 0.1 s",
        "step": "compose",
        "seconds": 0.1,
    }


@pytest.mark.parametrize("form", [logs.Text(), logs.Json()])
def test_a_text_forges_neither_a_line_nor_a_field(form: logging.Formatter) -> None:
    line = form.format(record("leaf_failed", FORGED, prompt=FORGED, reason=FORGED * 100))
    assert line.isprintable()
    assert len(line.splitlines()) == 1
    assert len(line) < 4 * logs.LONGEST
    without = line.replace("\\\\", "").replace('\\"', "")
    outside = "".join(without.split('"')[::2])  # what stands in no quotation
    assert "level=ERROR" not in outside
    assert "run=other" not in outside


def test_in_json_a_text_keeps_to_its_field() -> None:
    found = json.loads(logs.Json().format(record("leaf_failed", FORGED, prompt=FORGED)))
    assert (found["level"], found["event"]) == ("INFO", "leaf_failed")
    assert "run" not in found


def test_without_a_worker_events_go_nowhere() -> None:
    assert run("logs.event('leaf_failed', 'no picture', level=logging.ERROR)") == []


def test_what_render_s_sdk_says_of_an_error_that_was_told_is_no_second_alert() -> None:
    script = """
logs.to_stdout("text")
sdk = logging.getLogger("render.workflows.executor")
for told in (True, False):
    try:
        raise ValueError("first\\nsecond")
    except ValueError as error:
        if told:
            logs.mark_told(error)
        sdk.error(f"Task execution failed: {error}")
"""
    first, second = run(script)
    assert 'level=INFO event=note message="Task execution failed: first second"' in first
    assert "level=ERROR" in second


@pytest.mark.parametrize(
    ("value", "form"), [("", "text"), ("text", "text"), ("json", "json"), ("JSON", "json"), ("xml", "text")]
)
def test_the_form_is_known_before_the_settings_are(value: str, form: str) -> None:
    assert find_log_format({"LOG_FORMAT": value}) == form
    if value != "xml":
        assert from_environment({"LOG_FORMAT": value}).log_format == form


def test_what_opens_something_is_in_no_line_whoever_says_it() -> None:
    said = (
        "key sk-own-key-of-ours, secret wsecretOfOurs=, "
        "link https://h.example/k.jpg?X-Amz-Signature=ab12&X-Amz-Credential=AK, "
        "https://user:pw-hunter@h.example/x, plain https://h.example/y?page=2"
    )
    concealed = "logs.conceal(['sk-own-key-of-ours', 'whsec_wsecretOfOurs=', 'short', ''])"
    told = f"{concealed}; logs.event('note', {said!r}, reason={said!r})"
    for form in ("text", "json"):
        (line,) = run(f"logs.to_stdout('{form}'); {told}")
        for secret in ("own-key", "wsecret", "X-Amz", "ab12", "hunter"):
            assert secret not in line
        assert line.count("https://h.example/y?page=2") == 2


def test_a_store_that_does_not_answer_is_an_error_to_be_woken_by() -> None:
    (line,) = run(
        "logs.to_stdout('json')\nfrom storage import StoreUnavailable\ntry:\n    with logs.telling('generateBatch'):\n"
        "        raise StoreUnavailable('away')\nexcept StoreUnavailable:\n    pass"
    )
    assert (json.loads(line)["level"], json.loads(line)["kind"]) == ("ERROR", "storage_unavailable")


def test_a_worker_conceals_its_own_secrets() -> None:
    values = {name: f"value-of-{name}" for name in SECRETS}
    (line,) = run(
        f"import os\nos.environ.update({values!r}, RENDER_SDK_MODE='run')\nfrom workflows import app as tasks\n"
        f"tasks._configure_logging()\nlogs.event('note', {' '.join(values.values())!r})"
    )
    assert "value-of-" not in line
    assert {"OPENAI_API_KEY", "GOOGLE_API_KEY", "MINIO_SECRET_KEY", "NOTIFY_SECRET", "NOTIFY_URL"} <= set(SECRETS)
