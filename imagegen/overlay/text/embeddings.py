"""The explicit part of the Unicode bidirectional algorithm (UAX #9): the base direction, embeddings and isolates.

Overrides are taken as embeddings: they change the direction of what surrounds the letters, but never spell a word
backwards.
"""

import unicodedata
from collections.abc import Sequence

_STRONG = {"L": 0, "R": 1, "AL": 1}
_FIRST_STRONG, CLOSING, _POP_EMBEDDING = "\u2068", "\u2069", "\u202c"
_ISOLATES = {"\u2066": 0, "\u2067": 1}
_EMBEDDINGS = {"\u202a": 0, "\u202b": 1, "\u202d": 0, "\u202e": 1}
"""Embeddings and overrides, with their direction."""
_MAX_DEPTH = 125
"""The deepest level, from UAX #9."""
OPENING = frozenset((_FIRST_STRONG, *_ISOLATES))


def find_base_level(items: Sequence[str]) -> int:
    """Return 0 for a title that reads from left to right, 1 for right to left: its first letter decides (P2, P3).

    Letters in isolates do not count.
    """
    depth = 0
    for item in items:
        kind = unicodedata.bidirectional(item[0])
        if depth == 0 and kind in _STRONG:
            return _STRONG[kind]
        if item in OPENING:
            depth += 1
        elif item == CLOSING and depth:
            depth -= 1
    return 0


class _Directions:
    """The stack of open embeddings and isolates, with the rules on those that are nested too deep (X1)."""

    def __init__(self, base: int) -> None:
        self._open = [(base, False)]
        self._isolates = self._deep_isolates = self._deep_embeddings = 0

    @property
    def level(self) -> int:
        return self._open[-1][0]

    def push(self, direction: int, *, is_isolate: bool) -> None:
        """Open an embedding or isolate (X2 to X5c)."""
        deeper = self.level + 1 if (self.level + 1) % 2 == direction else self.level + 2
        fits = deeper <= _MAX_DEPTH and not self._deep_isolates and not self._deep_embeddings
        if fits:
            self._open.append((deeper, is_isolate))
        if is_isolate:
            self._isolates, self._deep_isolates = self._isolates + fits, self._deep_isolates + (not fits)
        elif not fits and not self._deep_isolates:
            self._deep_embeddings += 1

    def pop_isolate(self) -> None:
        """Close the last isolate and the embeddings in it (X6a)."""
        if self._deep_isolates:
            self._deep_isolates -= 1
        elif self._isolates:
            self._deep_embeddings = 0
            while not self._open.pop()[1]:
                pass
            self._isolates -= 1

    def pop_embedding(self) -> None:
        """Close the last embedding (X7)."""
        if not self._deep_isolates and self._deep_embeddings:
            self._deep_embeddings -= 1
        elif not self._deep_isolates and len(self._open) > 1 and not self._open[-1][1]:
            self._open.pop()


def resolve_explicit(items: Sequence[str], base: int) -> list[int]:
    """Return the explicit level of each item (X1 to X8); -1 for embedding controls, which the rest ignores (X9)."""
    directions = _Directions(base)
    levels = []
    for at, item in enumerate(items):
        if item == CLOSING:
            directions.pop_isolate()
        levels.append(-1 if item in _EMBEDDINGS or item == _POP_EMBEDDING else directions.level)
        if item in _EMBEDDINGS or item in OPENING:
            directions.push(_find_direction(items, at), is_isolate=item in OPENING)
        elif item == _POP_EMBEDDING:
            directions.pop_embedding()
    return levels


def _find_direction(items: Sequence[str], at: int) -> int:
    """Return the direction that the control at an index opens: 0 left to right, 1 right to left."""
    if items[at] == _FIRST_STRONG:
        depth = 0
        for end in range(at, len(items)):
            depth += (items[end] in OPENING) - (items[end] == CLOSING)
            if depth == 0:
                break
        return find_base_level(items[at + 1 : end + 1])
    return _EMBEDDINGS[items[at]] if items[at] in _EMBEDDINGS else _ISOLATES[items[at]]
