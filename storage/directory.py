"""The directory store: plain files, one an object, that a file manager opens and a backup copies.

A write goes to a temporary file in ``.incoming``, reaches the disk, and only then gets its name, by a hard link
that cannot overwrite (``create``) or by a rename that can (``swap``, ``replace``). So a name always stands for whole
bytes, whatever is killed when; what a killed writer leaves behind lies in ``.incoming`` and is never listed.

Whatever takes a name away from bytes (``swap``, ``replace``, ``delete``) does so under one lock of the store, so that
nothing changes between a swap's comparison and its rename. The system gives a killed holder's lock back.
"""

import errno
import fcntl
import heapq
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from storage import headers, keys
from storage.store import (
    URL_LIFE,
    AccessDenied,
    Conditions,
    ObjectInfo,
    ObjectNotFound,
    Page,
    StoreError,
    StoreMisconfigured,
    StoreUnavailable,
    Version,
    Versioned,
)

INCOMING = ".incoming"
LOCK = "lock"
"""The file in INCOMING that is locked; it holds nothing."""
STALE = timedelta(hours=1)
"""Age at which a temporary file's writer is taken for dead; a write takes seconds."""

_TYPES = {".jpg": "image/jpeg", ".json": "application/json", ".html": "text/html; charset=utf-8"}
_NO_HARD_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_DENIED = {errno.EACCES, errno.EPERM, errno.EROFS}


class DirectoryStore:
    """Objects as files under ``root``, which is made by the first write. Content types and metadata are not kept."""

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()
        self._swept = False

    @property
    def location(self) -> str:
        """The directory's path."""
        return str(self._root)

    def require_writable(self) -> None:
        """Make the directory, and a file in it that is gone again. Raises StoreError when that cannot be."""
        try:
            with self._incoming(b""):
                pass
        except OSError as error:
            if error.errno in _FULL:
                raise self._said(error, "write", "anything") from error
            raise StoreMisconfigured(
                f"the store {self._root} cannot be made or written: {error.strerror} ({error.filename}); "
                "choose another directory"
            ) from error

    def create(
        self,
        key: str,
        data: bytes,
        *,
        content_type: str,  # noqa: ARG002 - the key's ending says it
        metadata: Mapping[str, str] | None = None,  # noqa: ARG002 - a directory holds plain files only
    ) -> Version | None:
        """Store a new object and return its version; return None when the key is taken."""
        path = self._path(key)
        with self._explained("write", key):
            if path.exists():
                return None
            with self._incoming(data) as temporary:
                created = self._link(temporary, path)
            _sync(path.parent)
            return _version(data) if created else None

    def swap(
        self,
        key: str,
        data: bytes,
        *,
        version: Version,
        content_type: str,  # noqa: ARG002 - the key's ending says it
    ) -> Version | None:
        """Replace an object that still has ``version`` and return the new version; else return None."""
        path = self._path(key)
        with self._explained("write", key):
            if self._current(path) != version:
                return None
            with self._incoming(data) as temporary, self._locked():
                if self._current(path) != version:
                    return None
                temporary.replace(path)
                _sync(path.parent)
            return _version(data)

    def replace(self, key: str, data: bytes, *, content_type: str) -> None:  # noqa: ARG002 - the key's ending says it
        """Store a mutable object over whatever is there."""
        path = self._path(key)
        with self._explained("write", key), self._incoming(data) as temporary:
            self._make(path.parent)
            with self._locked():
                temporary.replace(path)
                _sync(path.parent)

    def read(self, key: str) -> Versioned:
        """Return the object's bytes and their version. Raises ObjectNotFound."""
        data = self.get(key)
        return Versioned(data, _version(data))

    def get(self, key: str) -> bytes:
        """Return the object's bytes. Raises ObjectNotFound."""
        path = self._path(key)
        with self._explained("read", key):
            keys.bounded(key, path.stat().st_size)
            return path.read_bytes()

    def head(self, key: str) -> ObjectInfo:
        """The object's size and times; its content type is read off its key or its first bytes."""
        path = self._path(key)
        with self._explained("read", key):
            found = path.stat()
            kind = _TYPES.get(path.suffix) or _sniffed(path)
        return ObjectInfo(key, found.st_size, _time(found), kind, headers.cache_control(key))

    def list(self, prefix: str, *, after: str | None = None, limit: int = 1000) -> Page:
        """Objects whose keys start with ``prefix``, in key order, at most ``limit`` after ``after``."""
        with self._explained("list", prefix):
            wanted = (key for key in self._keys(prefix) if key.startswith(prefix) and (after is None or key > after))
            names = heapq.nsmallest(limit + 1, wanted)
            objects = tuple(info for key in names[:limit] if (info := self._info(key)))
        return Page(objects, names[limit - 1] if len(names) > limit else None)

    def delete(self, key: str) -> None:
        """Remove an object; removing what is not there is fine."""
        path = self._path(key)
        with self._explained("delete", key):
            if path.exists():
                with self._locked():
                    path.unlink(missing_ok=True)

    def conditions(self) -> Conditions:
        """Both kinds of conditional write are honoured."""
        return Conditions(create=True, replace=True)

    def url(self, key: str, *, life: timedelta = URL_LIFE) -> str:  # noqa: ARG002 - a file's link does not expire
        """The file's ``file://`` link."""
        return self._path(key).as_uri()

    def unfinished(self, older_than: timedelta = STALE) -> Iterator[Path]:
        """Temporary files that writers, most likely killed ones, left behind."""
        with self._explained("list", INCOMING), suppress(FileNotFoundError):
            for entry in sorted((self._root / INCOMING).glob("*.part")):
                with suppress(FileNotFoundError):
                    if time.time() - entry.stat().st_mtime >= older_than.total_seconds():
                        yield entry

    def _path(self, key: str) -> Path:
        return self._root / keys.checked(key)

    def _keys(self, prefix: str) -> Iterator[str]:
        for space in keys.SPACES:
            if space.startswith(prefix) or prefix.startswith(space):
                yield from filter(keys.is_key, _files(self._root, space))

    def _info(self, key: str) -> ObjectInfo | None:
        try:
            found = self._path(key).stat()
        except FileNotFoundError:  # deleted since it was listed
            return None
        return ObjectInfo(key, found.st_size, _time(found))

    @contextmanager
    def _incoming(self, data: bytes) -> Iterator[Path]:
        """A temporary file with ``data`` in it, safely on the disk; gone when the body ends."""
        self._make(self._root / INCOMING)
        self._sweep()
        path = self._root / INCOMING / f"{secrets.token_hex(16)}.part"
        try:
            with path.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            yield path
        finally:
            path.unlink(missing_ok=True)

    def _link(self, temporary: Path, path: Path) -> bool:
        self._make(path.parent)
        try:
            os.link(temporary, path)
        except FileExistsError:
            return False
        except OSError as error:
            if error.errno not in _NO_HARD_LINKS:
                raise
            return self._rename_if_absent(temporary, path)
        return True

    def _rename_if_absent(self, temporary: Path, path: Path) -> bool:
        """What a hard link does, for file systems that have none (FAT, some network and container mounts)."""
        with self._locked():
            if path.exists():
                return False
            temporary.rename(path)
            return True

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep out every other process and thread that would change what a name stands for."""
        self._make(self._root / INCOMING)
        with (self._root / INCOMING / LOCK).open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @staticmethod
    def _current(path: Path) -> Version | None:
        """Return the version of the file's bytes, None when there is no file."""
        try:
            return _version(path.read_bytes())
        except FileNotFoundError:
            return None

    def _make(self, directory: Path) -> None:
        """Make a directory of the store's, durably."""
        if not directory.is_dir():
            self._make(directory.parent)
            directory.mkdir(exist_ok=True)
            _sync(directory.parent)

    def _sweep(self) -> None:
        """Remove, once per process, what writers left behind that are certainly dead."""
        if not self._swept:
            self._swept = True
            for path in self.unfinished():
                path.unlink(missing_ok=True)

    @contextmanager
    def _explained(self, action: str, key: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise self._said(error, action, key) from error

    def _said(self, error: OSError, action: str, key: str) -> StoreError:
        if isinstance(error, FileNotFoundError) and action != "write":
            return ObjectNotFound(f"there is no {key} in {self._root}")
        if isinstance(error, NotADirectoryError | FileExistsError | IsADirectoryError):
            return StoreMisconfigured(
                f"cannot {action} {key}: {error.filename} is in the way of the store {self._root}"
            )
        if error.errno in _FULL:
            return StoreUnavailable(
                f"cannot {action} {key}: the disk (or the quota) of {self._root} is full; free some"
            )
        if error.errno in _DENIED:
            return AccessDenied(f"cannot {action} {key}: no permission in {self._root} ({error.strerror})")
        return StoreUnavailable(f"cannot {action} {key} in {self._root}: {error.strerror} ({error.filename})")


def _files(root: Path, space: str) -> Iterator[str]:
    """The keys of all files below ``space``, in no order."""
    try:
        with os.scandir(root / space) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    yield from _files(root, f"{space}{entry.name}/")
                elif entry.is_file():
                    yield space + entry.name
    except FileNotFoundError:
        return


def _sniffed(path: Path) -> str:
    """A picture's content type by its first bytes, for originals, whose keys have no ending."""
    with path.open("rb") as file:
        start = file.read(12)
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if start.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if start.startswith(b"RIFF") and start[8:] == b"WEBP":
        return "image/webp"
    return "application/octet-stream"


def _sync(directory: Path) -> None:
    """Make what was just named or renamed in ``directory`` survive a power failure."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _version(data: bytes) -> Version:
    return Version(keys.content_hash(data))


def _time(found: os.stat_result) -> datetime:
    return datetime.fromtimestamp(found.st_mtime, UTC)
