"""A folder that is filled and never spoilt: what another program or a person put there is not touched."""

import errno
import hashlib
import os
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from imagegen.errors import ImagegenError
from storage import plainfiles
from storage.durable import link_if_absent, write_new

Written = Literal["written", "replaced", "unchanged"]


class Taken(ImagegenError):
    """Something that we did not write lies where a file belongs."""


class Folder:
    """Files of one folder, written whole or not at all. Safe to share between threads.

    ``own`` are the files that we wrote there before, with their hashes: one that still has its hash may be replaced. A
    file that is to have the bytes that it has stays as it is, with its time. Raises OSError when the folder cannot be
    made or written to.
    """

    def __init__(self, path: Path, own: Mapping[str, str] | None = None) -> None:
        self.path = path
        self.own = dict(own or {})
        self._lock = threading.Lock()
        self._work: Path | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._work:
            for left in self._work.iterdir():
                left.unlink()
            self._work.rmdir()

    def find(self, name: str) -> str | None:
        """Return the hash of a file; None when there is none. Raises Taken for anything that is no plain file."""
        data = self.read(name)
        return None if data is None else hashlib.sha256(data).hexdigest()

    def read(self, name: str) -> bytes | None:
        """Return a file's bytes; None when there is none. Raises Taken for anything that is no plain file."""
        path = self._place(name)
        if path.is_symlink():
            raise self._refuse(name, "is a symbolic link")
        try:
            return plainfiles.read(path)
        except FileNotFoundError:
            return None
        except plainfiles.NotAFile:
            raise self._refuse(name, "is no plain file") from None

    def check(self, name: str, sha256: str | None = None) -> bool:
        """Tell if a file has these bytes already. Raises Taken when something is there that may not be replaced."""
        found = self.find(name)
        if found not in (None, sha256) and found != self.own.get(name):
            raise self._refuse(name, "is there, and imagegen did not write it")
        return found is not None and found == sha256

    def put(self, name: str, data: bytes) -> Written:
        """Write a file unless it has these bytes already. Raises Taken, and OSError."""
        if self.check(name, hashlib.sha256(data).hexdigest()):
            return "unchanged"
        work, path = self._open_work(), self._place(name)
        there = path.exists()
        temporary = work / name
        write_new(temporary, data)
        if there:
            temporary.replace(path)
            return "replaced"
        if not link_if_absent(temporary, path, work / ".lock"):
            raise self._refuse(name, "has just been written by another program")
        with suppress(FileNotFoundError):  # where there are no hard links, it was moved
            temporary.unlink()
        return "written"

    def _place(self, name: str) -> Path:
        if not name or name in {".", ".."} or name != Path(name).name or "\0" in name:
            raise ValueError(f"{name!r} is no file's name")
        return self.path / name

    def _open_work(self) -> Path:
        """Return the folder for what is being written, which is made when something is."""
        with self._lock:
            if self._work is None:
                self.path.mkdir(parents=True, exist_ok=True)
                self._work = Path(tempfile.mkdtemp(prefix=".imagegen-", dir=self.path))
            return self._work

    def _refuse(self, name: str, why: str) -> Taken:
        return Taken(f"{self.path / name} {why}; move it away, or give another folder")


def explain(error: OSError, path: Path) -> str:
    """Say in words why a folder cannot be written to."""
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        return f"{path} is no folder"
    return f"cannot write to {path} ({error.strerror or os.strerror(error.errno or 0)})"
