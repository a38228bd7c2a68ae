"""Text direction: the Unicode bidirectional algorithm (UAX #9) for a title.

Cleaned titles hold no explicit embeddings or isolates, so only the rules W1 to W7, N0 to N2, I1, I2 and L2 are left.
Lines are broken after the levels are resolved, as the algorithm demands.
"""

import unicodedata
from collections.abc import Sequence

_STRONG = {"L": 0, "R": 1, "AL": 1}
_OPENING = {
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
_CLOSING = {closing: opening for opening, closing in _OPENING.items()}


def find_base_level(clusters: Sequence[str]) -> int:
    """Return 0 for a title that reads from left to right, 1 for right to left: its first letter decides (P2, P3)."""
    kinds = (unicodedata.bidirectional(cluster[0]) for cluster in clusters)
    return next((_STRONG[kind] for kind in kinds if kind in _STRONG), 0)


def resolve_levels(clusters: Sequence[str]) -> list[int]:
    """Resolve the embedding level of each cluster: even reads from left to right, odd from right to left."""
    base = find_base_level(clusters)
    kinds = [unicodedata.bidirectional(cluster[0]) or "L" for cluster in clusters]
    if base == 0 and not {"R", "AL", "AN"} & set(kinds):
        return [0] * len(kinds)
    embedding = "R" if base else "L"
    _resolve_weak(kinds, embedding)
    _resolve_brackets(clusters, kinds, embedding)
    _resolve_neutrals(kinds, embedding)
    return [_resolve_implicit(kind, base) for kind in kinds]


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


def _resolve_weak(kinds: list[str], embedding: str) -> None:
    _resolve_marks_and_arabic_numbers(kinds, embedding)
    kinds[:] = ["R" if kind == "AL" else kind for kind in kinds]  # W3
    _attach_separators(kinds)
    _attach_terminators(kinds)
    kinds[:] = ["ON" if kind in ("ES", "ET", "CS", "BN", "WS", "S", "B") else kind for kind in kinds]  # W6
    _resolve_latin_numbers(kinds, embedding)


def _resolve_marks_and_arabic_numbers(kinds: list[str], embedding: str) -> None:
    """Give marks the type of their base (W1), and make European numbers after Arabic letters Arabic (W2)."""
    strong = previous = embedding
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


def _resolve_latin_numbers(kinds: list[str], embedding: str) -> None:
    """Make European numbers after a left-to-right letter read like it (W7)."""
    strong = embedding
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


def _resolve_brackets(clusters: Sequence[str], kinds: list[str], embedding: str) -> None:
    """Give a pair of brackets the direction of what it holds, or of what precedes it (N0)."""
    for start, end in sorted(_find_bracket_pairs(clusters, kinds)):
        inside = {_strong_type(kind) for kind in kinds[start + 1 : end]} & {"L", "R"}
        if not inside:
            continue
        before = next((_strong_type(kind) for kind in reversed(kinds[:start]) if _strong_type(kind) != "ON"), embedding)
        kinds[start] = kinds[end] = embedding if embedding in inside else before


def _find_bracket_pairs(clusters: Sequence[str], kinds: Sequence[str]) -> list[tuple[int, int]]:
    opened: list[tuple[str, int]] = []
    pairs = []
    for at, cluster in enumerate(clusters):
        if kinds[at] != "ON":
            continue
        if cluster in _OPENING:
            opened.append((cluster, at))
        elif opening := _CLOSING.get(cluster):
            depths = [depth for depth, (bracket, _) in enumerate(opened) if bracket == opening]
            if depths:
                pairs.append((opened[depths[-1]][1], at))
                del opened[depths[-1] :]
    return pairs


def _resolve_neutrals(kinds: list[str], embedding: str) -> None:
    """Give neutrals the direction on both sides of them (N1), else that of the embedding (N2)."""
    at = 0
    while at < len(kinds):
        if kinds[at] != "ON":
            at += 1
            continue
        end = at
        while end < len(kinds) and kinds[end] == "ON":
            end += 1
        before = _strong_type(kinds[at - 1]) if at else embedding
        after = _strong_type(kinds[end]) if end < len(kinds) else embedding
        kinds[at:end] = [before if before == after else embedding] * (end - at)
        at = end


def _resolve_implicit(kind: str, base: int) -> int:
    """Return the level of a resolved type (I1, I2)."""
    if base:
        return 1 if kind == "R" else 2
    return {"L": 0, "R": 1}.get(kind, 2)
