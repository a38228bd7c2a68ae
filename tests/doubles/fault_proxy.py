"""An HTTP proxy on loopback that passes requests on, and does to some of them what networks and servers do.

Which request meets which fault is a function of a seed, the request's path and how often that path was asked for:
the same whatever the order in which threads come by.
"""

import random
import select
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

STALL = 10.0
"""Seconds for which a stalled answer keeps its client waiting, unless the client gives up before."""


class Fault(StrEnum):
    """What happens to a request. The *after commit* faults pass it on first: only the answer suffers."""

    SERVER_ERROR = "500"
    SLOW_DOWN = "503 SlowDown"
    TOO_MANY = "429"
    RESET_BEFORE_BODY = "reset before the body"
    RESET_AFTER_BODY = "reset after the body"
    RESET_AFTER_COMMIT = "reset after commit"
    TRUNCATED = "truncated response"
    TRUNCATED_HEADERS = "truncated headers"
    STALL = "stall"
    STALL_AFTER_COMMIT = "stall after commit"
    CONFLICT = "409"
    PRECONDITION_FAILED = "412"
    PRECONDITION_FAILED_AFTER_COMMIT = "412 after commit"
    FORBIDDEN = "403"
    NOT_IMPLEMENTED = "501"
    NOT_FOUND = "404"


PASSING = tuple(fault for fault in Fault if fault not in (Fault.FORBIDDEN, Fault.NOT_IMPLEMENTED, Fault.NOT_FOUND))
"""Faults that a caller gets over by trying again."""

_ANSWERS = {
    Fault.SERVER_ERROR: (500, "InternalError"),
    Fault.SLOW_DOWN: (503, "SlowDown"),
    Fault.TOO_MANY: (429, "TooManyRequests"),
    Fault.CONFLICT: (409, "ConditionalRequestConflict"),
    Fault.PRECONDITION_FAILED: (412, "PreconditionFailed"),
    Fault.PRECONDITION_FAILED_AFTER_COMMIT: (412, "PreconditionFailed"),
    Fault.FORBIDDEN: (403, "AccessDenied"),
    Fault.NOT_IMPLEMENTED: (501, "NotImplemented"),
    Fault.NOT_FOUND: (404, "NoSuchKey"),
}
_PASSED_ON = {
    Fault.RESET_AFTER_COMMIT,
    Fault.TRUNCATED,
    Fault.TRUNCATED_HEADERS,
    Fault.STALL_AFTER_COMMIT,
    Fault.PRECONDITION_FAILED_AFTER_COMMIT,
}


@dataclass(frozen=True, slots=True)
class Request:
    """A request as a schedule sees it: the ``number``-th (from 1) with this method and path (without its query)."""

    method: str
    path: str
    query: str
    number: int
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Exchange:
    """What became of a request: the fault it met, and the server's own status (None: it never saw the request)."""

    request: Request
    fault: Fault | None
    status: int | None


Schedule = Callable[[Request], Fault | None]


def undisturbed(_: Request) -> None:
    """Let every request through."""


def seeded(
    seed: int,
    faults: Sequence[Fault] = PASSING,
    *,
    methods: Sequence[str] = ("PUT",),
    times: int = 1,
    rate: float = 1.0,
) -> Schedule:
    """Let each of the first ``times`` requests with a path and one of ``methods`` meet a fault at this ``rate``."""

    def fault(request: Request) -> Fault | None:
        if request.method not in methods or request.number > times:
            return None
        dice = random.Random(f"{seed} {request.method} {request.path} {request.number}")
        return dice.choice(faults) if dice.random() < rate else None

    return fault


class FaultProxy(ThreadingHTTPServer):
    """The proxy. ``schedule`` may be changed while it runs; ``stripped`` headers are not passed on."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, upstream: str, schedule: Schedule = undisturbed, stripped: Sequence[str] = ()) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream = urlsplit(upstream).netloc
        self.schedule = schedule
        self.stripped = {name.lower() for name in stripped}
        self.exchanges: list[Exchange] = []
        self._seen: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def numbered(self, method: str, target: str, headers: dict[str, str]) -> Request:
        path, _, query = target.partition("?")
        with self._lock:
            self._seen[method, path] += 1
            return Request(method, path, query, self._seen[method, path], headers)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep quiet about clients that hang up: that is what some faults are for."""


@contextmanager
def fault_proxy(upstream: str, schedule: Schedule = undisturbed, stripped: Sequence[str] = ()) -> Iterator[FaultProxy]:
    """A running proxy in front of ``upstream``, an ``http://`` address."""
    with FaultProxy(upstream, schedule, stripped) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
            thread.join()


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60
    server: FaultProxy
    _upstream: HTTPConnection | None = None

    def _relay(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = self.server.numbered(self.command, self.path, headers)
        fault = self.server.schedule(request)
        answer = None
        try:
            if fault is Fault.RESET_BEFORE_BODY:
                self._reset()
                return
            body = self.rfile.read(int(headers.get("content-length", 0)))
            if fault is None or fault in _PASSED_ON:
                answer = self._passed_on(headers, body)
        finally:
            self.server.exchanges.append(Exchange(request, fault, answer.status if answer else None))
        self._suffer(fault, answer)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _relay  # noqa: N815 - the base class's names

    def _suffer(self, fault: Fault | None, answer: _Answer | None) -> None:
        if fault in _ANSWERS:
            self._send(_refusal(*_ANSWERS[fault]))
        elif fault in (Fault.RESET_AFTER_BODY, Fault.RESET_AFTER_COMMIT):
            self._reset()
        elif fault in (Fault.STALL, Fault.STALL_AFTER_COMMIT):
            self._stall()
        elif answer:
            self._send(answer, fault)

    def _passed_on(self, headers: dict[str, str], body: bytes) -> _Answer:
        if self._upstream is None:
            self._upstream = HTTPConnection(self.server.upstream, timeout=30)
        self._upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            if name not in self.server.stripped | {"connection", "expect"}:
                self._upstream.putheader(name, value)
        self._upstream.endheaders(body)
        with self._upstream.getresponse() as response:
            return _Answer(response.status, response.reason, response.getheaders(), response.read())

    def _send(self, answer: _Answer, fault: Fault | None = None) -> None:
        kept = [
            (n, v) for n, v in answer.headers if n.lower() not in ("connection", "transfer-encoding", "content-length")
        ]
        length = dict((n.lower(), v) for n, v in answer.headers).get("content-length", "0")  # noqa: C402 - clearer so
        if self.command != "HEAD":
            length = str(len(answer.body))
        lines = [
            f"HTTP/1.1 {answer.status} {answer.reason}",
            *(f"{n}: {v}" for n, v in kept),
            f"Content-Length: {length}",
        ]
        head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
        body = b"" if self.command == "HEAD" else answer.body
        if fault in (Fault.TRUNCATED, Fault.TRUNCATED_HEADERS):
            self.close_connection = True
            in_body = body and fault is Fault.TRUNCATED
            head, body = (head, body[: len(body) // 2]) if in_body else (head[: len(head) // 2], b"")
        self.wfile.write(head + body)

    def _reset(self) -> None:
        """Close the connection so that the client gets a RST, not an orderly end."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.rfile.close()
        self.connection.close()

    def _stall(self) -> None:
        self.close_connection = True
        select.select([self.connection], [], [], STALL)

    def finish(self) -> None:
        if self._upstream:
            self._upstream.close()
        super().finish()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Keep quiet."""


def _refusal(status: int, code: str) -> _Answer:
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>injected</Message></Error>".encode()
    return _Answer(status, code, [("Content-Type", "application/xml")], body)
