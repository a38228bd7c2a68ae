"""The fake servers that others wrote: how each is found, started, told what to answer, and asked what it was sent."""

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROGRAMS = {"llmock": "LLMOCK", "aimock": "AIMOCK", "mountebank": "MOUNTEBANK"}
"""The variable that holds the path of each program; without it the program is looked for on PATH."""
_NAMES = {"llmock": "llmock", "aimock": "aimock", "mountebank": "mb"}
_START = 30.0
"""Seconds that a fake server may take to listen."""


@dataclass(frozen=True)
class Server:
    """A fake server that runs. ``url`` is where it is controlled, ``api`` where it answers as a provider."""

    url: str
    api: str

    def send(self, path: str, body: object | None = None) -> Any:
        """Send a request to its control interface and return the answer's JSON."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=_START) as answer:
            return json.load(answer)


def find_program(name: str) -> str | None:
    """Find a fake server's program; None when it is not installed."""
    return os.environ.get(PROGRAMS[name]) or shutil.which(_NAMES[name])


@contextmanager
def start_llmock(program: str) -> Iterator[Server]:
    """Start llmock."""
    port = _find_port()
    with _running([program, "serve", "--port", str(port), "--log-level", "error"], port) as url:
        yield Server(url, url)


@contextmanager
def start_aimock(program: str, directory: Path, fixtures: Sequence[object], flags: Sequence[str]) -> Iterator[Server]:
    """Start aimock's server of fixtures, with flags of its own."""
    port, path = _find_port(), directory / "fixtures.json"
    path.write_text(json.dumps({"fixtures": list(fixtures)}))
    serve = str(Path(program).resolve().with_name("cli.js"))
    command = ["node", serve, "--port", str(port), "--fixtures", str(path), "--log-level", "silent", *flags]
    with _running(command, port) as url:
        yield Server(url, url)


@contextmanager
def start_mountebank(program: str, directory: Path, responses: Sequence[Mapping[str, Any]]) -> Iterator[Server]:
    """Start mountebank with one imposter that gives these responses in turn, and the last one again and again."""
    port, imposter = _find_port(), _find_port()
    files = ["--pidfile", str(directory / "mb.pid"), "--nologfile"]
    with _running([program, "start", "--port", str(port), "--host", "127.0.0.1", *files], port) as url:
        server = Server(url, f"http://127.0.0.1:{imposter}")
        stub = {"responses": [*responses[:-1], {**responses[-1], "repeat": 1_000}]}
        server.send("/imposters", {"port": imposter, "protocol": "http", "recordRequests": True, "stubs": [stub]})
        yield Server(f"{url}/imposters/{imposter}", server.api)


@contextmanager
def _running(command: Sequence[str], port: int) -> Iterator[str]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + _START
        while not _listens(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{command[0]} does not listen")
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _find_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
