"""The type size and the line breaks of a title: as large as fits, with balanced lines, truncated as a last resort.

Everything here is arithmetic on widths in ems. Dynamic programming finds the most even partition for each number of
lines; the widest line of a partition gives its type size. The partition with the best score wins: its size, less a
penalty for what reads badly. The penalties and limits were chosen by eye on the contact sheets that
``tests/overlay/sheets.py`` draws.
"""

import bisect
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from imagegen.overlay.templates import DISPLAY_EMS, HEIGHT, WIDTH, Template, TextBox
from imagegen.overlay.text import linebreaks, metrics
from imagegen.overlay.text.typeset import ELLIPSIS, Segment, TypesetTitle

Line = tuple[int, int]
"""The first segment or cluster of a line and the one after its last."""

_EVEN = 0.4
"""The share of the longest line that the shortest must have; with less, the lines are uneven. The tests ask 40 %."""
_UNEVEN_FACTOR = 0.7
"""The factor for uneven lines: they win only against even ones whose type has less than 70 % of their size."""
_ORPHAN_FACTOR = 0.75
"""The factor for a last line of one short word (an orphan), which looks forgotten."""
_ORPHAN_CLUSTERS = 5
"""A last line of one word is an orphan under this number of clusters."""
_LINE_PENALTY = 0.04
"""The penalty for each line after the first: another line has to gain 4 % of type size."""
_ADDRESS_EMS = 14.0
"""A word wider than this that holds signs is an address or a path and may be broken after the signs. It is as wide as
about 24 Latin letters; hardly a word of prose is."""
_ROUNDING = 1
"""Pixels of a box's width that stay free: widths are measured at one size and scale to others within 0.04 %, which is
half a pixel of the widest box."""


@dataclass(frozen=True, slots=True)
class FittedTitle:
    """A title with its size in pixels per em and its lines as (start, end) in ``title.clusters``.

    ``box`` is the text box that took it, with its bounds and its minimum size as they apply to this title.
    """

    title: TypesetTitle
    size: int
    lines: tuple[Line, ...]
    box: TextBox
    truncated: bool = False


def fit(title: TypesetTitle, template: Template, *, max_width: int = WIDTH, max_height: int = HEIGHT) -> FittedTitle:
    """Fit a title into the first of a template's boxes that holds it whole, else broken inside words, else truncated.

    ``max_width`` and ``max_height`` bound the boxes, for a caller whose ink needs more space than its letters.
    """
    segments = _split_addresses(title, title.measure_segments())
    max_size = _find_max_size(title, template, segments)
    boxes = [_adapt(box, title, max_width, max_height) for box in template.boxes]
    for box in boxes:
        if found := _break_lines(title, segments, box, max_size):
            return found
    for box in boxes:
        parts = _split_wide(title, segments, _find_max_line_width(box))
        if found := _break_lines(title, parts, box, max_size):
            return found
    return _truncate(title, segments, boxes[-1])


def _find_max_size(title: TypesetTitle, template: Template, segments: Sequence[Segment]) -> int:
    width = sum(segment.width + segment.gap for segment in segments)
    return int((template.display_size if width <= DISPLAY_EMS else template.max_size) * title.scale)


def _adapt(box: TextBox, title: TypesetTitle, max_width: int, max_height: int) -> TextBox:
    """Bound the box, and scale its minimum size for fonts whose letters are large on their em."""
    return replace(
        box,
        width=min(box.width, max_width),
        height=min(box.height, max_height),
        min_size=math.ceil(box.min_size * min(title.scale, 1.0)),
    )


def _find_max_line_width(box: TextBox) -> float:
    """Return the widest line, in ems, that the box holds at its minimum size."""
    return (box.width - _ROUNDING) / box.min_size


def _break_lines(title: TypesetTitle, segments: Sequence[Segment], box: TextBox, max_size: int) -> FittedTitle | None:
    """Break the title into the lines that read best in ``box``; None if it would be under the minimum size."""
    max_line_width = _find_max_line_width(box)
    if any(segment.width > max_line_width for segment in segments):
        return None
    cap_height = title.measure_cap_height(0, len(title.clusters))
    best: tuple[float, FittedTitle] | None = None
    for lines in _partition(segments, box.max_lines, max_line_width):
        widths = [_measure_line(segments, line) for line in lines]
        size_by_width = int((box.width - _ROUNDING) / max(widths))
        size_by_height = int(box.height / (cap_height + (len(lines) - 1) * title.leading))
        size = min(max_size, size_by_width, size_by_height)
        score = size * _rate_lines(segments, lines, widths)
        if size >= box.min_size and (best is None or score > best[0]):
            spans = tuple((segments[first].start, segments[last - 1].end) for first, last in lines)
            best = score, FittedTitle(title, size, spans, box)
    return best and best[1]


def _measure_line(segments: Sequence[Segment], line: Line) -> float:
    first, last = line
    return sum(segment.width + segment.gap for segment in segments[first:last]) - segments[first].gap


def _rate_lines(segments: Sequence[Segment], lines: Sequence[Line], widths: Sequence[float]) -> float:
    """Return the factor for how well the lines read: 1 for a single line, less for more, uneven or orphaned lines."""
    factor = 1 - _LINE_PENALTY * (len(lines) - 1)
    if len(lines) > 1 and min(widths) < _EVEN * max(widths):
        factor *= _UNEVEN_FACTOR
    first, last = lines[-1]
    if len(lines) > 1 and last - first == 1 and segments[first].end - segments[first].start < _ORPHAN_CLUSTERS:
        factor *= _ORPHAN_FACTOR
    return factor


def _partition(segments: Sequence[Segment], max_lines: int, max_width: float) -> list[list[Line]]:
    """Find the most even partition into 1, 2, … ``max_lines`` lines no wider than ``max_width``, where there is one."""
    count = len(segments)
    costs = [0.0] + [math.inf] * count
    line_starts: list[list[int]] = []
    found: list[list[Line]] = []
    for lines in range(1, min(max_lines, count) + 1):
        costs, starts = _append_line(segments, costs, lines, max_width)
        line_starts.append(starts)
        if costs[count] < math.inf:
            found.append(_trace_lines(line_starts, count))
    return found


def _append_line(
    segments: Sequence[Segment], costs: Sequence[float], lines: int, max_width: float
) -> tuple[list[float], list[int]]:
    """Do one step of the dynamic programme: add a line to the best partitions into ``lines - 1`` lines.

    ``costs[end]`` is the cost of the segments before ``end``. Returns the costs with one line more and the first
    segment of that line.
    """
    count = len(segments)
    ends = [0.0, *itertools.accumulate(segment.width + segment.gap for segment in segments)]
    lefts = [end + segment.gap for end, segment in zip(ends, segments, strict=False)]
    new_costs, starts = [math.inf] * (count + 1), [0] * (count + 1)
    for end in range(lines, count + 1):
        for start in range(end - 1, lines - 2, -1):
            width = ends[end] - lefts[start]
            if width > max_width:
                break
            # The fourth power weighs the widest line, which sets the size, above the rest.
            if (cost := costs[start] + width**4) < new_costs[end]:
                new_costs[end], starts[end] = cost, start
    return new_costs, starts


def _trace_lines(line_starts: Sequence[Sequence[int]], end: int) -> list[Line]:
    """Follow the starts of the lines back from the last one, which ends before ``end``."""
    lines = []
    for starts in reversed(line_starts):
        lines.append((starts[end], end))
        end = starts[end]
    return lines[::-1]


def _split_addresses(title: TypesetTitle, segments: Sequence[Segment]) -> list[Segment]:
    """Split addresses and paths after their signs."""
    return [
        part
        for segment in segments
        for part in (
            _split(title, segment, _find_soft_breaks(title, segment)) if segment.width > _ADDRESS_EMS else [segment]
        )
    ]


def _split_wide(title: TypesetTitle, segments: Sequence[Segment], max_width: float) -> list[Segment]:
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
    return [at for at in range(segment.start + 1, segment.end) if linebreaks.is_soft_break(title.clusters, at)]


def _split(title: TypesetTitle, segment: Segment, breaks: Sequence[int]) -> list[Segment]:
    """Split the segment into parts without gaps between them."""
    return [
        Segment(start, end, title.measure_width(start, end), 0.0 if start > segment.start else segment.gap)
        for start, end in itertools.pairwise([segment.start, *breaks, segment.end])
    ]


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
    return next((near for near in range(at, start, -1) if linebreaks.obeys_kinsoku(title.clusters, near)), at)


def _truncate(title: TypesetTitle, segments: Sequence[Segment], box: TextBox) -> FittedTitle:
    """Keep as many segments as the box holds at its minimum size, and add an ellipsis."""
    max_width = _find_max_line_width(box) - metrics.measure_advance(title.font, ELLIPSIS, "ltr")
    parts = _split_wide(title, segments, max_width)
    count = bisect.bisect_left(range(1, len(parts)), True, key=lambda n: _fit_first(title, parts, n, box) is None)
    found = _fit_first(title, parts, max(count, 1), box)
    if found is None:
        raise AssertionError(f"not even one word fits {box}")
    return replace(found, truncated=True)


def _fit_first(title: TypesetTitle, segments: Sequence[Segment], count: int, box: TextBox) -> FittedTitle | None:
    """Fit the first ``count`` segments and an ellipsis into the box at its minimum size; None if they do not fit."""
    truncated = title.truncate(segments[count - 1].end)
    end = len(truncated.clusters)
    kept = [segment for segment in segments if segment.start < end - 1]
    last = kept[-1]
    kept[-1] = Segment(last.start, end, truncated.measure_width(last.start, end), last.gap)
    return _break_lines(truncated, kept, box, box.min_size)
