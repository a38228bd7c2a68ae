"""A manifest never gets worse, whoever writes it last."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from imagegen import records
from imagegen.making.changes.manifest import save
from imagegen.results import BatchResult, LeafResult
from storage import Store, Version
from storage.directory import DirectoryStore
from tests.doubles.batches import batch, failed, leaf, pictures

MADE, ALSO_MADE = leaf("a"), leaf("b")
LOST, ALSO_LOST = failed("a"), failed("b")


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    store = DirectoryStore(tmp_path)
    for key, data in pictures([MADE, ALSO_MADE]).items():
        store.create(key, data, content_type="image/jpeg")
    return store


def result_of(*leaves: LeafResult) -> BatchResult:
    return batch([[one] for one in leaves], name="mine")


def saved(store: Store, result: BatchResult) -> list[bool]:
    manifest = records.find_manifest(store, result.batch_id)
    assert manifest
    return [one.succeeded for one in manifest.leaves()]


def test_a_picture_that_is_there_stays_in_the_manifest_when_a_later_run_fails(store: Store) -> None:
    save(store, result_of(MADE, ALSO_MADE))
    kept = save(store, result_of(LOST, ALSO_MADE))
    assert (kept.status, kept.summary.succeeded, kept.summary.failed) == ("complete", 2, 0)
    assert saved(store, kept) == [True, True]


def test_two_runs_that_made_one_picture_each_leave_both_in_the_manifest(store: Store) -> None:
    save(store, result_of(MADE, ALSO_LOST))
    assert saved(store, save(store, result_of(LOST, ALSO_MADE))) == [True, True]


def test_a_picture_that_is_gone_is_not_claimed_to_be_there(store: Store) -> None:
    save(store, result_of(MADE, ALSO_MADE))
    assert MADE.image
    store.delete(MADE.image.key)
    kept = save(store, result_of(LOST, ALSO_MADE))
    assert (kept.status, saved(store, kept)) == ("partial", [False, True])


def test_what_the_later_run_spent_on_a_kept_picture_is_in_its_result(store: Store) -> None:
    save(store, result_of(MADE))
    spent = LOST.model_copy(update={"paid_calls": 2, "cost_usd": 0.08, "known_cost_usd": 0.08})
    (kept,) = save(store, result_of(spent)).leaves()
    assert (kept.succeeded, kept.reused, kept.paid_calls, kept.cost_usd) == (True, True, 2, 0.08)


def test_a_manifest_that_says_the_same_is_not_written_again(store: Store, tmp_path: Path) -> None:
    first = save(store, result_of(MADE))
    before = (tmp_path / first.manifest_key).stat().st_mtime_ns
    save(store, result_of(MADE).model_copy(update={"created_at": "2027-01-01T00:00:00+00:00"}))
    assert (tmp_path / first.manifest_key).stat().st_mtime_ns == before


def test_a_writer_that_lost_a_race_reads_again_and_keeps_what_the_other_made(tmp_path: Path, store: Store) -> None:
    class Raced(DirectoryStore):
        raced = False

        def create(
            self, key: str, data: bytes, *, content_type: str, metadata: Mapping[str, str] | None = None
        ) -> Version | None:
            if key.endswith("batch.json") and not self.raced:
                self.raced = True
                save(DirectoryStore(tmp_path), result_of(MADE, ALSO_LOST))
            return super().create(key, data, content_type=content_type, metadata=metadata)

    assert saved(store, save(Raced(tmp_path), result_of(LOST, ALSO_MADE))) == [True, True]


def test_a_manifest_that_cannot_be_read_is_replaced(store: Store) -> None:
    result = result_of(MADE)
    store.replace(result.manifest_key, b"\x00", content_type="application/json")
    assert saved(store, save(store, result)) == [True]
