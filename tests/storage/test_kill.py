"""Writers that are killed at random moments: what is listed is whole, and what was reported stored is there."""

import json
import os
import random
import select
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from storage import Store, keys
from storage.location import open_store
from tests.doubles.s3_servers import S3Server

FULL = os.environ.get("STORAGE_TESTS") == "full"
"""Set STORAGE_TESTS=full for a hundred kills of each kind."""
ROOT = Path(__file__).parents[2]


def killed_at_random(settings: dict[str, Any], dice: random.Random) -> list[str]:
    """Start a writer, kill it at a random moment after its first object, and return what it said it had stored."""
    command = [sys.executable, "-m", "tests.storage.storm_writer", json.dumps(settings), str(dice.random())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as writer:
        assert writer.stdout
        first = writer.stdout.readline()
        select.select([], [], [], dice.uniform(0, 0.03))
        writer.kill()
        rest = writer.stdout.read()
    assert writer.returncode == -9
    said = (first + rest).decode()
    return said.splitlines() if said.endswith("\n") else said.splitlines()[:-1]


def all_keys(store: Store) -> list[str]:
    found, after = [], None
    while True:
        page = store.list("", after=after)
        found += [info.key for info in page.objects]
        after = page.next
        if after is None:
            return found


def check(store: Store, acknowledged: list[str]) -> None:
    listed = all_keys(store)
    assert set(acknowledged) <= set(listed)
    for key in listed:
        data = store.get(key)
        if key.startswith(keys.IMAGES):
            assert key == keys.image(keys.content_hash(data))
        else:
            assert data == data[:1] * 50_000


def storm(settings: dict[str, Any], kills: int, seed: int) -> None:
    dice = random.Random(seed)
    acknowledged: list[str] = []
    for _ in range(kills):
        acknowledged += killed_at_random(settings, dice)
    assert len(acknowledged) >= kills
    check(open_store(**settings), acknowledged)


@pytest.mark.timeout(600)
def test_killed_writers_leave_a_directory_whole(tmp_path: Path) -> None:
    storm({"location": str(tmp_path)}, 100 if FULL else 20, seed=1)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", ["seaweedfs", "minio"])
def test_killed_writers_leave_a_bucket_whole(name: str, request: pytest.FixtureRequest) -> None:
    server = request.getfixturevalue(name)
    assert isinstance(server, S3Server)
    settings = server.settings | {"bucket": server.store().location.removeprefix("s3://")}
    storm(settings, 100 if FULL else 4, seed=2)
