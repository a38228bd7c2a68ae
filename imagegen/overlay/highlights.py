"""The highlight of a title: which of its words it is, when they stand there more than once."""

import re
from collections.abc import Sequence

from imagegen.overlay.text.characters import CJK, find_script
from imagegen.overlay.text.lines.phrases import UNSPACED
from imagegen.overlay.text.titles import parse

_NUMBERED = re.compile(r"(.+)#([1-9][0-9]?)", re.DOTALL)
"""A highlight with the number of its place: ``the#2`` is the second "the"."""


def find_highlight(clusters: Sequence[str], highlight: str) -> tuple[int, int] | None:
    """Return the first cluster of a highlight and the one after its last; None when the title has no such place.

    ``highlight`` is a part of the title, or one with the number of its place, ``the#2``. Whole words count before parts
    of words: the first "the" of "Breathe the air" is the word.
    """
    for phrase, number in _read(highlight):
        wanted = parse(phrase).clusters
        if wanted and len(places := _list_places(clusters, wanted)) >= number:
            return places[number - 1], places[number - 1] + len(wanted)
    return None


def number_highlight(title: str, start: int, end: int) -> str:
    """Return the highlight that stands for the characters from ``start`` to ``end`` of a title."""
    phrase, clusters = title[start:end], parse(title).clusters
    wanted = parse(phrase).clusters
    at = len(parse(title[:end]).clusters) - len(wanted)
    places = _list_places(clusters, wanted)
    return phrase if at not in places[1:] else f"{phrase}#{places.index(at) + 1}"


def is_word_edge(before: str, after: str) -> bool:
    """Tell if a word can end between two characters, either of which may be empty."""
    return not (is_joined(before) and is_joined(after))


def is_joined(cluster: str) -> bool:
    """Tell if a cluster is a letter or digit that may be shaped, and read, together with its neighbours."""
    return cluster != "" and cluster[0].isalnum() and find_script(cluster[0]) != CJK and not UNSPACED.match(cluster[0])


def _read(highlight: str) -> list[tuple[str, int]]:
    """Return the phrase and the number of its place: as it stands first, because a title may hold ``C#2``."""
    found = _NUMBERED.fullmatch(highlight)
    return [(highlight, 1), *([(found[1], int(found[2]))] if found else [])]


def _list_places(clusters: Sequence[str], wanted: Sequence[str]) -> list[int]:
    """List where some clusters stand: as whole words or, when they nowhere do, as parts of words."""
    length = len(wanted)
    places = [at for at in range(len(clusters) - length + 1) if tuple(clusters[at : at + length]) == tuple(wanted)]
    padded = ("", *clusters, "")
    whole = [
        at
        for at in places
        if is_word_edge(padded[at], padded[at + 1]) and is_word_edge(padded[at + length], padded[at + length + 1])
    ]
    return whole or places
