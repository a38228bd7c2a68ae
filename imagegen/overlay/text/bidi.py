"""Text direction: the Unicode bidirectional algorithm (UAX #9) for a title.

Lines are broken after the levels are resolved, as the algorithm demands. Rule L1 is left out, because titles have no
tabs and lines do not end in spaces. ``embeddings.py`` has the rules on explicit controls.
"""

import itertools
import unicodedata
from collections.abc import Mapping, Sequence

from imagegen.overlay.text.characters import is_emoji
from imagegen.overlay.text.embeddings import CLOSING, OPENING, find_base_level, resolve_explicit
from imagegen.overlay.text.titles import BIDI_CONTROLS

__all__ = ["find_base_level", "interleave", "reorder", "resolve_levels"]

_BRACKETS = {
    "(": ")",
    "[": "]",
    "{": "}",
    "「": "」",
    "『": "』",
    "（": "）",
    "【": "】",
    "⟨": "⟩",
    "《": "》",
    "〈": "〉",
}
_CLOSING = {closing: opening for opening, closing in _BRACKETS.items()}


_TWO_WAY = frozenset(("R", "AL", "AN", "LRE", "RLE", "LRO", "RLO", "LRI", "RLI", "FSI"))
"""The types of items without which a title is plain left to right."""


def interleave(clusters: Sequence[str], hidden: Mapping[int, str]) -> list[str]:
    """Return the clusters with the bidirectional controls that are hidden between them."""
    items: list[str] = []
    for at in range(len(clusters) + 1):
        items += [char for char in hidden.get(at, "") if char in BIDI_CONTROLS]
        items += clusters[at : at + 1]
    return items


def resolve_levels(items: Sequence[str]) -> list[int]:
    """Resolve the embedding level of each item: even reads from left to right, odd from right to left.

    Items are clusters and bidirectional controls. Embedding controls get -1: they take no part in the order (X9).
    """
    base = find_base_level(items)
    kinds = [_find_kind(item) for item in items]
    if base == 0 and not _TWO_WAY & set(kinds):
        return [0] * len(kinds)
    levels = resolve_explicit(items, base)
    resolved = list(levels)
    for sequence in _split_sequences(items, levels):
        members = [kinds[at] for at in sequence]
        _resolve_sequence([items[at] for at in sequence], members, *_find_edges(sequence, items, levels, base))
        for at, kind in zip(sequence, members, strict=True):
            resolved[at] = _resolve_implicit(kind, levels[at])
    return resolved


def _find_kind(item: str) -> str:
    """Return the bidirectional type; of what is younger than Python's tables, that of emoji or of letters."""
    return unicodedata.bidirectional(item[0]) or ("ON" if is_emoji(item) else "L")


def _split_sequences(items: Sequence[str], levels: Sequence[int]) -> list[list[int]]:
    """Split the items into isolating run sequences (BD13): runs of a level, joined over the isolates between them."""
    kept = [at for at, level in enumerate(levels) if level >= 0]
    sequences: list[list[int]] = []
    waiting: list[list[int]] = []
    for _, group in itertools.groupby(enumerate(kept), lambda pair: levels[pair[1]]):
        run = [at for _, at in group]
        if items[run[0]] == CLOSING and waiting:
            sequence = waiting.pop()
            sequence += run
        else:
            sequences.append(sequence := run)
        if items[run[-1]] in OPENING:
            waiting.append(sequence)
    return sequences


def _find_edges(
    sequence: Sequence[int], items: Sequence[str], levels: Sequence[int], base: int
) -> tuple[str, str, str]:
    """Return the types before and after a sequence (X10), and that of its embedding."""
    level = levels[sequence[0]]
    before = next((levels[at] for at in range(sequence[0] - 1, -1, -1) if levels[at] >= 0), base)
    after = next((levels[at] for at in range(sequence[-1] + 1, len(levels)) if levels[at] >= 0), base)
    if items[sequence[-1]] in OPENING:
        after = base
    return _name_direction(max(before, level)), _name_direction(max(after, level)), _name_direction(level)


def _name_direction(level: int) -> str:
    return "R" if level % 2 else "L"


def reorder(levels: Sequence[int]) -> list[int]:
    """Return the indices of items with these levels in visual order, from left to right (L2)."""
    order = list(range(len(levels)))
    for level in range(max(levels, default=0), 0, -1):
        start = 0
        while start < len(order):
            end = start
            while end < len(order) and levels[order[end]] >= level:
                end += 1
            order[start:end] = reversed(order[start:end])
            start = end + 1
    return order


def _resolve_sequence(items: Sequence[str], kinds: list[str], before: str, after: str, embedding: str) -> None:
    """Resolve the types of an isolating run sequence (W1 to W7, N0 to N2)."""
    _resolve_weak(kinds, before)
    _resolve_brackets(items, kinds, before, embedding)
    _resolve_neutrals(kinds, before, after, embedding)


_NEUTRAL = frozenset(("ES", "ET", "CS", "BN", "WS", "S", "B", "LRI", "RLI", "FSI", "PDI"))


def _resolve_weak(kinds: list[str], before: str) -> None:
    _resolve_marks_and_arabic_numbers(kinds, before)
    kinds[:] = ["R" if kind == "AL" else kind for kind in kinds]  # W3
    _attach_separators(kinds)
    _attach_terminators(kinds)
    kinds[:] = ["ON" if kind in _NEUTRAL else kind for kind in kinds]  # W6
    _resolve_latin_numbers(kinds, before)


def _resolve_marks_and_arabic_numbers(kinds: list[str], before: str) -> None:
    """Give marks the type of their base (W1), and make European numbers after Arabic letters Arabic (W2)."""
    strong = previous = before
    for at, found in enumerate(kinds):
        kind = previous if found == "NSM" else found
        if kind in ("L", "R", "AL"):
            strong = kind
        if kind == "EN" and strong == "AL":
            kind = "AN"
        kinds[at] = previous = kind


def _attach_separators(kinds: list[str]) -> None:
    """Make a separator between two numbers of one type part of them (W4)."""
    for at in range(1, len(kinds) - 1):
        before, after = kinds[at - 1], kinds[at + 1]
        if before == after and (kinds[at], before) in (("ES", "EN"), ("CS", "EN"), ("CS", "AN")):
            kinds[at] = before


def _resolve_latin_numbers(kinds: list[str], before: str) -> None:
    """Make European numbers after a left-to-right letter read like it (W7)."""
    strong = before
    for at, kind in enumerate(kinds):
        if kind in ("L", "R"):
            strong = kind
        elif kind == "EN" and strong == "L":
            kinds[at] = "L"


def _attach_terminators(kinds: list[str]) -> None:
    """Make signs such as % and € beside a number part of it (W5)."""
    for steps in (range(1, len(kinds)), range(len(kinds) - 2, -1, -1)):
        for at in steps:
            if kinds[at] == "ET" and kinds[at - steps.step] == "EN":
                kinds[at] = "EN"


def _strong_type(kind: str) -> str:
    """Return the type that counts for N0 to N2, where numbers read as R."""
    return "R" if kind in ("EN", "AN") else kind


def _resolve_brackets(clusters: Sequence[str], kinds: list[str], edge: str, embedding: str) -> None:
    """Give a pair of brackets the direction of what it holds, or of what precedes it (N0)."""
    for start, end in sorted(_find_bracket_pairs(clusters, kinds)):
        inside = {_strong_type(kind) for kind in kinds[start + 1 : end]} & {"L", "R"}
        if not inside:
            continue
        before = next((_strong_type(kind) for kind in reversed(kinds[:start]) if _strong_type(kind) != "ON"), edge)
        kinds[start] = kinds[end] = embedding if embedding in inside else before


def _find_bracket_pairs(clusters: Sequence[str], kinds: Sequence[str]) -> list[tuple[int, int]]:
    opened: list[tuple[str, int]] = []
    pairs = []
    for at, cluster in enumerate(clusters):
        if kinds[at] != "ON":
            continue
        if cluster in _BRACKETS:
            opened.append((cluster, at))
        elif opening := _CLOSING.get(cluster):
            depths = [depth for depth, (bracket, _) in enumerate(opened) if bracket == opening]
            if depths:
                pairs.append((opened[depths[-1]][1], at))
                del opened[depths[-1] :]
    return pairs


def _resolve_neutrals(kinds: list[str], first: str, last: str, embedding: str) -> None:
    """Give neutrals the direction on both sides of them (N1), else that of the embedding (N2)."""
    at = 0
    while at < len(kinds):
        if kinds[at] != "ON":
            at += 1
            continue
        end = at
        while end < len(kinds) and kinds[end] == "ON":
            end += 1
        before = _strong_type(kinds[at - 1]) if at else first
        after = _strong_type(kinds[end]) if end < len(kinds) else last
        kinds[at:end] = [before if before == after else embedding] * (end - at)
        at = end


def _resolve_implicit(kind: str, level: int) -> int:
    """Return the level of a resolved type (I1, I2)."""
    if level % 2:
        return level if kind == "R" else level + 1
    return level + {"L": 0, "R": 1}.get(kind, 2)
