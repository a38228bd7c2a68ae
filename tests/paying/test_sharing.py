"""Batches that ask one account at the same time find each other in the store, and share what it allows."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from imagegen.paying.pace.pacing import Pace
from imagegen.paying.pace.sharing import SILENCE, Sharing
from storage import Store, StoreUnavailable, keys
from storage.directory import DirectoryStore

MODEL = "gpt-image-2"
MINUTE = 60.0
SOON = 10.0


class Clock:
    """A time that a test sets."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    return DirectoryStore(tmp_path / "store")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def batch(store: DirectoryStore, clock: Clock) -> Callable[..., Sharing]:
    """A batch of this run, which asks at this pace and speaks when a test lets it."""

    def build(run: str, pace: Pace | None = None) -> Sharing:
        return Sharing(store, run, {MODEL: pace or Pace()}, minute=MINUTE, clock=clock)

    return build


def test_each_of_two_batches_learns_that_it_has_half(batch: Callable[..., Sharing]) -> None:
    ours, theirs = Pace(20), Pace(20)
    first, second = batch("one", ours), batch("two", theirs)
    first.speak()
    assert ours.parties == 1
    second.speak()
    assert theirs.parties == 2
    first.speak()
    assert ours.parties == 2


def test_a_limit_that_one_meets_is_kept_by_the_other_before_it_meets_it(batch: Callable[..., Sharing]) -> None:
    ours, theirs = Pace(), Pace()
    first, second = batch("one", ours), batch("two", theirs)
    ours.note_limit(5)
    first.speak()
    second.speak()
    assert (theirs.per_minute, theirs.parties) == (5, 2)


def test_a_batch_that_asks_other_models_is_no_party(store: Store, batch: Callable[..., Sharing], clock: Clock) -> None:
    Sharing(store, "other", {"gemini-3-pro-image": Pace(9)}, minute=MINUTE, clock=clock).speak()
    ours = Pace(20)
    batch("one", ours).speak()
    assert (ours.per_minute, ours.parties) == (20, 1)


def test_a_batch_that_was_killed_counts_for_two_minutes_and_no_longer(
    batch: Callable[..., Sharing], clock: Clock
) -> None:
    ours = Pace(20)
    batch("killed").speak()
    first = batch("one", ours)
    clock.now += MINUTE * SILENCE
    first.speak()
    assert ours.parties == 2
    clock.now += 1.0
    first.speak()
    assert ours.parties == 1


def test_a_word_from_a_clock_that_is_far_ahead_counts_for_nothing(batch: Callable[..., Sharing], clock: Clock) -> None:
    clock.now += 3_600.0
    batch("ahead").speak()
    clock.now -= 3_600.0
    ours = Pace(20)
    batch("one", ours).speak()
    assert ours.parties == 1


class Noticed:
    """A store, and an event that is set when it was first asked."""

    def __init__(self, store: Store | None) -> None:
        self._store = store
        self.written = threading.Event()

    def __getattr__(self, name: str) -> Any:
        def ask(*given: Any, **named: Any) -> Any:
            try:
                if self._store is None:
                    raise StoreUnavailable(f"no {name} now")
                return getattr(self._store, name)(*given, **named)
            finally:
                if self._store is None or name != "read":
                    self.written.set()

        return ask


def test_a_batch_speaks_from_its_start_on_and_says_when_it_is_over(
    store: Store, batch: Callable[..., Sharing], clock: Clock
) -> None:
    noticed, ours = Noticed(store), Pace(20)
    other = batch("one", ours)
    with Sharing(noticed, "two", {MODEL: Pace(20)}, minute=MINUTE, clock=clock):
        assert noticed.written.wait(SOON)
        other.speak()
        assert ours.parties == 2
    other.speak()
    assert ours.parties == 1


def test_a_limit_is_told_at_once(store: Store, clock: Clock) -> None:
    noticed, ours = Noticed(store), Pace()
    with Sharing(noticed, "one", {MODEL: ours}, minute=MINUTE / 100, clock=clock):
        assert noticed.written.wait(SOON)
        noticed.written.clear()
        ours.note_limit(5)
        assert noticed.written.wait(SOON)
        assert b'"gpt-image-2":5' in store.get(keys.PACE)


def test_a_batch_of_few_pictures_writes_nothing(store: Store) -> None:
    with Sharing(store, "small", {}, minute=MINUTE):
        pass
    assert [*store.list("").objects] == []


@pytest.mark.parametrize("damaged", [b"", b"{", b"[]", b'{"runs": {"x": {"at": "soon"}}}', b'{"runs": 7}'])
def test_a_damaged_register_counts_as_empty_and_is_written_anew(
    store: Store, batch: Callable[..., Sharing], damaged: bytes
) -> None:
    store.replace(keys.PACE, damaged, content_type="application/json")
    ours = Pace(20)
    batch("two").speak()
    batch("one", ours).speak()
    assert ours.parties == 2


def test_a_store_that_does_not_answer_changes_nothing_and_stops_nobody() -> None:
    silent, ours = Noticed(None), Pace(20, parties=3)
    with Sharing(silent, "one", {MODEL: ours}, minute=MINUTE):
        assert silent.written.wait(SOON)
    assert (ours.per_minute, ours.parties) == (20, 3)


def test_many_that_speak_at_once_all_get_heard(batch: Callable[..., Sharing]) -> None:
    paces = [Pace(20) for _ in range(8)]
    batches = [batch(f"run-{number}", pace) for number, pace in enumerate(paces)]
    for _ in range(3):
        threads = [threading.Thread(target=one.speak) for one in batches]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(SOON)
    for one in batches:
        one.speak()
    assert {pace.parties for pace in paces} == {8}
