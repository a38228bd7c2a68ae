"""A fake of the task-run API over loopback: Render's own, or the local server of the Render CLI with its traps.

Runs do nothing by themselves: a test moves them on. Unlike hosted Render, the local server
ignores idempotency keys and list filters, calls success ``completed``, drops the connection when asked for an
unknown run, and tells those who come late nothing of a run that was cancelled.
"""

import json
import queue
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC).isoformat()
WITHIN = 20.0
"""Seconds that a test waits for what it expects."""

Json = dict[str, Any]


class RenderApi:
    """The server's state, and the methods by which a test changes it. ``url`` is the address for a client."""

    def __init__(self, *, local: bool, key: str = "") -> None:
        self.url = ""
        self.requests: list[tuple[str, Json]] = []
        self.runs: dict[str, Json] = {}
        self.tasks = {"imagegen/generateBatch", "imagegen/generateImage"}
        self.local = local
        self.key = key
        self.refusals: list[int] = []
        """Statuses that the next requests are answered with; 0 drops the connection."""
        self.stream_refusal = 0
        """The status that event streams are answered with, if any."""
        self.streams: list[queue.Queue[Json | None]] = []
        self._started_by_key: dict[str, str] = {}
        self._changed = threading.Condition()

    # Called by tests

    def add(self, inputs: Any, *, parent: str = "", status: str = "running", attempts: int = 1) -> str:
        """A run that exists; returns its id."""
        with self._changed:
            run_id = f"trn-{len(self.runs):04d}"
            root = self.runs[parent]["rootTaskRunId"] if parent else run_id
            self.runs[run_id] = {
                "id": run_id,
                "taskId": "tsk-leaf" if parent else "tsk-batch",
                "status": status,
                "results": None,
                "input": inputs,
                "parentTaskRunId": parent,
                "rootTaskRunId": root if parent or self.local else "",
                "retries": 0,
                "startedAt": NOW,
                "attempts": [_attempt("running") for _ in range(attempts)],
            }
            self._changed.notify_all()
            return run_id

    def succeed(self, run_id: str, result: Json) -> None:
        self._end(run_id, "completed" if self.local else "succeeded", results=[result])

    def fail(self, run_id: str, error: str) -> None:
        self._end(run_id, "failed", error=error)

    def fail_attempt(self, run_id: str, error: str) -> None:
        """End an attempt that is to be repeated; the local server announces it as if it were the end."""
        with self._changed:
            run = self.runs[run_id]
            run["status"] = "pending"
            run["attempts"][-1] |= {"status": "failed", "error": error}
            if self.local:
                self._announce({**run, "status": "failed", "error": error})

    def repeat(self, run_id: str) -> None:
        """Begin the next attempt."""
        with self._changed:
            self.runs[run_id]["status"] = "running"
            self.runs[run_id]["attempts"].append(_attempt("running"))

    def drop_streams(self) -> None:
        """End every event stream as a proxy does that has had enough of it."""
        with self._changed:
            for stream in self.streams:
                stream.put(None)
            self.streams.clear()

    def wait_for_stream(self) -> None:
        self._wait(lambda: bool(self.streams))

    def wait_for(self, request: str, count: int = 1) -> None:
        """Wait until a request, such as ``POST /v1/task-runs``, was made ``count`` times in all."""
        self._wait(lambda: self.count(request) >= count)

    def count(self, request: str) -> int:
        return sum(made == request for made, _ in self.requests)

    def bodies(self, request: str) -> list[Json]:
        return [body for made, body in self.requests if made == request]

    # Called by the server

    def record(self, request: str, body: Json) -> None:
        with self._changed:
            self.requests.append((request, body))
            self._changed.notify_all()

    def start(self, body: Json) -> tuple[int, Any]:
        known = {name.rpartition("/")[2] for name in self.tasks} | self.tasks if self.local else self.tasks
        slug = body["task"]
        if slug not in known and not (self.local and slug.rpartition("/")[2] in known):
            return 404, {"message": f"task not found: {slug}"}
        key = body.get("idempotencyKey", "")
        if self.local or key not in self._started_by_key:
            self._started_by_key[key] = self.add(body["input"])
        return 202, _row(self.runs[self._started_by_key[key]])

    def list_runs(self, query: dict[str, list[str]]) -> tuple[int, Any]:
        rows = list(self.runs.values())
        if not self.local:
            root = query["rootTaskRunId"][0]
            rows = [run for run in rows if root in {run["id"], run["rootTaskRunId"], run["parentTaskRunId"]}]
            begin = int(query.get("cursor", ["0"])[0])
            rows = rows[begin : begin + int(query["limit"][0])]
        begin = int(query.get("cursor", ["0"])[0])
        return 200, [{"taskRun": _row(run), "cursor": str(begin + n)} for n, run in enumerate(rows, 1)]

    def cancel(self, run_id: str) -> tuple[int, Any]:
        run = self.runs.get(run_id)
        if run is None:
            return 404, {"message": f"task run not found: {run_id}"}
        if run["status"] in {"completed", "succeeded", "failed", "canceled"}:
            return (500 if self.local else 409), {"message": f"task run {run_id} is not active"}
        for each in self.runs.values():
            if each["rootTaskRunId"] == run_id or each["id"] == run_id:
                each["status"] = "canceled"
        self._announce(run)
        return 204, None

    def subscribe(self, run_id: str) -> "queue.Queue[Json | None]":
        with self._changed:
            stream: queue.Queue[Json | None] = queue.Queue()
            run = self.runs[run_id]
            ended = {"completed", "succeeded", "failed"} | (set() if self.local else {"canceled"})
            if run["status"] in ended:
                stream.put(run)
            self.streams.append(stream)
            self._changed.notify_all()
            return stream

    def _end(self, run_id: str, status: str, **more: Any) -> None:
        with self._changed:
            run = self.runs[run_id]
            run["attempts"][-1]["status"] = status
            run |= {"status": status, "completedAt": NOW, **more}
            self._announce(run)

    def _announce(self, run: Json) -> None:
        if not run["parentTaskRunId"]:
            for stream in self.streams:
                stream.put(dict(run))

    def _wait(self, predicate: Any) -> None:
        with self._changed:
            assert self._changed.wait_for(predicate, WITHIN), f"it did not happen; requests: {self.requests}"


@contextmanager
def render_api(*, local: bool = False, key: str = "") -> Iterator[RenderApi]:
    """A server on a free port of loopback. With ``key``, requests must bear it."""
    api = RenderApi(local=local, key=key)

    class Handler(_Handler):
        served = api

    with _Server(("127.0.0.1", 0), Handler) as server:
        api.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield api
        finally:
            api.drop_streams()
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True  # a client may keep its connection open for longer than the test lasts

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report what goes wrong here, but not that a client has left, as followers do at any moment."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    served: RenderApi
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._serve({})

    def do_DELETE(self) -> None:
        self._serve({})

    def do_POST(self) -> None:
        self._serve(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Say nothing: the API keeps its own list of requests."""

    def _serve(self, body: Json) -> None:
        url = urlsplit(self.path)
        self.served.record(f"{self.command} {url.path}", body)
        if self.served.refusals:
            self._refuse(self.served.refusals.pop(0))
        elif self.served.key and self.headers["Authorization"] != f"Bearer {self.served.key}":
            self._reply(401, {"id": "x", "message": f"unauthorized: {self.headers['Authorization']}"})
        else:
            self._route(url.path.removeprefix("/v1/task-runs").strip("/"), parse_qs(url.query), body)

    def _route(self, rest: str, query: dict[str, list[str]], body: Json) -> None:
        match self.command, rest:
            case "POST", "":
                self._reply(*self.served.start(body))
            case "GET", "":
                self._reply(*self.served.list_runs(query))
            case "GET", "events":
                self._stream(query["taskRunIds"][0])
            case "GET", run_id:
                self._details(run_id)
            case "DELETE", run_id:
                self._reply(*self.served.cancel(run_id))

    def _details(self, run_id: str) -> None:
        if run_id in self.served.runs:
            self._reply(200, self.served.runs[run_id])
        elif self.served.local:
            self._refuse(0)
        else:
            self._reply(404, {"id": "x", "message": "task run not found"})

    def _refuse(self, status: int) -> None:
        if status:
            self._reply(status, {"id": "x", "message": f"answered {status} on purpose"})
        else:
            self.close_connection = True

    def _stream(self, run_id: str) -> None:
        if self.served.stream_refusal:
            self._refuse(self.served.stream_refusal)
            return
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write(b"retry: 2000\n\n: ping\n\n")
        stream = self.served.subscribe(run_id)
        while (run := stream.get()) is not None:
            self.wfile.write(b"id: 0\nevent: task.completed\ndata: " + json.dumps(run).encode() + b"\n\n")

    def _reply(self, status: int, answer: Any) -> None:
        data = b"" if status == 204 else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _attempt(status: str) -> Json:
    return {"attempt": 0, "status": status, "startedAt": NOW}


def _row(run: Json) -> Json:
    """A run as lists show it: without input, results and errors."""
    row = {name: value for name, value in run.items() if name not in {"input", "results", "error"}}
    row["attempts"] = [{k: v for k, v in attempt.items() if k != "error"} for attempt in run["attempts"]]
    return row
