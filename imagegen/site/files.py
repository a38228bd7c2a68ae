"""Files of a site: written whole or not at all, never through a link, never outside of the site."""

import hashlib
import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from imagegen.site.front.values import Unfit


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
