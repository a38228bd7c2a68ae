"""Makes text of users and providers safe to print."""

import unicodedata

_SHAPING = frozenset("\u200c\u200d")
"""Format characters that belong to the spelling of some scripts and of emoji."""


def one_line(text: str) -> str:
    """Return ``text`` on one line, without control characters and marks that reorder text."""
    return " ".join("".join(map(_replace_unsafe, text)).split())


def _replace_unsafe(character: str) -> str:
    if character in _SHAPING or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}:
        return character
    return " "
