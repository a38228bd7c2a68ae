"""The worker as Render runs it: real processes, one per attempt, over the SDK's own protocol."""

import asyncio
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from imagegen.making.runtime import ATTEMPT_SECONDS, ATTEMPTS, Runtime, using
from imagegen.request import batch as batches
from imagegen.results import BatchResult, LeafResult
from imagegen.settings import Settings
from tests.doubles.render.worker_protocol import ROOT, Attempt, Fault, Faults, Run, WorkerPlatform, platform
from workflows.app import app, generateBatch
from workflows.local import LocalEngine

MODELS = ["gemini-3-pro-image-preview", "gpt-image-1"]
SECRET = "sk-a-key-that-must-not-be-logged"


def a_batch(prompts: int, models: int = 2) -> dict[str, Any]:
    return {
        "prompts": [f"Picture number {number} " + "of a long row " * 10 for number in range(prompts)],
        "models": MODELS[:models],
        "style": "photorealistic",
        "template": "bottom-bar",
        "font": "inter",
        "offline": True,
    }


@contextmanager
def workers(
    tmp_path: Path, *, faults: Faults = lambda _run, _attempt: None, with_ids: bool = True, **environment: str
) -> Iterator[WorkerPlatform]:
    variables = {"IMAGEGEN_STORE": str(tmp_path / "store"), "OPENAI_API_KEY": SECRET, **environment}
    with platform(tmp_path / "logs", variables, faults=faults, with_ids=with_ids) as served:
        yield served


def result_of(run: Run) -> BatchResult:
    assert run.error is None
    return BatchResult.model_validate(run.output[0])


def made(leaf: LeafResult) -> tuple[object, ...]:
    """Return the part of an outcome that describes the picture, without its costs and times."""
    assert leaf.image
    assert leaf.thumbnail
    return (leaf.title, leaf.model, leaf.served_by, leaf.status, leaf.image.key, leaf.thumbnail.key, leaf.leaf_hash)


def claimed_by(store: Path, run: Run) -> bool:
    """Return True once the run has claimed its request and is about to pay."""
    return any(run.id in claim.read_text() for claim in (store / "claims").rglob("*.json"))


def test_ten_leaves_survive_two_crashes_and_a_hang_and_give_what_the_local_engine_gives(tmp_path: Path) -> None:
    store = tmp_path / "store"
    victims: dict[str, Fault] = {}

    def faults(run: Run, attempt: Attempt) -> Fault | None:
        """Kill two leaves in the middle of their call, and stop a third."""
        if not run.parent_id or attempt.number > 1 or (len(victims) == 3 and run.id not in victims):
            return None
        if not claimed_by(store, run):
            return None
        return victims.setdefault(run.id, Fault.HANG if len(victims) == 2 else Fault.KILL)

    request = a_batch(prompts=5)
    with workers(tmp_path, faults=faults, OFFLINE_LATENCY_SECONDS="0.5") as served:
        root = served.run_to_end("generateBatch", request)
        leaves = served.children(root)
    result = result_of(root)

    assert [attempt.error for attempt in root.attempts] == [None]
    assert {(leaf.task, leaf.parent_id, leaf.root_id) for leaf in leaves} == {("generateImage", root.id, root.id)}
    assert len(leaves) == 10
    assert {leaf.id: len(leaf.attempts) for leaf in leaves} == {
        leaf.id: 2 if leaf.id in victims else 1 for leaf in leaves
    }
    first_errors = sorted(str(leaf.attempts[0].error) for leaf in leaves if leaf.id in victims)
    assert first_errors == [
        *["start command exited before completing the task: exit status -9"] * 2,
        "task run timed out",
    ]
    claims = len(list((store / "claims").rglob("*.json")))
    assert result.summary.possible_extra_charges == claims - 10, "every claim taken over may stand for a charge"
    assert [[made(cell) for cell in row] for row in result.images or ()] == [
        [made(cell) for cell in row] for row in locally(request, tmp_path / "local").images or ()
    ]


def locally(request: dict[str, Any], store: Path) -> BatchResult:
    """The same batch by the same tasks on the local engine."""
    engine = LocalEngine(app, concurrency=4)
    try:
        with using(Runtime(Settings(store=str(store)))):
            return BatchResult.model_validate(asyncio.run(engine.run(generateBatch, **request)))
    finally:
        engine.close()


def test_a_parent_killed_half_way_generates_only_what_is_missing_in_its_second_life(tmp_path: Path) -> None:
    def faults(run: Run, attempt: Attempt) -> Fault | None:
        stored = len(list((tmp_path / "store/results").rglob("*.json"))) if not run.parent_id else 0
        return Fault.KILL if attempt.number == 1 and stored >= 2 else None

    with workers(tmp_path, faults=faults, MAX_IN_FLIGHT="2", OFFLINE_LATENCY_SECONDS="0.1") as served:
        root = served.run_to_end("generateBatch", a_batch(prompts=2))
    summary = result_of(root).summary

    assert [attempt.exit_code for attempt in root.attempts] == [-9, 0]
    assert (summary.requested, summary.succeeded) == (4, 4)
    assert summary.reused >= 2
    assert len(list((tmp_path / "store/originals").rglob("*"))) >= 4
    claims = list((tmp_path / "store/claims").rglob("*.json"))
    assert len(claims) == 4, "a second claim on a request would be a second payment"


def test_a_batch_given_by_position_runs_like_the_tutorials(tmp_path: Path) -> None:
    names = ("prompts", "models", "style", "template", "font", "context", "extra_prompt", "variant", "offline")
    values = {"context": "", "extra_prompt": "", "variant": 0, **a_batch(prompts=1, models=1)}
    with workers(tmp_path, with_ids=False) as served:
        root = served.run_to_end("generateBatch", [values[name] for name in names])
        log = served.logs()
    assert result_of(root).summary.generated == 1
    assert [attempt.exit_code for attempt in root.attempts] == [0]

    assert SECRET not in log
    assert a_batch(1)["prompts"][0] not in log, "prompts are cut in logs"
    steps = re.findall(r"step=(\w+) prompt=.* model=gemini-3-pro-image-preview seconds=\d", log)
    assert {"provider", "store_original", "compose", "record"} <= set(steps)


def test_a_wrong_batch_fails_with_every_problem_named_and_leaves_exit_code_1(tmp_path: Path) -> None:
    with workers(tmp_path) as served:
        root = served.run_to_end("generateBatch", {"prompts": [], "models": ["gpt-image-1"], "stile": "x"})
        assert not served.children(root)
    assert "prompts: at least one" in str(root.error)
    assert "did you mean 'style'" in str(root.error)
    assert {attempt.exit_code for attempt in root.attempts} == {1}


def test_the_tasks_say_how_often_how_long_and_on_what_they_run(tmp_path: Path) -> None:
    with workers(tmp_path) as served:
        tasks = served.tasks
    options = {name: task["options"] for name, task in tasks.items()}
    assert set(options) == {"generateBatch", "generateImage"}
    assert options["generateImage"]["timeout_seconds"] == ATTEMPT_SECONDS
    assert options["generateImage"]["retry"] == {"max_retries": ATTEMPTS - 1, "wait_duration_ms": 1000, "factor": 2.0}
    assert all(30 <= option["timeout_seconds"] <= 86_400 and option["plan"] == "starter" for option in options.values())
    names = [parameter["name"] for parameter in tasks["generateBatch"]["parameters"]]
    assert names[:7] == ["prompts", "models", "style", "template", "font", "context", "extra_prompt"]
    assert names == list(batches.Batch.model_fields)


def test_the_sdks_own_command_starts_the_same_worker(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "render.workflows.cli", "workflows.app:app"]
    with platform(tmp_path, {}, command=command) as served:
        assert set(served.tasks) == {"generateBatch", "generateImage"}


@pytest.mark.parametrize("module", [["workflows"], ["render.workflows.cli", "workflows.app:app"]])
def test_started_by_hand_it_explains_itself_in_two_lines(module: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *module], cwd=ROOT, env={}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stdout == ""
    first, second = done.stderr.splitlines()
    assert "render workflows dev -- python -m workflows" in first
    assert "imagegen run batch.json --offline" in second
