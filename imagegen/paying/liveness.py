"""Proof that a process of this machine is over.

A process that claims something locks a file of its own for as long as it lives; the system lets go of the lock when
the process ends, however it ends. So a lock that can be had proves an end. A file that is not there proves nothing:
its owner may live on another machine, in another container or under another user. A copy of a lock's file proves
nothing either: a life names its file's inode, which a copy beside it cannot have, and one on another disk hardly has.
No process number, boot id or clock is compared, as each of them can be shared by two machines, hidden by ``/proc`` or
used again.
"""

import fcntl
import os
import re
import secrets
import stat
import tempfile
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

STALE = 86_400.0
"""Seconds after which the lock file of a process that is over is swept away: nobody asks about it any more."""

_LIFE = re.compile(r"([0-9a-f]{32})-([0-9]{1,20})")
"""A life: the name of its lock, and the inode of the lock's file. Older versions' lives, without it, prove nothing."""


def hold_process_lock() -> str:
    """Hold this process's lock until the process ends; return its life, empty where no lock can be had."""
    return _begin(os.getpid())


def has_ended(life: str) -> bool:
    """Tell whether the process that leads this life has certainly ended."""
    return _find_free(life) is True


def lives_here(life: str) -> bool:
    """Tell whether the process that leads this life certainly lives, on this machine."""
    return _find_free(life) is False


def _find_free(life: str) -> bool | None:
    """Tell whether a life's lock can be had; None when there is no such lock here."""
    named = _LIFE.fullmatch(life)
    try:
        if not named or not _is_own(_folder()):
            return None
        return _try_lock(_folder() / f"{named[1]}.lock", int(named[2]))
    except OSError:
        return None


def _try_lock(path: Path, inode: int | None = None) -> bool | None:
    """Tell whether a file's lock can be had; None for another file than that with this inode. Raises OSError."""
    descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
    try:
        if inode not in (None, os.fstat(descriptor).st_ino):
            return None
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


@lru_cache(maxsize=1)
def _begin(pid: int) -> str:  # noqa: ARG001 - a forked process begins a life of its own
    name = secrets.token_hex(16)
    try:
        folder = _folder()
        folder.mkdir(mode=0o700, exist_ok=True)
        if not _is_own(folder):
            return ""
        # Never closed: the lock lasts as long as the process.
        descriptor = os.open(folder / f"{name}.lock", os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        found = os.fstat(descriptor)
        _sweep(folder, found.st_mtime)
    except OSError:
        return ""
    return f"{name}-{found.st_ino}"


def _folder() -> Path:
    return Path(tempfile.gettempdir()) / f"imagegen-{os.getuid()}"


def _is_own(folder: Path) -> bool:
    """Tell whether the folder is this user's alone: in somebody else's, locks may lie."""
    found = folder.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077


def _sweep(folder: Path, now: float) -> None:
    """Remove old locks of ended processes. ``now`` is the file system's: this process's clock may have jumped."""
    long_ago = now - STALE
    with os.scandir(folder) as files:
        for file in files:
            with suppress(OSError):
                path = Path(file)
                if path.suffix == ".lock" and file.stat().st_mtime < long_ago and _try_lock(path):
                    path.unlink()
