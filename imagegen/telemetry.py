"""OpenTelemetry's SDK as a process uses it, set up by the standard variables ``OTEL_*`` alone.

Imported when they ask for something, and by ``tracing`` only: the packages are an extra.
"""

import functools
import logging
import os
import sys
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from opentelemetry.context import Context
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import ConsoleMetricExporter, MetricExporter, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter
from opentelemetry.trace import Span as OtelSpan
from opentelemetry.trace import StatusCode, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

SECONDS_OF_CALLS = (1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 300, 420)
"""The bounds between which the histogram counts provider calls."""

_log = logging.getLogger("imagegen")


def mark_failed(span: OtelSpan, kind: str, reason: str = "") -> None:
    """Mark a span as failed."""
    span.set_attribute("error.type", kind)
    span.set_status(StatusCode.ERROR, reason or None)


class Sdk:
    """OpenTelemetry's SDK, as this process uses it."""

    def __init__(self, exporters: Mapping[str, list[str]]) -> None:
        self.failed = False
        self._resource = _describe_process()
        # Not shut down by the interpreter's exit, which would wait for a collector that does not answer.
        self._provider = TracerProvider(resource=self._resource, shutdown_on_exit=False)
        for name in exporters["TRACES"]:
            if exporter := _open_span_exporter(name):
                self._watch(exporter)
                self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self.tracer = self._provider.get_tracer("imagegen")
        self._metric_exporters = exporters["METRICS"]

    @functools.cached_property
    def meters(self) -> "Meters":
        """The metrics, begun when the first of them counts: the leaves of a batch count none."""
        found = [each for name in self._metric_exporters if (each := _open_metric_exporter(name))]
        for exporter in found:
            self._watch(exporter)
        return Meters(found, self._resource)

    def _watch(self, exporter: Any) -> None:
        """Take note of it when an exporter could not send."""
        export = exporter.export

        def watched(*args: Any, **kwargs: Any) -> Any:
            try:
                result = export(*args, **kwargs)
            except Exception:
                self.failed = True
                raise
            self.failed = self.failed or result.name != "SUCCESS"
            return result

        exporter.export = watched

    @contextmanager
    def record(self, name: str, context: Context | None) -> Iterator[OtelSpan]:
        """Record the body as a span. An error marks it, by its kind or its class."""
        span = self.tracer.start_span(name, context)
        try:
            yield span
        except BaseException as error:
            mark_failed(span, getattr(error, "kind", "") or type(error).__name__)
            raise
        finally:
            span.end()

    def below(self, span: OtelSpan) -> Context:
        """Return the context of spans below this one."""
        return set_span_in_context(span, Context())

    def continue_from(self, traceparent: str) -> Context:
        """Return the context of spans below one of another process."""
        return TraceContextTextMapPropagator().extract({"traceparent": traceparent}, Context())

    def flush(self, seconds: float) -> bool:
        """Send everything; return False when that failed or was not over in time."""

        def send() -> None:
            self._provider.force_flush()
            if "meters" in self.__dict__:
                self.meters.flush()

        # The SDK's own time limits do not hold while a connection is being made.
        thread = threading.Thread(target=send, name="flush", daemon=True)
        self.failed = False
        thread.start()
        thread.join(seconds)
        return not (thread.is_alive() or self.failed)


class Meters:
    """The metrics of a batch, or of a leaf that was started alone."""

    def __init__(self, exporters: list[MetricExporter], resource: Resource) -> None:
        readers = [PeriodicExportingMetricReader(exporter) for exporter in exporters]
        self._provider = MeterProvider(readers, resource, shutdown_on_exit=False)
        meter = self._provider.get_meter("imagegen")
        calls = "Seconds of a pair's calls to its provider"
        self._add: dict[str, Callable[..., None]] = {
            "pictures": meter.create_counter("imagegen.pictures", "1", "Pictures by status").add,
            "cost": meter.create_counter("imagegen.cost", "USD", "Known cost").add,
            "waits": meter.create_counter("imagegen.waits", "1", "Waits that providers asked for").add,
            "calls": meter.create_histogram(
                "imagegen.provider.duration", "s", calls, explicit_bucket_boundaries_advisory=SECONDS_OF_CALLS
            ).record,
        }

    def add(self, name: str, amount: float, attributes: dict[str, Any]) -> None:
        """Count or record an amount."""
        self._add[name](amount, attributes)

    def flush(self) -> None:
        """Send what was counted."""
        self._provider.force_flush()


def _describe_process() -> Resource:
    """Return the process as a resource: named by the environment, else ``imagegen``, and told from all others."""
    named = os.environ.get("OTEL_SERVICE_NAME") or "service.name=" in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    own = {"service.instance.id": uuid.uuid4().hex}
    return Resource.create(own if named else {"service.name": "imagegen", **own})


def _open_span_exporter(name: str) -> SpanExporter | None:
    if name == "console":
        return ConsoleSpanExporter(out=sys.stderr, formatter=lambda span: span.to_json(indent=None) + "\n")
    if _is_otlp(name, "TRACES"):
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        return OTLPSpanExporter()
    return None


def _open_metric_exporter(name: str) -> MetricExporter | None:
    if name == "console":
        return ConsoleMetricExporter(out=sys.stderr, formatter=lambda data: data.to_json(indent=None) + "\n")
    if _is_otlp(name, "METRICS"):
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter

        return OTLPMetricExporter()
    return None


def _is_otlp(name: str, signal: str) -> bool:
    """Tell if an exporter is the one that speaks HTTP; tell of any other that it is not here."""
    environ = os.environ
    protocol = environ.get(f"OTEL_EXPORTER_OTLP_{signal}_PROTOCOL") or environ.get("OTEL_EXPORTER_OTLP_PROTOCOL", "")
    if name == "otlp" and protocol in {"", "http/protobuf"}:
        return True
    asked = f"OTEL_{signal}_EXPORTER={name[:40]}" if name != "otlp" else f"the protocol {protocol[:40]}"
    _log.warning("%s is not supported: use otlp over http/protobuf, console or none", asked)
    return False
