"""An HTTP server on loopback that answers as a script says, misbehaves on request, and keeps every call."""

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, Self


@dataclass(frozen=True)
class Call:
    """A request that came whole. ``at`` is ``time.monotonic()``; header names are in lower case."""

    at: float
    path: str
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True)
class Reply:
    """An answer, and how it is spoilt.

    ``delay`` seconds pass before it, ``drip`` seconds between any two of its body's bytes; ``cut`` is how many bytes
    of the body are sent of the length announced. ``endless`` is sent after the body again and again, with no length
    announced. ``hang_up`` sends nothing at all: ``"before"`` the request is read or ``"after"``.
    """

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    drip: float = 0.0
    cut: int | None = None
    endless: bytes = b""
    hang_up: Literal["", "before", "after"] = ""


Answer = Reply | Callable[[Call], Reply]


def json_reply(body: object, *, status: int = 200, headers: Mapping[str, str] | None = None, **spoilt: Any) -> Reply:
    """An answer in JSON."""
    typed = {"Content-Type": "application/json", **(headers or {})}
    return Reply(status, json.dumps(body).encode(), typed, **spoilt)


HTML = Reply(body=b"<html><body>Welcome</body></html>", headers={"Content-Type": "text/html"})
CUT_JSON = Reply(body=b'{"created": 17, "data": [{"b64', headers={"Content-Type": "application/json"})
CUT_BODY = json_reply({"filler": "x" * 4000}, cut=100)
HUNG_UP_BEFORE = Reply(hang_up="before")
HUNG_UP_AFTER = Reply(hang_up="after")


class ScriptedServer:
    """Answers with the script's replies one by one, then with the usual one.

    ``calls`` holds the requests that the script is for; ``connections`` counts those that hung up unread, too.
    """

    def __init__(self, *, latency: float = 0.0) -> None:
        self.latency = latency
        self.calls: list[Call] = []
        self.connections = 0
        self._script: deque[Answer] = deque()
        self._always: Answer | None = None
        self._lock = threading.Lock()
        self.stopping = threading.Event()
        self._server = _Listener(self)

    @property
    def url(self) -> str:
        """Where it listens, without a path."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def script(self, replies: Iterable[Answer]) -> None:
        """Answer with these, in this order, before anything else."""
        with self._lock:
            self._script.extend(replies)

    def always(self, reply: Answer) -> None:
        """Answer with this from now on, once the script is used up."""
        self._always = reply

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()

    def usual(self, call: Call) -> Reply:
        """The answer when nothing is scripted."""
        raise NotImplementedError

    def routed(self, method: str, call: Call) -> Reply | None:
        """The answer to a call that the script is not for; None when it is."""
        raise NotImplementedError

    def answer(self, method: str, call: Call) -> Reply:
        """What this call gets."""
        if routed := self.routed(method, call):
            return routed
        with self._lock:
            self.calls.append(call)
            answer = self._script.popleft() if self._script else self._always
        if answer is None:
            return self.usual(call)
        return answer(call) if callable(answer) else answer

    def hangs_up_unread(self) -> bool:
        """Count a connection; say whether it is to be closed before its request is read."""
        with self._lock:
            self.connections += 1
            following = self._script[0] if self._script else self._always
            unread = isinstance(following, Reply) and following.hang_up == "before"
            if unread and self._script:
                self._script.popleft()
            return unread


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, scripted: ScriptedServer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.scripted = scripted

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that does not wait for its answer is part of what is tested."""


class _Handler(BaseHTTPRequestHandler):
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _Listener

    def handle(self) -> None:
        if not self.server.scripted.hangs_up_unread():
            super().handle()

    def do_GET(self) -> None:
        self._answer("GET", None)

    def do_HEAD(self) -> None:
        self._answer("HEAD", None)

    def do_POST(self) -> None:
        self._answer("POST", json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def log_message(self, *_: object) -> None:
        """Keep the tests' output to the tests."""

    def _answer(self, method: str, body: Any) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        scripted = self.server.scripted
        reply = scripted.answer(method, Call(time.monotonic(), self.path, headers, body))
        scripted.stopping.wait(reply.delay + scripted.latency)
        if not reply.hang_up:
            self._send(reply)

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        length = {"Connection": "close"} if reply.endless else {"Content-Length": str(len(reply.body))}
        for name, value in {**reply.headers, **length}.items():
            self.send_header(name, value)
        self.end_headers()
        if reply.drip:
            self._drip(reply)
        else:
            self.wfile.write(reply.body[: reply.cut])
        while reply.endless and not self.server.scripted.stopping.is_set():
            self.wfile.write(reply.endless)

    def _drip(self, reply: Reply) -> None:
        for byte in reply.body:
            self.wfile.write(bytes((byte,)))
            self.wfile.flush()
            if self.server.scripted.stopping.wait(reply.drip):
                return
