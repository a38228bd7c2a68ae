"""Words too wide for a line: divided by hyphenation, after the signs of an address, or evenly as a last resort."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace

from imagegen.overlay.text.lines.opportunities import Break, Part, find_soft_breaks, hyphenate, obeys_kinsoku
from imagegen.overlay.text.typeset import Segment, TypesetTitle

_ADDRESS_EMS = 14.0
"""A word wider than this that holds signs is an address or a path and may be broken after the signs. It is as wide as
about 24 Latin letters; hardly a word of prose is."""
_HYPHENATED_SHARE = 0.8
"""The share of a line from which a word is hyphenated."""

_HYPHENS = frozenset("-‐‑")
_LEAST_LETTERS = 4
"""The fewest letters that a word's own hyphen parts from the rest, if the word takes most of a line."""


def split_addresses(title: TypesetTitle, segments: Sequence[Segment]) -> list[Segment]:
    """Split addresses and paths after their signs."""
    return [
        part
        for segment in segments
        for part in (
            _split(title, segment, find_soft_breaks(title.clusters, segment.start, segment.end))
            if segment.width > _ADDRESS_EMS
            else [segment]
        )
    ]


def split_hyphenated(
    title: TypesetTitle, segments: Sequence[Segment], max_width: float, widest: float
) -> list[Segment]:
    """Split words that take most of a line where a hyphen may divide them.

    A word with hyphens of its own is split there, and elsewhere only in a part wider than ``widest``, the most that a
    line of any acceptable box holds.
    """
    least = _HYPHENATED_SHARE * max_width
    if all(segment.width <= least for segment in segments):
        return list(segments)
    places = hyphenate(title.clusters, title.language)
    parts: list[Segment] = []
    for segment in segments:
        own = _find_own_hyphens(title, segment) if segment.width > least else []
        for part in _split(title, segment, own):
            is_wide = part.width > (widest if _has_own_hyphen(title, part) else least)
            inner = [at for at in places if part.start < at < part.end] if is_wide else []
            parts += _split(title, part, inner, Break.HYPHENATED)
    return parts


def _find_own_hyphens(title: TypesetTitle, segment: Segment) -> list[int]:
    inner = range(segment.start + _LEAST_LETTERS, segment.end - _LEAST_LETTERS + 1)
    return [at for at in inner if title.clusters[at - 1] in _HYPHENS and " " not in title.clusters[at - 2 : at + 1]]


def _has_own_hyphen(title: TypesetTitle, part: Segment) -> bool:
    """Tell if the part is one of a word with hyphens of its own."""
    return any(sign in title.clusters[max(part.start - 1, 0) : part.end] for sign in _HYPHENS)


def split_wide(title: TypesetTitle, segments: Sequence[Segment], max_width: float) -> list[Segment]:
    """Split segments wider than a line after their signs, and the parts that are still wider evenly."""
    parts: list[Segment] = []
    for segment in segments:
        is_wide = segment.width > max_width
        breaks = _find_wide_breaks(title, segment.start, segment.end, max_width)[:-1] if is_wide else []
        parts += _split(title, segment, breaks)
    return parts


def _find_wide_breaks(title: TypesetTitle, start: int, end: int, max_width: float) -> list[int]:
    """Return the ends of parts no wider than a line, divided after the best signs that the word has."""
    if title.measure_width(start, end) <= max_width:
        return [end]
    soft = find_soft_breaks(title.clusters, start, end)
    if not soft:
        return _find_even_breaks(title, start, end, max_width)
    spans = itertools.pairwise([start, *soft, end])
    return [at for span in spans for at in _find_wide_breaks(title, *span, max_width)]


def _split(
    title: TypesetTitle, segment: Segment, breaks: Sequence[int], quality: Break = Break.INSIDE
) -> list[Segment]:
    """Split the segment into parts without gaps between them."""
    if not breaks:
        return [segment]
    edges = itertools.pairwise([segment.start, *breaks, segment.end])
    first, *others = (title.measure_segment(Part(start, end, quality), 0.0) for start, end in edges)
    return [replace(first, gap=segment.gap, before=segment.before), *others]


def _find_even_breaks(title: TypesetTitle, start: int, end: int, max_width: float) -> list[int]:
    """Return the ends of the fewest parts of about equal length, each no wider than a line."""
    for count in range(max(math.ceil(title.measure_width(start, end) / max_width), 1), end - start + 1):
        ends = [_find_break(title, start + (end - start) * part // count, start) for part in range(1, count)] + [end]
        spans = itertools.pairwise([start, *ends])
        if all(first < last and title.measure_width(first, last) <= max_width for first, last in spans):
            return ends
    return list(range(start + 1, end + 1))


def _find_break(title: TypesetTitle, at: int, start: int) -> int:
    """Return ``at`` or the nearest place before it that obeys kinsoku and has no space; ``at`` if there is none."""
    inner = (near for near in range(at, start, -1) if " " not in title.clusters[near - 1 : near + 1])
    return next((near for near in inner if obeys_kinsoku(title.clusters, near)), at)
