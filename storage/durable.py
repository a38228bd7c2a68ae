"""Files and directories that survive a killed process and a power cut.

The order is what counts: bytes reach the disk before their name appears, and a name has reached the disk when the
directory that holds it was synced after it appeared.
"""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_NO_HARD_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}
"""Answers of file systems without hard links: FAT, network and container mounts; macOS has both kinds of ENOTSUP."""
_NO_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP}
"""Answers of file systems that cannot sync a directory: FUSE and network mounts."""


def write_new(path: Path, data: bytes) -> None:
    """Write a new file whose bytes are on the disk when this returns."""
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def make_one(directory: Path) -> None:
    """Make a directory unless it is there. Raises FileNotFoundError when others remove it at the same time."""
    try:
        directory.mkdir(exist_ok=True)
    except FileExistsError:
        if directory.exists():
            raise
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(directory)) from None


def sync_directory(directory: Path) -> None:
    """Bring the names in a directory to the disk, where the file system can do that."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise
    finally:
        os.close(descriptor)


def link_if_absent(temporary: Path, path: Path, lock: Path) -> bool:
    """Give a file a second name unless the name is taken; return whether it got it.

    A file system without hard links renames instead, under ``lock``.
    """
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        with locked(lock):
            if path.exists():
                return False
            temporary.rename(path)
    return True


@contextmanager
def locked(lock: Path) -> Iterator[None]:
    """Keep out every other process and thread that locks this file; the system unlocks it for a killed one."""
    with lock.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class MadeDirectories:
    """Directories that this process knows to be on the disk, so that it makes sure of each once."""

    def __init__(self) -> None:
        self._made: set[Path] = set()

    def require(self, directory: Path) -> None:
        """Make a directory and those above it, each on the disk before the next is made.

        The lowest one that is there already is synced too: whoever made it may have been killed just before.
        """
        if directory in self._made and directory.is_dir():
            return
        if directory.is_dir():
            with suppress(PermissionError):  # the one above it need not be readable
                sync_directory(directory.parent)
        else:
            self.require(directory.parent)
            make_one(directory)
            sync_directory(directory.parent)
        self._made.add(directory)
