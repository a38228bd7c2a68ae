"""Spans and metrics through OpenTelemetry, where its standard variables (``OTEL_*``) ask for them.

Off, nothing of OpenTelemetry is imported. On, what cannot be sent costs a batch a second at its start and one at its
end, and nothing else: after a first span that no collector took, the rest of the batch is not traced.
"""

import asyncio
import functools
import logging
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opentelemetry.trace import Span as OtelSpan

    from imagegen.telemetry import Sdk

FLUSH_SECONDS = 1.0
"""The time that a task waits for the collector: once at the start of a batch, and once at the end of each run."""
MISSING = (
    "OTEL_* asks for traces, but OpenTelemetry is not installed, so there are none: "
    "pip install 'imagegen-workflows[otel]', or set OTEL_SDK_DISABLED=true"
)
UNREACHABLE = (
    "no collector took the first span of this batch, so it is not traced any further; check "
    "OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_HEADERS, or set OTEL_SDK_DISABLED=true"
)
LOST = "the collector did not take the last spans or metrics of this run in time; they may be lost"

_log = logging.getLogger("imagegen")
_SIGNALS = ("TRACES", "METRICS")


def find_exporters(environ: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the exporters that the environment asks for, by signal. Both lists are empty when tracing is off."""
    if environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return {signal: [] for signal in _SIGNALS}
    found = {}
    for signal in _SIGNALS:
        endpoints = ("OTEL_EXPORTER_OTLP_ENDPOINT", f"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT")
        default = "otlp" if any(environ.get(name, "").strip() for name in endpoints) else ""
        named = environ.get(f"OTEL_{signal}_EXPORTER", "").strip() or default
        found[signal] = [name for each in named.split(",") if (name := each.strip().lower()) not in {"", "none"}]
    return found


class Span:
    """A span that is being recorded, or, without an SDK, nothing at all."""

    def __init__(self, sdk: "Sdk | None" = None, span: "OtelSpan | None" = None) -> None:
        self._sdk = sdk
        self._span = span

    @property
    def is_on(self) -> bool:
        """Something is recorded."""
        return self._span is not None

    @property
    def traceparent(self) -> str:
        """The W3C ``traceparent`` by which another process continues the trace; empty when it should not."""
        if self._span is None or not self._span.is_recording():
            return ""
        ids = self._span.get_span_context()
        return f"00-{ids.trace_id:032x}-{ids.span_id:016x}-{ids.trace_flags:02x}"

    def set(self, **attributes: Any) -> None:
        """Set attributes of ours, leaving out what is None or empty."""
        if self._span:
            self._span.set_attributes(_name(attributes))

    def fail(self, kind: str, reason: str = "") -> None:
        """Mark the span as failed. ``reason`` holds no secret, as everything that is told."""
        if self._span:
            from imagegen.telemetry import mark_failed

            mark_failed(self._span, kind, reason)

    def note(self, name: str, **attributes: Any) -> None:
        """Add an event at this moment."""
        if self._span:
            self._span.add_event(name, _name(attributes))

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Record the body as a span below this one."""
        if not (self._sdk and self._span):
            yield
            return
        with self._sdk.record(name, self._sdk.below(self._span)):
            yield

    def add_step(self, name: str, started: float) -> None:
        """Add a span below this one that began at ``started`` (epoch seconds) and ends now."""
        if self._sdk and self._span:
            nanoseconds = int(started * 1e9)
            self._sdk.tracer.start_span(name, self._sdk.below(self._span), start_time=nanoseconds).end()

    def count(self, name: str, amount: float = 1, **attributes: Any) -> None:
        """Add to one of the metrics of ``telemetry.Meters``."""
        if self._sdk and self._span and amount:
            self._sdk.meters.add(name, amount, _name(attributes))

    def probe(self) -> None:
        """Send what there is by now. When nobody takes it, record nothing more: no leaf is to wait for a collector."""
        if self._sdk and self._span and not self._sdk.flush(FLUSH_SECONDS):
            _log.warning(UNREACHABLE)
            self._span = None


OFF = Span()
_current: ContextVar[Span] = ContextVar("span", default=OFF)


def current() -> Span:
    """The span of the batch that runs in this context."""
    return _current.get()


@asynccontextmanager
async def batch() -> AsyncIterator[Span]:
    """Record the body as a batch's span, and send everything at its end."""
    sdk = _start()
    if sdk is None:
        yield OFF
        return
    span = OFF
    try:
        with sdk.record("batch", None) as otel:
            span = Span(sdk, otel)
            token = _current.set(span)
            try:
                yield span
            finally:
                _current.reset(token)
    finally:
        if span.is_on:
            await asyncio.to_thread(_flush_at_end, sdk)


@contextmanager
def leaf(trace: str | None) -> Iterator[Span]:
    """Record the body as a leaf's span: below ``trace``, or as a trace of its own when it is None.

    An empty ``trace`` is the word of a batch that is not traced.
    """
    sdk = None if trace == "" else _start()
    if sdk is None:
        yield OFF
        return
    try:
        with sdk.record("leaf", sdk.continue_from(trace) if trace else None) as span:
            yield Span(sdk, span)
    finally:
        if current() is OFF:  # else the batch runs in this process, and sends its leaves' spans with its own
            _flush_at_end(sdk)


def _flush_at_end(sdk: "Sdk") -> None:
    if not sdk.flush(FLUSH_SECONDS):
        _log.warning(LOST)


@functools.cache
def _start() -> "Sdk | None":
    """Build the SDK when the environment asks for it, once. What is wrong with it is told once, and it stays off."""
    exporters = find_exporters(os.environ)
    if not any(exporters.values()):
        return None
    # Its own complaints repeat for every span, and quote addresses, which may hold a password.
    silent = logging.getLogger("opentelemetry")
    silent.addHandler(logging.NullHandler())
    silent.propagate = False
    try:
        from imagegen.telemetry import Sdk

        return Sdk(exporters)
    except ImportError:
        _log.warning(MISSING)
    except Exception as error:  # noqa: BLE001 - a batch never fails because of its traces
        _log.warning("OpenTelemetry could not be started (%s): check the OTEL_* variables", type(error).__name__)
    return None


def _name(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {f"imagegen.{name}": value for name, value in attributes.items() if value is not None and value != ""}
