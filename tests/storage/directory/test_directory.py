"""What only the directory store has to show: files, permissions, full disks, killed writers."""

import errno
import os
import shutil
import stat
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from storage import StoreUnavailable, Version, keys
from storage.directory import INCOMING, DirectoryStore

if TYPE_CHECKING:
    from collections.abc import Callable

JPEG = "image/jpeg"
KEY = keys.original(sha256(b"key").hexdigest())
NOBODY = 65_534


def test_nothing_is_on_the_disk_before_the_first_write(store: DirectoryStore, root: Path) -> None:
    assert store.list("").objects == ()
    store.delete(KEY)
    assert not root.parent.exists()


def test_an_object_is_a_plain_file_of_its_name(store: DirectoryStore, root: Path) -> None:
    store.create(KEY, b"bytes", content_type=JPEG, metadata={"prompt": "kept nowhere"})
    assert (root / KEY).read_bytes() == b"bytes"
    assert [path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()] == [KEY]


def test_an_object_is_described_by_its_file(store: DirectoryStore, root: Path) -> None:
    store.create(KEY, b"bytes", content_type=JPEG)
    found = store.head(KEY)
    assert (found.key, found.size) == (KEY, 5)
    assert found.modified.timestamp() == pytest.approx((root / KEY).stat().st_mtime)
    (listed,) = store.list("originals/").objects
    assert (listed.key, listed.size, listed.modified) == (KEY, 5, found.modified)


def test_a_relative_directory_stays_where_it_was_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = DirectoryStore(Path("pictures"))
    monkeypatch.chdir("/")
    store.create(KEY, b"", content_type=JPEG)
    assert store.location == str(tmp_path / "pictures")
    assert (tmp_path / "pictures" / KEY).exists()


def test_files_have_the_permissions_that_the_user_gives_files(store: DirectoryStore, root: Path) -> None:
    before = os.umask(0o027)
    try:
        store.create(KEY, b"", content_type=JPEG)
    finally:
        os.umask(before)
    assert stat.S_IMODE((root / KEY).stat().st_mode) == 0o640


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"GIF89a", "image/gif"),
        (b"", "application/octet-stream"),
    ],
)
def test_an_originals_type_is_read_off_its_first_bytes(store: DirectoryStore, start: bytes, kind: str) -> None:
    store.create(KEY, start, content_type="whatever")
    assert store.head(KEY).content_type == kind


def test_writes_outlive_directories_that_somebody_removes_under_them(store: DirectoryStore, root: Path) -> None:
    """A write never says that there is no object: it makes the directory again, or says that the store is away."""
    done = threading.Event()

    def remove() -> None:
        while not done.is_set():
            shutil.rmtree(root, ignore_errors=True)

    claim, version = keys.claim("0" * 64), Version(keys.content_hash(b"{}"))
    writes: list[Callable[[], object]] = [
        partial(store.create, KEY, b"data", content_type=JPEG),
        partial(store.replace, claim, b"{}", content_type=JPEG),
        partial(store.swap, claim, b"[]", version=version, content_type=JPEG),
        partial(store.delete, claim),
    ]
    outcomes = []
    with ThreadPoolExecutor(1) as pool:
        remover = pool.submit(remove)
        try:
            for write in writes * 40:
                with suppress(StoreUnavailable):
                    outcomes.append(write())
        finally:
            done.set()
        remover.result()
    assert len(outcomes) > 40


def test_a_store_that_was_removed_between_two_writes_is_made_again(store: DirectoryStore, root: Path) -> None:
    assert store.create(KEY, b"first", content_type=JPEG)
    shutil.rmtree(root)
    assert store.create(KEY, b"second", content_type=JPEG)
    shutil.rmtree(root)
    store.replace(keys.claim("0" * 64), b"{}", content_type=JPEG)
    assert [info.key for info in store.list("").objects] == [keys.claim("0" * 64)]


@pytest.mark.parametrize("answer", [errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK])
def test_a_file_system_without_hard_links_gives_the_same_promise(
    answer: int, store: DirectoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object) -> None:
        raise OSError(answer, os.strerror(answer))

    monkeypatch.setattr(os, "link", no_links)
    for turn in range(5):
        key = keys.claim("0" * 64, turn)
        with ThreadPoolExecutor(16) as pool:
            data = [f"{writer}".encode() * 1000 for writer in range(16)]
            won = list(pool.map(lambda d, key=key: store.create(key, d, content_type=JPEG), data))
        winners = [index for index, version in enumerate(won) if version]
        assert len(winners) == 1
        assert store.get(key) == data[winners[0]]
    assert len(store.list("").objects) == 5


def test_what_killed_writers_left_is_never_listed_and_goes_when_it_is_old(store: DirectoryStore, root: Path) -> None:
    (root / INCOMING).mkdir(parents=True)
    old, fresh = root / INCOMING / "old.part", root / INCOMING / "fresh.part"
    old.write_bytes(b"half")
    fresh.write_bytes(b"half")
    os.utime(old, (time.time() - 7_200,) * 2)
    assert store.list("").objects == ()
    assert list(store.list_unfinished()) == [old]
    assert list(store.list_unfinished(timedelta(0))) == [fresh, old]
    store.create(KEY, b"", content_type=JPEG)
    assert not old.exists()
    assert fresh.exists()
    os.utime(fresh, (time.time() - 7_200,) * 2)
    store.replace(KEY, b"", content_type=JPEG)  # a process looks for them once
    assert fresh.exists()


def test_what_lies_in_the_place_of_an_object_and_is_no_file_is_listed_apart(store: DirectoryStore, root: Path) -> None:
    store.create(KEY, b"", content_type=JPEG)
    blocked = [keys.original("1" * 64), keys.result("2" * 64)]
    for key in blocked:
        (root / key).mkdir(parents=True)
    assert [found.key for found in store.list("").objects] == [KEY]
    assert list(store.list_blocked()) == blocked
    assert list(store.list_blocked(keys.RESULTS)) == blocked[1:]
    assert list(store.list_blocked(blocked[0][:20])) == blocked[:1]


def test_foreign_files_are_not_listed(store: DirectoryStore, root: Path) -> None:
    store.create(KEY, b"", content_type=JPEG)
    for foreign in ("notes.txt", "originals/.DS_Store", "originals/deep/" + "0" * 64, "batches/2026/batch.json"):
        (root / foreign).parent.mkdir(parents=True, exist_ok=True)
        (root / foreign).write_text("mine")
    assert [info.key for info in store.list("").objects] == [KEY]


def test_a_link_to_the_store_and_blanks_in_its_path_work(tmp_path: Path) -> None:
    (tmp_path / "my pictures é").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "my pictures é")
    store = DirectoryStore(tmp_path / "link")
    store.create(KEY, b"bytes", content_type=JPEG)
    assert DirectoryStore(tmp_path / "my pictures é").get(KEY) == b"bytes"
    assert DirectoryStore(tmp_path / "my pictures é").url(KEY).endswith(f"/my%20pictures%20%C3%A9/{KEY}")
