"""A receiver of notifications on loopback that keeps what arrives and answers as it is told."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
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
    a body without end. ``redirect``: to another path of this receiver, which a client may come to by GET.
    """

    url: str = ""
    answers: list[int | str] = field(default_factory=list)
    arrivals: list[Arrival] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)


@contextmanager
def receiving(*answers: int | str) -> Iterator[Receiver]:
    """A receiver on a port of its own."""
    receiver = Receiver(answers=list(answers))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"] or 0))
            receiver.arrivals.append(Arrival(self.path, dict(self.headers), body))
            self._answer(receiver.answers.pop(0) if receiver.answers else 200)

        def do_GET(self) -> None:
            self.do_POST()

        def _answer(self, answer: int | str) -> None:
            self.close_connection = True
            if answer == "hang":
                receiver.over.wait(30)
            elif answer == "giant":
                self._give_giant()
            elif answer == "redirect":
                self.send_response(307)
                self.send_header("location", f"{receiver.url}/elsewhere")
                self.end_headers()
            elif isinstance(answer, int):
                self.send_response(answer)
                self.send_header("content-length", "0")
                self.end_headers()

        def _give_giant(self) -> None:
            self.send_response(200)
            self.send_header("content-length", str(GIANT))
            self.end_headers()
            while not receiver.over.is_set():
                try:
                    self.wfile.write(b"x" * 65_536)
                except OSError:
                    return

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
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
