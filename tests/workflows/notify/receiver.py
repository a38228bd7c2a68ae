"""A receiver of notifications on loopback that keeps what arrives and answers as it is told."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

GIANT = 64 * 1024 * 1024
"""Bytes that a giant answer announces; whoever reads them all waits for long."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One POST."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class Receiver:
    """Answers one arrival after another with ``answers``, a status or a word each; with 200 when they are used up.

    ``hang``: no answer while the receiver is open. ``close``: the connection ends without one. ``giant``: a status and
    a body without end. ``drip``: a header without end, a byte now and then. ``redirect``: to another path of this
    receiver, which a client may come to by GET.
    """

    url: str = ""
    answers: list[int | str] = field(default_factory=list)
    arrivals: list[Arrival] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    arrived: threading.Event = field(default_factory=threading.Event)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, receiver: Receiver) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.receiver = receiver


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        receiver = self.server.receiver
        body = self.rfile.read(int(self.headers["content-length"] or 0))
        receiver.arrivals.append(Arrival(self.path, dict(self.headers), body))
        receiver.arrived.set()
        self.close_connection = True
        answer = receiver.answers.pop(0) if receiver.answers else 200
        if isinstance(answer, int):
            self._give(answer, {"content-length": "0"})
        else:
            with suppress(OSError):
                getattr(self, f"_{answer}")(receiver)

    def do_GET(self) -> None:
        self.do_POST()

    def _give(self, status: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _hang(self, receiver: Receiver) -> None:
        receiver.over.wait(30)

    def _close(self, receiver: Receiver) -> None:
        """Answer nothing."""

    def _drip(self, receiver: Receiver) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nx-drip: ")
        while not receiver.over.wait(0.02):
            self.wfile.write(b"x")

    def _giant(self, receiver: Receiver) -> None:
        self._give(200, {"content-length": str(GIANT)})
        while not receiver.over.is_set():
            self.wfile.write(b"x" * 65_536)

    def _redirect(self, receiver: Receiver) -> None:
        self._give(307, {"location": f"{receiver.url}/elsewhere", "content-length": "0"})

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def receiving(*answers: int | str) -> Iterator[Receiver]:
    """A receiver on a port of its own."""
    receiver = Receiver(answers=list(answers))
    server = _Server(receiver)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield receiver
    finally:
        receiver.over.set()
        server.shutdown()
        thread.join()
        server.server_close()
