"""The crop: where the picture lies on the canvas, so that its subject lies in the part that the template leaves free.

The picture covers all of the canvas that can be seen, unless its subject would then be cut or covered; then it is made
smaller, and a blurred extension of it fills the rest. A few places and sizes are tried, and the one with the lowest
cost wins. The costs were chosen by eye on the contact sheets that ``tests/overlay/sheets.py`` draws.
"""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from imagegen.overlay.geometry import Box, Rectangle
from imagegen.overlay.grounds.arrangement import Arrangement
from imagegen.overlay.subject.finding import Area, Subject

_EYES_COST = 100.0
"""The cost of eyes that are covered or cut: nothing else outweighs it."""
_HIDDEN_COST = 30.0
"""The cost of a subject that is covered or cut, in proportion to the share that is and to its importance."""
_BARE_COST = 6.0
"""The cost of visible canvas without picture, in proportion to the square of the share that is bare: a strip at a side
is seldom seen, but a picture that has become a stamp is worse than a covered chin."""
_UNDERLAY_COST = 0.3
"""The cost of canvas without picture where a ground can be seen through, in proportion to the share that is bare."""
_MOVED_COST = 0.4
"""The cost of a title that is not where its template puts it first; a title at the top costs twice that."""
_OFFSET_COST = 0.2
"""The cost of a subject at the edge of the free part, in proportion to its distance from the middle."""
_NO_LOGO_COST = 10.0
"""The cost of texts that leave no corner for a brand's logo: as much as a third of an important subject."""
_AIR = 12
"""Pixels around a subject that is made to fit, so that it does not touch a ground."""
_ZOOM_STEPS = 5
"""Sizes tried between the one that covers the canvas and the one that fits the subject."""


@dataclass(frozen=True, slots=True)
class Placement:
    """The place of the whole picture on the canvas: its size in pixels of its own, and its left upper corner there."""

    canvas: Box
    width: int
    height: int
    zoom: float
    x: float
    y: float

    def locate(self, area: Area) -> Rectangle:
        """Return a part of the picture in pixels of the canvas."""
        width, height = self.width * self.zoom, self.height * self.zoom
        return Rectangle(
            self.x + area.left * width,
            self.y + area.top * height,
            self.x + area.right * width,
            self.y + area.bottom * height,
        )

    @property
    def covered(self) -> Box:
        """The part of the canvas that the picture covers, in whole pixels."""
        right, bottom = self.x + self.width * self.zoom, self.y + self.height * self.zoom
        left, top = max(round(self.x), 0), max(round(self.y), 0)
        return Box(
            left,
            top,
            max(min(round(right), self.canvas.right), left + 1),
            max(min(round(bottom), self.canvas.bottom), top + 1),
        )

    @property
    def source(self) -> Rectangle:
        """The part of the picture that is seen, in its own pixels."""
        left, top, right, bottom = (
            (edge - start) / self.zoom for edge, start in zip(self.covered, (self.x, self.y) * 2, strict=True)
        )
        return Rectangle(max(left, 0.0), max(top, 0.0), min(right, self.width), min(bottom, self.height))


def place(width: int, height: int, subject: Subject, ways: Sequence[Arrangement]) -> tuple[Arrangement, Placement]:
    """Choose how to divide the canvas, and where a picture of this size lies on it."""
    candidates = [(way, at) for way in ways for at in _list_placements(width, height, subject, way)]
    return min(candidates, key=lambda candidate: _rate(subject, *candidate))


def _rate(subject: Subject, way: Arrangement, at: Placement) -> float:
    """Return the cost of a placement."""
    middle = _find_middle(_bound([at.locate(part) for part in subject.parts]))
    aim = _find_middle(way.free)
    across, down = way.canvas.size
    offset = abs(middle[0] - aim[0]) / across + abs(middle[1] - aim[1]) / down
    return (
        _EYES_COST * measure_hidden(subject.eyes, way, at)
        + _HIDDEN_COST * subject.importance * measure_hidden(subject.parts, way, at)
        + _BARE_COST * _measure_bare(way.visible, at) ** 2
        + _UNDERLAY_COST * _measure_bare(way.covered, at)
        + _MOVED_COST * way.steps_moved
        + _OFFSET_COST * offset
        + (_NO_LOGO_COST if way.logo is None else 0.0)
    )


def _measure_bare(box: Box, at: Placement) -> float:
    """Return the share of the box that the picture does not cover."""
    return 1 - Rectangle(*at.covered).overlap(box).area / Rectangle(*box).area


def measure_hidden(areas: Sequence[Area], way: Arrangement, at: Placement) -> float:
    """Return the share of the areas that the title covers or the canvas cuts off."""
    boxes = [at.locate(area) for area in areas]
    total = sum(box.area for box in boxes)
    shown = [box.overlap(way.canvas) for box in boxes]
    seen = sum(box.area - sum(box.overlap(taken).area for taken in way.taken) for box in shown)
    return 1 - seen / total if total else 0.0


def _list_placements(width: int, height: int, subject: Subject, way: Arrangement) -> Iterator[Placement]:
    parts = subject.parts
    for zoom in _list_zooms(width, height, subject, way):
        for area in dict.fromkeys((_bound(parts), *parts)):
            xs = _list_starts(width * zoom, area, way, 0, goes_on=subject.goes_on)
            ys = _list_starts(height * zoom, area, way, 1, goes_on=subject.goes_on)
            for x, y in itertools.product(xs, ys):
                yield Placement(way.canvas, width, height, zoom, x, y)


def _list_zooms(width: int, height: int, subject: Subject, way: Arrangement) -> list[float]:
    """List the sizes to try: from the one that covers what is visible to the one at which the subject fits."""
    largest = _find_cover(width, height, way.covered)
    if way.stack is None:  # a crop and nothing else
        return [largest]
    area = _bound(subject.parts)
    fitting = min(
        (edges - 2 * _AIR) / max(share * side, 1)
        for edges, share, side in zip(
            way.free.size, (area.right - area.left, area.bottom - area.top), (width, height), strict=True
        )
    )
    least = max(fitting, _find_least_zoom(width, height, way.visible, subject.least_share))
    if least >= largest:
        return [largest]
    return [largest * (least / largest) ** (step / _ZOOM_STEPS) for step in range(_ZOOM_STEPS + 1)]


def _find_cover(width: int, height: int, box: Box) -> float:
    across, down = box.size
    return max(across / width, down / height)


def _find_least_zoom(width: int, height: int, box: Box, share: float) -> float:
    """Return the zoom at which the picture covers this share of the box, as far as one of its sides needs to."""
    across, down = box.size[0] / width, box.size[1] / height
    return max(math.sqrt(share * across * down), share * across, share * down)


def _list_starts(length: float, area: Area, way: Arrangement, axis: int, *, goes_on: bool) -> list[float]:
    """List where the picture may start along an axis: the subject in the middle of the free part, as far as it can.

    First as far as the picture covers what it should, then as far as it covers what is visible, then, for a picture
    that ``goes_on``, only as far as the subject needs to lie in the free part.
    """
    start, end = way.free[axis], way.free[axis + 2]
    wanted = (start + end) / 2 - (area[axis] + area[axis + 2]) / 2 * length
    starts = [_clamp(wanted, box[axis + 2] - length, box[axis]) for box in (way.covered, way.visible)]
    nearest = _clamp(starts[1], start + _AIR - area[axis] * length, end - _AIR - area[axis + 2] * length)
    return list(dict.fromkeys((*starts, nearest) if goes_on else starts))


def _clamp(value: float, one: float, other: float) -> float:
    """Return what is nearest to ``value`` between two bounds, in whichever order they come."""
    return min(max(value, min(one, other)), max(one, other))


def _bound(areas: Sequence[Area | Rectangle]) -> Area:
    """Return the smallest area that holds all of them."""
    lefts, tops, rights, bottoms = zip(*areas, strict=True)
    return Area(min(lefts), min(tops), max(rights), max(bottoms))


def _find_middle(area: Area | Box) -> tuple[float, float]:
    return (area.left + area.right) / 2, (area.top + area.bottom) / 2
