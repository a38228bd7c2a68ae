"""The division of segments into lines by dynamic programming: the most even one that breaks where it reads well."""

import bisect
import itertools
import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from imagegen.overlay.text.lines.opportunities import Break

Line = tuple[int, int]
"""The first segment of a line and the one after its last."""


class Item(Protocol):
    """A segment as the division sees it; widths are in ems."""

    @property
    def width(self) -> float:
        """The width of its letters."""

    @property
    def gap(self) -> float:
        """The width of the space before it."""

    @property
    def before(self) -> Break:
        """The quality of the break before it."""


BY_SENSE = {
    Break.FORCED: 0.0,
    Break.LIKED: -0.3,
    Break.PLAIN: 0.0,
    Break.INSIDE: 0.5,
    Break.HYPHENATED: 1.5,
    Break.STRANDED: 1e6,
}
"""The penalty of each break: what it adds to the cost of its line, as a multiple of an average line's.

Costs grow with the fourth power of a line's width: 0.5 is a line that is 11 % wider. A stranded word outweighs any
width.
"""
BY_WIDTH = {**BY_SENSE, Break.LIKED: 0.0, Break.INSIDE: 0.0}
"""The penalties where even lines count for more than what a reader likes."""


class _Measures(NamedTuple):
    """Running sums: a line of segments ``start`` to ``end`` is ``ends[end] - lefts[start]`` wide.

    ``ends`` include the hyphen after a segment, ``totals`` do not.
    """

    totals: list[float]
    ends: list[float]
    lefts: list[float]
    penalties: list[float]
    forced: list[bool]


def partition(
    segments: Sequence[Item],
    max_lines: int,
    max_width: float,
    hyphen: float,
    penalties: Mapping[Break, float] = BY_SENSE,
) -> list[list[Line]]:
    """Find the best division into 1, 2, … ``max_lines`` lines no wider than ``max_width``, where there is one.

    ``hyphen`` is the width of the sign that a hyphenated line ends with.
    """
    count = len(segments)
    measures = _measure(segments, hyphen, penalties)
    total = measures.totals[count]
    if total > max_lines * (max_width + max(segment.gap for segment in segments)):
        return []
    costs = [0.0] + [math.inf] * count
    line_starts: list[list[int]] = []
    found: list[list[Line]] = []
    widest = max_width + max(segment.gap for segment in segments)
    for lines in range(1, min(max_lines, count) + 1):
        # What is left has to fit into the lines that are left.
        first = bisect.bisect_left(measures.totals, total - (max_lines - lines) * widest)
        costs, starts = _append_line(measures, costs, lines, max_width, max(first, lines))
        line_starts.append(starts)
        if costs[count] < math.inf:
            found.append(_trace_lines(line_starts, count))
    return found


def _measure(segments: Sequence[Item], hyphen: float, penalties: Mapping[Break, float]) -> _Measures:
    totals = [0.0, *itertools.accumulate(segment.width + segment.gap for segment in segments)]
    lefts = [end + segment.gap for end, segment in zip(totals, segments, strict=False)]
    befores = [segment.before for segment in segments]
    # The hyphen is part of the line that ends before a hyphenated segment.
    trailing = [hyphen if before is Break.HYPHENATED else 0.0 for before in befores] + [0.0]
    own = [penalties[before] for before in befores] + [0.0]
    forced = [before is Break.FORCED for before in befores]
    return _Measures(totals, [end + extra for end, extra in zip(totals, trailing, strict=True)], lefts, own, forced)


def _append_line(
    measures: _Measures, costs: Sequence[float], lines: int, max_width: float, first: int
) -> tuple[list[float], list[int]]:
    """Do one step of the dynamic programme: add a line to the best divisions into ``lines - 1`` lines.

    ``costs[end]`` is the cost of the segments before ``end``. Returns the costs with one line more and the first
    segment of that line. Segments before ``first`` end no line.
    """
    _, ends, lefts, penalties, forced = measures
    count = len(lefts)
    average = (ends[count] / lines) ** 4
    new_costs, starts = [math.inf] * (count + 1), [0] * (count + 1)
    for end in range(first, count + 1):
        right = ends[end]
        limit, best, best_start = right - max_width, math.inf, 0
        for start in range(end - 1, lines - 2, -1):
            left = lefts[start]
            if left < limit:
                break
            # The fourth power weighs the widest line, which sets the size, above the rest.
            cost = costs[start] + (right - left) ** 4
            if cost < best:
                best, best_start = cost, start
            if forced[start]:
                break
        new_costs[end], starts[end] = best + penalties[end] * average, best_start
    return new_costs, starts


def _trace_lines(line_starts: Sequence[Sequence[int]], end: int) -> list[Line]:
    """Follow the starts of the lines back from the last one, which ends before ``end``."""
    lines = []
    for starts in reversed(line_starts):
        lines.append((starts[end], end))
        end = starts[end]
    return lines[::-1]
