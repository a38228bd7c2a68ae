"""Boxes in whole pixels and rectangles with fractions of them."""

from typing import NamedTuple


class Box(NamedTuple):
    """A rectangle in pixels; ``right`` and ``bottom`` lie outside it."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def size(self) -> tuple[int, int]:
        """The width and the height."""
        return self.right - self.left, self.bottom - self.top

    def shift(self, dx: int, dy: int) -> "Box":
        """Return the box moved by ``dx`` to the right and ``dy`` down."""
        return Box(self.left + dx, self.top + dy, self.right + dx, self.bottom + dy)

    def expand(self, by: int, within: "Box") -> "Box":
        """Return the box with ``by`` more pixels on every side, cut to ``within``."""
        return Box(
            max(self.left - by, within.left),
            max(self.top - by, within.top),
            min(self.right + by, within.right),
            min(self.bottom + by, within.bottom),
        )

    def reduce(self, scale: int) -> "Box":
        """Return the box in a picture that is smaller by ``scale``, with the pixels that it touches there."""
        left, top, right, bottom = self
        return Box(left // scale, top // scale, -(-right // scale), -(-bottom // scale))

    def meets(self, other: "Box") -> bool:
        """Tell if the boxes have a pixel in common."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def holds(self, other: "Box") -> bool:
        """Tell if ``other`` lies within the box."""
        return (
            self.left <= other.left
            and self.top <= other.top
            and other.right <= self.right
            and other.bottom <= self.bottom
        )


def bound(boxes: "list[Box]") -> Box:
    """Return the smallest box that holds all of them."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return Box(min(lefts), min(tops), max(rights), max(bottoms))


class Rectangle(NamedTuple):
    """A rectangle with fractions of pixels."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def area(self) -> float:
        """The area; 0 for a rectangle that is empty."""
        return max(self.right - self.left, 0.0) * max(self.bottom - self.top, 0.0)

    def overlap(self, other: "Rectangle | Box") -> "Rectangle":
        """Return what both have in common."""
        return Rectangle(
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )
