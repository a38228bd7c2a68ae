"""Conditional writes: of all racing writers one wins, and each learns it; the same on every store."""

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from storage import Conditions, ObjectNotFound, Store, Version, keys
from tests.storage.samples import FULL, JSON, ROUNDS, SWAPPERS, digest, put

CLAIM = keys.claim(digest("swapped"))


def test_a_created_object_has_the_version_that_it_is_read_with(store: Store) -> None:
    created = store.create(CLAIM, b"first", content_type=JSON)
    read = store.read(CLAIM)
    assert read.data == b"first"
    assert read.version
    assert read.version == created


def test_a_swap_with_the_right_version_replaces_the_object_and_gives_it_another_version(store: Store) -> None:
    created = store.create(CLAIM, b"first", content_type=JSON)
    assert created
    swapped = store.swap(CLAIM, b"second", version=created, content_type=JSON)
    assert swapped
    assert swapped != created
    assert store.read(CLAIM).data == b"second"
    assert store.read(CLAIM).version == swapped
    assert store.head(CLAIM).content_type == JSON
    assert store.head(CLAIM).cache_control == "no-cache"
    assert store.head(CLAIM).metadata == {}


def test_a_swap_with_a_stale_version_changes_nothing(store: Store) -> None:
    created = store.create(CLAIM, b"first", content_type=JSON)
    assert created
    assert store.swap(CLAIM, b"second", version=created, content_type=JSON)
    assert store.swap(CLAIM, b"third", version=created, content_type=JSON) is None
    assert store.get(CLAIM) == b"second"


def test_a_swap_after_a_replacement_or_a_deletion_changes_nothing(store: Store) -> None:
    created = store.create(CLAIM, b"first", content_type=JSON)
    assert created
    store.replace(CLAIM, b"second", content_type=JSON)
    assert store.swap(CLAIM, b"third", version=created, content_type=JSON) is None
    assert store.get(CLAIM) == b"second"
    store.delete(CLAIM)
    assert store.swap(CLAIM, b"third", version=created, content_type=JSON) is None
    assert store.list("").objects == ()


def test_a_swap_of_what_never_was_makes_nothing(store: Store) -> None:
    absent = Version('"0123456789abcdef0123456789abcdef"')
    assert store.swap(CLAIM, b"first", version=absent, content_type=JSON) is None  # neither bucket nor directory
    put(store, b"something else")
    assert store.swap(CLAIM, b"first", version=absent, content_type=JSON) is None
    with pytest.raises(ObjectNotFound):
        store.read(CLAIM)


@pytest.mark.timeout(1_800)
def test_racing_swappers_have_one_winner_whose_bytes_everybody_reads(reopened: Callable[[], Store], kind: str) -> None:
    stores = [reopened() for _ in range(4)]
    start = threading.Barrier(SWAPPERS)
    version = stores[0].create(CLAIM, b"the first", content_type=JSON)
    for turn in range(200 if FULL else ROUNDS.get(kind, 1)):

        def swap(
            writer: int, turn: int = turn, version: Version | None = version
        ) -> tuple[Version | None, bytes, bytes]:
            assert version
            data = f"{turn} {writer} ".encode() * 100
            store = stores[writer % len(stores)]
            start.wait()
            return store.swap(CLAIM, data, version=version, content_type=JSON), data, store.get(CLAIM)

        with ThreadPoolExecutor(SWAPPERS) as pool:
            outcomes = list(pool.map(swap, range(SWAPPERS)))
        winners = [(new, data) for new, data, _ in outcomes if new]
        assert len(winners) == 1
        assert {read for *_, read in outcomes} == {winners[0][1]}
        version = winners[0][0]
        assert stores[0].read(CLAIM).version == version


@pytest.mark.timeout(1_800)
def test_each_state_is_left_once_while_creations_swaps_and_deletions_race(
    reopened: Callable[[], Store], kind: str
) -> None:
    """Every write that was acknowledged replaced what its writer had seen: no version is ever swapped away twice."""
    stores = [reopened() for _ in range(4)]
    left: list[Version] = []
    made: list[Version] = []

    def work(writer: int) -> None:
        store, dice = stores[writer % len(stores)], random.Random(writer)
        for step in range(40 if kind == "directory" else 8):
            data = f"{writer} {step}".encode()
            if dice.random() < 0.2:
                store.delete(CLAIM)
            if new := store.create(CLAIM, data, content_type=JSON):
                made.append(new)
                continue
            try:
                seen = store.read(CLAIM).version
            except ObjectNotFound:
                continue
            if new := store.swap(CLAIM, data + b" swapped", version=seen, content_type=JSON):
                left.append(seen)
                made.append(new)

    with ThreadPoolExecutor(SWAPPERS) as pool:
        list(pool.map(work, range(SWAPPERS)))
    assert made
    assert len(left) == len(set(left))
    assert set(left) <= set(made)


def test_conditions_are_found_out_once_and_remembered(reopened: Callable[[], Store], kind: str) -> None:
    assert reopened().find_conditions() == Conditions(create=True, replace=True)
    if kind != "directory":
        assert [info.key for info in reopened().list("").objects] == [keys.CONDITIONS]
    remembered = reopened().list("").objects
    assert reopened().find_conditions() == Conditions(create=True, replace=True)
    assert reopened().list("").objects == remembered
