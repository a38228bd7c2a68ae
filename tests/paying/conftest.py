"""Claims on a store that counts its requests, under a clock that a test sets."""

import dataclasses
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from imagegen.paying import claims
from imagegen.paying.claims import Claim, Claimant, Lease
from storage import Store, Version, keys
from storage.directory import DirectoryStore

REQUEST = "ab" * 32
KEY = keys.claim(REQUEST)
LEASE = Lease()
JSON = "application/json"


@dataclass
class Clock:
    """Time that passes when somebody waits, and never else."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.now += seconds


class CountingStore(DirectoryStore):
    """A directory that counts creations and swaps, and loses the answers to the next ``lost`` swaps."""

    creations = 0
    swaps = 0
    lost = 0

    def create(
        self, key: str, data: bytes, *, content_type: str, metadata: Mapping[str, str] | None = None
    ) -> Version | None:
        self.creations += 1
        assert content_type == JSON
        return super().create(key, data, content_type=content_type, metadata=metadata)

    def swap(self, key: str, data: bytes, *, version: Version, content_type: str) -> Version | None:
        self.swaps += 1
        assert content_type == JSON
        swapped = super().swap(key, data, version=version, content_type=content_type)
        if self.lost:
            self.lost -= 1
            return None  # a client that tries again after a lost answer is told that the version has changed
        return swapped


@pytest.fixture
def store(tmp_path: Path) -> CountingStore:
    return CountingStore(tmp_path)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def acquire(store: Store, run: str, clock: Clock | None = None, **options: Any) -> Claim | None:
    clock = clock or Clock()
    given: dict[str, Any] = {"is_settled": lambda: False, "seconds": 0.0, "pause": clock.pause, "clock": clock}
    return claims.acquire(store, REQUEST, Claimant(run, options.pop("parent", "")), **(given | options))


def claim_of(store: Store, run: str, clock: Clock | None = None, **options: Any) -> Claim:
    claim = acquire(store, run, clock, **options)
    assert claim is not None
    return claim


def stored(store: Store) -> claims.ClaimRecord:
    record = claims.read(store, REQUEST)
    assert record is not None
    return record


def alter(store: Store, **changes: Any) -> None:
    """Write a claim as another process would have."""
    record = dataclasses.asdict(dataclasses.replace(stored(store), **changes))
    store.replace(KEY, json.dumps(record).encode(), content_type=JSON)


def die(store: Store, run: str, *, known: bool = False) -> None:
    """Hold the claim in a process that ends; it is another machine's unless its end can be ``known`` here."""
    if not known:
        claim_of(store, run)
        alter(store, life="0" * 32)
        return
    code = (
        "import sys, pathlib; from imagegen.paying import claims; from storage.directory import DirectoryStore;"
        f"claims.acquire(DirectoryStore(pathlib.Path(sys.argv[1])), {REQUEST!r}, claims.Claimant({run!r}),"
        "is_settled=bool, seconds=0.0)"
    )
    subprocess.run([sys.executable, "-c", code, store.location], check=True, cwd=Path(__file__).parents[2])
