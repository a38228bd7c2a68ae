"""Random stores with shared originals, pruned and emptied: nothing needed goes, and nothing superfluous stays."""

import os
import random

import pytest

from imagegen import records
from imagegen.library.listing import list_batches
from imagegen.library.removal.delete import plan_removal, remove
from imagegen.library.removal.prune import Pruning, plan_pruning
from imagegen.library.verify import verify
from imagegen.paying.money import Ledger
from imagegen.paying.spending import read_all
from storage import keys
from storage.directory import DirectoryStore
from tests.library.removal.stores import DAY, NOW, Scene

SEEDS = [*range(100), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(100, 300))]
LONG = 90 * DAY


def list_all(store: DirectoryStore) -> set[str]:
    return {found.key for found in store.list("").objects if not found.key.startswith(keys.SPENDING)}


def list_spending(store: DirectoryStore) -> list[tuple[str, str, Ledger]]:
    spent = ((one.request_hash, one.entry.run, one.entry.ledger) for one in read_all(store))
    return sorted(spent, key=lambda row: row[:2])


def find_problems(store: DirectoryStore) -> set[tuple[str, str]]:
    """All that is wrong, but that pictures and originals are no real ones."""
    found = verify(store).findings
    return {(one.kind, one.key) for one in found if one.kind in ("missing", "unreadable")}


def require_whole(scene: Scene, names: set[str]) -> None:
    """Each of these batches is there, as are its pictures and its originals: to run it again asks nobody."""
    assert {batch.batch_id for batch in list_batches(scene.store).batches} == names
    wanted = [pair for batch in scene.batches if batch.batch_id in names for pair in batch.holdings()]
    for pair in [*wanted, *scene.alone]:
        if pair.succeeded:
            assert records.is_present(scene.store, pair)
            assert records.find_result(scene.store, pair.leaf_hash) is not None
            assert records.has_bytes(scene.store, keys.original(pair.request_hash))


def prune(store: DirectoryStore, **changes: object) -> tuple[Pruning, set[str]]:
    """Prune; return the plan, and the keys that went."""
    before = list_all(store)
    planned = plan_pruning(store, **changes)  # type: ignore[arg-type]
    assert remove(store, *planned.removals) == {}
    return planned, before - list_all(store)


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_needed_goes_and_nothing_superfluous_stays(
    seed: int, store: DirectoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)  # these stores need not survive a power cut
    scene = Scene(store, random.Random(seed)).fill()
    every, books = {batch.batch_id for batch in scene.batches}, list_spending(store)
    require_whole(scene, every)
    assert prune(store)[1] == scene.superfluous - scene.young
    require_whole(scene, every)
    assert prune(store, now=NOW + DAY)[1] == scene.superfluous & scene.young
    assert prune(store, now=NOW + DAY)[1] == set()
    require_whole(scene, every)
    assert find_problems(store) == set()
    kept_paid = scene.dice.random() < 0.5
    old = {one.batch_id for one in scene.batches if one.created_at < (NOW - LONG).isoformat()}
    paid = {key for key in list_all(store) if key.startswith((keys.ORIGINALS, keys.REJECTED))}
    prune(store, older_than=LONG, keep_originals=kept_paid)
    require_whole(scene, every - old)
    assert find_problems(store) == set()
    assert not kept_paid or paid <= list_all(store)
    assert prune(store, older_than=LONG, keep_originals=kept_paid)[1] == set()
    for name in sorted(every - old):
        remove(store, plan_removal(store, name))
        every.remove(name)
        require_whole(scene, every - old)
    prune(store, now=NOW + DAY)
    left = {key for key in list_all(store) if not key.startswith((keys.ORIGINALS, keys.REJECTED, keys.CLAIMS))}
    alone = {keys.result(one.leaf_hash) for one in scene.alone if one.succeeded}
    assert {key for key in left if key.startswith((keys.RESULTS, keys.REPORTS))} == alone | {
        key for key in scene.unfinished if key.startswith((keys.RESULTS, keys.REPORTS))
    }
    prune(store, older_than=LONG, now=NOW + 2 * LONG)
    require_whole(scene, set())
    shared = {keys.original(one.request_hash) for one in scene.alone if one.succeeded}
    pictures = {picture.key for one in scene.alone for picture in (one.image, one.thumbnail) if picture}
    answers = {keys.rejected(one.request_hash, 0) for one in scene.alone if one.succeeded} & paid
    assert list_all(store) == alone | shared | pictures | answers
    assert list_spending(store) == books  # whatever went, what it had cost is known
