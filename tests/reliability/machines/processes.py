"""Batches in processes of their own, to which something happens: killed, stopped, out of disk, out of time."""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from storage.directory import DirectoryStore
from tests.doubles.render.worker_protocol import Attempt, Fault, Run, platform
from tests.reliability import batches, injected, invariants
from tests.reliability.batches import FakeProviderRuntime
from tests.reliability.fake_providers import CallLog, FakeProviders, RecordedCall, requests_of
from tests.reliability.faults import Scenario
from tests.reliability.invariants import Violation
from tests.reliability.outcome import Outcome

ROOT = Path(__file__).parents[3]
LATENCY = 0.05
"""Seconds that a picture takes, so that there is a moment to die in."""
LIMIT = 60.0
"""Seconds after which a process counts as hung."""


@dataclass
class Workspace:
    """A directory with a batch file, the store it is run into, and the log of its calls."""

    path: Path
    request: dict[str, Any]
    fakes: FakeProviders
    seed: int
    store: DirectoryStore = field(init=False)
    call_log: CallLog = field(init=False)

    def __post_init__(self) -> None:
        self.store = DirectoryStore(self.path / "store")
        (self.path / "batch.json").write_text(json.dumps(self.request))
        self.planned = batches.planned(self.request, FakeProviderRuntime(batches.settings(), self.store, self.fakes))
        self.call_log = CallLog(
            requests_of(self.planned),
            is_stored=lambda wanted: invariants.is_stored(self.store, wanted),
            latency=LATENCY,
        )
        self.fakes.answer_from(self.call_log)

    @property
    def environment(self) -> dict[str, str]:
        paths = {"IMAGEGEN_STORE": str(self.path / "store"), "HOME": str(self.path), "PATH": os.environ["PATH"]}
        return self.fakes.environment | paths | {"MAX_IN_FLIGHT": "2"}

    @contextmanager
    def process(self, *faults: str) -> Iterator["subprocess.Popen[str]"]:
        """The batch's process, with the faults of ``tests.reliability.machines.child``."""
        command = ("tests.reliability.machines.child", *faults, "--") if faults else ("workflows.cli",)
        process = subprocess.Popen(
            [sys.executable, "-m", *command, "run", f"{self.path}/batch.json"],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,  # a few lines, which a pipe holds; a file would fall under --full
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            yield process
        finally:
            process.kill()
            process.communicate()

    def judge(self, before: Sequence[Violation]) -> Outcome:
        """Return the violations now, and after a run without faults."""
        self.call_log.latency = 0.0
        found = [*before, *invariants.check_ledgers(self.call_log, self.store)]
        found += injected.check_recovery(self.request, self.planned, self.fakes, self.call_log, self.store)
        return Outcome(tuple(found), injected.count_calls(self.call_log, faults=1))


@contextmanager
def open_workspace(seed: int, fakes: FakeProviders) -> Iterator[Workspace]:
    with tempfile.TemporaryDirectory(prefix="imagegen-soak-") as directory:
        yield Workspace(Path(directory), Scenario(seed).batch, fakes, seed)


def kill_run(seed: int, fakes: FakeProviders) -> Outcome:
    """``kill -9`` of ``imagegen run``, parent and leaves at once, just before or after a provider answers."""
    dice = random.Random(f"{seed} kill")
    with open_workspace(seed, fakes) as workspace:
        when, calls = dice.randint(1, 3), threading.Event()
        _at_call(workspace.call_log, when, calls)
        with workspace.process() as process:
            _wait_for(calls, process)
            time.sleep(dice.uniform(0.0, 4 * LATENCY))
            process.kill()
            process.wait()
        return workspace.judge([])


def stop_run(seed: int, fakes: FakeProviders) -> Outcome:
    """Ctrl-C or SIGTERM at any moment: the process leaves in good order, and so does the store."""
    dice = random.Random(f"{seed} stop")
    number = dice.choice((signal.SIGINT, signal.SIGTERM))
    with open_workspace(seed, fakes) as workspace:
        calls = threading.Event()
        _at_call(workspace.call_log, dice.randint(1, 3), calls)
        with workspace.process() as process:
            if dice.random() < 0.3:
                time.sleep(dice.uniform(0.6, 1.6))
            else:
                _wait_for(calls, process)
                time.sleep(dice.uniform(0.0, 4 * LATENCY))
            process.send_signal(number)
            # A process that a signal ended while it was loading or leaving is 130 or 143 to a shell.
            found = list(_check_exit(process, {0, 1, 130, -signal.SIGINT, -signal.SIGTERM}))
        return workspace.judge([*found, *invariants.check_verify(workspace.store)])


def fill_disk(seed: int, fakes: FakeProviders) -> Outcome:
    """A disk that takes no more than so many bytes of any file: messages, no traceback, nothing torn."""
    room = random.Random(f"{seed} full").choice((100, 800, 6_000, 20_000))
    with open_workspace(seed, fakes) as workspace:
        with workspace.process("--full", str(room)) as process:
            found = list(_check_exit(process, {0, 1, 2}))
        return workspace.judge(found)


def jump_clock(seed: int, fakes: FakeProviders) -> Outcome:
    """A wall clock that jumps by hours and years changes nothing."""
    with open_workspace(seed, fakes) as workspace:
        with workspace.process("--clock", str(seed)) as process:
            found = list(_check_exit(process, {0}))
        return workspace.judge(found)


def kill_worker(seed: int, fakes: FakeProviders) -> Outcome:
    """``kill -9`` of a leaf's or the parent's own process, as Render runs them; the run's retries go on from there."""
    dice = random.Random(f"{seed} worker")
    leaf, stored = dice.random() < 0.5, dice.randint(0, 2)
    with open_workspace(seed, fakes) as workspace:

        def fault(run: Run, attempt: Attempt) -> Fault | None:
            if attempt.number > 1 or bool(run.parent_id) is not leaf:
                return None
            if leaf:
                return Fault.KILL if workspace.call_log.calls and has_claim(workspace.path, run.id) else None
            return Fault.KILL if len(workspace.call_log.calls) > stored else None

        environment = {name: value for name, value in workspace.environment.items() if name != "PATH"}
        with platform(workspace.path / "logs", environment, faults=fault, concurrency=2) as served:
            root = served.run_to_end("generateBatch", workspace.request, within=LIMIT)
        found = [] if root.succeeded else [Violation("incomplete", f"the run failed for good: {root.error}")]
        return workspace.judge(found)


def has_claim(path: Path, run_id: str) -> bool:
    """Tell if a run stands in a claim of the store in a directory."""
    for claim in (path / "store" / "claims").glob("*.json"):
        with suppress(FileNotFoundError):
            if run_id in claim.read_text():
                return True
    return False


def _at_call(call_log: CallLog, number: int, event: threading.Event) -> None:
    """Set ``event`` when the provider is called for the ``number``-th time, or has been for as often as it will be."""
    wanted = min(number, len(set(call_log.requests.values())))

    def noted(_: RecordedCall) -> None:
        if len(call_log.calls) >= wanted:
            event.set()

    call_log.on_call = noted


def _wait_for(event: threading.Event, process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + LIMIT
    while not event.wait(0.02) and process.poll() is None and time.monotonic() < deadline:
        pass


def _check_exit(process: "subprocess.Popen[str]", expected: set[int]) -> Iterator[Violation]:
    """Yield the violations in the end of a process."""
    try:
        output, _ = process.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        yield Violation("hung", f"the process still ran after {LIMIT} s")
        return
    if process.returncode not in expected:
        yield Violation("exit", f"exit code {process.returncode}, not one of {sorted(expected)}: {output[-500:]}")
    if "Traceback" in output:
        yield Violation("traceback", output[output.index("Traceback") :][:1500])
