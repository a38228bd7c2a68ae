"""The highlight of a title, marked in it ``*like this*``."""

import re

from imagegen.overlay.highlights import is_word_edge, number_highlight

_MARKED = re.compile(r"\*(?=\S)([^*]+)(?<=\S)\*")
"""A pair of asterisks with no blank inside them at either end."""
_ESCAPED = r"\*"
_HIDDEN = "\0"
"""A character that no request holds; it stands for an escaped asterisk while the marks are looked for."""


def read_title(marked: str) -> tuple[str, str]:
    r"""Return a title as it is drawn, and its highlight (empty: none).

    A title with exactly one pair of asterisks at the edges of words has the text between them as its highlight. ``\*``
    is an asterisk that marks nothing. Other asterisks stay as they are.
    """
    hidden = marked.replace(_ESCAPED, _HIDDEN)
    found = _MARKED.search(hidden) if hidden.count("*") == 2 else None  # noqa: PLR2004 - a pair
    if found is None or not _is_at_edges(hidden, found):
        return hidden.replace(_HIDDEN, "*"), ""
    title = (hidden[: found.start()] + found[1] + hidden[found.end() :]).replace(_HIDDEN, "*")
    return title, number_highlight(title, found.start(), found.start() + len(found[1]))


def _is_at_edges(title: str, found: re.Match[str]) -> bool:
    """Tell if the marked part begins and ends where a word does, in a script that has spaces between words."""
    inner = found[1]
    before, after = title[: found.start()][-1:], title[found.end() :][:1]
    return is_word_edge(before, inner[0]) and is_word_edge(inner[-1], after)


def write_title(title: str) -> str:
    """Return a title as it is drawn in the spelling that ``read_title`` reads, without a highlight."""
    return title.replace("*", _ESCAPED)
