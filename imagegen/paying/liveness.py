"""Proof that a process of this machine is over.

A process that claims something locks a file of its own for as long as it lives; the system lets go of the lock when
the process ends, however it ends. So a lock that can be had proves an end. A file that is not there proves nothing:
its owner may live on another machine, in another container or under another user. No process number, boot id or clock
is compared, as each of them can be shared by two machines, hidden by ``/proc`` or used again.
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

_NAME = re.compile(r"[0-9a-f]{32}")


def hold_process_lock() -> str:
    """Hold this process's lock until the process ends; return the lock's name, empty where no lock can be had."""
    return _begin(os.getpid())


def has_ended(life: str) -> bool:
    """Tell whether the process that held the lock named ``life`` has certainly ended."""
    if not _NAME.fullmatch(life):
        return False
    try:
        if not _is_own(_folder()):
            return False
        descriptor = os.open(_folder() / f"{life}.lock", os.O_RDWR | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


@lru_cache(maxsize=1)
def _begin(pid: int) -> str:  # noqa: ARG001 - a forked process begins a life of its own
    life = secrets.token_hex(16)
    try:
        folder = _folder()
        folder.mkdir(mode=0o700, exist_ok=True)
        if not _is_own(folder):
            return ""
        # Never closed: the lock lasts as long as the process.
        descriptor = os.open(folder / f"{life}.lock", os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _sweep(folder, os.fstat(descriptor).st_mtime)
    except OSError:
        return ""
    return life


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
                if path.suffix == ".lock" and file.stat().st_mtime < long_ago and has_ended(path.stem):
                    path.unlink()
