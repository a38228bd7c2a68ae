"""Processes measured from outside: wall clock from the start on, CPU time and peak memory of the process alone."""

import base64
import json
import os
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]

_SAY_READY = (
    "\nimport time; at = time.monotonic(); print(at, open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"
)


@dataclass(slots=True)
class Life:
    """One process. Times are seconds after its start, ``peak`` is resident megabytes (1,048,576 bytes)."""

    started: float = 0.0
    """``time.monotonic()``, which all processes of a machine share."""
    ready: float = 0.0
    """A bare process: when its code had run. A worker: when it called back or registered; all is stored by then."""
    wall: float = 0.0
    cpu: float = 0.0
    peak: float = 0.0
    answer: dict[str, Any] = field(default_factory=dict)
    """The payload that a worker called back with."""


def bare(code: str) -> Life:
    """Run ``python -c code``."""
    process, life = _started([sys.executable, "-c", code + _SAY_READY], {}, stdout=subprocess.PIPE)
    with process:
        said = process.stdout.read().split() if process.stdout else []
        _ended(process, life)
    life.ready, life.peak = float(said[0]) - life.started, int(said[1]) / 1024
    return life


def register(environment: Mapping[str, str]) -> Life:
    """Start a worker in register mode."""
    return _worker("register", {}, environment)


def run(task: str, inputs: Mapping[str, Any], environment: Mapping[str, str]) -> Life:
    """Start a worker for one task run. Raises RuntimeError unless it succeeds."""
    given = {"task_name": task, "input": base64.b64encode(json.dumps(inputs).encode()).decode()}
    life = _worker("run", given, environment)
    if "complete" not in life.answer:
        raise RuntimeError(f"the worker failed: {life.answer}")
    life.answer = json.loads(base64.b64decode(life.answer["complete"]["output"]))[0]
    if life.answer.get("error"):
        raise RuntimeError(f"the worker made no picture: {life.answer['error']}")
    return life


def _worker(mode: str, given: dict[str, Any], environment: Mapping[str, str]) -> Life:
    with _platform(given) as (path, desk):
        variables = {"RENDER_SDK_MODE": mode, "RENDER_SDK_SOCKET_PATH": path, **environment}
        process, life = _started([sys.executable, "-m", "workflows"], variables, stdout=subprocess.DEVNULL)
        desk.pid = process.pid
        with process:
            _ended(process, life)
    life.ready, life.peak, life.answer = desk.told_at - life.started, desk.peak, desk.told
    return life


def _started(
    command: list[str], variables: Mapping[str, str], *, stdout: int
) -> tuple["subprocess.Popen[bytes]", Life]:
    environment = {"PATH": os.environ["PATH"], **variables}
    life = Life(started=time.monotonic())
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=stdout), life  # noqa: S603 - our own code


def _ended(process: "subprocess.Popen[bytes]", life: Life) -> None:
    """Wait for the end and note what this one process took."""
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    life.wall = time.monotonic() - life.started
    life.cpu = used.ru_utime + used.ru_stime
    if process.returncode:
        raise RuntimeError(f"the process ended with exit code {process.returncode}")


class _Desk:
    """Render's side of the protocol for one process: hands out the input, takes down what is told and when."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.given = given
        self.pid = 0
        self.told: dict[str, Any] = {}
        self.told_at = 0.0
        self.peak = 0.0

    def take(self, body: dict[str, Any]) -> None:
        self.told_at = time.monotonic()
        self.told = body
        # The high-water mark of this program alone; getrusage's would count the parent's pages before exec as well.
        status = Path(f"/proc/{self.pid}/status").read_text()
        self.peak = int(status.split("VmHWM:")[1].split()[0]) / 1024


@contextmanager
def _platform(given: dict[str, Any]) -> Iterator[tuple[str, _Desk]]:
    desk = _Desk(given)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(desk.given)

        def do_POST(self) -> None:
            desk.take(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self._answer({})

        def address_string(self) -> str:
            return "worker"

        def log_message(self, *_: object) -> None:
            """Keep the table clean."""

        def _answer(self, body: dict[str, Any]) -> None:
            data = json.dumps(body).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(data)

    with tempfile.TemporaryDirectory(prefix="bench-") as directory:
        path = str(Path(directory) / "sdk.sock")
        with socketserver.ThreadingUnixStreamServer(path, Handler) as server:
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
            try:
                yield path, desk
            finally:
                server.shutdown()
