"""Log and trace of real worker processes, one for each attempt."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.doubles.provider import openai_server
from tests.doubles.provider.openai_server import OpenAIServer
from tests.doubles.render.worker_protocol import Attempt, Fault, Run, WorkerPlatform, platform
from tests.watching.collector import PATIENT_WORKER, collector

BATCH = {
    "models": ["gpt-image-2"],
    "style": "photorealistic",
    "template": "bottom-bar",
    "font": "inter",
    "prompts": ["A fox", "A whale"],
}


def lines(served: WorkerPlatform) -> Iterator[dict[str, Any]]:
    """Every line of every worker; each is JSON."""
    return (json.loads(line) for line in served.logs().splitlines() if line and not line.startswith("--- "))


@pytest.mark.parametrize("with_ids", [True, False])
def test_every_line_of_a_worker_is_an_object_with_the_ids_of_its_run(tmp_path: Path, with_ids: bool) -> None:
    with OpenAIServer() as openai:
        openai.script([openai_server.refused()])
        environment = {**openai.environment, "IMAGEGEN_STORE": str(tmp_path / "store"), "LOG_FORMAT": "json"}
        with platform(tmp_path / "logs", environment, with_ids=with_ids) as served:
            root = served.run_to_end("generateBatch", BATCH)
            found = list(lines(served))
    batch = root.output[0]["batch_id"]
    assert {line["batch"] for line in found} == {batch}
    of_batch = [line for line in found if "parent" not in line]
    assert [line["event"] for line in of_batch] == ["batch_started", "pair_failed", "batch_ended"]
    assert len({line["run"] for line in of_batch}) == 1
    of_leaves = [line for line in found if "parent" in line]
    assert {line["parent"] for line in of_leaves} == {of_batch[0]["run"]}
    assert {len(line["leaf"]) for line in of_leaves} == {16}
    assert len({(line["run"], line["leaf"]) for line in of_leaves}) == 2
    if with_ids:
        assert {line["run"] for line in of_leaves} == {run.id for run in served.children(root)}
    assert [line["level"] for line in found if line["level"] != "INFO"] == ["WARNING"]


def test_a_leaf_that_is_killed_to_the_last_attempt_is_one_error_by_its_batch(tmp_path: Path) -> None:
    def faults(run: Run, _attempt: Attempt) -> Fault | None:
        return Fault.KILL if run.parent_id else None

    environment = {"IMAGEGEN_STORE": str(tmp_path / "store"), "LOG_FORMAT": "json"}
    with platform(tmp_path / "logs", environment, faults=faults) as served:
        served.run_to_end("generateBatch", {**BATCH, "prompts": ["A fox"], "offline": True})
        (told,) = [line for line in lines(served) if line["level"] in {"WARNING", "ERROR"}]
    assert (told["level"], told["event"], told["kind"]) == ("ERROR", "pair_failed", "run_failed")
    assert "exited before completing" in told["reason"]


def test_a_call_that_does_not_fit_is_one_warning_and_no_traceback(tmp_path: Path) -> None:
    with platform(tmp_path / "logs", {"LOG_FORMAT": "json"}) as served:
        root = served.run_to_end("generateBatch", {"prompts": ["A fox"], "stile": "neon\nlevel=ERROR"})
        told = [line for line in lines(served) if line["level"] != "INFO"]
    assert len(told) == len(root.attempts)
    assert {(line["level"], line["event"], line["kind"]) for line in told} == {("WARNING", "task_failed", "request")}
    assert "did you mean 'style'" in told[0]["reason"]


def test_attempts_that_fail_in_processes_of_their_own_are_in_the_trace(tmp_path: Path) -> None:
    with collector() as kept, OpenAIServer() as openai:
        openai.always(openai_server.server_error(500))
        environment = {**openai.environment, "IMAGEGEN_STORE": str(tmp_path / "store")}
        with platform(
            tmp_path / "logs", {**environment, "OTEL_EXPORTER_OTLP_ENDPOINT": kept.url}, command=PATIENT_WORKER
        ) as served:
            served.run_to_end("generateBatch", {**BATCH, "prompts": ["A fox"]})
    (batch,) = {span.id: span for span in kept.below("") if "imagegen.status" in span.attributes}.values()
    leaves = [span for span in kept.below(batch.id) if span.name == "leaf"]
    assert [leaf.attributes["imagegen.attempt"] for leaf in leaves] == [1, 2, 3, 4]
    assert {leaf.attributes["error.type"] for leaf in leaves} == {"server_error"}
    assert all(span.failed for span in (batch, *leaves))


def test_leaves_in_processes_of_their_own_are_spans_of_their_batch(tmp_path: Path) -> None:
    with collector() as kept:
        environment = {"IMAGEGEN_STORE": str(tmp_path / "store"), "OTEL_EXPORTER_OTLP_ENDPOINT": kept.url}
        with platform(tmp_path / "logs", environment, command=PATIENT_WORKER) as served:
            root = served.run_to_end("generateBatch", {**BATCH, "offline": True})
            children = served.children(root)
    (batch,) = kept.below("")
    assert (batch.name, batch.attributes["imagegen.run"]) == ("batch", root.id)
    leaves = [span for span in kept.below(batch.id) if span.name == "leaf"]
    assert {leaf.attributes["imagegen.run"] for leaf in leaves} == {run.id for run in children}
    assert {span.trace for span in kept.spans} == {batch.trace}
    for leaf in leaves:
        assert {"claim", "provider", "compose", "record"} <= {span.name for span in kept.below(leaf.id)}
    assert sum(point.as_int for point in kept.metrics["imagegen.pictures"]) == 2
