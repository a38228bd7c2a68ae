"""Measures of light and colour: luminance and contrast under a text, local contrast, mean and most vivid colours."""

import colorsys
from typing import TYPE_CHECKING

from imagegen.overlay.geometry import Box

if TYPE_CHECKING:
    from PIL.Image import Image

Colour = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""

_TARGETS = ((0.997, 4.8), (0.65, 8.0))
"""Quantiles of what lies in the box around a text, from its best to its worst part, and the least contrast at each.

WCAG 2.2 asks 4.5 for AA and 7 for AAA. The tests hold the worst hundredth of what lies under the ink to AA, its median
to AAA. The ink covers about a third of its box and may lie anywhere in it, so the 99th percentile of the ink is the
99.7th of the box, and the box's 65th percentile stands for the ink's median. The contrasts are higher than WCAG's:
0.3 covers the error of measuring at half size, and the deeper median makes a shade on white look intended.
"""
WORST = _TARGETS[0][0]
"""The quantile that stands for the worst place under a text."""

DARK_LUMINANCE = 0.18
"""The luminance at which black and white are equally legible, under which a colour counts as dark."""

_LINEAR_UP_TO = 0.04045
"""The end of the straight part of the sRGB curve (IEC 61966-2-1)."""
_SAMPLE = 10_000
"""The pixels of a sample, of which the worst hundredth is a hundred."""
_DETAIL_SHARE, _DETAIL_SAMPLE = 0.45, 50_000
"""The share of the rows and of the columns in which detail is measured, not in step with a mesh of single pixels, and
the pixels from which on a smaller share says as much."""


def linearise(value: int) -> float:
    """Return the linear light, 0 to 1, of an sRGB value of 0 to 255."""
    scaled = value / 255
    return scaled / 12.92 if scaled <= _LINEAR_UP_TO else ((scaled + 0.055) / 1.055) ** 2.4


_TO_LINEAR = [round(linearise(value) * 255) for value in range(256)] * 3
"""Linear light by sRGB value."""
_LUMINANCE = (0.2126, 0.7152, 0.0722, 0.0)
"""The weights of linear red, green and blue in relative luminance (WCAG 2.2, from ITU-R BT.709)."""


def compute_contrast(one: float, other: float) -> float:
    """Return the WCAG contrast of two relative luminances, 1 to 21."""
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


def count_luminances(image: "Image") -> list[int]:
    """Count the pixels of an RGB picture at each relative luminance, in 256 steps from 0 to 1."""
    return image.point(_TO_LINEAR).convert("L", _LUMINANCE).histogram()


def find_quantile(counts: list[int], share: float) -> float:
    """Return the luminance that ``share`` of the pixels do not exceed."""
    left = sum(counts) * share
    for value, count in enumerate(counts):
        left -= count
        if left <= 0:
            return value / 255
    return 1.0


def find_worst(counts: list[int], share: float, *, on_dark: bool) -> float:
    """Return the luminance than which ``share`` of the pixels are no worse under a pale ink, or under a dark one.

    It is off by half a step of the count to the worse side, so that contrast is never overstated.
    """
    half = 0.5 / 255
    return find_quantile(counts, share) + half if on_dark else max(find_quantile(counts, 1 - share) - half, 0.0)


def is_legible(counts: list[int], ink: float, *, on_dark: bool, most: float = 21.0) -> bool:
    """Tell if text of luminance ``ink`` reads well on all pixels counted; at most ``most`` contrast is asked."""
    return all(
        compute_contrast(ink, find_worst(counts, share, on_dark=on_dark)) >= min(least, most)
        for share, least in _TARGETS
    )


def measure_local_contrast(image: "Image", part: Box | None = None, radius: int = 20) -> float:
    """Return the RMS difference between a part's lightness (0 to 100) and its mean over ``radius`` px around.

    A blurred picture has about 1; text stays readable on up to 6 (judged by eye).
    """
    from PIL import Image, ImageChops, ImageFilter, ImageStat

    part = part or Box(0, 0, *image.size)
    width, height = part.size
    # A part of the pixels says as much as all of them; their mean would hide grain.
    share = min((_DETAIL_SAMPLE / (width * height)) ** 0.5, _DETAIL_SHARE)
    size = max(round(width * share), 1), max(round(height * share), 1)
    grey = image.resize(size, Image.Resampling.NEAREST, box=part).convert("L")
    detail = ImageChops.subtract(grey, grey.filter(ImageFilter.BoxBlur(radius * share)), offset=128)
    return ImageStat.Stat(detail).stddev[0] / 2.55


def sample(image: "Image", part: Box | None = None) -> "Image":
    """Return some pixels of the picture or of a part, enough to count its light; a mean would hide grain's extremes."""
    from PIL import Image

    part = part or Box(0, 0, *image.size)
    width, height = part.size
    scale = min((_SAMPLE / (width * height)) ** 0.5, 1.0)
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    return image.resize(size, Image.Resampling.NEAREST, box=part)


def average_colour(image: "Image", part: Box | None = None) -> Colour:
    """Return the mean colour of the picture, or of a part of it."""
    from PIL import Image

    red, green, blue = sample(image, part).resize((1, 1), Image.Resampling.BOX).tobytes()
    return red, green, blue


def find_vivid_colour(image: "Image") -> tuple[float, float, float]:
    """Return the most vivid colour of a picture as hue, saturation and value, each 0 to 1."""
    from PIL import Image

    data = image.resize((20, 11), Image.Resampling.BOX).tobytes()
    pixels = zip(data[0::3], data[1::3], data[2::3], strict=True)
    hsv = (colorsys.rgb_to_hsv(*(value / 255 for value in pixel)) for pixel in pixels)
    return max(hsv, key=lambda colour: colour[1] * colour[2])
