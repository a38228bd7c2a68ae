"""Promises about money that outsiders broke once, each by the way that broke it."""

import base64
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from imagegen.results import BatchResult
from tests.doubles.provider import provider_pictures as pictures
from tests.doubles.provider.openai_server import OpenAIServer, rejected_key
from tests.doubles.provider.scripted_server import Reply, json_reply
from tests.measuring import COVERAGE

ROOT = Path(__file__).parents[2]


class Program:
    """The command line on one batch and one store, in processes of their own."""

    def __init__(self, folder: Path, server: OpenAIServer, pictures: int, **settings: str) -> None:
        batch = {
            "prompts": [f"A red fox, number {number}" for number in range(pictures)],
            "models": ["gpt-image-2"],
            "style": "cinematic",
            "template": "left-panel",
            "font": "inter",
        }
        (folder / "batch.json").write_text(json.dumps(batch))
        self.store = folder / "store"
        self._command = [sys.executable, "-m", "workflows.cli", "run", str(folder / "batch.json"), "--json"]
        home = {"PATH": os.environ["PATH"], "HOME": str(folder), "IMAGEGEN_STORE": str(self.store)}
        self._environment = COVERAGE | home | server.environment | settings

    def start(self) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            self._command, cwd=ROOT, env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def run(self) -> BatchResult:
        process = self.start()
        out, err = process.communicate(timeout=100)
        assert process.returncode in (0, 1), err
        if out:
            return BatchResult.parse(out.encode())
        (manifest,) = (self.store / "batches").glob("*/batch.json")
        return BatchResult.parse(manifest.read_bytes())


def wait_until(condition: object, seconds: float = 60.0) -> None:
    due = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < due
        time.sleep(0.02)


def test_what_a_run_spent_is_reported_after_two_kills(tmp_path: Path) -> None:
    """The second run adopts the first one's spending and dies in turn; the third accounts for both."""
    with OpenAIServer(latency=60.0) as server:
        program = Program(tmp_path, server, 2, RETRY_UNANSWERED="0")
        first = program.start()
        wait_until(lambda: len(server.calls) == 2)
        first.send_signal(signal.SIGKILL)
        first.communicate()
        second = program.start()
        wait_until(lambda: len(list((program.store / "reports").glob("*.json"))) == 2 or second.poll() is not None)
        second.send_signal(signal.SIGKILL)
        second.communicate()
        server.latency = 0.0
        result = program.run()
        assert len(server.calls) == 2
        assert result.summary.possible_extra_charges == 2


def test_a_rejected_key_costs_one_call_and_one_sentence(tmp_path: Path) -> None:
    """The first call goes alone for a second; a machine that is busy for longer gets another try."""
    calls: list[int] = []
    with OpenAIServer() as server:
        server.always(rejected_key())
        while len(calls) < 3 and min(calls, default=12) > 3:
            before = len(server.calls)
            _, err = Program(tmp_path, server, 12).start().communicate(timeout=100)
            calls.append(len(server.calls) - before)
            assert err.count("rejects the key") <= 2
    assert min(calls) <= 3


def test_a_model_that_refuses_for_ever_is_given_up_after_four_calls(tmp_path: Path) -> None:
    with OpenAIServer() as server:
        server.always(Reply(429, b'{"error": {"message": "Slow down"}}', {"Retry-After": "1"}))
        result = Program(tmp_path, server, 6).run()
        assert len(server.calls) <= 5
        assert result.summary.failed == 6


def test_a_picture_that_a_provider_bills_at_nothing_counts_at_list_price_under_a_cap(tmp_path: Path) -> None:
    usage = {"input_tokens": 0, "output_tokens": 1, "total_tokens": 1}
    with OpenAIServer() as server:
        server.always(json_reply({"created": 1, "data": [], "usage": usage}))
        program = Program(tmp_path, server, 1, MAX_BATCH_COST_USD="0.09", RETRY_USELESS="9")
        program.run()
        assert len(server.calls) == 2
        assert len(list((program.store / "rejected").iterdir())) == 2


def test_pictures_that_cost_more_than_their_list_price_leave_less_of_the_cap_to_others(tmp_path: Path) -> None:
    """Five at 0.041 dollars fit the cap; the first answers say that they cost 0.15, so that two use it up."""
    picture = base64.b64encode(pictures.picture()).decode()
    usage = {"input_tokens": 0, "output_tokens": 5_000, "total_tokens": 5_000}
    with OpenAIServer() as server:
        server.always(json_reply({"created": 1, "data": [{"b64_json": picture}], "usage": usage}))
        program = Program(tmp_path, server, 5, MAX_BATCH_COST_USD="0.22", MAX_IN_FLIGHT="1")
        result = program.run()
        assert len(server.calls) == 2
        assert {leaf.error.kind for leaf in result.leaves() if leaf.error} == {"cap_reached"}
