"""Reads a batch file."""

import json
from pathlib import Path
from typing import Any

from imagegen.errors import Problem, RequestError
from imagegen.request.filekind import guess_kind
from imagegen.request.validation import shorten

MAX_FILE = 4_000_000
"""Bytes of a batch file: Render takes at most 4 MB of arguments."""
EXAMPLE = (
    '{"prompts": ["A red fox"], "models": ["gpt-image-2"], '
    '"style": "cinematic", "template": "left-panel", "font": "inter"}'
)
"""The shortest batch file, for a message to somebody who has to write one."""


def read_file(path: Path) -> Any:
    """Return the JSON in a batch file. Raises RequestError when the file cannot be read or is not JSON."""
    try:
        if path.stat().st_size > MAX_FILE:
            raise _reject(path, f"a file of at most {MAX_FILE:,} bytes")
        return parse(path, path.read_bytes())
    except FileNotFoundError:
        raise _reject(path, "a batch file; there is none at this path") from None
    except IsADirectoryError:
        raise _reject(path, "a batch file; this is a directory") from None
    except OSError as error:
        raise _reject(path, f"a readable batch file ({error.strerror})") from None


def parse(path: Path, data: bytes) -> Any:
    """Return the JSON in the bytes of a batch file. Raises RequestError."""
    if len(data) > MAX_FILE:
        raise _reject(path, f"a file of at most {MAX_FILE:,} bytes")
    try:
        text = data.decode("utf-8-sig")
        return json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_refuse_duplicates)
    except RecursionError:
        raise _reject(path, "a batch file; this one is nested too deeply") from None
    except ValueError as error:
        if not (kind := guess_kind(path, data)):
            expected = "a batch in JSON; there is a mistake in it: "
            bare = _reject(path, expected + _explain(error, bare=True)).problems[0]
            raise _reject(path, expected + _explain(error), bare) from None
        raise _reject(path, f"a batch in JSON; this seems to be {kind}. Write it like this: {EXAMPLE}") from None


def _explain(error: ValueError, *, bare: bool = False) -> str:
    """Say what is wrong with a file; ``bare``: without a text of it."""
    if isinstance(error, UnicodeDecodeError):
        line = error.object.count(b"\n", 0, error.start) + 1
        if bare:
            return f"it is not UTF-8, in line {line}"
        return f"it is not UTF-8: byte {error.object[error.start]:#04x} in line {line}"
    return "a field stands twice in one object" if bare and isinstance(error, _Twice) else str(error)


class _Twice(ValueError):
    """A field that stands twice in one object; the message has its name."""


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _Twice(f"the field {shorten(twice)} stands twice in one object")
    return found


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _reject(path: Path, expected: str, bare: Problem | None = None) -> RequestError:
    return RequestError((Problem(str(path)[:200], "", f"expected {expected}", bare),))
