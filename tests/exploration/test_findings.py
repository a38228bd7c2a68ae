"""Faults of the protocol that the exploration found, each told again in a few lines."""

import time
from pathlib import Path

import pytest

from imagegen.paying import claims
from imagegen.paying.claims import Claim, Claimant
from storage import Store, StoreUnavailable, Version, keys
from storage.directory import DirectoryStore
from tests.exploration.operations import REQUEST
from tests.reliability.faults import StoreFault
from tests.reliability.faulty_store import FaultyStore


class Clock:
    """A clock that only a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class SlowStore(FaultyStore):
    """A store of which each swap takes some seconds of a test's clock."""

    def __init__(self, store: Store, clock: Clock, *seconds: float) -> None:
        super().__init__(store, lambda *_: None)
        self._clock = clock
        self._seconds = list(seconds)

    def swap(self, key: str, data: bytes, *, version: Version, content_type: str) -> Version | None:
        self._clock.now += self._seconds.pop(0)
        return super().swap(key, data, version=version, content_type=content_type)


def acquire(store: Store, clock: Clock) -> Claim:
    claim = claims.acquire(store, REQUEST, Claimant("run"), is_settled=lambda: False, seconds=0, clock=clock)
    assert claim is not None
    return claim


def test_a_sign_of_life_differs_from_the_one_before_whose_answer_was_lost(tmp_path: Path) -> None:
    """Equal bytes may have an equal version: the sign would be none, and the lease would run on for who waits."""
    lost = FaultyStore(DirectoryStore(tmp_path), lambda op, _, n: StoreFault.AFTER if (op, n) == ("swap", 1) else None)
    claim = acquire(lost, Clock())
    claim.renew()
    before = lost.read(keys.claim(REQUEST)).version
    claim.renew()
    assert lost.read(keys.claim(REQUEST)).version != before


def test_a_proof_that_took_longer_than_it_is_fresh_is_made_again(tmp_path: Path) -> None:
    clock = Clock()
    store = SlowStore(DirectoryStore(tmp_path), clock, 61.0, 1.0)
    claim = acquire(store, clock)
    clock.now = 21.0
    claim.prove()
    assert claims.load(store.get(keys.claim(REQUEST))).beat == 2


def test_a_store_that_is_too_slow_to_prove_anything_is_an_unavailable_one(tmp_path: Path) -> None:
    clock = Clock()
    claim = acquire(SlowStore(DirectoryStore(tmp_path), clock, 61.0, 61.0, 61.0), clock)
    clock.now = 21.0
    with pytest.raises(StoreUnavailable, match="took longer than 20 s"):
        claim.prove()


def test_the_clock_goes_on_while_the_machine_sleeps() -> None:
    """Linux has a clock of its own for that; elsewhere POSIX's monotonic clock does so."""
    now = time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
    assert claims.elapsed() == pytest.approx(now, abs=60.0)


@pytest.mark.parametrize("seconds", [1.0, 20.0])
def test_the_last_of_three_writes_proves_a_claim_when_it_is_fresh(tmp_path: Path, seconds: float) -> None:
    clock = Clock()
    claim = acquire(SlowStore(DirectoryStore(tmp_path), clock, 61.0, 61.0, seconds), clock)
    clock.now = 21.0
    claim.prove()
