"""Files of a site: read and written whole or not at all, never through a link, never outside of the site."""

import hashlib
import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from imagegen.site.front.values import Unfit

MAX_FILE = 2_000_000
"""Bytes of a file that is read: as a post, a book of 300 pages."""


def read_file(path: Path) -> bytes:
    """Return a file's bytes. Raises Unfit for one that is too large or no plain file, and OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode):
            raise Unfit("it is no plain file")
        if about.st_size > MAX_FILE:
            raise Unfit(f"it has more than {MAX_FILE:,} bytes")
        data = file.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise Unfit(f"it has more than {MAX_FILE:,} bytes")
    return data


def hash_file(path: Path) -> str:
    """Return a file's SHA-256; empty when there is no plain file."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return ""
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def is_taken(path: Path) -> bool:
    """Tell if anything lies at a path, a link to nowhere as well."""
    return os.path.lexists(path)


def require_inside(root: Path, path: Path) -> None:
    """Raise Unfit when a path lies outside of the root, or leads there by a link."""
    if not path.parent.resolve().is_relative_to(root.resolve()) or path.is_symlink():
        raise Unfit(f"{path} lies outside of the site, or is a link")


def write_whole(root: Path, path: Path, data: bytes) -> None:
    """Write a file at once, and its folders; nothing happens when it has these bytes. Keeps an older file's mode.

    Raises Unfit for a place that is not in the site, and OSError.
    """
    require_inside(root, path)
    mode = 0o644
    with suppress(FileNotFoundError):
        mode = stat.S_IMODE(path.stat().st_mode)
        if path.stat().st_size == len(data) and path.read_bytes() == data:
            return
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=".imagegen-", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        temporary.chmod(mode)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
