"""``imagegen start``, ``status`` and ``cancel``, against a fake of Render's API on loopback."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from imagegen.results import BatchResult
from tests.deployed.support import BATCH, FOX, KEY, RESULT, SLUG, START, Command, result, run_beside
from tests.doubles import batches
from tests.doubles.render.render_api import WITHIN, RenderApi, render_api
from tests.doubles.render.worker_protocol import ROOT
from tests.measuring import COVERAGE


def test_start_follows_to_the_end_and_prints_what_run_prints(local: RenderApi, imagegen: Command) -> None:
    def script() -> None:
        local.wait_for_stream()
        local.succeed("trn-0000", result())

    with run_beside(script):
        code, out, err = imagegen("start", "batch.json", "--json")
    assert code == 0
    assert BatchResult.model_validate_json(out) == RESULT
    assert err.startswith("Started trn-0000: generateBatch\n")
    assert "2 pictures: 1 generated, 1 reused" in err
    (sent,) = local.bodies(START)
    assert [row["prompt"] for row in sent["input"]["prompts"]] == BATCH["prompts"]


def test_two_starts_have_two_keys_and_detach_prints_the_run(local: RenderApi, imagegen: Command) -> None:
    code, out, err = imagegen("start", "batch.json", "--detach", "--offline")
    assert (code, out) == (0, "trn-0000\n")
    assert "imagegen status trn-0000 --follow" in err
    code, out, _ = imagegen("start", "batch.json", "--detach", "--json", "--workflow", "imagegen")
    second = json.loads(out)
    assert (second["id"], second["task"], second["status"]) == ("trn-0001", SLUG, "running")
    first_key, second_key = (body["idempotencyKey"] for body in local.bodies(START))
    assert second["idempotency_key"] == second_key != first_key
    assert local.bodies(START)[0]["input"]["offline"] is True


def test_a_key_of_ones_own_is_sent(local: RenderApi, imagegen: Command) -> None:
    imagegen("start", "batch.json", "--detach", "--idempotency-key", "mine")
    assert local.bodies(START)[0]["idempotencyKey"] == "mine"


def test_a_failed_run_is_reported_with_exit_1(local: RenderApi, imagegen: Command) -> None:
    def script() -> None:
        local.wait_for_stream()
        local.fail("trn-0000", "the batch has 1 problem")

    with run_beside(script):
        code, out, err = imagegen("start", "batch.json")
    assert (code, out) == (1, "")
    assert err.endswith("imagegen: trn-0000 failed: the batch has 1 problem\n")
    code, out, _ = imagegen("status", "trn-0000", "--json")
    assert (code, json.loads(out)["error"]) == (1, "the batch has 1 problem")


def test_a_partial_batch_exits_with_1(local: RenderApi, imagegen: Command) -> None:
    run = local.add(BATCH)
    partial = batches.batch([[batches.leaf("A red fox")], [batches.failed("A blue whale")]])
    local.succeed(run, partial.model_dump(mode="json"))
    code, out, err = imagegen("status", run)
    assert (code, out) == (1, "")
    assert "1 generated, 0 reused, 1 failed" in err


def test_a_wrong_batch_is_never_sent(local: RenderApi, imagegen: Command, tmp_path: Path) -> None:
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
    local: RenderApi, imagegen: Command, arguments: tuple[str, ...], expected: str
) -> None:
    code, out, err = imagegen(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith(f"imagegen: {expected}")
    assert err.count("\n") == 1


def test_a_bad_key_is_one_plain_message_and_exit_2(
    local: RenderApi, imagegen: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    local.key = "another"
    monkeypatch.setenv("RENDER_API_KEY", KEY)
    code, _, err = imagegen("start", "batch.json", "--workflow", "imagegen")
    assert code == 2
    assert err.startswith("imagegen: cannot start imagegen/generateBatch: Render does not accept RENDER_API_KEY (401")
    assert err.count("\n") == 1
    assert KEY not in err


def test_an_unreachable_server_is_one_plain_message_and_exit_2(
    local: RenderApi, imagegen: Command, monkeypatch: pytest.MonkeyPatch
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


def test_status_counts_the_runs_below(local: RenderApi, imagegen: Command) -> None:
    root = local.add(BATCH)
    local.succeed(local.add(FOX, parent=root), {})
    local.add(FOX, parent=root)
    code, out, _ = imagegen("status", root)
    assert code == 0
    assert out.startswith(f"{root} running since ")
    assert out.endswith("; runs below it: 1 running, 1 succeeded\n")
    _, out, _ = imagegen("status", root, "--json")
    assert json.loads(out)["runs_below"] == {"running": 1, "succeeded": 1}


def test_a_cancelled_run_is_over_and_says_so(local: RenderApi, imagegen: Command) -> None:
    root = local.add(BATCH)
    code, out, _ = imagegen("cancel", root)
    assert (code, out.split(".")[0]) == (0, f"Cancelled {root}")
    code, _, err = imagegen("status", root, "--follow")
    assert (code, err) == (1, f"imagegen: {root} was cancelled\n")
    code, _, err = imagegen("cancel", root)
    assert code == 2
    assert f"task run {root} is not active" in err


def leaf(model: str = "gpt-image-2", found: str = "nothing", *, offline: bool = False) -> dict[str, object]:
    return {**FOX, "model": model, "offline": offline, "grant": {"found": found}}


@pytest.mark.parametrize(
    ("running", "expected"),
    [
        ([], "No leaf run was running, so no call was dropped."),
        (
            [leaf()],
            "1 leaf run was running, of which 1 may have had a call to a provider under way ($0.041 at list price)",
        ),
        (
            [leaf(), leaf(found="original"), leaf("gemini-3-pro-image")],
            "3 leaf runs were running, of which 2 may have had a call to a provider under way ($0.175 at list price)",
        ),
        ([leaf("gpt-image-9")], "under way (at a price that is not known here)"),
        ([leaf(offline=True)], "1 leaf run was running; none of them had anything to pay for."),
    ],
)
def test_cancel_says_what_was_under_way_and_may_have_been_charged(
    local: RenderApi, imagegen: Command, running: list[dict[str, object]], expected: str
) -> None:
    root = local.add(BATCH)
    local.succeed(local.add(leaf(), parent=root), {})
    local.add(leaf(), parent=root, status="pending")
    for inputs in running:
        local.add(inputs, parent=root)
    code, out, _ = imagegen("cancel", root)
    first, second = out.splitlines()
    assert (code, first) == (0, f"Cancelled {root}. Stored pictures are kept: the same batch makes only the others.")
    assert expected in second
    assert ("stand in the result of the batch's next run" in second) is ("($" in second or "not known" in second)


def test_a_run_is_cancelled_although_nobody_can_say_what_was_under_way(local: RenderApi, imagegen: Command) -> None:
    root = local.add(BATCH)
    local.refusals = [400]
    code, out, _ = imagegen("cancel", root)
    assert code == 0
    assert "It is not known how many leaf runs were running. Calls to providers that were under way may" in out
    assert local.runs[root]["status"] == "canceled"


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
