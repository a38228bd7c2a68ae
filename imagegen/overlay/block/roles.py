"""The roles of the texts on a picture, and the sizes and distances that keep them in order.

Lengths are in the pixels of a 1200×630 picture. Shares were chosen by eye on the contact sheets that
``tests/overlay/sheets.py`` draws.
"""

import math
from enum import Enum
from typing import NamedTuple

LEAST = 24
"""The least size of any text: 8 px on a card that is shown 400 px wide."""


class Role(Enum):
    """The part of a text, from top to bottom."""

    KICKER = "kicker"
    TITLE = "title"
    SUBTITLE = "subtitle"
    BYLINE = "byline"


class Gap(NamedTuple):
    """The distance of a text from the one above it: a share of the title's size, within bounds."""

    share: float
    least: int
    most: int

    def measure(self, title_size: int, unit: float) -> int:
        """Return the distance in pixels of the canvas."""
        return round(min(max(self.share * title_size, self.least * unit), self.most * unit))


class Style(NamedTuple):
    """The size of a text beside a title: a share of the title's, within bounds; at most ``most_share`` of it."""

    share: float
    least: int
    most: int
    most_share: float
    gap: Gap

    def choose_size(self, title_size: float, unit: float) -> int:
        """Return the size in pixels per em."""
        bounded = min(max(self.share * title_size, self.least * unit), self.most * unit)
        return max(round(min(bounded, self.most_share * title_size)), math.ceil(LEAST * unit))


TITLE_GAP = Gap(0.42, 26, 38)
STYLES = {
    # A card is shown 400 px wide: 26 px are 9 there.
    Role.KICKER: Style(0.32, 26, 33, 0.66, Gap(0, 0, 0)),
    Role.SUBTITLE: Style(0.44, 31, 44, 0.80, Gap(0.50, 30, 54)),
    Role.BYLINE: Style(0.30, 26, 30, 0.66, Gap(0.50, 34, 54)),
}
