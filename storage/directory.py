"""The directory store: plain files, one an object, that a file manager opens and a backup copies.

A write goes to a temporary file in ``.incoming``, reaches the disk, and only then gets its name, by a hard link
that cannot overwrite (``create``) or by a rename that can (``swap``, ``replace``). So a name always stands for whole
bytes, whatever is killed when; what a killed writer leaves behind lies in ``.incoming`` and is never listed.

Whatever takes a name away from bytes (``swap``, ``replace``, ``delete``) does so under one lock of the store, so that
nothing changes between a swap's comparison and its rename.
"""

import errno
import heapq
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from storage import durable, headers, keys, mediatypes, plainfiles
from storage.store import (
    URL_LIFE,
    AccessDenied,
    Blocked,
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

T = TypeVar("T")

INCOMING = ".incoming"
LOCK = "lock"
"""The file in INCOMING that is locked; it holds nothing."""
STALE = timedelta(hours=1)
"""Age at which a temporary file's writer is taken for dead; a write takes seconds."""
ATTEMPTS = 3
"""Times that a write is begun whose directories somebody removes meanwhile."""

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_DENIED = {errno.EACCES, errno.EPERM, errno.EROFS}


class DirectoryStore:
    """Objects as files under ``root``, which is made by the first write. Content types and metadata are not kept."""

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()
        self._lock = self._root / INCOMING / LOCK
        self._directories = durable.MadeDirectories()
        self._swept = False

    @property
    def location(self) -> str:
        """The directory's path."""
        return str(self._root)

    def require_writable(self, *, room: int = 0) -> None:
        """Make the directory, and a file in it that is gone again. Raises StoreError when that cannot be.

        Also when the disk has less than ``room`` bytes free.
        """
        try:
            with self._write_temporary(b""):
                pass
        except OSError as error:
            if error.errno in _FULL:
                raise self._translate(error, "write", "anything") from error
            raise StoreMisconfigured(
                f"the store {self._root} cannot be made or written: {error.strerror} ({error.filename}); "
                "choose another directory"
            ) from error
        disk = shutil.disk_usage(self._root)
        if disk.total and disk.free < room:
            raise StoreUnavailable(
                f"the disk of {self._root} has {disk.free / 1e6:,.1f} MB free, and what is to be written may take "
                f"{room / 1e6:,.1f} MB; free some"
            )

    def create(
        self,
        key: str,
        data: bytes,
        *,
        content_type: str,  # noqa: ARG002 - the key's ending says it
        metadata: Mapping[str, str] | None = None,  # noqa: ARG002 - a directory holds plain files only
    ) -> Version | None:
        """Store a new object and return its version; return None when the key is taken."""

        def create(path: Path) -> Version | None:
            if path.exists():
                return None
            with self._write_temporary(data) as temporary:
                self._directories.require(path.parent)
                created = durable.link_if_absent(temporary, path, self._lock)
            durable.sync_directory(path.parent)
            return _name_version(data) if created else None

        return self._write(key, create)

    def swap(
        self,
        key: str,
        data: bytes,
        *,
        version: Version,
        content_type: str,  # noqa: ARG002 - the key's ending says it
    ) -> Version | None:
        """Replace an object that still has ``version`` and return the new version; else return None."""

        def swap(path: Path) -> Version | None:
            if _read_version(path) != version:
                return None
            with self._write_temporary(data) as temporary, durable.locked(self._lock):
                if _read_version(path) != version:
                    return None
                temporary.replace(path)
            durable.sync_directory(path.parent)
            return _name_version(data)

        return self._write(key, swap)

    def replace(self, key: str, data: bytes, *, content_type: str) -> None:  # noqa: ARG002 - the key's ending says it
        """Store a mutable object over whatever is there."""

        def replace(path: Path) -> None:
            with self._write_temporary(data) as temporary:
                self._directories.require(path.parent)
                with durable.locked(self._lock):
                    temporary.replace(path)
            durable.sync_directory(path.parent)

        self._write(key, replace)

    def read(self, key: str) -> Versioned:
        """Return the object's bytes and their version. Raises ObjectNotFound."""
        data = self.get(key)
        return Versioned(data, _name_version(data))

    def get(self, key: str) -> bytes:
        """Return the object's bytes. Raises ObjectNotFound."""
        path = self._path(key)
        with self._explain("read", key), plainfiles.opened(path) as file:
            keys.check_size(key, os.fstat(file.fileno()).st_size)
            return file.read()

    def head(self, key: str) -> ObjectInfo:
        """Return the object's size and times; its content type is read off its key or its first bytes."""
        path = self._path(key)
        with self._explain("read", key):
            found = plainfiles.look(path)
            kind = mediatypes.guess_by_ending(key) or _sniff(path)
        return ObjectInfo(key, found.st_size, _read_modified(found), kind, headers.cache_control(key))

    def list(self, prefix: str, *, after: str | None = None, limit: int = 1000) -> Page:
        """List objects whose keys start with ``prefix``, in key order, at most ``limit`` after ``after``."""
        with self._explain("list", prefix):
            wanted = (key for key in self._walk(prefix) if key.startswith(prefix) and (after is None or key > after))
            names = heapq.nsmallest(limit + 1, wanted)
            objects = tuple(info for key in names[:limit] if (info := self._look(key)))
        return Page(objects, names[limit - 1] if len(names) > limit else None)

    def delete(self, key: str) -> None:
        """Remove an object; removing what is not there is fine."""
        path = self._path(key)
        with self._explain("delete", key), suppress(FileNotFoundError):
            if plainfiles.exists(path):
                self._require_incoming()
                with durable.locked(self._lock):
                    path.unlink()

    def find_conditions(self) -> Conditions:
        """Return that both kinds of conditional write are honoured."""
        return Conditions(create=True, replace=True)

    def url(self, key: str, *, life: timedelta = URL_LIFE) -> str:  # noqa: ARG002 - a file's link does not expire
        """Return the file's ``file://`` link."""
        return self._path(key).as_uri()

    def list_unfinished(self, older_than: timedelta = STALE) -> Iterator[Path]:
        """List the temporary files that writers, most likely killed ones, left behind."""
        with self._explain("list", INCOMING), suppress(FileNotFoundError):
            for entry in sorted((self._root / INCOMING).glob("*.part")):
                with suppress(FileNotFoundError):
                    if entry.is_file() and time.time() - entry.stat().st_mtime >= older_than.total_seconds():
                        yield entry

    def list_blocked(self, prefix: str = "") -> Iterator[str]:
        """List the keys that start with ``prefix`` and in whose place something lies that is no file."""
        with self._explain("list", prefix):
            yield from sorted(key for key in self._walk(prefix, plain=False) if key.startswith(prefix))

    def _path(self, key: str) -> Path:
        return self._root / keys.check(key)

    def _walk(self, prefix: str, *, plain: bool = True) -> Iterator[str]:
        for space in keys.SPACES:
            if space.startswith(prefix) or prefix.startswith(space):
                yield from (key for key, is_plain in plainfiles.walk(self._root, space) if is_plain is plain)

    def _look(self, key: str) -> ObjectInfo | None:
        try:
            found = self._path(key).stat()
        except FileNotFoundError:  # deleted since it was listed
            return None
        return ObjectInfo(key, found.st_size, _read_modified(found))

    def _write(self, key: str, work: Callable[[Path], T]) -> T:
        """Do a write, again when somebody removes a directory under it."""
        path = self._path(key)
        with self._explain("write", key):
            with suppress(NotADirectoryError):  # the write names what is in the way
                plainfiles.exists(path)
            for _ in range(ATTEMPTS - 1):
                with suppress(FileNotFoundError):
                    return work(path)
            return work(path)

    @contextmanager
    def _write_temporary(self, data: bytes) -> Iterator[Path]:
        """Write a temporary file that holds ``data``; it is gone when the body ends."""
        self._require_incoming()
        self._sweep()
        path = self._root / INCOMING / f"{secrets.token_hex(16)}.part"
        try:
            durable.write_new(path, data)
            yield path
        finally:
            path.unlink(missing_ok=True)

    def _require_incoming(self) -> None:
        """Make the directory of temporary files, which a power cut may well take away."""
        self._directories.require(self._root)
        durable.make_one(self._root / INCOMING)

    def _sweep(self) -> None:
        """Remove, once per process, what writers left behind that are certainly dead."""
        if not self._swept:
            self._swept = True
            for path in self.list_unfinished():
                path.unlink(missing_ok=True)

    @contextmanager
    def _explain(self, action: str, key: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise self._translate(error, action, key) from error

    def _translate(self, error: OSError, action: str, key: str) -> StoreError:
        if isinstance(error, FileNotFoundError) and action != "write":
            return ObjectNotFound(f"there is no {key} in {self._root}")
        if isinstance(error, plainfiles.NotAFile | NotADirectoryError | FileExistsError | IsADirectoryError):
            # Of two names the second one is the object's; the first one is a temporary file's.
            blocking = error.filename2 or error.filename
            return Blocked(f"cannot {action} {key}: {blocking} is in the way of the store {self._root}")
        if error.errno in _FULL:
            return StoreUnavailable(
                f"cannot {action} {key}: the disk (or the quota) of {self._root} is full; free some"
            )
        if error.errno in _DENIED:
            return AccessDenied(f"cannot {action} {key}: no permission in {self._root} ({error.strerror})")
        return StoreUnavailable(f"cannot {action} {key} in {self._root}: {error.strerror} ({error.filename})")


def _sniff(path: Path) -> str:
    """Read a picture's content type off its first bytes, for originals, whose keys have no ending."""
    with plainfiles.opened(path) as file:
        return mediatypes.sniff(file.read(mediatypes.SNIFFED))


def _name_version(data: bytes) -> Version:
    return Version(keys.content_hash(data))


def _read_version(path: Path) -> Version | None:
    """Return the version of the file's bytes, None when there is no file."""
    try:
        return _name_version(plainfiles.read(path))
    except FileNotFoundError:
        return None


def _read_modified(found: os.stat_result) -> datetime:
    return datetime.fromtimestamp(found.st_mtime, UTC)
