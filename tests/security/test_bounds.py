"""What somebody else put into a store is not read into memory when it is too large to be ours."""

import os
from pathlib import Path

import pytest

from storage import StoreMisconfigured, keys
from storage.directory import DirectoryStore
from tests.doubles import s3_servers

HASH = "ab" * 32


@pytest.mark.parametrize(
    "key", [keys.original(HASH), keys.image(HASH), keys.result(HASH), keys.claim(HASH, 0), keys.manifest("ab" * 8)]
)
def test_a_file_that_is_too_large_is_refused_unread(key: str, tmp_path: Path) -> None:
    path = tmp_path / key
    path.parent.mkdir(parents=True)
    path.touch()
    os.truncate(path, keys.max_bytes(key) + 1)
    with pytest.raises(StoreMisconfigured, match="at most"):
        DirectoryStore(tmp_path).get(key)
    os.truncate(path, 10)
    assert DirectoryStore(tmp_path).get(key) == bytes(10)


def test_an_object_that_is_too_large_is_refused_unread() -> None:
    key = keys.result(HASH)
    with s3_servers.moto() as server:
        store = server.store()
        store.create(key, bytes(keys.max_bytes(key) + 1), content_type="application/json")
        with pytest.raises(StoreMisconfigured, match="at most"):
            store.get(key)
