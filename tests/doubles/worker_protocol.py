"""A fake of Render's side of the worker protocol: a real worker process for each attempt of each run.

It listens on a Unix socket of its own for every process, as ``render workflows dev`` does, starts
``python -m workflows`` with the SDK's two variables, and honours what the tasks registered: retries (their waits
multiplied by ``TIME_SCALE``) and timeouts. ``faults`` lets a test kill or stop a process; a stopped one has its
timeout scaled as well, so that it is over soon.
"""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from tests.doubles.worker_socket import Answer, WorkerHandler, WorkerServer, decode, encode
from tests.measuring import COVERAGE

ROOT = Path(__file__).parents[2]
TIME_SCALE = 0.001
PLATFORM_RETRY = {"max_retries": 3, "wait_duration_ms": 1_000, "factor": 2.0}
PLATFORM_TIMEOUT = 7_200
TICK = 0.01
LINGER = 20.0
"""Seconds that a process may take to exit after its callback."""


class Fault(Enum):
    """The fault of a process."""

    KILL = signal.SIGKILL
    HANG = signal.SIGSTOP


@dataclass
class Attempt:
    """One process. ``error`` is None when it called back with a result."""

    number: int
    log: Path
    pid: int = 0
    input_taken: bool = False
    called_back: bool = False
    output: Any = None
    error: str | None = None
    exit_code: int | None = None


@dataclass
class Run:
    """A task run: its place in the tree and its attempts. ``error`` is the last attempt's, once it is over."""

    id: str
    task: str
    inputs: Any
    parent_id: str
    root_id: str
    attempts: list[Attempt] = field(default_factory=list)
    output: Any = None
    error: str | None = None
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def succeeded(self) -> bool:
        return self.over.is_set() and self.error is None


Faults = Callable[[Run, Attempt], Fault | None]


class WorkerPlatform:
    """Runs a worker's tasks, with ``environment`` added to a bare one; see ``platform``."""

    def __init__(
        self,
        directory: Path,
        environment: Mapping[str, str],
        *,
        command: Sequence[str],
        faults: Faults,
        concurrency: int,
        with_ids: bool,
    ) -> None:
        self.tasks: dict[str, dict[str, Any]] = {}
        self.runs: dict[str, Run] = {}
        self._directory = directory
        self._environment = {"PATH": os.environ["PATH"], "TMPDIR": str(directory), **environment}
        self._command = list(command)
        self._faults = faults
        self._with_ids = with_ids
        self._leaf_places = threading.Semaphore(concurrency)
        self._lock = threading.RLock()
        self._asked: dict[tuple[str, str], Run] = {}
        self._threads: list[threading.Thread] = []
        self._closing = threading.Event()

    def register(self) -> None:
        """Start a process in register mode and keep the tasks that it reports."""
        attempt = Attempt(1, self._directory / "register.log")
        self._run_process("register", None, attempt)
        if not self.tasks:
            raise AssertionError(f"no tasks registered:\n{attempt.log.read_text()}")

    def start(self, task: str, inputs: Any, *, parent: Run | None = None) -> Run:
        """Start a run; its ``over`` is set when it has ended for good."""
        with self._lock:
            run_id = f"trn-{len(self.runs):020d}"
            run = Run(run_id, task, inputs, parent.id if parent else "", parent.root_id if parent else run_id)
            self.runs[run_id] = run
            thread = threading.Thread(target=self._run_attempts, args=(run,), name=run_id)
            self._threads.append(thread)
        thread.start()
        return run

    def run_to_end(self, task: str, inputs: Any, *, within: float = 60.0) -> Run:
        """Start a root run and wait for its end."""
        run = self.start(task, inputs)
        assert run.over.wait(within), f"{task} still runs after {within} s:\n{self.logs()}"
        return run

    def children(self, run: Run) -> list[Run]:
        return [child for child in list(self.runs.values()) if child.parent_id == run.id]

    def logs(self) -> str:
        return "\n".join(f"--- {path.name}\n{path.read_text()}" for path in sorted(self._directory.glob("*.log")))

    def close(self) -> None:
        """End every process and thread."""
        self._closing.set()
        for thread in list(self._threads):
            thread.join()

    def _run_attempts(self, run: Run) -> None:
        """All attempts of a run, one after the other."""
        retry = self.tasks[run.task]["options"].get("retry", PLATFORM_RETRY)
        while not self._closing.is_set():
            attempt = Attempt(len(run.attempts) + 1, self._directory / f"{run.id}-{len(run.attempts) + 1}.log")
            run.attempts.append(attempt)
            if run.parent_id:
                with self._leaf_places:
                    self._run_process("run", run, attempt)
            else:
                self._run_process("run", run, attempt)
            if attempt.error is None or attempt.number > retry["max_retries"]:
                run.output, run.error = attempt.output, attempt.error
                break
            wait = retry["wait_duration_ms"] / 1_000 * retry["factor"] ** (attempt.number - 1)
            self._closing.wait(wait * TIME_SCALE)
        run.over.set()

    def _run_process(self, mode: str, run: Run | None, attempt: Attempt) -> None:
        """One worker process from start to exit."""
        with self._open_socket(run, attempt) as path, attempt.log.open("wb") as log:
            process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env={**COVERAGE, **self._environment, "RENDER_SDK_MODE": mode, "RENDER_SDK_SOCKET_PATH": str(path)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
            attempt.pid = process.pid
            try:
                timed_out = self._watch(process, run, attempt)
            finally:
                process.kill()
                attempt.exit_code = process.wait()
        if timed_out:
            attempt.error = "task run timed out"
        elif run and not attempt.called_back:
            attempt.error = f"start command exited before completing the task: exit status {attempt.exit_code}"

    def _watch(self, process: "subprocess.Popen[bytes]", run: Run | None, attempt: Attempt) -> bool:
        """Wait for the exit and inflict the faults meanwhile; return True when the run timed out first."""
        allowed = self.tasks[run.task]["options"].get("timeout_seconds", PLATFORM_TIMEOUT) if run else LINGER
        due = time.monotonic() + allowed
        stopped = False
        while process.poll() is None and not self._closing.is_set():
            if time.monotonic() > due:
                return not attempt.called_back
            if attempt.called_back:
                due = min(due, time.monotonic() + LINGER)
            if run and attempt.input_taken and not stopped and (fault := self._faults(run, attempt)):
                process.send_signal(fault.value)
                stopped = True
                due = time.monotonic() + allowed * TIME_SCALE if fault is Fault.HANG else due
            time.sleep(TICK)
        return False

    @contextmanager
    def _open_socket(self, run: Run | None, attempt: Attempt) -> Iterator[Path]:
        """A listening socket for one process; requests on it are that process's."""
        platform = self

        class Handler(WorkerHandler):
            def answer(self, request: str, body: dict[str, Any]) -> Answer:
                return platform._answer(request, body, run, attempt)

        # Paths of Unix sockets are limited to about 100 bytes, which a test's own directory may exceed.
        with tempfile.TemporaryDirectory(prefix="worker-") as directory:
            path = Path(directory) / "sdk.sock"
            with WorkerServer(str(path), Handler) as server:
                threading.Thread(target=server.serve_forever, args=(TICK,)).start()
                try:
                    yield path
                finally:
                    server.shutdown()

    def _answer(self, request: str, body: dict[str, Any], run: Run | None, attempt: Attempt) -> Answer:
        if request == "POST /register-tasks":
            self.tasks = {task["name"]: task for task in body["tasks"]}
            return 200, {}
        answers = {
            "GET /input": self._give_input,
            "POST /callback": self._take_callback,
            "POST /run-subtask": self._start_subtask,
            "POST /get-subtask-result": self._give_subtask_result,
        }
        if run is None or request not in answers:
            return 404, {"message": f"no such endpoint: {request}"}
        return answers[request](body, run, attempt)

    def _give_input(self, _body: dict[str, Any], run: Run, attempt: Attempt) -> Answer:
        attempt.input_taken = True
        ids = {"task_run_id": run.id, "root_task_run_id": run.root_id, "parent_task_run_id": run.parent_id}
        return 200, {"task_name": run.task, "input": encode(run.inputs), **(ids if self._with_ids else {})}

    def _take_callback(self, body: dict[str, Any], _run: Run, attempt: Attempt) -> Answer:
        if ("complete" in body) == ("error" in body):
            return 400, {"message": "a callback holds either a result or an error"}
        attempt.called_back = True
        if "error" in body:
            attempt.error = body["error"]["details"]
        else:
            attempt.output = decode(body["complete"]["output"])
        return 200, {}

    def _start_subtask(self, body: dict[str, Any], parent: Run, _attempt: Attempt) -> Answer:
        if body["task_name"] not in self.tasks:
            return 404, {"message": f"task not found: {body['task_name']}"}
        key = (body["idempotency_key"], body["created_at"])
        with self._lock:
            if key not in self._asked:
                self._asked[key] = self.start(body["task_name"], decode(body["input"]), parent=parent)
            return 200, {"task_run_id": self._asked[key].id}

    def _give_subtask_result(self, body: dict[str, Any], _run: Run, _attempt: Attempt) -> Answer:
        run = self.runs.get(body["task_run_id"])
        if run is None:
            return 404, {"message": f"task run not found: {body['task_run_id']}"}
        if not run.over.is_set():
            return 200, {"still_running": True}
        if run.error is not None:
            return 200, {"still_running": False, "error": {"details": run.error}}
        return 200, {"still_running": False, "complete": {"output": encode(run.output)}}


@contextmanager
def platform(
    directory: Path,
    environment: Mapping[str, str],
    *,
    command: Sequence[str] = (sys.executable, "-m", "workflows"),
    faults: Faults = lambda _run, _attempt: None,
    concurrency: int = 4,
    with_ids: bool = True,
) -> Iterator[WorkerPlatform]:
    """A platform with the tasks registered.

    ``directory`` receives a log for each process. ``faults`` is called repeatedly, once the process has taken
    its input, for the fault to inflict. ``concurrency`` bounds the leaf processes at once; more are queued.
    ``with_ids=False`` leaves run ids out, as the Render CLI before 2.29 does.
    """
    directory.mkdir(parents=True, exist_ok=True)
    served = WorkerPlatform(
        directory, environment, command=command, faults=faults, concurrency=concurrency, with_ids=with_ids
    )
    try:
        served.register()
        yield served
    finally:
        served.close()
