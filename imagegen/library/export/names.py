"""Names of files from titles, by the rules of the gallery's downloads (``slug`` in its ``pictures.js``).

Names are unique, also where a system ignores case, and every system takes them: no separator, no dot but the ending's,
no reserved name, as a size always ends the stem, and a bounded length.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import count

MOST_LETTERS = 48
"""Letters of a slug: as many as the gallery's downloads keep."""
MOST_BYTES = 200
"""Bytes of a name: file systems take 255, and tools append to names."""
MOST_MODEL_BYTES, NUMBER_BYTES = 60, 8
UNTITLED = "picture"
_DROPPED = frozenset("'’")
_VARIATION_SELECTORS = re.compile("[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")


def slug(text: str) -> str:
    """Return the words of a text in lower case with hyphens between them, in its own script; empty without words."""
    made = ""
    for word in _split_words(text):
        if len(made) + len(word) > MOST_LETTERS:
            return made or word[:MOST_LETTERS]
        made += f"-{word}" if made else word
    return made


def _split_words(text: str) -> list[str]:
    """List the words: a letter or a digit, and the letters, digits and marks after it."""
    plain = _VARIATION_SELECTORS.sub("", unicodedata.normalize("NFKC", text).lower())
    words = [""]
    for character in plain:
        kind = unicodedata.category(character)
        if kind == "Cf" or character in _DROPPED:
            continue
        if kind[0] in "LN" or (kind[0] == "M" and words[-1]):
            words[-1] += character
        elif words[-1]:
            words.append("")
    return [word for word in words if word]


def fold(name: str) -> str:
    """Return what is equal for two names that some system takes for one: their case and their spelling do not count."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


class Names:
    """The names that are given so far. The same questions in the same order get the same names."""

    def __init__(self, reserved: Iterable[str] = ()) -> None:
        self._taken = {fold(name) for name in reserved}
        self._numbers: dict[str, int] = {}

    def choose(self, title: str, model: str, endings: Sequence[str]) -> list[str]:
        """Return a name for each ending (``og.jpg``) of one title, none of which was given before.

        ``model`` tells pictures of the same title apart; empty: there is no other. A number does the rest.
        """
        rest = f"-{_cut(slug(model), MOST_MODEL_BYTES)}" if slug(model) else ""
        room = MOST_BYTES - NUMBER_BYTES - len(rest.encode()) - max(len(ending.encode()) for ending in endings)
        start = _cut(slug(title) or UNTITLED, room) + rest
        for number in count(self._numbers.get(fold(start), 1)):
            stem = start if number == 1 else f"{start}-{number}"
            names = [f"{stem}-{ending}" for ending in endings]
            if self._taken.isdisjoint(map(fold, (stem, *names))):
                break
        self._numbers[fold(start)] = number + 1
        self._taken.update(map(fold, (stem, *names)))
        return names


def _cut(text: str, most: int) -> str:
    """Return the start of a text that takes at most so many bytes."""
    return text.encode()[:most].decode(errors="ignore").rstrip("-")
