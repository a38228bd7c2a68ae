import io
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from imagegen import logs, telemetry, tracing
from imagegen.making.runtime import Runtime
from tests.doubles.provider.gemini_server import GeminiServer
from tests.doubles.provider.openai_server import OpenAIServer
from tests.doubles.render.local_runs import runtime_in

Lines = Callable[[], list[dict[str, Any]]]


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


@pytest.fixture
def lines() -> Iterator[Lines]:
    """The lines of the log so far, as a worker would write them with ``LOG_FORMAT=json``."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logs.Json())
    roots = [logging.getLogger(name) for name in ("imagegen", "storage")]
    before = [root.level for root in roots]
    for root in roots:
        root.addHandler(handler)
        root.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    for root, level in zip(roots, before, strict=True):
        root.removeHandler(handler)
        root.setLevel(level)


@pytest.fixture
def fresh_tracing(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Tracing as in a new process, also for whoever comes next."""
    tracing._start.cache_clear()
    yield monkeypatch
    tracing._start.cache_clear()


@pytest.fixture
def spans(fresh_tracing: pytest.MonkeyPatch) -> Iterator[Any]:
    """Tracing that is on, and keeps its spans in memory."""
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    kept = InMemorySpanExporter()
    fresh_tracing.setattr(tracing, "FLUSH_SECONDS", 20.0)
    fresh_tracing.setenv("OTEL_TRACES_EXPORTER", "otlp")
    fresh_tracing.setattr(telemetry, "_open_span_exporter", lambda _name: kept)
    yield kept
    kept.shutdown()
