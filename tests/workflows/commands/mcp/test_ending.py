"""The server ends when it is told to: nothing more is begun, and what is being paid for is finished and kept."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.doubles.provider.openai_server import OpenAIServer
from tests.workflows.commands.mcp.conftest import BATCH, ONE, Start
from tests.workflows.commands.mcp.talking import Agent, Refused, talk
from tests.workflows.commands.mcp.transcript import ROOT

pytest.importorskip("mcp", reason="the extra 'mcp' is not installed")
STOPPED = 130
SIGNALS = pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])


class Served:
    """A server in a process of its own, and the messages that it is sent."""

    def __init__(self, project: Path, environment: dict[str, str]) -> None:
        command = [sys.executable, "-m", "workflows.cli", "mcp", "--project", str(project), "--max-cost", "1"]
        self.process = subprocess.Popen(
            command,
            env=environment,
            cwd=ROOT,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self._messages = 0
        client = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "agent", "version": "1"}}
        self.ask("initialize", **client)
        self.answer()
        self._send({"method": "notifications/initialized"})

    def ask(self, method: str, **parameters: Any) -> None:
        """Send a request, and do not wait for its answer."""
        self._messages += 1
        self._send({"id": self._messages, "method": method, "params": parameters})

    def call(self, tool: str, **arguments: Any) -> None:
        """Call a tool, and do not wait for its answer."""
        self.ask("tools/call", name=tool, arguments=arguments)

    def answer(self) -> Any:
        """Return the next answer."""
        assert self.process.stdout
        return json.loads(self.process.stdout.readline())["result"]

    def plan(self, batch: dict[str, Any]) -> str:
        """Return the approval of a batch."""
        self.call("plan", batch=batch)
        return str(self.answer()["structuredContent"]["approval"])

    def leave(self) -> None:
        """Close its input, as a client does that leaves."""
        assert self.process.stdin
        self.process.stdin.close()

    def end(self, number: int, seconds: float = 20) -> int:
        """Send it a signal and return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(seconds)

    def _send(self, message: dict[str, Any]) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        self.process.stdin.flush()


@pytest.fixture
def served(project: Path, openai: OpenAIServer) -> Iterator[Served]:
    server = Served(project, {**os.environ, **openai.environment, "PYTHONPATH": str(ROOT), "MAX_IN_FLIGHT": "1"})
    yield server
    server.leave()
    server.process.kill()
    server.process.wait()
    assert server.process.stdout
    server.process.stdout.close()


def begin(served: Served, openai: OpenAIServer, batch: dict[str, Any]) -> None:
    """Run a batch up to its first call, which takes a while."""
    openai.latency = 1.0
    served.call("run", batch=batch, approval=served.plan(batch))
    while not openai.calls:
        time.sleep(0.01)


def originals(project: Path) -> int:
    return sum(1 for _ in (project / "pictures/originals").iterdir())


@SIGNALS
@pytest.mark.parametrize("left", [False, True], ids=["still there", "left"])
def test_a_signal_finishes_what_is_being_paid_for_and_begins_nothing_more(
    number: int, left: bool, served: Served, openai: OpenAIServer, project: Path
) -> None:
    begin(served, openai, BATCH)
    if left:
        served.leave()
        time.sleep(0.2)
    assert served.end(number) == STOPPED
    assert (len(openai.calls), originals(project)) == (1, 1)
    manifest = next(project.glob("pictures/batches/*/batch.json"))
    assert json.loads(manifest.read_text())["summary"]["succeeded"] == 1


def test_a_client_that_kills_the_servers_group_does_not_lose_what_is_being_paid_for(
    served: Served, openai: OpenAIServer, project: Path
) -> None:
    """As the client of the Python SDK does: it closes our input, asks the group to end and then kills it."""
    begin(served, openai, BATCH)
    served.leave()
    for number in (signal.SIGTERM, signal.SIGKILL):
        os.killpg(served.process.pid, number)
        time.sleep(0.2)
    served.process.wait(5)
    manifests = project.glob("pictures/batches/*/batch.json")
    due = time.monotonic() + 20
    while not (made := list(manifests)) and time.monotonic() < due:
        time.sleep(0.05)
        manifests = project.glob("pictures/batches/*/batch.json")
    assert len(made) == 1
    assert (len(openai.calls), originals(project)) == (1, 1)


@SIGNALS
def test_an_idle_server_ends_at_a_signal(number: int, served: Served) -> None:
    assert served.end(number, seconds=5) == STOPPED


def test_a_second_signal_ends_it_at_once(served: Served, openai: OpenAIServer) -> None:
    begin(served, openai, ONE)
    openai.latency = 0.0
    served.process.send_signal(signal.SIGTERM)
    time.sleep(0.2)
    began = time.monotonic()
    assert served.end(signal.SIGTERM) == STOPPED
    assert time.monotonic() - began < 0.6


def test_a_server_whose_client_leaves_ends_without_a_signal(
    served: Served, openai: OpenAIServer, project: Path
) -> None:
    begin(served, openai, ONE)
    served.leave()
    assert served.process.wait(20) == 0
    assert (len(openai.calls), originals(project)) == (1, 1)


def test_a_session_that_has_ended_begins_nothing(start: Start) -> None:
    session = start()

    async def say(agent: Agent) -> None:
        batch = {**ONE, "offline": True}
        token = (await agent.call("plan", batch=batch))["approval"]
        await session.close()
        with pytest.raises(Refused, match="is ending"):
            await agent.call("run", batch=batch, approval=token)

    talk(session, say)


INITIALIZE = json.dumps(
    {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {"protocolVersion": "2025-03-26", "capabilities": {}, "clientInfo": {"name": "a", "version": "1"}},
    }
)


@pytest.mark.parametrize(
    ("shell", "said"),
    [
        ("{mcp} <&-", "standard input and output are closed"),
        ("{mcp} </dev/null >&-", "standard input and output are closed"),
        pytest.param(
            "echo '{hello}' | {mcp} >/dev/full",
            "the client has closed its end",
            marks=pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full: Linux has one"),
        ),
    ],
)
def test_a_client_that_closes_its_end_is_told_of_in_words(shell: str, said: str, project: Path) -> None:
    mcp = f"{sys.executable} -m workflows.cli mcp --offline --project {project}"
    done = subprocess.run(
        ["/bin/sh", "-c", shell.replace("{mcp}", mcp).replace("{hello}", INITIALIZE)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode in (1, 2)
    assert said in done.stderr
    assert "Traceback" not in done.stderr
