"""Batch files of the project folder, and no other file: an agent names a path, and reads nothing else by it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from imagegen.errors import ImagegenError, RequestError
from imagegen.request.batchfile import MAX_FILE, parse
from storage import plainfiles


class OutOfBounds(ImagegenError):
    """A path that is none of a batch file in the project folder."""


def read_batch_file(root: Path, name: str) -> Any:
    """Return the JSON of a batch file of the project, by its path from there. Raises OutOfBounds and RequestError."""
    folder, parts = find_batch_file(root, name)
    try:
        data = plainfiles.read_below(folder, parts, most=MAX_FILE + 1)
    except FileNotFoundError:
        raise OutOfBounds(f"{name}: there is no such file") from None
    except OSError:
        raise OutOfBounds(f"{name}: this is no plain file that can be read") from None
    try:
        return parse(Path(name), data)
    except RequestError as error:
        told = without_values(error).problems
        raise OutOfBounds("; ".join(f"{name}: {problem.expected}" for problem in told)) from None


def find_batch_file(root: Path, name: str) -> tuple[Path, tuple[str, ...]]:
    """Return the project's folder, and the parts of a batch file's way below it, none of which is a link by now.

    Raises OutOfBounds; no link leads out of the folder. What the parts are may change until they are opened.
    """
    if not name or "\0" in name or "\\" in name or Path(name).is_absolute() or name.startswith("~"):
        raise OutOfBounds("expected a path from the project folder, such as batches/week.json")
    try:
        folder = root.resolve(strict=True)
        found = (folder / name).resolve()
    except (OSError, RuntimeError):  # a circle of links is a RuntimeError until Python 3.13
        raise OutOfBounds(f"{name}: this path leads nowhere") from None
    if not found.is_relative_to(folder):
        raise OutOfBounds(f"{name}: this is outside of the project folder, of which alone files are read")
    parts = found.relative_to(folder).parts
    if any(part.startswith(".") for part in parts):
        raise OutOfBounds(f"{name}: hidden files and folders are not read")
    if found.suffix.lower() != ".json":
        raise OutOfBounds(f"{name}: expected a batch file, whose name ends in .json")
    return folder, parts


def without_values(error: RequestError) -> RequestError:
    """Return problems without what was found: a file may be no batch, and a brand's no brand, and hold a key."""
    return RequestError(tuple(each.bare or replace(each, value="") for each in error.problems), count=error.count)
