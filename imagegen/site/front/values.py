"""Values of front matter: looked up by path, compared without following the same pair twice, written as text."""

from collections.abc import Mapping
from typing import Any

Path = tuple[str, ...]
"""The keys on the way to a value: ``("cover", "image")``."""
Value = str | int | bool | list[str]
"""A value that is written into front matter."""


class Unfit(Exception):
    """A file that is left alone; the message says why, in words that follow its name."""


def look_up(values: Any, path: Path) -> Any:
    """Return the value at a path; None when there is none."""
    for key in path:
        if not isinstance(values, Mapping):
            return None
        values = values.get(key)
    return values


def equal(one: Any, other: Any) -> bool:
    """Compare two values. Each pair is looked at once: aliases in YAML make small files of endless values."""
    seen: set[tuple[int, int]] = set()
    open_pairs = [(one, other)]
    while open_pairs:
        left, right = open_pairs.pop()
        if (id(left), id(right)) in seen:
            continue
        seen.add((id(left), id(right)))
        if isinstance(left, dict) and isinstance(right, dict):
            if left.keys() != right.keys():
                return False
            open_pairs += [(left[key], right[key]) for key in left]
        elif isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
            if len(left) != len(right):
                return False
            open_pairs += zip(left, right, strict=True)
        elif type(left) is not type(right) or (left != right and left == left):  # noqa: PLR0124 - NaN is no change
            return False
    return True


def quote(text: str) -> str:
    """Return text in double quotes, with the escapes that YAML and TOML have in common."""
    return '"' + "".join(_ESCAPES.get(character) or _escape(character) for character in text) + '"'


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def _escape(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004 - the longer escape's first use
