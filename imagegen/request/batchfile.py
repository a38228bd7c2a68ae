"""Reads a batch file."""

import json
from pathlib import Path
from typing import Any

from imagegen.errors import Problem, RequestError
from imagegen.request.filekind import guess_kind

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
        return _parse(path, path.read_bytes())
    except FileNotFoundError:
        raise _reject(path, "a batch file; there is none at this path") from None
    except IsADirectoryError:
        raise _reject(path, "a batch file; this is a directory") from None
    except OSError as error:
        raise _reject(path, f"a readable batch file ({error.strerror})") from None


def _parse(path: Path, data: bytes) -> Any:
    try:
        return json.loads(data.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except RecursionError:
        raise _reject(path, "a batch file; this one is nested too deeply") from None
    except ValueError as error:
        why = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
        if not (kind := guess_kind(path, data)):
            raise _reject(path, f"a batch in JSON; there is a mistake in it: {why}") from None
        raise _reject(path, f"a batch in JSON; this seems to be {kind}. Write it like this: {EXAMPLE}") from None


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _reject(path: Path, expected: str) -> RequestError:
    return RequestError((Problem(str(path)[:200], "", f"expected {expected}"),))
