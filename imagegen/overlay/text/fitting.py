"""The type size and the line breaks of a title: as large as fits, with balanced lines, truncated as a last resort.

Everything here is arithmetic on widths in ems. For each number of lines ``lines/partition.py`` finds the best division;
its widest line gives the type size. The division with the best score wins: its size, less a penalty for what reads
badly. The penalties and limits were chosen by eye on the contact sheets that ``tests/overlay/sheets.py`` draws.
"""

import bisect
import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from imagegen.overlay.text import metrics
from imagegen.overlay.text.areas import DISPLAY_EMS, TextArea, TextBox
from imagegen.overlay.text.lines.opportunities import Break
from imagegen.overlay.text.lines.partition import BY_WIDTH, Line, partition
from imagegen.overlay.text.lines.wide import split_addresses, split_hyphenated, split_wide
from imagegen.overlay.text.typeset import ELLIPSIS, HYPHEN, Segment, TypesetTitle

_EVEN = 0.4
"""The share of the longest line that the shortest must have; with less, the lines are uneven. The tests ask 40 %."""
_UNEVEN_FACTOR = 0.7
"""The factor for uneven lines: they win only against even ones whose type has less than 70 % of their size."""
_ORPHAN_FACTOR = 0.75
"""The factor for a last line of one short word (an orphan), which looks forgotten."""
_ORPHAN_CLUSTERS = 5
"""A last line of one word is an orphan under this number of clusters."""
_BREAK_FACTORS = {Break.LIKED: 1.03, Break.INSIDE: 0.97, Break.HYPHENATED: 0.8, Break.STRANDED: 0.7}
"""The factor for each break of a quality other than plain."""
_WORTH_A_HYPHEN = 0.8
"""Hyphenated type is taken if type without hyphens, in the next box, has less than 80 % of its size."""
_WORTH_A_BOX = 0.8
"""A later box is taken to leave fewer short words at the ends of lines if its type has at least 80 % of the size."""
_WIDER = 1.35
"""The most that a later box may be wider to save a break: a panel over half of the picture is worse than that."""
_MOST_WORDS = 70
"""A title of more words than that is no prose of 300 characters, and not worth the time for a second division."""
_SEPARATORS = frozenset((" ", sign) for sign in "·•|")
"""Signs after a blank that separate what would else run together, as a byline's site and date."""
LINE_DISTANCE = 0.1
"""Ems between the ink of two lines, at least: 4 px at the smallest size."""
_ROUNDING = 1
"""Pixels of a box's width that stay free: widths are measured at one size and scale to others within 0.04 %, which is
half a pixel of the widest box."""


@dataclass(frozen=True, slots=True)
class FittedTitle:
    """A title with its size in pixels per em and its lines as (start, end) in ``title.clusters``.

    ``leading`` is the distance of two baselines in ems. ``box`` is the text box that took it, with its bounds and its
    minimum size as they apply to this title. ``hyphens`` are the indices of the clusters that are not the title's own.
    """

    title: TypesetTitle
    size: int
    lines: tuple[Line, ...]
    leading: float
    box: TextBox
    truncated: bool = False
    hyphens: tuple[int, ...] = ()


def fit(
    title: TypesetTitle, area: TextArea, *, max_width: int | None = None, max_height: int | None = None
) -> FittedTitle:
    """Fit a title into the first of an area's boxes that holds it whole, else broken inside words, else truncated.

    ``max_width`` and ``max_height`` bound the boxes, for a caller whose ink needs more space than its letters.
    """
    segments = split_addresses(title, title.segments)
    max_size = _find_max_size(title, area, segments)
    width, height = max_width or area.most_width, max_height or area.most_height
    boxes = [_adapt(box, title, width, height) for box in area.boxes]
    if found := _fit_whole(title, segments, boxes, max_size):
        return found
    # More line breaks than lines: the title is taken as if it had none.
    segments = [replace(each, before=Break.PLAIN) if each.before is Break.FORCED else each for each in segments]
    return _fit_whole(title, segments, boxes, max_size) or _truncate(title, segments, boxes[-1])


def _fit_whole(
    title: TypesetTitle, segments: Sequence[Segment], boxes: Sequence[TextBox], max_size: int
) -> FittedTitle | None:
    """Fit the title into the first box that holds it, hyphenated if that is worth it, else broken inside words."""
    widest = max(_find_max_line_width(box) for box in boxes if box.width <= _WIDER * boxes[0].width)
    for number, (box, following) in enumerate(itertools.zip_longest(boxes, boxes[1:]), 1):
        if found := _break_lines(title, segments, box, max_size):
            return _avoid_stranded(title, segments, boxes[number:], max_size, found)
        hyphenated = split_hyphenated(title, segments, _find_max_line_width(box), widest)
        if len(hyphenated) > len(segments) and (found := _break_lines(title, hyphenated, box, max_size)):
            plain = following and _break_lines(title, segments, following, max_size)
            return plain if plain and plain.size >= _WORTH_A_HYPHEN * found.size else found
    for box in boxes:
        parts = split_wide(title, segments, _find_max_line_width(box))
        if len(parts) > len(segments) and (found := _break_lines(title, parts, box, max_size)):
            return found
    return None


def _avoid_stranded(
    title: TypesetTitle, segments: Sequence[Segment], boxes: Sequence[TextBox], max_size: int, found: FittedTitle
) -> FittedTitle:
    """Return what was found, or another that has fewer short words at the ends of lines and fits a later box."""
    stranded = {segment.start for segment in segments if segment.before is Break.STRANDED}
    least = sum(start in stranded for start, _ in found.lines) if len(segments) <= _MOST_WORDS else 0
    size, widest = math.ceil(_WORTH_A_BOX * found.size), _WIDER * found.box.width
    for box in boxes:
        if not least or box.width > widest:
            break
        # A higher minimum leaves fewer lines to try.
        other = _break_lines(title, segments, replace(box, min_size=max(box.min_size, size)), max_size)
        if other and (count := sum(start in stranded for start, _ in other.lines)) < least:
            found, least = replace(other, box=box), count
    return found


def _find_max_size(title: TypesetTitle, area: TextArea, segments: Sequence[Segment]) -> int:
    width = sum(segment.width + segment.gap for segment in segments)
    return int((area.display_size if width <= DISPLAY_EMS else area.max_size) * title.scale)


def _adapt(box: TextBox, title: TypesetTitle, max_width: int, max_height: int) -> TextBox:
    """Bound the box, and scale its minimum size for fonts whose letters are large on their em. One line always fits."""
    min_size = math.ceil(box.min_size * min(title.scale, 1.0))
    one_line = math.ceil(title.measure_cap_height(0, len(title.clusters)) * min_size)
    height = max(min(box.height, max_height), one_line)
    return replace(box, width=min(box.width, max_width), height=height, min_size=min_size)


def _find_max_line_width(box: TextBox) -> float:
    """Return the widest line, in ems, that the box holds at its minimum size."""
    return (box.width - _ROUNDING) / box.min_size


def _break_lines(title: TypesetTitle, segments: Sequence[Segment], box: TextBox, max_size: int) -> FittedTitle | None:
    """Break the title into the lines that read best in ``box``; None if it would be under the minimum size."""
    max_line_width = _find_max_line_width(box)
    if any(segment.width > max_line_width for segment in segments):
        return None
    cap_height = title.measure_cap_height(0, len(title.clusters))
    hyphen = metrics.measure_advance(title.font, HYPHEN, "ltr")
    leading = _find_most_leading(title)
    best: tuple[float, int, list[Line]] | None = None
    for lines, widths in _divide(segments, box.max_lines, max_line_width, hyphen):
        # A mark alone can be of no width.
        size_by_width = int((box.width - _ROUNDING) / max(widths)) if max(widths) else max_size
        size_by_height = int(box.height / (cap_height + (len(lines) - 1) * leading))
        size = min(max_size, size_by_width, size_by_height)
        score = size * (1 - box.line_penalty) ** (len(lines) - 1) * _rate_lines(segments, lines, widths)
        if size >= box.min_size and (best is None or score > best[0]):
            best = score, size, lines
    return best and _build_fitted(title, segments, box, *best[1:], leading)


def _divide(
    segments: Sequence[Segment], max_lines: int, max_width: float, hyphen: float
) -> Iterator[tuple[list[Line], list[float]]]:
    """Yield divisions into lines with the lines' widths: by sense and, where that is uneven, by width alone."""
    is_uneven = False
    for lines in partition(segments, max_lines, max_width, hyphen):
        widths = [_measure_line(segments, line, hyphen) for line in lines]
        is_uneven = is_uneven or min(widths) < _EVEN * max(widths)
        yield lines, widths
    if is_uneven:
        for lines in partition(segments, max_lines, max_width, hyphen, BY_WIDTH):
            yield lines, [_measure_line(segments, line, hyphen) for line in lines]


def _build_fitted(
    title: TypesetTitle, segments: Sequence[Segment], box: TextBox, size: int, lines: Sequence[Line], most: float
) -> FittedTitle:
    """Build the result, with a hyphen at the end of each line that divides a word."""
    spans = [(segments[first].start, segments[last - 1].end) for first, last in lines]
    # The end of a line separates as well.
    spans[:-1] = [(start, end - 2 * (title.clusters[end - 2 : end] in _SEPARATORS)) for start, end in spans[:-1]]
    leading = _find_leading(title, spans, most)
    places = [segments[first].start for first, _ in lines if segments[first].before is Break.HYPHENATED]
    if not places:
        return FittedTitle(title, size, tuple(spans), leading, box)
    moved = tuple(tuple(at + bisect.bisect_right(places, at) for at in span) for span in spans)
    hyphens = tuple(place + number for number, place in enumerate(places))
    return FittedTitle(title.insert_hyphens(places), size, moved, leading, box, hyphens=hyphens)  # type: ignore[arg-type]


def _measure_line(segments: Sequence[Segment], line: Line, hyphen: float) -> float:
    first, last = line
    width = sum(segment.width + segment.gap for segment in segments[first:last]) - segments[first].gap
    is_divided = last < len(segments) and segments[last].before is Break.HYPHENATED
    return width + hyphen if is_divided else width


def _find_most_leading(title: TypesetTitle) -> float:
    """Return the distance of two baselines in ems at which the ink keeps its distance, wherever lines are broken."""
    return max(title.leading, sum(title.measure_extent(0, len(title.clusters))) + LINE_DISTANCE)


def _find_leading(title: TypesetTitle, lines: Sequence[Line], most: float) -> float:
    """Return the distance of two baselines in ems at which the ink of these lines keeps its distance."""
    if most == title.leading or len(lines) == 1:
        return title.leading
    extents = [title.measure_extent(*line) for line in lines]
    needed = [below + above + LINE_DISTANCE for (_, below), (above, _) in itertools.pairwise(extents)]
    return max(title.leading, *needed)


def _rate_lines(segments: Sequence[Segment], lines: Sequence[Line], widths: Sequence[float]) -> float:
    """Return the factor for how well the lines read: 1 for a single line, less for uneven or orphaned lines."""
    factor = 1.0
    for start, _ in lines[1:]:
        factor *= _BREAK_FACTORS.get(segments[start].before, 1.0)
    breaks = {segments[first].before for first, _ in lines[1:]}
    if len(lines) > 1 and min(widths) < _EVEN * max(widths) and Break.FORCED not in breaks:
        factor *= _UNEVEN_FACTOR
    first, last = lines[-1]
    if len(lines) > 1 and last - first == 1 and segments[first].end - segments[first].start < _ORPHAN_CLUSTERS:
        factor *= _ORPHAN_FACTOR
    return factor


def _truncate(title: TypesetTitle, segments: Sequence[Segment], box: TextBox) -> FittedTitle:
    """Keep as many segments as the box holds at its minimum size, and add an ellipsis."""
    widest = _find_max_line_width(box)
    # Words are divided to leave room for the ellipsis only where there is no shorter word for it to follow.
    for max_width in (widest, widest - metrics.measure_advance(title.font, ELLIPSIS, "ltr")):
        parts = split_wide(title, segments, max_width)
        for count in range(_count_fitting(title, parts, box, max_width), 0, -1):
            if found := _fit_first(title, parts, count, box):
                return replace(found, truncated=True)
    raise AssertionError(f"not even one word fits {box}")


def _count_fitting(title: TypesetTitle, parts: Sequence[Segment], box: TextBox, max_width: float) -> int:
    """Return how many parts fit into the box at its minimum size when each line takes as many as it can."""
    rows = (box.height / box.min_size - title.measure_cap_height(0, len(title.clusters))) / title.leading + 1
    lines, width = 1, 0.0
    for count, part in enumerate(parts):
        width = width + part.gap + part.width if width else part.width
        if width > max_width:
            lines, width = lines + 1, part.width
        if lines > min(rows, box.max_lines):
            return max(count, 1)
    return len(parts)


def _fit_first(title: TypesetTitle, segments: Sequence[Segment], count: int, box: TextBox) -> FittedTitle | None:
    """Fit the first ``count`` segments and an ellipsis into the box at its minimum size; None if they do not fit."""
    truncated = title.truncate(segments[count - 1].end)
    end = len(truncated.clusters)
    kept = [segment for segment in segments if segment.start < end - 1]
    last = kept[-1]
    kept[-1] = replace(last, end=end, width=truncated.measure_width(last.start, end))
    return _break_lines(truncated, kept, box, box.min_size)
