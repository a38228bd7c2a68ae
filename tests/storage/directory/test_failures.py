"""A directory that cannot be read or written is named with what to do, and nothing half-written is left."""

import errno
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest

from storage import AccessDenied, Blocked, StoreError, StoreMisconfigured, StoreUnavailable, Version, keys, plainfiles
from storage.directory import INCOMING, DirectoryStore

JPEG = "image/jpeg"
KEY = keys.original(sha256(b"key").hexdigest())
NOBODY = 65_534


def test_a_file_in_the_place_of_the_store_is_named(root: Path, store: DirectoryStore) -> None:
    root.parent.mkdir()
    root.write_text("a file")
    for use, action in ((store.get, "read"), (store.head, "read"), (store.list, "list")):
        with pytest.raises(
            StoreMisconfigured, match=f"^cannot {action} {KEY}: {root}.* is in the way of the store {root}"
        ):
            use(KEY)
    with pytest.raises(StoreMisconfigured, match=f"{root} is in the way"):
        store.create(KEY, b"", content_type=JPEG)


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as bound:
        here = Path.cwd()
        os.chdir(path.parent)  # a socket's name is short
        try:
            bound.bind(path.name)
        finally:
            os.chdir(here)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, make_socket])
def test_what_is_no_file_is_never_opened_and_named(
    make: Callable[[Path], None], store: DirectoryStore, root: Path
) -> None:
    blocking = root / KEY
    blocking.parent.mkdir(parents=True)
    make(blocking)
    version = Version("0" * 64)
    for use, action in (
        (lambda: store.get(KEY), "read"),
        (lambda: store.read(KEY), "read"),
        (lambda: store.head(KEY), "read"),
        (lambda: store.create(KEY, b"", content_type=JPEG), "write"),
        (lambda: store.swap(KEY, b"", version=version, content_type=JPEG), "write"),
        (lambda: store.replace(KEY, b"", content_type=JPEG), "write"),
        (lambda: store.delete(KEY), "delete"),
    ):
        said = f"cannot {action} {KEY}: {blocking} is in the way of the store {root}"
        with pytest.raises(Blocked, match=f"^{said}$"):
            use()
    assert list(store.list("").objects) == []
    assert blocking.exists()


@pytest.mark.timeout(20)
def test_what_becomes_a_pipe_while_it_is_looked_at_is_not_opened(
    store: DirectoryStore, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / KEY).parent.mkdir(parents=True)
    os.mkfifo(root / KEY)
    monkeypatch.setattr(plainfiles, "look", lambda path: path.stat())
    with pytest.raises(Blocked):
        store.head(KEY)


def test_a_folder_in_place_of_an_object_is_named_and_no_temporary_file(
    store: DirectoryStore, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / KEY).mkdir(parents=True)
    monkeypatch.setattr(plainfiles, "exists", lambda _path: False)  # it comes after the look
    with pytest.raises(Blocked, match=f": {root / KEY} is in the way"):
        store.replace(KEY, b"", content_type=JPEG)


def test_a_folder_among_the_temporary_files_keeps_nobody_from_writing(store: DirectoryStore, root: Path) -> None:
    odd = root / INCOMING / "odd.part"
    odd.mkdir(parents=True)
    os.utime(odd, (0, 0))
    assert store.create(KEY, b"", content_type=JPEG)
    assert odd.is_dir()


@contextmanager
def without_rights() -> Iterator[None]:
    """Lose the superuser's rights, for which no permission counts."""
    if os.geteuid():
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_directory_without_permission_is_named(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    store = DirectoryStore(closed)
    with without_rights(), pytest.raises(AccessDenied, match=f"cannot write {KEY}: no permission in {closed}"):
        store.create(KEY, b"", content_type=JPEG)


def test_a_directory_that_takes_no_write_is_found_out_before_anything_is_written(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    for place in (closed, closed / "below"):
        said = f"^the store {place} cannot be made or written: Permission denied .*; choose another directory$"
        with without_rights(), pytest.raises(StoreMisconfigured, match=said):
            DirectoryStore(place).require_writable()


def test_an_object_that_may_not_be_deleted_is_named(store: DirectoryStore, root: Path) -> None:
    store.create(KEY, b"", content_type=JPEG)
    with without_rights(), pytest.raises(AccessDenied, match=f"^cannot delete {KEY}: no permission in {root}"):
        store.delete(KEY)
    assert store.get(KEY) == b""


def test_a_directory_that_vanishes_under_a_write_is_not_taken_for_a_missing_object(tmp_path: Path) -> None:
    """Neither /proc nor anything in it can be made; the system says that it is not there."""
    if not Path("/proc/self").exists():
        pytest.skip("this system has no /proc")
    with pytest.raises(StoreUnavailable, match="cannot write"):
        DirectoryStore(Path("/proc/pictures")).create(KEY, b"", content_type=JPEG)
    with pytest.raises(StoreMisconfigured, match="/proc/pictures"):
        DirectoryStore(Path("/proc/pictures")).require_writable()


FILL = """
import sys, pathlib
from storage import StoreUnavailable, keys
from storage.directory import DirectoryStore
store = DirectoryStore(pathlib.Path(sys.argv[1]))
kept = keys.original("0" * 64)
assert store.create(kept, b"x" * 10_000, content_type="image/jpeg")
for write in (store.create, store.replace):
    try:
        write(keys.original("1" * 64), b"x" * 1_000_000, content_type="image/jpeg")
    except StoreUnavailable as error:
        assert "is full; free some" in str(error), error
    else:
        raise AssertionError("it fitted")
assert [info.key for info in store.list("").objects] == [kept]
assert store.get(kept) == b"x" * 10_000
assert not list((pathlib.Path(sys.argv[1]) / ".incoming").glob("*.part"))
print("as it should be")
"""


def test_a_full_quota_leaves_no_half_written_file(tmp_path: Path) -> None:
    limited = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))" + FILL
    done = subprocess.run(
        [sys.executable, "-c", limited, tmp_path / "store"], capture_output=True, text=True, check=False
    )
    assert done.stdout == "as it should be\n", done.stderr


def test_a_full_disk_leaves_no_half_written_file(tmp_path: Path) -> None:
    mount = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    if (
        not shutil.which("unshare")
        or subprocess.run([*mount, f"mount -t tmpfs none {tmp_path}"], check=False, capture_output=True).returncode
    ):
        pytest.skip("a small disk cannot be mounted here")
    script = f'mount -t tmpfs -o size=200k none {tmp_path} && exec "$0" -c "$1" {tmp_path}/store'
    done = subprocess.run([*mount, script, sys.executable, FILL], capture_output=True, text=True, check=False)
    assert done.stdout == "as it should be\n", done.stderr


@pytest.mark.parametrize(
    ("number", "kind", "said"),
    [
        (errno.ENOSPC, StoreUnavailable, "cannot write {key}: the disk (or the quota) of {root} is full; free some"),
        (errno.EDQUOT, StoreUnavailable, "cannot write {key}: the disk (or the quota) of {root} is full; free some"),
        (errno.EROFS, AccessDenied, "cannot write {key}: no permission in {root} (Read-only file system)"),
        (errno.EPERM, AccessDenied, "cannot write {key}: no permission in {root} (Operation not permitted)"),
        (errno.EIO, StoreUnavailable, "cannot write {key} in {root}: Input/output error (a.part)"),
    ],
)
def test_a_system_that_fails_a_write_is_named_with_what_to_do(
    number: int, kind: type[StoreError], said: str, store: DirectoryStore, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number), "a.part")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StoreError) as caught:
        store.replace(KEY, b"bytes", content_type=JPEG)
    assert (type(caught.value), str(caught.value)) == (kind, said.format(key=KEY, root=root))


def test_a_disk_with_less_room_than_is_needed_is_named_before_anything_is_written(
    store: DirectoryStore, root: Path
) -> None:
    store.require_writable(room=1)
    free = shutil.disk_usage(root).free
    with pytest.raises(
        StoreUnavailable, match=rf"^the disk of {root} has .* MB free, and .* may take .* MB; free some$"
    ):
        store.require_writable(room=free * 2)


def test_a_full_disk_is_named_before_anything_is_written(store: DirectoryStore, root: Path) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        said = f"^cannot write anything: the disk .* of {root} is full; free some$"
        with pytest.raises(StoreUnavailable, match=said):
            store.require_writable()
