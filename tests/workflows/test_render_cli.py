"""The real Render CLI, where it is installed: its local server runs our tasks, and both clients follow them."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from imagegen.results import BatchResult
from tests.doubles.worker_protocol import ROOT
from tests.measuring import COVERAGE

pytestmark = pytest.mark.skipif(
    shutil.which("render") is None, reason="the Render CLI is not on PATH (https://render.com/docs/cli)"
)

BATCH = [["A red fox", "A blue whale"], ["gpt-image-2"], "photorealistic", "bottom-bar", "inter", "", "", 0, True]
STARTED_WITHIN = 30.0


class LocalServer:
    """``render workflows dev`` in a directory of its own, so that no ``.env`` of a developer's reaches it."""

    def __init__(self, directory: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = str(free.getsockname()[1])
        self.directory = directory
        self.store = directory / "store"
        self._log = directory / "dev.log"
        self._environment = COVERAGE | {
            "PATH": os.environ["PATH"],
            "HOME": str(directory),
            "PYTHONPATH": str(ROOT),
            "IMAGEGEN_STORE": str(self.store),
            "RENDER_LOCAL_DEV_URL": f"http://localhost:{self.port}",
        }
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                ["render", "workflows", "dev", "--port", self.port, "--", sys.executable, "-m", "workflows"],
                cwd=directory,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_until_ready(self) -> str:
        due = time.monotonic() + STARTED_WITHIN
        while "tasks found" not in (text := self._log.read_text()):
            assert self._process.poll() is None, text
            assert time.monotonic() < due, text
            time.sleep(0.05)
        return text

    def render(self, *arguments: str) -> str:
        """Return the output of a command of the CLI that asks this server."""
        return self._run("render", "workflows", *arguments, "--local", "--port", self.port)

    def imagegen(self, *arguments: str) -> str:
        return self._run(sys.executable, "-m", "workflows.cli", *arguments)

    def stop(self) -> None:
        """End the server and the workers that it started."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _run(self, *command: str) -> str:
        done = subprocess.run(
            command, cwd=self.directory, env=self._environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}\n{self._log.read_text()}"
        return done.stdout


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LocalServer]:
    (tmp_path / "batch.json").write_text(json.dumps(BATCH))
    started = LocalServer(tmp_path)
    try:
        started.wait_until_ready()
        yield started
    finally:
        started.stop()


def test_the_cli_lists_starts_and_shows_a_batch_that_imagegen_follows(server: LocalServer) -> None:
    tasks = server.render("tasks", "list", "--output", "text")
    assert "generateBatch" in tasks
    assert "generateImage" in tasks

    run = json.loads(server.render("start", "generateBatch", "--input-file", "batch.json", "--output", "json"))
    followed = BatchResult.model_validate_json(server.imagegen("status", run["id"], "--follow", "--json"))
    shown = json.loads(server.render("tasks", "runs", "show", run["id"], "--output", "json"))

    assert BatchResult.model_validate(shown["results"][0]) == followed
    assert (followed.status, followed.summary.generated) == ("complete", 2)
    for leaf in followed.leaves():
        assert leaf.image
        assert leaf.thumbnail
        assert (server.store / leaf.image.key).stat().st_size == leaf.image.bytes
        assert (server.store / leaf.thumbnail.key).is_file()


def test_a_batch_started_by_imagegen_makes_nothing_anew(server: LocalServer) -> None:
    first = BatchResult.model_validate_json(server.imagegen("start", "batch.json", "--json"))
    again = BatchResult.model_validate_json(server.imagegen("start", "batch.json", "--json"))
    assert (first.summary.generated, again.summary.reused) == (2, 2)
