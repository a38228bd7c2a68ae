"""A collector over loopback: it takes what OpenTelemetry's exporter sends over HTTP, and keeps it."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

PATIENT = 20.0
"""Seconds that a test gives a batch to reach its collector: a busy machine may need more than the one that it has."""
_PATIENTLY = f"from imagegen import tracing; tracing.FLUSH_SECONDS = {PATIENT}"
PATIENT_WORKER = (sys.executable, "-c", f"{_PATIENTLY}; from workflows.__main__ import main; main()")


@dataclass(frozen=True)
class Received:
    """A span as it came."""

    name: str
    trace: str
    id: str
    parent: str
    service: str
    attributes: dict[str, Any]
    failed: bool


@dataclass
class Collector:
    """What came so far. ``metrics`` holds each number of data points by name."""

    url: str = ""
    spans: list[Received] = field(default_factory=list)
    metrics: dict[str, list[Any]] = field(default_factory=dict)

    def below(self, parent: str) -> list[Received]:
        return [span for span in self.spans if span.parent == parent]

    def take_spans(self, body: bytes) -> None:
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            service = _read(resource.resource.attributes)["service.name"]
            for span in (span for scope in resource.scope_spans for span in scope.spans):
                ids = (span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex())
                self.spans.append(Received(span.name, *ids, service, _read(span.attributes), span.status.code == 2))

    def take_metrics(self, body: bytes) -> None:
        for resource in ExportMetricsServiceRequest.FromString(body).resource_metrics:
            for metric in (metric for scope in resource.scope_metrics for metric in scope.metrics):
                points = [*metric.sum.data_points, *metric.histogram.data_points]
                self.metrics.setdefault(metric.name, []).extend(points)


@contextmanager
def collector() -> Iterator[Collector]:
    """A collector on a free port of loopback."""
    kept = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            {"/v1/traces": kept.take_spans, "/v1/metrics": kept.take_metrics}[self.path](body)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        kept.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield kept
        finally:
            server.shutdown()
            thread.join()


def _read(attributes: Any) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}
