"""One object brought to another store: written, read back, and never in the place of something better."""

from pathlib import Path

import pytest

from storage import StoreUnavailable, Version, keys
from storage.directory import DirectoryStore
from storage.mediatypes import JPEG
from storage.transfer import put

KEY = keys.image("1" * 64)


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    return DirectoryStore(tmp_path)


@pytest.mark.parametrize(
    ("there", "outcome", "after"),
    [
        (None, "copied", b"whole"),
        (b"whole", "there", b"whole"),
        (b"", "copied", b"whole"),
        (b"who", "differs", b"who"),
        (b"other", "differs", b"other"),
        (b"whole and more", "differs", b"whole and more"),
    ],
)
def test_what_is_there_decides(there: bytes | None, outcome: str, after: bytes, store: DirectoryStore) -> None:
    if there is not None:
        store.replace(KEY, there, content_type=JPEG)
    assert put(store, KEY, b"whole", content_type=JPEG) == outcome
    assert store.get(KEY) == after


def test_what_is_no_use_is_replaced(store: DirectoryStore) -> None:
    store.replace(KEY, b"broken", content_type=JPEG)
    assert put(store, KEY, b"whole", content_type=JPEG, is_broken=lambda data: data == b"broken") == "copied"
    assert store.get(KEY) == b"whole"


class Forgetful(DirectoryStore):
    """A store that says that it wrote, and wrote something else."""

    def create(self, key: str, data: bytes, *, content_type: str, metadata: object = None) -> Version | None:  # noqa: ARG002
        return super().create(key, data[:-1] + b"?", content_type=content_type)


def test_bytes_that_come_back_otherwise_are_no_copy(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="gives other bytes"):
        put(Forgetful(tmp_path), KEY, b"whole", content_type=JPEG)
