"""The highlight of a title, marked in it ``*like this*``."""

import re

_MARKED = re.compile(r"(?<!\w)\*(?=\S)([^*]+)(?<=\S)\*(?!\w)")
"""A pair of asterisks at the edges of words, with no blank inside them at either end."""
_ESCAPED = r"\*"
_HIDDEN = "\ue000"
"""A character of no meaning that stands for an escaped asterisk while the marks are looked for."""


def read_title(marked: str) -> tuple[str, str]:
    r"""Return a title as it is drawn, and its highlight (empty: none).

    A title with exactly one pair of asterisks at the edges of words has the text between them as its highlight. ``\*``
    is an asterisk that marks nothing. Other asterisks stay as they are.
    """
    hidden = marked.replace(_ESCAPED, _HIDDEN)
    found = _MARKED.search(hidden) if hidden.count("*") == 2 else None  # noqa: PLR2004 - a pair
    title = hidden[: found.start()] + found[1] + hidden[found.end() :] if found else hidden
    return title.replace(_HIDDEN, "*"), (found[1].replace(_HIDDEN, "*") if found else "")


def write_title(title: str) -> str:
    """Return a title as it is drawn in the spelling that ``read_title`` reads, without a highlight."""
    return title.replace("*", _ESCAPED)
