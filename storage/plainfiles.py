"""Plain files and nothing else: whatever else lies where a file belongs is never opened, as opening it could wait."""

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from storage import keys


class NotAFile(OSError):
    """A directory, pipe, socket, device or link to nowhere lies where a file belongs; ``filename`` is its path."""


def look(path: Path) -> os.stat_result:
    """Return what is known of a file. Raises FileNotFoundError and NotAFile."""
    try:
        return _require_plain(path, path.stat())
    except OSError as error:
        _require_no_dead_link(path, error)
        raise


def exists(path: Path) -> bool:
    """Tell if there is a file. Raises NotAFile when something else is there."""
    try:
        look(path)
    except FileNotFoundError:
        return False
    return True


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file for reading, without waiting. Raises FileNotFoundError and NotAFile."""
    with open(path, "rb", opener=_open_plain) as file:
        yield file


def read(path: Path) -> bytes:
    """Return a file's bytes. Raises FileNotFoundError and NotAFile."""
    with opened(path) as file:
        return file.read()


def read_below(root: Path, parts: Sequence[str], *, most: int) -> bytes:
    """Return the first ``most`` bytes of a file below a folder, on a way on which no link is followed.

    So it is that very file, whoever changes the way meanwhile. Raises FileNotFoundError and OSError, such as NotAFile.
    """
    with ExitStack() as open_folders:

        def enter(name: str, flags: int, folder: int | None = None) -> int:
            descriptor = os.open(name, os.O_RDONLY | os.O_NONBLOCK | flags, dir_fd=folder)
            open_folders.callback(os.close, descriptor)
            return descriptor

        folder = enter(str(root), os.O_DIRECTORY)
        for name in parts[:-1]:
            folder = enter(name, os.O_DIRECTORY | os.O_NOFOLLOW, folder)
        descriptor = enter(parts[-1], os.O_NOFOLLOW, folder)
        _require_plain(parts[-1], os.fstat(descriptor))
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(most)


def walk(root: Path, space: str) -> Iterator[tuple[str, bool]]:
    """List the keys below ``space`` in whose place something lies, and if it is a file, in no order."""
    try:
        with os.scandir(root / space) as entries:
            for entry in entries:
                key = space + entry.name
                if keys.is_key(key):
                    yield key, _is_file(entry)
                elif entry.is_dir(follow_symlinks=False):
                    yield from walk(root, f"{key}/")
    except FileNotFoundError:
        return


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError as error:
        if error.errno == errno.ELOOP:
            return False
        raise


def _open_plain(path: str, flags: int) -> int:
    try:
        descriptor = os.open(path, flags | os.O_NONBLOCK)
    except OSError as error:
        if error.errno == errno.ENXIO:
            raise _refuse(path) from error  # a socket
        _require_no_dead_link(path, error)
        raise
    try:
        _require_plain(path, os.fstat(descriptor))
    except NotAFile:
        os.close(descriptor)
        raise
    return descriptor


def _require_plain(path: Path | str, found: os.stat_result) -> os.stat_result:
    if not stat.S_ISREG(found.st_mode):
        raise _refuse(path)
    return found


def _require_no_dead_link(path: Path | str, error: OSError) -> None:
    """Raise NotAFile when there is a link that leads nowhere, or in a circle."""
    if error.errno in (errno.ENOENT, errno.ELOOP) and Path(path).is_symlink():
        raise _refuse(path) from error


def _refuse(path: Path | str) -> NotAFile:
    return NotAFile(errno.EEXIST, "it is no plain file", str(path))
