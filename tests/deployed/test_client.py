"""Deployed runs, against a stand-in of Render's API on loopback: started, followed, reported, cancelled."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from imagegen.results import BatchResult
from tests.doubles import batches
from tests.doubles.render_api import WITHIN, RenderApi, render_api
from tests.doubles.worker_protocol import ROOT
from tests.measuring import COVERAGE
from workflows import cli
from workflows.deployed.client import ApiError, ApiUnavailable, Client, Unreachable, checked_id, task_slug
from workflows.deployed.follow import follow
from workflows.deployed.runs import RemoteRun, Status
from workflows.events import AttemptFailed, Event, LeafSettled, RunFinished, RunStarted

KEY = "rnd_a-key-that-no-message-may-repeat"
SLUG = "imagegen/generateBatch"
START = "POST /v1/task-runs"
HOUR = 3_600.0
BATCH: dict[str, Any] = {
    "prompts": ["A red fox", "A blue whale"],
    "models": ["gpt-image-2"],
    "style": "photorealistic",
    "template": "bottom-bar",
    "font": "inter",
}
FOX = {
    **{name: BATCH[name] for name in ("style", "template", "font")},
    "prompt": "A red fox",
    "model": "gpt-image-2",
}
RESULT = batches.batch([[batches.leaf("A red fox")], [batches.leaf("A blue whale", reused=True, seconds=0.0)]])


@pytest.fixture
def hosted(monkeypatch: pytest.MonkeyPatch) -> Iterator[RenderApi]:
    """Render's API, with a client's key in the environment."""
    monkeypatch.setenv("RENDER_API_KEY", KEY)
    with render_api(key=KEY) as api:
        yield api


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[RenderApi]:
    """The local server, where the SDK's own variable says that it is, and a batch file beside it."""
    with render_api(local=True) as api:
        monkeypatch.setenv("RENDER_LOCAL_DEV_URL", api.url)
        monkeypatch.setenv("IMAGEGEN_STORE", str(tmp_path / "store"))
        monkeypatch.chdir(tmp_path)
        (tmp_path / "batch.json").write_text(json.dumps(BATCH))
        yield api


async def never(_seconds: float) -> None:
    """Wait no time between repeated requests."""


def asked(api: RenderApi, question: Callable[[Client], Any]) -> Any:
    """What a client of ``api`` answers."""

    async def ask() -> Any:
        async with Client(base_url=api.url, sleep=never) as client:
            return await question(client)

    return asyncio.run(ask())


def followed(api: RenderApi, run_id: str, script: Callable[[], None], **options: Any) -> tuple[RemoteRun, list[Event]]:
    """The run and the events that a follower saw while ``script`` moved the server on."""
    events: list[Event] = []

    async def both() -> RemoteRun:
        async with Client(base_url=api.url, sleep=never) as client:
            following = asyncio.create_task(follow(client, run_id, events.append, **options))
            await asyncio.to_thread(script)
            return await asyncio.wait_for(following, WITHIN)

    return asyncio.run(both()), events


def result() -> dict[str, Any]:
    return RESULT.model_dump(mode="json")


# Starting


def test_a_request_without_an_answer_is_repeated_with_the_same_key(hosted: RenderApi) -> None:
    hosted.refusals = [503, 0, 429]
    run = asked(hosted, lambda client: client.start(SLUG, BATCH, idempotency_key="one"))
    bodies = hosted.bodies(START)
    assert (run.id, run.status) == ("trn-0000", Status.RUNNING)
    assert [body["idempotencyKey"] for body in bodies] == ["one"] * 4
    assert list(hosted.runs) == ["trn-0000"]
    assert bodies[-1]["input"] == BATCH


def test_it_gives_up_after_four_requests(hosted: RenderApi) -> None:
    hosted.refusals = [503] * 9
    with pytest.raises(ApiUnavailable, match=r"cannot start imagegen/generateBatch: answered 503 on purpose \(503\)"):
        asked(hosted, lambda client: client.start(SLUG, BATCH, idempotency_key="one"))
    assert hosted.count(START) == 4


def test_the_local_server_is_asked_once_because_it_ignores_keys(local: RenderApi) -> None:
    local.refusals = [503]
    with pytest.raises(ApiUnavailable):
        asked(local, lambda client: client.start("generateBatch", BATCH, idempotency_key="one"))
    assert local.count(START) == 1


def test_a_key_that_render_refuses_is_not_repeated_in_the_message(hosted: RenderApi) -> None:
    hosted.key = "another"
    with pytest.raises(ApiError, match="does not accept RENDER_API_KEY") as caught:
        asked(hosted, lambda client: client.run("trn-1"))
    assert KEY not in str(caught.value)


def test_without_a_key_nothing_is_asked() -> None:
    async def enter() -> None:
        async with Client():
            pass

    with pytest.raises(ApiError, match="RENDER_API_KEY is not set"):
        asyncio.run(enter())


def test_an_answer_that_is_not_the_apis_is_said_to_be_something_else(hosted: RenderApi) -> None:
    hosted.runs["trn-1"] = {"id": "trn-1"}
    with pytest.raises(ApiError, match="answered with something else than the API does"):
        asked(hosted, lambda client: client.run("trn-1"))


def test_a_run_that_render_does_not_know_is_named(hosted: RenderApi) -> None:
    with pytest.raises(ApiError, match="cannot read trn-404: task run not found"):
        asked(hosted, lambda client: client.run("trn-404"))


def test_a_dropped_connection_of_the_local_server_is_explained(local: RenderApi) -> None:
    with pytest.raises(ApiUnavailable, match="does so for a run that it does not know"):
        asked(local, lambda client: client.run("trn-404"))


def test_a_port_that_nobody_listens_at_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENDER_API_KEY", KEY)
    with render_api() as gone:
        pass
    with pytest.raises(Unreachable, match="cannot connect to http://127"):
        asked(gone, lambda client: client.start(SLUG, BATCH, idempotency_key="one"))


@pytest.mark.parametrize("wrong", ["", "1", "tsk-1", "trn-", "trn-1/../2", "trn-1?x"])
def test_what_is_no_run_id_is_not_asked_for(wrong: str) -> None:
    with pytest.raises(ApiError, match="start with 'trn-'"):
        checked_id(wrong)


def test_the_batch_task_is_added_to_a_workflows_slug() -> None:
    assert task_slug("imagegen", local=False) == SLUG
    assert task_slug("imagegen/other:v2", local=False) == "imagegen/other:v2"
    assert task_slug("", local=True) == "generateBatch"
    with pytest.raises(ApiError, match="--workflow or WORKFLOW_SLUG"):
        task_slug("", local=False)


# Following


def test_an_event_wakes_the_follower_long_before_its_next_look(hosted: RenderApi) -> None:
    root = hosted.add(BATCH)

    def script() -> None:
        hosted.wait_for_stream()
        hosted.succeed(root, result())

    run, events = followed(hosted, root, script, look_every=HOUR)
    assert (run.status, run.result["batch_id"]) == (Status.SUCCEEDED, RESULT.batch_id)
    assert isinstance(events[0], RunStarted)
    assert [event.leaf.title for event in events if isinstance(event, LeafSettled)] == ["A red fox", "A blue whale"]
    assert isinstance(events[-1], RunFinished)
    assert events[-1].error is None


def test_a_dropped_stream_is_opened_again(hosted: RenderApi) -> None:
    root = hosted.add(BATCH)

    def script() -> None:
        hosted.wait_for_stream()
        hosted.drop_streams()
        hosted.wait_for_stream()
        hosted.succeed(root, result())

    run, _ = followed(hosted, root, script, look_every=HOUR, reconnect_after=0.01)
    assert run.ended
    assert hosted.count("GET /v1/task-runs/events") == 2


def test_looking_goes_on_where_no_stream_can_be_had(local: RenderApi) -> None:
    local.stream_refusal = 500
    root = local.add(BATCH)

    def script() -> None:
        local.wait_for(f"GET /v1/task-runs/{root}", 2)
        local.cancel(root)

    run, events = followed(local, root, script, look_every=0.01, reconnect_after=HOUR)
    assert run.status is Status.CANCELED
    assert isinstance(events[-1], RunFinished)
    assert events[-1].cancelled


def test_a_failed_attempt_that_is_repeated_is_not_taken_for_the_end(local: RenderApi) -> None:
    root = local.add(BATCH)

    def script() -> None:
        local.wait_for_stream()
        local.fail_attempt(root, "the instance died")
        local.wait_for(f"GET /v1/task-runs/{root}", 3)
        local.repeat(root)
        local.succeed(root, result())

    run, events = followed(local, root, script, look_every=0.05)
    told = [event for event in events if isinstance(event, RunStarted | AttemptFailed)]
    assert run.status is Status.SUCCEEDED
    assert [type(event) for event in told] == [RunStarted, AttemptFailed, RunStarted]
    assert isinstance(told[1], AttemptFailed)
    assert (told[1].error, told[1].attempts, told[1].retry_in) == ("the instance died", 3, 5.0)


@pytest.mark.parametrize("kind", ["hosted", "local"])
def test_children_are_told_of_with_what_they_make_and_what_came_of_it(
    kind: str, request: pytest.FixtureRequest
) -> None:
    api: RenderApi = request.getfixturevalue(kind)
    root = api.add(BATCH)
    api.add(BATCH)  # somebody else's run, which the local server lists as well
    fox = api.add(FOX, parent=root)

    def script() -> None:
        api.wait_for(f"GET /v1/task-runs/{fox}")
        api.succeed(fox, batches.leaf("A red fox").model_dump(mode="json"))
        api.wait_for(f"GET /v1/task-runs/{fox}", 2)
        api.succeed(root, result())

    _, events = followed(api, root, script, look_every=0.05)
    begun = {event.run_id: event for event in events if isinstance(event, RunStarted)}
    settled = [event for event in events if isinstance(event, LeafSettled)]
    assert set(begun) == {root, fox}
    assert (begun[fox].parent_id, begun[fox].inputs["prompt"], begun[fox].attempt) == (root, "A red fox", 1)
    assert [(event.leaf.prompt, event.result.reused) for event in settled] == [
        ("A red fox", False),
        ("A blue whale", True),
    ]


def test_every_page_of_a_large_tree_is_read(hosted: RenderApi) -> None:
    root = hosted.add(BATCH)
    children = {hosted.add(FOX, parent=root) for _ in range(250)}
    runs: list[RemoteRun] = asked(hosted, lambda client: client.tree(root))
    assert {run.id for run in runs} == children
    assert hosted.count("GET /v1/task-runs") == 3


def test_passing_trouble_is_waited_out_and_lasting_trouble_says_how_to_attach_again(hosted: RenderApi) -> None:
    root = hosted.add(BATCH)

    def recover() -> None:
        hosted.wait_for_stream()
        hosted.refusals = [503, 0, 429]
        hosted.succeed(root, result())

    run, _ = followed(hosted, root, recover, look_every=0.01, reconnect_after=0.01)
    assert run.ended

    hosted.refusals = [503] * 1_000
    with pytest.raises(ApiError, match=f"imagegen status {root} --follow"):
        followed(hosted, root, lambda: None, look_every=0.01, patience=0.05)


# The commands


class Said:
    """What a command left behind: its exit code, its output and its messages."""

    def __init__(self, capture: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capture = capture
        self._monkeypatch = monkeypatch

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        self._monkeypatch.setattr(sys, "argv", ["imagegen", *arguments])
        with pytest.raises(SystemExit) as exit_:
            cli.main()
        code = exit_.value.code or 0
        assert isinstance(code, int), code
        out, err = self._capture.readouterr()
        assert "Traceback" not in err
        return code, out, err


@pytest.fixture
def imagegen(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Said:
    return Said(capsys, monkeypatch)


@contextmanager
def moved_on(script: Callable[[], None]) -> Iterator[None]:
    """Run ``script`` beside the body of the with statement."""
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(script)
        yield
    done.result()


def test_start_follows_to_the_end_and_prints_what_run_prints(local: RenderApi, imagegen: Said) -> None:
    def script() -> None:
        local.wait_for_stream()
        local.succeed("trn-0000", result())

    with moved_on(script):
        code, out, err = imagegen("start", "batch.json", "--json")
    assert code == 0
    assert BatchResult.model_validate_json(out) == RESULT
    assert err.startswith("Started trn-0000: generateBatch\n")
    assert "2 pictures: 1 generated, 1 reused" in err
    (sent,) = local.bodies(START)
    assert [row["prompt"] for row in sent["input"]["prompts"]] == BATCH["prompts"]


def test_two_starts_have_two_keys_and_detach_prints_the_run(local: RenderApi, imagegen: Said) -> None:
    code, out, err = imagegen("start", "batch.json", "--detach", "--offline")
    assert (code, out) == (0, "trn-0000\n")
    assert "imagegen status trn-0000 --follow" in err
    code, out, _ = imagegen("start", "batch.json", "--detach", "--json", "--workflow", "imagegen")
    second = json.loads(out)
    assert (second["id"], second["task"], second["status"]) == ("trn-0001", SLUG, "running")
    first_key, second_key = (body["idempotencyKey"] for body in local.bodies(START))
    assert second["idempotency_key"] == second_key != first_key
    assert local.bodies(START)[0]["input"]["offline"] is True


def test_a_key_of_ones_own_is_sent(local: RenderApi, imagegen: Said) -> None:
    imagegen("start", "batch.json", "--detach", "--idempotency-key", "mine")
    assert local.bodies(START)[0]["idempotencyKey"] == "mine"


def test_a_failed_run_is_reported_with_exit_1(local: RenderApi, imagegen: Said) -> None:
    def script() -> None:
        local.wait_for_stream()
        local.fail("trn-0000", "the batch has 1 problem")

    with moved_on(script):
        code, out, err = imagegen("start", "batch.json")
    assert (code, out) == (1, "")
    assert err.endswith("imagegen: trn-0000 failed: the batch has 1 problem\n")
    code, out, _ = imagegen("status", "trn-0000", "--json")
    assert (code, json.loads(out)["error"]) == (1, "the batch has 1 problem")


def test_a_partial_batch_exits_with_1(local: RenderApi, imagegen: Said) -> None:
    run = local.add(BATCH)
    partial = batches.batch([[batches.leaf("A red fox")], [batches.failed("A blue whale")]])
    local.succeed(run, partial.model_dump(mode="json"))
    code, out, err = imagegen("status", run)
    assert (code, out) == (1, "")
    assert "1 generated, 0 reused, 1 failed" in err


def test_a_wrong_batch_is_never_sent(local: RenderApi, imagegen: Said, tmp_path: Path) -> None:
    (tmp_path / "batch.json").write_text(json.dumps({**BATCH, "style": "photographic"}))
    code, _, err = imagegen("start", "batch.json")
    assert code == 2
    assert "style:" in err
    assert not local.requests


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("start", "batch.json", "--workflow", "wrong/slug"), "cannot start wrong/slug: task not found: wrong/slug."),
        (("status", "nonsense"), "'nonsense' is not the id of a task run"),
        (("cancel", "trn-404"), "cannot cancel trn-404: task run not found: trn-404."),
    ],
)
def test_what_the_server_does_not_know_is_one_plain_message_and_exit_2(
    local: RenderApi, imagegen: Said, arguments: tuple[str, ...], expected: str
) -> None:
    code, out, err = imagegen(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith(f"imagegen: {expected}")
    assert err.count("\n") == 1


def test_a_bad_key_is_one_plain_message_and_exit_2(
    local: RenderApi, imagegen: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    local.key = "another"
    monkeypatch.setenv("RENDER_API_KEY", KEY)
    code, _, err = imagegen("start", "batch.json", "--workflow", "imagegen")
    assert code == 2
    assert err.startswith("imagegen: cannot start imagegen/generateBatch: Render does not accept RENDER_API_KEY (401")
    assert err.count("\n") == 1
    assert KEY not in err


def test_an_unreachable_server_is_one_plain_message_and_exit_2(
    local: RenderApi, imagegen: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    with render_api() as gone:
        pass
    monkeypatch.setenv("RENDER_LOCAL_DEV_URL", gone.url)
    code, _, err = imagegen("start", "batch.json", "--local")
    assert code == 2
    assert err == (
        f"imagegen: nothing listens at {gone.url}; start the local server with: "
        "render workflows dev -- python -m workflows\n"
    )


def test_status_counts_the_runs_below(local: RenderApi, imagegen: Said) -> None:
    root = local.add(BATCH)
    local.succeed(local.add(FOX, parent=root), {})
    local.add(FOX, parent=root)
    code, out, _ = imagegen("status", root)
    assert code == 0
    assert out.startswith(f"{root} running since ")
    assert out.endswith("; runs below it: 1 running, 1 succeeded\n")
    _, out, _ = imagegen("status", root, "--json")
    assert json.loads(out)["runs_below"] == {"running": 1, "succeeded": 1}


def test_a_cancelled_run_is_over_and_says_so(local: RenderApi, imagegen: Said) -> None:
    root = local.add(BATCH)
    code, out, _ = imagegen("cancel", root)
    assert (code, out.split(".")[0]) == (0, f"Cancelled {root}")
    code, _, err = imagegen("status", root, "--follow")
    assert (code, err) == (1, f"imagegen: {root} was cancelled\n")
    code, _, err = imagegen("cancel", root)
    assert code == 2
    assert f"task run {root} is not active" in err


def test_ctrl_c_detaches_and_leaves_the_run_alone(local: RenderApi, tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "RENDER_LOCAL_DEV_URL": local.url}
    process = subprocess.Popen(
        [sys.executable, "-m", "workflows.cli", "start", "batch.json"],
        cwd=tmp_path,
        env=COVERAGE | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        local.wait_for_stream()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=WITHIN)
    finally:
        process.kill()
    assert (process.returncode, out) == (130, "")
    assert "imagegen status trn-0000 --follow" in err
    assert "imagegen cancel trn-0000" in err
    assert "Traceback" not in err
    assert local.runs["trn-0000"]["status"] == "running"
