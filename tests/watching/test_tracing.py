"""Spans and metrics: off unless asked for, a tree like the run tree, and never in a batch's way."""

import logging
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from imagegen import telemetry, tracing
from imagegen.errors import BatchFailed, RequestError
from imagegen.making.runtime import Runtime
from imagegen.paying.grant import Grant, read_grant
from tests.doubles.provider import openai_server
from tests.doubles.provider.openai_server import OpenAIServer
from tests.doubles.render.local_runs import LOOK, run_batch, run_leaf, runtime_in
from tests.watching.collector import PATIENT, Collector, collector

MODEL = "gpt-image-2"
TRACEPARENT = f"00-{'a' * 32}-{'b' * 16}-01"
A_BUSY_MACHINE = 3.0
"""Seconds that it may take to wake up in time; a connection is given up after ten."""


@pytest.fixture
def collected(fresh_tracing: pytest.MonkeyPatch) -> Iterator[Collector]:
    with collector() as kept:
        fresh_tracing.setattr(tracing, "FLUSH_SECONDS", PATIENT)
        fresh_tracing.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", kept.url)
        yield kept


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, ([], [])),
        ({"OTEL_SERVICE_NAME": "pictures"}, ([], [])),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x"}, (["otlp"], ["otlp"])),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://x"}, (["otlp"], [])),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x", "OTEL_SDK_DISABLED": "TRUE"}, ([], [])),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x", "OTEL_METRICS_EXPORTER": "none"}, (["otlp"], [])),
        ({"OTEL_TRACES_EXPORTER": "console, otlp"}, (["console", "otlp"], [])),
    ],
)
def test_it_is_on_when_the_standard_variables_name_an_exporter(
    environ: dict[str, str], expected: tuple[list[str], list[str]]
) -> None:
    assert tuple(tracing.find_exporters(environ).values()) == expected


def test_off_nothing_of_opentelemetry_is_imported(tmp_path: Path) -> None:
    script = f"""
import sys
from pathlib import Path
from tests.doubles.render.local_runs import LOOK, run_batch, runtime_in
assert run_batch(runtime_in(Path({str(tmp_path)!r})), ["a"], ["gpt-image-2"], *LOOK, offline=True).status == "complete"
print([name for name in sys.modules if name.startswith("opentelemetry") or name == "imagegen.telemetry"])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("[]\n", 0), done.stderr


def test_ten_leaves_are_a_tree_like_the_run_tree(tmp_path: Path, spans: Any) -> None:
    run_batch(runtime_in(tmp_path), list("abcde"), [MODEL, "gemini-3-pro-image"], *LOOK, offline=True)
    found = spans.get_finished_spans()
    (batch,) = [span for span in found if span.name == "batch"]
    leaves = [span for span in found if span.name == "leaf"]
    assert batch.parent is None
    assert len(leaves) == 10
    assert {leaf.parent.span_id for leaf in leaves} == {batch.context.span_id}
    assert {span.context.trace_id for span in found} == {batch.context.trace_id}
    for leaf in leaves:
        assert leaf.attributes["imagegen.batch"] == batch.attributes["imagegen.batch"]
        assert leaf.attributes["imagegen.parent"] == batch.attributes["imagegen.run"]
        assert (leaf.attributes["imagegen.status"], leaf.attributes["imagegen.attempt"]) == ("generated", 1)
        steps = [span.name for span in found if span.parent and span.parent.span_id == leaf.context.span_id]
        assert {"claim", "provider", "compose", "store_pictures", "record"} <= set(steps)
    assert [s.name for s in found if s.parent and s.parent.span_id == batch.context.span_id and s.name != "leaf"] == [
        "prepare"
    ]


def test_a_failed_attempt_is_a_span_with_its_kind_and_the_next_one_another(
    runtime: Runtime, openai: OpenAIServer, spans: Any
) -> None:
    openai.script([openai_server.server_error(503)])
    run_batch(runtime, ["a"], [MODEL], *LOOK)
    first, second = sorted((s for s in spans.get_finished_spans() if s.name == "leaf"), key=lambda s: s.start_time)
    assert (first.attributes["error.type"], first.attributes["imagegen.request_id"]) == ("server_error", "req_standin")
    assert (first.status.is_ok, second.status.is_ok) == (False, True)
    assert [span.attributes["imagegen.attempt"] for span in (first, second)] == [1, 2]


def test_a_span_does_not_repeat_a_key_that_a_provider_repeats(tmp_path: Path, openai: OpenAIServer, spans: Any) -> None:
    key = "sk-proj-PLANTEDopenai0123456789abcdefPLANTED"
    openai.always(openai_server.rejected_key(echoed=key))
    with pytest.raises(BatchFailed):
        run_batch(runtime_in(tmp_path, openai_api_key=key), ["a"], [MODEL], *LOOK)
    told = "".join(span.to_json() for span in spans.get_finished_spans())
    assert "rejected_key" in told
    assert "PLANTED" not in told


def test_a_leaf_alone_is_a_trace_of_its_own(runtime: Runtime, spans: Any) -> None:
    assert run_leaf(runtime, "a", MODEL, *LOOK).succeeded
    (leaf,) = [span for span in spans.get_finished_spans() if span.name == "leaf"]
    assert leaf.parent is None


def test_a_collector_gets_the_trace_and_the_metrics(tmp_path: Path, openai: OpenAIServer, collected: Collector) -> None:
    openai.script([openai_server.rate_limited(retry_after="0.001"), openai_server.picture(), openai_server.refused()])
    result = run_batch(runtime_in(tmp_path, max_in_flight=1), ["a", "b"], [MODEL], *LOOK)
    (batch,) = collected.below("")
    assert (batch.service, batch.attributes["imagegen.status"]) == ("imagegen", "partial")
    assert [span.name for span in collected.below(batch.id)].count("leaf") == 3
    pictures = {
        next(each.value.string_value for each in point.attributes if each.key == "imagegen.status"): point.as_int
        for point in collected.metrics["imagegen.pictures"]
    }
    assert pictures == {"generated": 1, "failed": 1}
    (cost,) = collected.metrics["imagegen.cost"]
    assert cost.as_double == pytest.approx(result.summary.cost_usd)
    assert [point.as_int for point in collected.metrics["imagegen.waits"]] == [1]
    assert sum(point.count for point in collected.metrics["imagegen.provider.duration"]) == 2


@pytest.mark.parametrize("answers", [False, True], ids=["refused", "silent"])
def test_a_collector_that_does_not_answer_neither_fails_a_batch_nor_delays_it(
    answers: bool, tmp_path: Path, fresh_tracing: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    waited: list[float] = []
    flush = telemetry.Sdk.flush

    def measured(sdk: telemetry.Sdk, seconds: float) -> bool:
        started = time.monotonic()
        sent = flush(sdk, seconds)
        waited.append(time.monotonic() - started)
        return sent

    fresh_tracing.setattr(telemetry.Sdk, "flush", measured)
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        if answers:
            deaf.listen(8)  # it accepts, and says nothing for ever
        fresh_tracing.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{deaf.getsockname()[1]}")
        result = run_batch(runtime_in(tmp_path), list("abcde"), [MODEL], *LOOK, offline=True)
    assert result.status == "complete"
    told = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [record.getMessage() for record in told if record.name == "imagegen"] == [tracing.UNREACHABLE]
    assert len(waited) == 1
    assert waited[0] < tracing.FLUSH_SECONDS + A_BUSY_MACHINE


def test_leaves_do_not_wait_for_a_collector_that_did_not_take_the_batch_s_first_span(
    tmp_path: Path, fresh_tracing: pytest.MonkeyPatch
) -> None:
    flushed = []
    fresh_tracing.setenv("OTEL_TRACES_EXPORTER", "console")
    fresh_tracing.setattr(telemetry.Sdk, "flush", lambda _self, seconds: flushed.append(seconds))
    traces: list[str] = []

    def to_json(grant: Grant) -> dict[str, Any]:
        traces.append(grant.trace)
        return _to_json(grant)

    fresh_tracing.setattr(Grant, "to_json", to_json)
    run_batch(runtime_in(tmp_path), ["a", "b"], [MODEL], *LOOK, offline=True)
    assert traces == ["", ""]
    assert len(flushed) == 1


_to_json = Grant.to_json


def test_a_batch_in_one_process_waits_for_its_collector_twice_whatever_its_size(
    tmp_path: Path, fresh_tracing: pytest.MonkeyPatch
) -> None:
    flushed: list[float] = []

    def flush(_sdk: telemetry.Sdk, seconds: float) -> bool:
        flushed.append(seconds)
        return True

    fresh_tracing.setenv("OTEL_TRACES_EXPORTER", "console")
    fresh_tracing.setattr(telemetry.Sdk, "flush", flush)
    run_batch(runtime_in(tmp_path), ["a", "b", "c"], [MODEL], *LOOK, offline=True)
    assert flushed == [tracing.FLUSH_SECONDS] * 2
    assert sum(flushed) <= 2.0


def test_without_the_extra_one_warning_says_what_to_install(tmp_path: Path) -> None:
    script = f"""
import os, sys
from pathlib import Path
from tests.doubles.render.local_runs import LOOK, run_batch, runtime_in
sys.modules["opentelemetry"] = None
os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:4318"
run_batch(runtime_in(Path({str(tmp_path)!r})), ["a", "b"], ["gpt-image-2"], *LOOK, offline=True)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("", f"{tracing.MISSING}\n", 0)
    assert "pip install 'imagegen-workflows[otel]'" in tracing.MISSING


def test_what_opentelemetry_complains_of_is_told_in_one_line_without_the_password_of_an_address(tmp_path: Path) -> None:
    script = f"""
import logging
from pathlib import Path
from tests.doubles.render.local_runs import LOOK, run_batch, runtime_in
logging.basicConfig()
run_batch(runtime_in(Path({str(tmp_path)!r})), ["a", "b"], ["gpt-image-2"], *LOOK, offline=True)
"""
    environment = {**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": "http://user:PLANTED@127.0.0.1:1"}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, env=environment)
    assert (done.stdout, done.stderr, done.returncode) == ("", f"WARNING:imagegen:{tracing.UNREACHABLE}\n", 0)


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("OTEL_TRACES_EXPORTER", "zipkin", "OTEL_TRACES_EXPORTER=zipkin is not supported"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "the protocol grpc is not supported"),
    ],
)
def test_an_exporter_that_is_not_here_is_named(
    variable: str, value: str, said: str, fresh_tracing: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    fresh_tracing.setenv("OTEL_TRACES_EXPORTER", "otlp")
    fresh_tracing.setenv(variable, value)
    tracing._start()
    assert said in caplog.text


@pytest.mark.parametrize("trace", ["", TRACEPARENT])
def test_a_grant_takes_a_traceparent(trace: str) -> None:
    grant = read_grant({"trace": trace, "batch": "0123456789abcdef"})
    assert grant == Grant(batch="0123456789abcdef", trace=trace)
    assert grant
    assert read_grant(grant.to_json()) == grant


@pytest.mark.parametrize(
    "field",
    [
        *(
            {"trace": trace}
            for trace in (1, None, "00", TRACEPARENT + "\n", TRACEPARENT.upper(), f"01{TRACEPARENT[2:]}")
        ),
        {"trace": TRACEPARENT.replace("a", "0")},
        {"trace": TRACEPARENT.replace("b", "0")},
        *({"batch": batch} for batch in (1, None, "x" * 201)),
    ],
)
def test_a_grant_with_anything_else_is_refused(field: dict[str, Any]) -> None:
    with pytest.raises(RequestError, match="left out: generateBatch sets it"):
        read_grant(field)
