"""The batch, the API key and the helpers of the tests of deployed runs."""

import asyncio
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from tests.doubles import batches
from tests.doubles.render_api import WITHIN, RenderApi
from workflows import cli
from workflows.deployed.client import Client
from workflows.deployed.follow import follow
from workflows.deployed.runs import RemoteRun
from workflows.events import Event

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


async def skip_wait(_seconds: float) -> None:
    """Wait no time between repeated requests."""


def ask(api: RenderApi, question: Callable[[Client], Any]) -> Any:
    """Return the answer of a client of ``api``."""

    async def send() -> Any:
        async with Client(base_url=api.url, sleep=skip_wait) as client:
            return await question(client)

    return asyncio.run(send())


def follow_run(
    api: RenderApi, run_id: str, script: Callable[[], None], **options: Any
) -> tuple[RemoteRun, list[Event]]:
    """Return the run and the events that a follower saw while ``script`` moved the server on."""
    events: list[Event] = []

    async def both() -> RemoteRun:
        async with Client(base_url=api.url, sleep=skip_wait) as client:
            following = asyncio.create_task(follow(client, run_id, events.append, **options))
            await asyncio.to_thread(script)
            return await asyncio.wait_for(following, WITHIN)

    return asyncio.run(both()), events


def result() -> dict[str, Any]:
    return RESULT.model_dump(mode="json")


class Command:
    """Runs a command; returns its exit code, standard output and standard error."""

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


@contextmanager
def run_beside(script: Callable[[], None]) -> Iterator[None]:
    """Run ``script`` beside the body of the with statement."""
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(script)
        yield
    done.result()
