"""Money seeds in processes of their own that are killed: the whole of ``imagegen run``, a worker's leaf or parent."""

import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from storage.directory import DirectoryStore
from tests.doubles.render.worker_protocol import Attempt, Fault, Run, platform
from tests.reliability import batches
from tests.reliability.fake_providers import FakeProviders
from tests.reliability.machines.processes import LATENCY, LIMIT, ROOT, has_claim
from tests.reliability.money import promises
from tests.reliability.money.acts import Stage
from tests.reliability.money.case import count, finish, set_stage
from tests.reliability.money.scenario import PAID, POSSIBLE, Kind, Scenario
from tests.reliability.outcome import Outcome


class UnhurriedScenario(Scenario):
    """A scenario without refusals: a worker's waits are those of the product, which take seconds."""

    @cached_property
    def _kinds(self) -> list[Kind]:
        return sorted((PAID | POSSIBLE) - {Kind.GOOD, Kind.LATE})


@dataclass
class _Killing:
    """A stage in a directory, and the cap of the run that is going to be killed."""

    path: Path
    stage: Stage
    cap: float | None

    @property
    def environment(self) -> dict[str, str]:
        settings = self.stage.settings
        paths = {"IMAGEGEN_STORE": str(self.path / "store"), "HOME": str(self.path), "PATH": os.environ["PATH"]}
        budgets = {f"RETRY_{name}": str(settings[f"retry_{name.lower()}"]) for name in ("UNANSWERED", "USELESS")}
        cap = {} if self.cap is None else {"MAX_BATCH_COST_USD": str(self.cap)}
        return self.stage.fakes.environment | paths | budgets | cap | {"MAX_IN_FLIGHT": str(settings["max_in_flight"])}

    def judge(self, kills: int) -> Outcome:
        """Judge the killed run, then the runs without faults after it.

        ``kills`` calls may have been announced and not sent.
        """
        stage = self.stage
        for entry in stage.book.entries:
            entry.uncertain = True
        found = list(promises.check_cap(stage, stage.book.entries, self.cap, "killed"))
        stage.book.latency, stage.book.on_call = 0.0, lambda: None
        with batches.without_waiting():
            found += finish(stage, slack=kills)
        return Outcome(tuple(found), count(stage, runs=1, kills=kills))


@contextmanager
def _open(scenario: Scenario, fakes: FakeProviders) -> Iterator[_Killing]:
    with tempfile.TemporaryDirectory(prefix="imagegen-soak-") as directory:
        path = Path(directory)
        stage = set_stage(scenario, scenario.batch, fakes, DirectoryStore(path / "store"), scenario.settings)
        stage.book.latency = LATENCY
        (path / "batch.json").write_text(json.dumps(scenario.batch))
        yield _Killing(path, stage, scenario.draw_cap(0, stage.prices()))


def kill_run(seed: int, fakes: FakeProviders) -> Outcome:
    """``kill -9`` of ``imagegen run`` under a cap, at any moment after one of its first calls."""
    dice = random.Random(f"{seed} kill")
    with _open(Scenario(seed), fakes) as killing:
        book, calls, wanted = killing.stage.book, threading.Event(), dice.randint(1, 4)
        book.on_call = lambda: calls.set() if len(book.entries) >= wanted else None
        command = ("tests.reliability.machines.child", "--hurried", "--", "run", f"{killing.path}/batch.json")
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env=killing.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + LIMIT
        while not calls.wait(0.02) and process.poll() is None and time.monotonic() < deadline:
            pass
        time.sleep(dice.uniform(0.0, 4 * LATENCY))
        process.kill()
        process.wait()
        return killing.judge(kills=int(killing.stage.settings["max_in_flight"]))


def kill_worker(seed: int, fakes: FakeProviders) -> Outcome:
    """``kill -9`` of each leaf's first process, or of the parent's; the platform's retries go on under the same cap."""
    dice = random.Random(f"{seed} worker")
    leaf, sent = dice.random() < 0.5, dice.randint(0, 2)
    killed: list[str] = []
    with _open(UnhurriedScenario(seed), fakes) as killing:

        def fault(run: Run, attempt: Attempt) -> Fault | None:
            if attempt.number > 1 or bool(run.parent_id) is not leaf:
                return None
            calls = len(killing.stage.book.entries)
            due = calls and has_claim(killing.path, run.id) if leaf else calls > sent
            if due:
                killed.append(run.id)
            return Fault.KILL if due else None

        # The same folder of locks as this process's, so that all of it happens on one machine.
        environment = killing.environment | {"TMPDIR": tempfile.gettempdir()}
        with platform(killing.path / "logs", environment, faults=fault, concurrency=2) as served:
            root = served.run_to_end("generateBatch", killing.stage.request, within=3 * LIMIT)
            for child in served.children(root):
                child.over.wait(LIMIT)  # it may outlive its parent
        if leaf:
            return killing.judge(kills=len(set(killed)))
        return killing.judge(kills=0)
