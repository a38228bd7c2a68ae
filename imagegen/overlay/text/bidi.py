"""Which way text runs: the Unicode bidirectional algorithm (UAX #9) for one line of a title.

Cleaned titles hold no explicit embeddings or isolates, so that the rules left are W1 to W7, N0 to N2, I1, I2
and L2. Lines are cut after levels are known, as the algorithm wants it.
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


def base_level(clusters: Sequence[str]) -> int:
    """0 for a title that reads from the left, 1 from the right: the first letter decides (P2, P3)."""
    for cluster in clusters:
        if (kind := unicodedata.bidirectional(cluster[0])) in _STRONG:
            return _STRONG[kind]
    return 0


def levels(clusters: Sequence[str]) -> list[int]:
    """The embedding level of each cluster: even reads from the left, odd from the right."""
    base = base_level(clusters)
    kinds = [unicodedata.bidirectional(cluster[0]) or "L" for cluster in clusters]
    if base == 0 and not {"R", "AL", "AN"} & set(kinds):
        return [0] * len(kinds)
    embedding = "R" if base else "L"
    _resolve_weak(kinds, embedding)
    _resolve_brackets(clusters, kinds, embedding)
    _resolve_neutrals(kinds, embedding)
    return [_implicit(kind, base) for kind in kinds]


def visual(levels: Sequence[int]) -> list[int]:
    """The order, from left to right, in which items with these levels are drawn (L2)."""
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
    strong = previous = embedding
    for at, found in enumerate(kinds):
        kind = previous if found == "NSM" else found  # W1
        if kind in ("L", "R", "AL"):
            strong = kind
        if kind == "EN" and strong == "AL":  # W2
            kind = "AN"
        kinds[at] = previous = kind
    kinds[:] = ["R" if kind == "AL" else kind for kind in kinds]  # W3
    for at in range(1, len(kinds) - 1):  # W4
        before, after = kinds[at - 1], kinds[at + 1]
        if before == after and (kinds[at], before) in (("ES", "EN"), ("CS", "EN"), ("CS", "AN")):
            kinds[at] = before
    _attach_terminators(kinds)
    kinds[:] = ["ON" if kind in ("ES", "ET", "CS", "BN", "WS", "S", "B") else kind for kind in kinds]  # W6
    strong = embedding
    for at, kind in enumerate(kinds):  # W7
        if kind in ("L", "R"):
            strong = kind
        elif kind == "EN" and strong == "L":
            kinds[at] = "L"


def _attach_terminators(kinds: list[str]) -> None:
    """W5: signs such as % and € beside a number belong to it."""
    for steps in (range(1, len(kinds)), range(len(kinds) - 2, -1, -1)):
        for at in steps:
            if kinds[at] == "ET" and kinds[at - steps.step] == "EN":
                kinds[at] = "EN"


def _side(kind: str) -> str:
    return "R" if kind in ("EN", "AN") else kind


def _resolve_brackets(clusters: Sequence[str], kinds: list[str], embedding: str) -> None:
    """N0: a pair of brackets reads as what it holds, or as what stands before it."""
    for start, end in sorted(_pairs(clusters, kinds)):
        inside = {_side(kind) for kind in kinds[start + 1 : end]} & {"L", "R"}
        if not inside:
            continue
        before = next((_side(kind) for kind in reversed(kinds[:start]) if _side(kind) != "ON"), embedding)
        kinds[start] = kinds[end] = embedding if embedding in inside else before


def _pairs(clusters: Sequence[str], kinds: Sequence[str]) -> list[tuple[int, int]]:
    opened: list[tuple[str, int]] = []
    pairs = []
    for at, cluster in enumerate(clusters):
        if kinds[at] != "ON":
            continue
        if cluster in _OPENING:
            opened.append((cluster, at))
        elif wanted := _CLOSING.get(cluster):
            for depth in range(len(opened) - 1, -1, -1):
                if opened[depth][0] == wanted:
                    pairs.append((opened[depth][1], at))
                    del opened[depth:]
                    break
    return pairs


def _resolve_neutrals(kinds: list[str], embedding: str) -> None:
    at = 0
    while at < len(kinds):
        if kinds[at] != "ON":
            at += 1
            continue
        end = at
        while end < len(kinds) and kinds[end] == "ON":
            end += 1
        before = _side(kinds[at - 1]) if at else embedding
        after = _side(kinds[end]) if end < len(kinds) else embedding
        kinds[at:end] = [before if before == after else embedding] * (end - at)  # N1, N2
        at = end


def _implicit(kind: str, base: int) -> int:
    if base:
        return 1 if kind == "R" else 2
    return {"L": 0, "R": 1}.get(kind, 2)
