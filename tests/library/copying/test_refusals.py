"""What is not copied: a store onto itself, nothing at all, and what a batch that runs may change."""

import time
from pathlib import Path
from typing import Literal

import pytest

from imagegen.library.copy import CopyRefused, copy
from imagegen.library.listing import BatchNotFound
from imagegen.paying.liveness import hold_process_lock
from imagegen.paying.run_report import Report
from imagegen.records import find_manifest
from imagegen.results import BatchResult
from storage import keys
from storage.directory import DirectoryStore
from tests.library.copying.contents import put, read_all


def test_a_store_is_not_copied_onto_itself(store: DirectoryStore, batch: BatchResult, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(store.location)
    for same in (store, DirectoryStore(tmp_path / "link")):
        with pytest.raises(CopyRefused, match="is the store that is copied from"):
            copy(store, same, None)


def test_a_store_is_not_copied_into_itself_nor_around_itself(store: DirectoryStore, batch: BatchResult) -> None:
    for place in (Path(store.location, "inside"), Path(store.location).parent):
        with pytest.raises(CopyRefused, match="one lies in the other; give another --to"):
            copy(store, DirectoryStore(place), None)


def test_an_empty_store_is_named_and_nothing_is_made(second: DirectoryStore, tmp_path: Path) -> None:
    with pytest.raises(CopyRefused, match="nosuch holds nothing; check --store"):
        copy(DirectoryStore(tmp_path / "nosuch"), second, None)
    assert not Path(second.location).exists()
    assert not (tmp_path / "nosuch").exists()


def test_a_batch_that_is_not_there_is_not_copied(store: DirectoryStore, second: DirectoryStore) -> None:
    with pytest.raises(BatchNotFound):
        copy(store, second, ["0" * 16])


@pytest.mark.parametrize("where", ["source", "destination"])
def test_while_a_batch_may_run_nothing_is_copied_without_force(
    where: str, store: DirectoryStore, batch: BatchResult, second: DirectoryStore
) -> None:
    report = Report(batch_id=batch.batch_id, run_id="run", started_at=time.time(), life=hold_process_lock())
    key = keys.report(batch.batch_id, "1" * 16)
    put(store if where == "source" else second, key, report.model_dump_json().encode())
    with pytest.raises(CopyRefused, match=rf"batch {batch.batch_id} since .* may be running"):
        copy(store, second, None)
    assert not read_all(second, keys.ORIGINALS)
    left = copy(store, second, None, force=True).left
    assert left == ({key: "not copied: its run may be running"} if where == "source" else {})
    assert find_manifest(second, batch.batch_id)


@pytest.mark.parametrize("where", ["source", "destination"])
@pytest.mark.parametrize("status", ["running", "ended"])
def test_a_batch_that_was_run_meanwhile_is_named(
    status: Literal["running", "ended"], where: str, store: DirectoryStore, batch: BatchResult, second: DirectoryStore
) -> None:
    report = Report(batch_id="1" * 16, run_id="run", started_at=time.time(), life=hold_process_lock(), status=status)
    key, place = keys.report("1" * 16, "1" * 16), store if where == "source" else second

    def begin(told: str) -> None:
        if "batches" in told:
            put(place, key, report.model_dump_json().encode())

    left = copy(store, second, None, tell=begin).left
    assert left == {key: f"a batch was run in {place.location} meanwhile: copy again when it is over"}
