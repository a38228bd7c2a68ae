"""Two redos at the same moment, one beside a run of its batch, and killed ones: nothing is lost or paid twice."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from imagegen.library.removal.delete import SpendingUnreported, plan_removal, require_reported
from imagegen.library.verify import verify
from imagegen.making.changes.redo import ask, find_places, plan_redo
from imagegen.making.runtime import Runtime, using
from imagegen.results import BatchResult
from storage import keys
from storage.directory import DirectoryStore
from tests.doubles.provider import openai_server
from tests.doubles.provider.openai_server import OpenAIServer
from tests.doubles.provider.scripted_server import Call, Reply
from tests.doubles.render.local_runs import LOOK, run_batch, runtime_in
from tests.making.changes.conftest import MODELS, Typed, read_cells, read_manifest
from workflows.app import app
from workflows.commands.redo import run_change
from workflows.commands.run import FINAL
from workflows.local import LocalEngine

ROWS = ["a fox", "a hare", "a bear"]
ROOT = Path(__file__).parents[3]


@pytest.fixture
def made(runtime: Runtime) -> BatchResult:
    return run_batch(runtime, ROWS, MODELS[:1], *LOOK)


def redo(place: Path, batch_id: str, row: int) -> BatchResult:
    """Redo a row as the command does, on any thread."""
    runtime = runtime_in(place)

    async def run() -> BatchResult:
        manifest = read_manifest(DirectoryStore(place), batch_id)
        change = plan_redo(manifest, find_places(manifest, row, None), runtime, None)
        ask(change, runtime)
        engine = LocalEngine(app, concurrency=4, final=FINAL)
        with using(runtime):
            return BatchResult.model_validate(await run_change(engine, change, runtime, []))

    return asyncio.run(run())


@pytest.mark.parametrize("rows", [(0, 1), (0, 1, 2), (1, 1)])
def test_redos_at_the_same_moment_lose_nothing_and_pay_once(
    made: BatchResult, place: Path, store: DirectoryStore, seller: OpenAIServer, rows: tuple[int, ...]
) -> None:
    with ThreadPoolExecutor(len(rows)) as pool:
        results = list(pool.map(lambda row: redo(place, made.batch_id, row), rows))
    distinct = set(rows)
    assert len(seller.calls) == 3 + len(distinct)
    assert sum(one.summary.paid_calls for one in results) == len(distinct)
    assert {(cell["row"], cell["shown"]) for cell in read_cells(store, made.batch_id)} == {(row, 1) for row in distinct}
    shown = read_manifest(store, made.batch_id)
    changed = {at for at, leaf in enumerate(shown.leaves()) if leaf.leaf_hash != made.leaves()[at].leaf_hash}
    assert (shown.status, changed, len(shown.former)) == ("complete", distinct, len(distinct))
    assert verify(store).findings == ()


@dataclass
class Held:
    """An answer of the provider that is sent when the test says so."""

    subject: str
    asked: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    def __call__(self, _call: Call) -> Reply:
        self.asked.set()
        self.released.wait()
        return openai_server.picture(subject=self.subject)


@pytest.mark.parametrize("redone", [0, 1])
def test_a_redo_beside_a_run_of_its_batch_is_shown_whichever_ends_first(
    runtime: Runtime, place: Path, store: DirectoryStore, seller: OpenAIServer, redone: int
) -> None:
    """The run makes the row that it lacks, and another row is redone meanwhile."""
    seller.script([openai_server.error(400, "moderation_blocked", "Rejected by the safety system.")])
    first = run_batch(runtime, ROWS, MODELS[:1], *LOOK, concurrency=1)
    failed = [leaf.succeeded for leaf in first.leaves()].index(False)
    row = [at for at in range(3) if at != failed][redone]
    answers = Held("of the run"), Held("of the redo")
    seller.script(answers)
    with ThreadPoolExecutor(2) as pool:
        run = pool.submit(run_batch, runtime_in(place), ROWS, MODELS[:1], *LOOK)
        answers[0].asked.wait()
        again = pool.submit(redo, place, first.batch_id, row)
        answers[1].asked.wait()
        order = ((answers[0], run), (answers[1], again))
        for answer, work in order if redone else reversed(order):
            answer.released.set()
            work.result()
        ended = (run.result(), again.result())
    shown = read_manifest(store, first.batch_id)
    assert shown.status == "complete"
    assert shown.leaves()[row].leaf_hash != first.leaves()[row].leaf_hash
    assert sum(one.summary.paid_calls for one in ended) == 2
    assert len(seller.calls) == 5
    assert verify(store).findings == ()


def start(place: Path, batch_id: str, code: str = "") -> "subprocess.Popen[bytes]":
    """Start a redo of the first row in a process of its own; ``code`` runs in it before."""
    command = f"{code}\nfrom workflows import cli\ncli.main()"
    arguments = [sys.executable, "-c", command, "redo", batch_id, "1", "--yes", "--store", str(place)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(arguments, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def test_a_redo_that_is_killed_while_it_waits_changes_nothing_and_is_accounted_for(
    made: BatchResult, place: Path, runtime: Runtime, store: DirectoryStore, seller: OpenAIServer, typed: Typed
) -> None:
    late = Held("late")
    seller.script([late])
    process = start(place, made.batch_id)
    late.asked.wait()
    process.send_signal(signal.SIGKILL)
    process.wait()
    late.released.set()
    assert len(seller.calls) == 4
    assert not verify(store).problems
    with pytest.raises(SpendingUnreported):
        require_reported(plan_removal(store, made.batch_id))
    again = run_batch(runtime, ROWS, MODELS[:1], *LOOK)
    assert [leaf.leaf_hash for leaf in again.leaves()] == [leaf.leaf_hash for leaf in made.leaves()]
    assert (again.summary.paid_calls, again.summary.possible_extra_charges, len(seller.calls)) == (0, 1, 4)
    assert run_batch(runtime, ROWS, MODELS[:1], *LOOK).summary.possible_extra_charges == 0
    assert typed("redo", made.batch_id, "1", "--yes") == 0
    assert [cell["shown"] for cell in read_cells(store, made.batch_id)] == [1]
    assert len(seller.calls) == 5


def test_what_a_killed_redo_paid_for_is_shown_by_the_next_one_and_not_paid_for_again(
    made: BatchResult, place: Path, runtime: Runtime, store: DirectoryStore, seller: OpenAIServer, typed: Typed
) -> None:
    die = "import os, imagegen.making.batch_run as run\nrun.settle_redone = lambda *_: os.kill(os.getpid(), 9)"
    assert start(place, made.batch_id, die).wait() == -signal.SIGKILL
    assert len(seller.calls) == 4
    assert not verify(store).problems
    planned = {found.key for found in plan_removal(store, made.batch_id).objects}
    spaces = (keys.ORIGINALS, keys.RESULTS, keys.IMAGES, keys.THUMBNAILS, keys.CLAIMS)
    assert {found.key for space in spaces for found in store.list(space).objects} <= planned
    again = run_batch(runtime, ROWS, MODELS[:1], *LOOK)
    assert [leaf.leaf_hash for leaf in again.leaves()] == [leaf.leaf_hash for leaf in made.leaves()]
    assert (again.summary.paid_calls, len(seller.calls)) == (1, 4)
    assert typed("redo", made.batch_id, "1") == 0  # nothing to pay, so nothing to ask
    assert read_manifest(store, made.batch_id).leaves()[0].leaf_hash != made.leaves()[0].leaf_hash
    assert len(seller.calls) == 4
