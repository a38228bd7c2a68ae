"""Fake servers of the providers in processes of their own: ``python -m benchmarks.standins openai --latency 2``.

The first line on standard output names the variables that lead a worker there; each further line tells of one call.
The process ends when its standard input does.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from io import BytesIO

from benchmarks.processes import ROOT
from tests.doubles.provider import gemini_server, openai_server
from tests.doubles.provider.gemini_server import GeminiServer
from tests.doubles.provider.openai_server import OpenAIServer
from tests.doubles.provider.scripted_server import Call, Reply

PROVIDERS = ("openai", "gemini")
MODELS = {"openai": "gpt-image-2", "gemini": "gemini-3-pro-image"}
USUAL, LARGE = "1536x1024 JPEG", "4096x4096 PNG"


class Standin:
    """A running fake server. ``environment`` leads a worker there."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.environment: dict[str, str] = self._line()

    def called_at(self) -> float:
        """Return when the next call had arrived whole, in ``time.monotonic()`` seconds."""
        return float(self._line()["at"])

    def _line(self) -> dict[str, str]:
        said: dict[str, str] = json.loads(self._process.stdout.readline() if self._process.stdout else "")
        return said


@contextmanager
def standin(provider: str, *, latency: float = 0.0, picture: str = USUAL) -> Iterator[Standin]:
    """A fake server of ``provider`` that answers with ``picture`` after ``latency`` seconds."""
    command = [sys.executable, "-m", "benchmarks.standins", provider, "--latency", str(latency), "--picture", picture]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own code
        try:
            yield Standin(process)
        finally:
            process.kill()


@cache
def photograph(kind: str) -> bytes:
    """A photo-like picture as a provider sends it: ``USUAL`` or ``LARGE``."""
    from tests.doubles.pictures import photograph as drawn

    size, _, form = kind.partition(" ")
    width, height = map(int, size.split("x"))
    out = BytesIO()
    image = drawn() if kind == USUAL else drawn().resize((width, height))
    image.save(out, form, **({"quality": 92} if form == "JPEG" else {"compress_level": 1}))
    return out.getvalue()


def _serve(provider: str, latency: float, picture: str) -> None:
    answer = openai_server.picture if provider == "openai" else gemini_server.picture
    reply = answer(photograph(picture), kind=picture.split()[1])

    def told(call: Call) -> Reply:
        _say({"at": call.at})
        return reply

    with (OpenAIServer if provider == "openai" else GeminiServer)(latency=latency) as server:
        server.always(told)
        _say(server.environment)
        sys.stdin.read()


def _say(what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("provider", choices=PROVIDERS)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--picture", default=USUAL)
    given = parser.parse_args()
    _serve(given.provider, given.latency, given.picture)
