"""Words too wide for a line: divided by hyphenation, after the signs of an address, or evenly as a last resort."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace

from imagegen.overlay.text.lines.opportunities import Break, Part, hyphenate, is_soft_break, obeys_kinsoku
from imagegen.overlay.text.typeset import Segment, TypesetTitle

_ADDRESS_EMS = 14.0
"""A word wider than this that holds signs is an address or a path and may be broken after the signs. It is as wide as
about 24 Latin letters; hardly a word of prose is."""
_HYPHENATED_SHARE = 0.8
"""The share of a line from which a word is hyphenated."""


def split_addresses(title: TypesetTitle, segments: Sequence[Segment]) -> list[Segment]:
    """Split addresses and paths after their signs."""
    return [
        part
        for segment in segments
        for part in (
            _split(title, segment, _find_soft_breaks(title, segment)) if segment.width > _ADDRESS_EMS else [segment]
        )
    ]


def split_hyphenated(title: TypesetTitle, segments: Sequence[Segment], max_width: float) -> list[Segment]:
    """Split words that take most of a line where a hyphen may divide them."""
    if all(segment.width <= _HYPHENATED_SHARE * max_width for segment in segments):
        return list(segments)
    places = hyphenate(title.clusters)
    parts: list[Segment] = []
    for segment in segments:
        is_wide = segment.width > _HYPHENATED_SHARE * max_width
        own = [at for at in places if segment.start < at < segment.end] if is_wide else []
        parts += _split(title, segment, own, Break.HYPHENATED)
    return parts


def split_wide(title: TypesetTitle, segments: Sequence[Segment], max_width: float) -> list[Segment]:
    """Split segments wider than a line after their signs, and the parts that are still wider evenly."""
    parts: list[Segment] = []
    for segment in segments:
        if segment.width <= max_width:
            parts.append(segment)
            continue
        spans = itertools.pairwise([segment.start, *_find_soft_breaks(title, segment), segment.end])
        ends = [at for start, end in spans for at in _find_even_breaks(title, start, end, max_width)]
        parts += _split(title, segment, ends[:-1])
    return parts


def _find_soft_breaks(title: TypesetTitle, segment: Segment) -> list[int]:
    return [at for at in range(segment.start + 1, segment.end) if is_soft_break(title.clusters, at)]


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
    """Return ``at`` or the nearest place before it that obeys kinsoku; ``at`` if there is none."""
    return next((near for near in range(at, start, -1) if obeys_kinsoku(title.clusters, near)), at)
