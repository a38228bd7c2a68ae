"""The Unix-socket server of a fake worker platform, and the encoding of its values."""

import base64
import json
import socketserver
from http.server import BaseHTTPRequestHandler
from typing import Any

Answer = tuple[int, dict[str, Any]]


class WorkerServer(socketserver.ThreadingUnixStreamServer):
    daemon_threads = False
    block_on_close = True
    request_queue_size = 64


class WorkerHandler(BaseHTTPRequestHandler):
    """HTTP/1.1 with JSON bodies, one request a connection."""

    protocol_version = "HTTP/1.1"

    def answer(self, request: str, body: dict[str, Any]) -> Answer:
        raise NotImplementedError

    def do_GET(self) -> None:
        self._serve({})

    def do_POST(self) -> None:
        self._serve(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Say nothing: a test that fails shows the workers' own logs."""

    def address_string(self) -> str:
        return "worker"

    def _serve(self, body: dict[str, Any]) -> None:
        status, answer = self.answer(f"{self.command} {self.path.partition('?')[0]}", body)
        data = json.dumps(answer).encode()
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(data)
        except ConnectionError:
            self.close_connection = True  # the process was killed while it asked


def encode(value: Any) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


def decode(text: str) -> Any:
    return json.loads(base64.b64decode(text))
