"""The size of a title and where its lines end: as large as fits, lines balanced, nothing left out unless it must be.

Pure arithmetic on widths in ems. For each number of lines the most even partition is found by dynamic programming;
its widest line gives the size. What reads best wins.
"""

import bisect
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from imagegen.overlay.templates import HEIGHT, SHORT, WIDTH, Room, Template
from imagegen.overlay.text import linebreaks as breaks
from imagegen.overlay.text import metrics as faces
from imagegen.overlay.text.typeset import ELLIPSIS, Piece, Setting

EVEN = 0.4
"""The least that the shortest line should be of the longest."""
_UNEVEN_COST = 0.7
_ORPHAN_COST = 0.75
_LINE_COST = 0.04
_ORPHAN = 5
"""A last line of a single word with fewer letters than this looks forgotten."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A title with its size in pixels and its lines as (start, end) in ``setting.clusters``."""

    setting: Setting
    size: int
    lines: tuple[tuple[int, int], ...]
    room: Room
    truncated: bool = False


def fit(setting: Setting, template: Template, *, within: tuple[int, int] = (WIDTH, HEIGHT)) -> Fitted:
    """Fit a title to a template: the first of its rooms that takes it whole, else broken inside words, else cut short.

    ``within`` bounds the rooms' width and height, for a caller who found that the ink needs more than its letters.
    """
    pieces = _softened(setting, setting.pieces())
    width = sum(piece.width + piece.gap for piece in pieces)
    limit = int((template.display if width <= SHORT else template.largest) * setting.scale)
    rooms = [_bounded(room, within) for room in template.rooms]
    for broken in (False, True):
        for room in rooms:
            smallest = math.ceil(room.smallest * min(setting.scale, 1.0))
            parts = _broken(setting, pieces, (room.width - 1) / smallest) if broken else pieces
            if found := _arranged(setting, parts, room, limit, smallest):
                return found
    widest = (room.width - 1) / smallest - faces.length(setting.chosen, ELLIPSIS, "ltr")
    return _shortened(setting, _broken(setting, pieces, widest), room, smallest)


def _bounded(room: Room, within: tuple[int, int]) -> Room:
    return replace(room, width=min(room.width, within[0]), height=min(room.height, within[1]))


def _arranged(setting: Setting, pieces: Sequence[Piece], room: Room, limit: int, smallest: int) -> Fitted | None:
    """The title at its best in ``room``, or None when it would be under ``smallest``."""
    widest = (room.width - 1) / smallest
    if any(piece.width > widest for piece in pieces):
        return None
    cap = setting.cap(0, len(setting.clusters))
    best: tuple[float, Fitted] | None = None
    for count, lines in enumerate(_partitions(pieces, room.lines, widest), 1):
        if lines is None:
            continue
        widths = [_line_width(pieces, line) for line in lines]
        size = min(limit, int((room.width - 1) / max(widths)), int(room.height / (cap + (count - 1) * setting.leading)))
        score = size * _quality(pieces, lines, widths)
        if size >= smallest and (best is None or score > best[0]):
            ends = tuple((pieces[first].start, pieces[last - 1].end) for first, last in lines)
            best = score, Fitted(setting, size, ends, room)
    return best and best[1]


def _line_width(pieces: Sequence[Piece], line: tuple[int, int]) -> float:
    first, last = line
    return sum(piece.width + piece.gap for piece in pieces[first:last]) - pieces[first].gap


def _quality(pieces: Sequence[Piece], lines: Sequence[tuple[int, int]], widths: Sequence[float]) -> float:
    """What of its size an arrangement is worth: less with every line, with uneven lines, with a forgotten word."""
    worth = 1 - _LINE_COST * (len(lines) - 1)
    if len(lines) > 1 and min(widths) < EVEN * max(widths):
        worth *= _UNEVEN_COST
    first, last = lines[-1]
    if len(lines) > 1 and last - first == 1 and pieces[first].end - pieces[first].start < _ORPHAN:
        worth *= _ORPHAN_COST
    return worth


def _partitions(pieces: Sequence[Piece], most: int, widest: float) -> list[list[tuple[int, int]] | None]:
    """The most even partition to 1, 2, … ``most`` lines no wider than ``widest``, as (first, last) in ``pieces``."""
    count = len(pieces)
    ends = [0.0, *itertools.accumulate(piece.width + piece.gap for piece in pieces)]
    starts = [ends[at] + pieces[at].gap for at in range(count)]
    costs = [0.0] + [math.inf] * count
    choices: list[list[int]] = []
    found: list[list[tuple[int, int]] | None] = []
    for lines in range(1, min(most, count) + 1):
        fresh, choice = [math.inf] * (count + 1), [0] * (count + 1)
        for end in range(lines, count + 1):
            for start in range(end - 1, lines - 2, -1):
                width = ends[end] - starts[start]
                if width > widest:
                    break
                # The fourth power weighs the widest line, which sets the size, above the rest.
                if (cost := costs[start] + width**4) < fresh[end]:
                    fresh[end], choice[end] = cost, start
        costs = fresh
        choices.append(choice)
        found.append(_traced(choices, count) if costs[count] < math.inf else None)
    return found


def _traced(choices: Sequence[Sequence[int]], count: int) -> list[tuple[int, int]]:
    lines = []
    for choice in reversed(choices):
        lines.append((choice[count], count))
        count = choice[count]
    return lines[::-1]


_ADDRESS = 14.0
"""Ems: a word with signs in it that is wider than this is an address or a path, and may be broken after them."""


def _softened(setting: Setting, pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces, with addresses and paths cut after their signs."""
    return [
        part
        for piece in pieces
        for part in (_parts(setting, piece, _soft_cuts(setting, piece)) if piece.width > _ADDRESS else [piece])
    ]


def _broken(setting: Setting, pieces: Sequence[Piece], widest: float) -> list[Piece]:
    """The pieces, with those wider than a line cut after their signs, and what is still wider cut evenly."""
    parts: list[Piece] = []
    for piece in pieces:
        if piece.width <= widest:
            parts.append(piece)
            continue
        spans = itertools.pairwise([piece.start, *_soft_cuts(setting, piece), piece.end])
        cuts = [cut for start, end in spans for cut in _even_cuts(setting, start, end, widest)]
        parts += _parts(setting, piece, cuts[:-1])
    return parts


def _soft_cuts(setting: Setting, piece: Piece) -> list[int]:
    return [at for at in range(piece.start + 1, piece.end) if breaks.is_soft(setting.clusters, at)]


def _parts(setting: Setting, piece: Piece, cuts: Sequence[int]) -> list[Piece]:
    """The piece in parts that follow each other without a gap."""
    return [
        Piece(start, end, setting.width(start, end), 0.0 if start > piece.start else piece.gap)
        for start, end in itertools.pairwise([piece.start, *cuts, piece.end])
    ]


def _even_cuts(setting: Setting, start: int, end: int, widest: float) -> list[int]:
    """The ends of the fewest like parts of clusters ``start`` to ``end`` that are no wider than a line each."""
    for count in range(max(math.ceil(setting.width(start, end) / widest), 1), end - start + 1):
        ends = [_beside(setting, start + (end - start) * part // count, start) for part in range(1, count)] + [end]
        if all(
            first < last and setting.width(first, last) <= widest for first, last in itertools.pairwise([start, *ends])
        ):
            return ends
    return list(range(start + 1, end + 1))


def _beside(setting: Setting, at: int, start: int) -> int:
    """``at``, or the nearest place before it where no sign comes to the wrong side of the break."""
    return next((near for near in range(at, start, -1) if breaks.keeps_sides(setting.clusters, near)), at)


def _shortened(setting: Setting, pieces: Sequence[Piece], room: Room, smallest: int) -> Fitted:
    """As many pieces as the last room takes at its smallest size, and an ellipsis."""

    def fitted(count: int) -> Fitted | None:
        short = setting.shortened(pieces[count - 1].end)
        end = len(short.clusters)
        kept = [piece for piece in pieces if piece.start < end - 1]
        last = kept[-1]
        kept[-1] = Piece(last.start, end, short.width(last.start, end), last.gap)
        return _arranged(short, kept, room, smallest, smallest)

    count = bisect.bisect_left(range(1, len(pieces)), True, key=lambda n: fitted(n) is None)
    found = fitted(max(count, 1))
    if found is None:
        raise AssertionError(f"not even one word fits {room}")
    return Fitted(found.setting, found.size, found.lines, room, truncated=True)
