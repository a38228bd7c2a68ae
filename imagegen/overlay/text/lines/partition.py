"""The division of segments into lines by dynamic programming: the most even one that breaks where it reads well."""

import itertools
import math
from collections.abc import Sequence
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


PENALTIES = {
    Break.FORCED: 0.0,
    Break.LIKED: -0.3,
    Break.PLAIN: 0.0,
    Break.INSIDE: 0.5,
    Break.HYPHENATED: 1.5,
    Break.STRANDED: 1e6,
}
"""What a break adds to the cost of its line, as a multiple of an average line's.

Costs grow with the fourth power of a line's width: 0.5 is a line that is 11 % wider. A stranded word outweighs any width.
"""


class _Measures(NamedTuple):
    """Running sums: a line of segments ``start`` to ``end`` is ``ends[end] - lefts[start]`` wide."""

    ends: list[float]
    lefts: list[float]
    penalties: list[float]
    forced: list[bool]


def partition(segments: Sequence[Item], max_lines: int, max_width: float, hyphen: float) -> list[list[Line]]:
    """Find the best division into 1, 2, … ``max_lines`` lines no wider than ``max_width``, where there is one.

    ``hyphen`` is the width of the sign that a hyphenated line ends with.
    """
    count = len(segments)
    measures = _measure(segments, hyphen)
    total = measures.ends[count]
    if total > max_lines * (max_width + max(segment.gap for segment in segments)):
        return []
    costs = [0.0] + [math.inf] * count
    line_starts: list[list[int]] = []
    found: list[list[Line]] = []
    for lines in range(1, min(max_lines, count) + 1):
        costs, starts = _append_line(measures, costs, lines, max_width)
        line_starts.append(starts)
        if costs[count] < math.inf:
            found.append(_trace_lines(line_starts, count))
    return found


def _measure(segments: Sequence[Item], hyphen: float) -> _Measures:
    ends = [0.0, *itertools.accumulate(segment.width + segment.gap for segment in segments)]
    lefts = [end + segment.gap for end, segment in zip(ends, segments, strict=False)]
    befores = [segment.before for segment in segments]
    # The hyphen is part of the line that ends before a hyphenated segment.
    trailing = [hyphen if before is Break.HYPHENATED else 0.0 for before in befores] + [0.0]
    penalties = [PENALTIES[before] for before in befores] + [0.0]
    forced = [before is Break.FORCED for before in befores]
    return _Measures([end + own for end, own in zip(ends, trailing, strict=True)], lefts, penalties, forced)


def _append_line(
    measures: _Measures, costs: Sequence[float], lines: int, max_width: float
) -> tuple[list[float], list[int]]:
    """Do one step of the dynamic programme: add a line to the best divisions into ``lines - 1`` lines.

    ``costs[end]`` is the cost of the segments before ``end``. Returns the costs with one line more and the first
    segment of that line.
    """
    ends, lefts, penalties, forced = measures
    count = len(lefts)
    average = (ends[count] / lines) ** 4
    new_costs, starts = [math.inf] * (count + 1), [0] * (count + 1)
    for end in range(lines, count + 1):
        limit, best, best_start = ends[end] - max_width, math.inf, 0
        for start in range(end - 1, lines - 2, -1):
            left = lefts[start]
            if left < limit:
                break
            # The fourth power weighs the widest line, which sets the size, above the rest.
            cost = costs[start] + (ends[end] - left) ** 4
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
