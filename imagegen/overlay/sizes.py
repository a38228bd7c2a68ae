"""The sizes of finished pictures: what each place asks for, and which of its edges are under that place's controls."""

import math
import re
from dataclasses import dataclass, replace

from imagegen.overlay.geometry import Box

LEAST_SIDE, MOST_SIDE = 300, 2400
"""The shortest and the longest side of a size of one's own, in pixels: type is illegible below, memory ends above."""
MOST_RATIO = 3.0
"""The longest side of a size of one's own, in shortest sides: no template has room for a title beyond it."""
MARGIN = 40
"""The distance of the ink from every edge at 1200×630: a sixteenth of the height, which no card preview crops."""
_WIDTH, _AREA = 1200, 1200 * 630
_WIDE_RATIO = 1.2
_FREE_FORM = re.compile(r"([0-9]{3,4})[x×]([0-9]{3,4})")


@dataclass(frozen=True, slots=True)
class Size:
    """A size in pixels. ``insets`` are the pixels at the left, top, right and bottom that may be hidden or cut off."""

    name: str
    width: int
    height: int
    insets: tuple[int, int, int, int] = (0, 0, 0, 0)
    most_bytes: int | None = None

    @property
    def box(self) -> Box:
        """The whole canvas."""
        return Box(0, 0, self.width, self.height)

    @property
    def unit(self) -> float:
        """The factor from the 1200×630 picture's pixels to this one's: as its area, but legible at the same width."""
        return max(math.sqrt(self.width * self.height / _AREA), self.width / _WIDTH)

    @property
    def safe(self) -> Box:
        """The part in which all ink stays: within the margins, and within what can be seen."""
        left, top, right, bottom = self.insets
        margin = round(MARGIN * self.unit)
        return Box(left + margin, top + margin, self.width - right - margin, self.height - bottom - margin)

    @property
    def is_tall(self) -> bool:
        """True for a canvas that has no room for a title beside its picture, only above or below it."""
        return self.width < _WIDE_RATIO * self.height

    def enlarge(self, scale: int) -> "Size":
        """Return the size with ``scale`` times the pixels on each side."""
        left, top, right, bottom = (inset * scale for inset in self.insets)
        return replace(self, width=self.width * scale, height=self.height * scale, insets=(left, top, right, bottom))


SIZES: dict[str, Size] = {
    size.name: size
    for size in (
        # Messengers drop card pictures of more bytes.
        Size("og", 1200, 630, most_bytes=300_000),
        Size("x", 1200, 600, most_bytes=300_000),
        Size("linkedin", 1200, 627, most_bytes=300_000),
        # The duration covers the lower right corner.
        Size("youtube", 1280, 720, insets=(0, 0, 0, 34), most_bytes=2_000_000),
        Size("square", 1080, 1080),
        # The profile's grid crops it to 3:4.
        Size("portrait", 1080, 1350, insets=(34, 0, 34, 0)),
        # The account is shown above, the reply below.
        Size("story", 1080, 1920, insets=(0, 250, 0, 340)),
        Size("pinterest", 1000, 1500),
        Size("wide", 1920, 1080),
    )
}
"""The sizes by name. Their sources are the platforms' own advice, as read on 2026-11-24."""
DEFAULT = "og"


def read_size(text: str) -> Size:
    """Return the size of a name, or of a free form such as ``1600x900``. Raises ValueError with what is expected."""
    spelt = text.strip().casefold()
    if spelt in SIZES:
        return SIZES[spelt]
    found = _FREE_FORM.fullmatch(spelt)
    if not found:
        raise ValueError(f"one of {', '.join(SIZES)}, or a width and a height such as 1600x900")
    width, height = int(found[1]), int(found[2])
    short, long = sorted((width, height))
    if short < LEAST_SIDE or long > MOST_SIDE or long > MOST_RATIO * short:
        raise ValueError(
            f"sides of {LEAST_SIDE} to {MOST_SIDE} pixels, the longer one at most {MOST_RATIO:g} times the shorter one"
        )
    return Size(f"{width}x{height}", width, height)


def fit_scale(size: Size, original: tuple[int, int], scale: int) -> Size:
    """Return the size at ``scale`` if an original of this width and height has the pixels for it, else as it is."""
    larger = size.enlarge(scale)
    return larger if larger.width <= original[0] and larger.height <= original[1] else size
