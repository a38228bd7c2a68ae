"""Random stores with shared originals, destinations that have some of it, kills, and two copies at once."""

import os
import random
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from imagegen.library.copy import copy
from imagegen.library.copying.selection import select
from imagegen.library.listing import list_batches
from imagegen.library.verify import Finding, verify
from storage import Store, keys
from storage.directory import DirectoryStore
from tests.doubles.batches import jpeg
from tests.library.copying.contents import RandomStore, besides_pages, put, read_all

SEEDS = int(os.environ.get("COPY_SEEDS", "60"))
ROOT = Path(__file__).parents[3]
NOT_OURS = ("orphaned", "unused")
"""Findings of what a copy of some batches leaves out, or of one that has not come to its end."""


def problems(store: Store) -> list[Finding]:
    return [found for found in verify(store).findings if found.kind not in NOT_OURS]


def give_some(store: Store, other: Store, dice: random.Random) -> None:
    """Let the destination have some of it, whole or, if a record tells of it, cut off."""
    told = select(store, None).hashes
    for key, data in read_all(store, keys.ORIGINALS, keys.IMAGES, keys.THUMBNAILS, keys.REJECTED).items():
        if dice.random() < 0.3:
            is_cut = key in told and dice.random() < 0.4
            put(other, key, data[: dice.randrange(len(data))] if is_cut else data)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_random_store_arrives_whole_and_only_once(
    seed: int, store: DirectoryStore, second: DirectoryStore, tmp_path: Path
) -> None:
    dice = random.Random(seed)
    made = RandomStore(store, dice).fill()
    before = read_all(store)
    give_some(store, second, dice)
    names = dice.sample([batch.batch_id for batch in made.batches], dice.randint(0, len(made.batches)))
    if names:
        assert copy(store, second, names).left == {}
        assert {batch.batch_id for batch in list_batches(second).batches} == set(names)
        assert not [found for found in problems(second) if found.kind == "missing"]
    assert copy(store, second, None).left == {}
    assert not problems(second)
    assert read_all(second) == before == read_all(store)
    assert copy(store, second, None).written == 0
    third = DirectoryStore(tmp_path / "third")
    copy(second, third, None)
    assert read_all(third) == before


@pytest.mark.parametrize("seed", range(12))
def test_two_copies_at_once_make_one(seed: int, store: DirectoryStore, second: DirectoryStore) -> None:
    RandomStore(store, random.Random(seed)).fill()
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _number: copy(store, second, None), range(2)))
    assert [one.left for one in done] == [{}, {}]
    assert read_all(second) == read_all(store)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", ["moto", pytest.param("seaweedfs", marks=pytest.mark.slow), "minio"])
def test_a_random_store_arrives_whole_in_a_bucket_and_comes_back(
    name: str, seed: int, store: DirectoryStore, second: DirectoryStore, request: pytest.FixtureRequest
) -> None:
    server = request.getfixturevalue(name)
    bucket, dice = server.store(), random.Random(seed)
    RandomStore(store, dice).fill()
    give_some(store, bucket, dice)
    with ThreadPoolExecutor(2) as pool:
        assert [one.left for one in pool.map(lambda _number: copy(store, bucket, None), range(2))] == [{}, {}]
    copy(bucket, second, None)
    assert read_all(second) == read_all(store)
    assert besides_pages(read_all(bucket)) == besides_pages(read_all(store))


@pytest.mark.parametrize("seed", range(20))
def test_damage_is_named_and_never_copied(seed: int, store: DirectoryStore, second: DirectoryStore) -> None:
    dice = random.Random(seed)
    RandomStore(store, dice).fill()
    sound = read_all(store)
    broken = (
        dice.sample(sorted(read_all(store, keys.IMAGES, keys.THUMBNAILS)), 1) if read_all(store, keys.IMAGES) else []
    )
    for key in broken:
        put(store, key, b"damaged " + sound[key])
    left = copy(store, second, None).left
    assert set(broken) <= left.keys()
    found = read_all(second)
    assert not set(broken) & found.keys()
    assert all(found[key] == sound[key] for key in found)
    assert not [one for one in problems(second) if one.kind in ("missing", "damaged", "unreadable")]
    for key in broken:
        put(store, key, sound[key])
    assert copy(store, second, None).left == {}
    assert read_all(second) == sound


DYING_COPY = """
import os, signal, sys
from pathlib import Path
from imagegen.library.copy import copy
from imagegen.library.copying.selection import select
from storage.directory import DirectoryStore

class Dying(DirectoryStore):
    left = int(sys.argv[3])

    def create(self, *args, **kwargs):
        Dying.left -= 1
        if Dying.left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().create(*args, **kwargs)

copy(DirectoryStore(Path(sys.argv[1])), Dying(Path(sys.argv[2])), None)
"""


def copy_and_die(source: DirectoryStore, destination: DirectoryStore, *, writes: int) -> int:
    """Copy in a process that kills itself at one more write than these, whatever its other threads are doing."""
    call = [sys.executable, "-c", DYING_COPY, source.location, destination.location, str(writes)]
    return subprocess.run(call, cwd=ROOT, timeout=120, check=False).returncode


@pytest.mark.parametrize("seed", range(int(os.environ.get("COPY_KILLS", "4"))))
def test_a_copy_that_is_killed_leads_nobody_astray_and_the_next_one_finishes_it(
    seed: int, store: DirectoryStore, second: DirectoryStore
) -> None:
    dice = random.Random(seed)
    RandomStore(store, dice).fill()
    for number in range(30):
        put(store, keys.original(f"{number:064x}"), jpeg(f"{number:064x}", (64, 64)))
    for _ in range(3):
        lacking = len(read_all(store)) - len(read_all(second))
        assert copy_and_die(store, second, writes=dice.randrange(lacking * 3 // 4)) == -signal.SIGKILL
        assert not [one for one in problems(second) if one.kind in ("missing", "damaged", "unreadable")]
    assert copy(store, second, None).left == {}
    assert read_all(second) == read_all(store)
