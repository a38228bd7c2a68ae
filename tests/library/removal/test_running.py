"""Deleting asks first whether a batch may be running, which would lose what it relies on."""

import time
from pathlib import Path

import pytest

from imagegen.library.removal.delete import BatchRunning, require_idle
from imagegen.paying.liveness import hold_process_lock
from imagegen.paying.run_report import LONGEST_RUN, Report
from imagegen.records import Unreadable
from storage import keys
from storage.directory import DirectoryStore
from tests.making.requests import ended_life

BATCH = "0" * 16


def report(store: DirectoryStore, **changes: object) -> str:
    """Leave a run's report; return its key."""
    fields = {"batch_id": BATCH, "run_id": "run", "started_at": time.time(), "life": hold_process_lock()}
    key = keys.report(BATCH, "1" * 16)
    data = Report.model_validate(fields | changes).model_dump_json().encode()
    store.replace(key, data, content_type="application/json")
    return key


def test_a_batch_that_runs_is_named_with_its_beginning_and_the_ways_out(store: DirectoryStore) -> None:
    report(store, started_at=time.time() - 60)
    with pytest.raises(BatchRunning, match=rf"nothing was deleted: batch {BATCH} since 20.*wait .*stop it.*--force"):
        require_idle(store)


def test_of_many_that_run_the_first_are_named_and_the_others_counted(store: DirectoryStore) -> None:
    for number in range(5):
        key = keys.report(BATCH, f"{number:016}")
        data = Report(batch_id=BATCH, run_id=f"{number}", started_at=time.time()).model_dump_json().encode()
        store.replace(key, data, content_type="application/json")
    with pytest.raises(BatchRunning, match="and 2 more may be running"):
        require_idle(store)


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "ended"},
        {"status": "adopted"},
        {"life": ended_life},
        {"life": "", "started_at": lambda: time.time() - LONGEST_RUN - 1},
    ],
    ids=["ended", "adopted", "dead on this machine", "longer ago than any run lives"],
)
def test_a_run_that_is_over_keeps_nobody_from_deleting(store: DirectoryStore, changes: dict[str, object]) -> None:
    report(store, **{name: value() if callable(value) else value for name, value in changes.items()})
    require_idle(store)


def test_a_run_that_lives_on_this_machine_is_running_however_long_ago_it_began(store: DirectoryStore) -> None:
    """``imagegen run`` has no time limit: a batch of thousands of pictures at a slow pace takes days."""
    report(store, started_at=time.time() - 10 * LONGEST_RUN)
    with pytest.raises(BatchRunning):
        require_idle(store)


def test_a_report_that_is_none_keeps_nobody_and_one_that_cannot_be_read_does(store: DirectoryStore) -> None:
    key = report(store)
    store.replace(key, b"{", content_type="application/json")
    require_idle(store)
    with (Path(store.location) / key).open("r+b") as file:
        file.truncate(keys.max_bytes(key) + 1)
    with pytest.raises(Unreadable):
        require_idle(store)
