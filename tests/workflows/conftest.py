from collections.abc import Iterator
from pathlib import Path

import pytest

from imagegen.making.runtime import Runtime
from tests.doubles.gemini_server import GeminiServer
from tests.doubles.local_runs import runtime_in
from tests.doubles.openai_server import OpenAIServer


@pytest.fixture
def openai(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIServer]:
    with OpenAIServer() as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        yield server


@pytest.fixture
def gemini(monkeypatch: pytest.MonkeyPatch) -> Iterator[GeminiServer]:
    with GeminiServer() as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        yield server


@pytest.fixture
def runtime(openai: OpenAIServer, gemini: GeminiServer, tmp_path: Path) -> Runtime:
    return runtime_in(tmp_path)
