"""The files of a brand's folder: found inside it only, read within bounds, and remembered with their hashes."""

import hashlib
import stat
from dataclasses import dataclass, field
from pathlib import Path


class Unfit(Exception):
    """A value or a file that a brand cannot use; the message says what is expected.

    ``key`` names the key beside it in the same table that the message is about; empty for the value's own.
    """

    def __init__(self, expected: str, key: str = "") -> None:
        super().__init__(expected)
        self.key = key


@dataclass(frozen=True, slots=True)
class BrandFile:
    """A file of a brand: where it is, and its bytes."""

    path: Path
    data: bytes


@dataclass(slots=True)
class BrandFolder:
    """A brand's folder, the SHA-256 of each file that was read in it, and the file's mark at that moment."""

    path: Path
    hashes: dict[Path, str] = field(default_factory=dict)
    marks: dict[Path, tuple[int, ...]] = field(default_factory=dict)

    def read(self, name: str, most_bytes: int) -> BrandFile:
        """Read a file of the folder. Raises Unfit when it is missing, too large, or not inside the folder."""
        path = self._find(name)
        mark = take_mark(path)
        if mark is None:
            raise Unfit("a file in the brand's folder; there is none of this name")
        try:
            with path.open("rb") as file:
                data = file.read(most_bytes + 1)
        except OSError as error:
            raise Unfit(f"a readable file ({error.strerror})") from None
        if len(data) > most_bytes:
            raise Unfit(f"a file of at most {most_bytes:,} bytes")
        self.hashes[path] = hashlib.sha256(data).hexdigest()
        self.marks[path] = mark
        return BrandFile(path, data)

    def _find(self, name: str) -> Path:
        outside = Unfit("the name of a file inside the brand's folder, such as logo.svg")
        if not name or not name.isprintable() or "\\" in name:
            raise outside
        try:
            home = self.path.resolve()
            path = home / name
            if not path.resolve().is_relative_to(home) or ".." in path.parts:
                raise outside
        except (OSError, RuntimeError):  # a name that is too long, or links in a ring
            raise outside from None
        return path


def take_mark(path: Path) -> tuple[int, ...] | None:
    """Return what changes with a regular file's content: its identity, size and times. None: there is no such file."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
