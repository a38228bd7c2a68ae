"""Light and colour, measured: how bright a ground is, how busy, and which colours suit the picture."""

import colorsys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

Colour = tuple[int, int, int]

LEAST_CONTRAST, MEDIAN_CONTRAST = 4.5, 7.0
"""WCAG 2.2 AA for the brightest hundredth of what lies under the text, AAA for its middle."""
_WANTED = 4.8, 8.0
"""What is aimed at: a margin for measuring at half size, and a middle so deep that a shade on white looks meant."""


_BRIGHTEST, _MIDDLE = 0.997, 0.65
"""The shares of the box around a title that stand for the 99th percentile and the median of what is under its ink,
which covers about a third of the box and may lie anywhere in it."""


_TOE = 0.04045
"""Up to here the sRGB curve is straight (IEC 61966-2-1)."""


def _linear(value: int) -> float:
    scaled = value / 255
    return scaled / 12.92 if scaled <= _TOE else ((scaled + 0.055) / 1.055) ** 2.4


_TO_LINEAR = [min(round(_linear(value) * 255 + 0.3), 255) for value in range(256)] * 3
"""sRGB to light, rounded up a little so that contrast is never overstated."""
_LUMINANCE = (0.2126, 0.7152, 0.0722, 0.0)


def contrast(luminance: float) -> float:
    """The WCAG contrast of white on a ground of this relative luminance (0 to 1)."""
    return 1.05 / (luminance + 0.05)


def luminances(image: "Image") -> list[int]:
    """How many pixels of an RGB picture have each relative luminance, in 256 steps from 0 to 1."""
    return image.point(_TO_LINEAR).convert("L", _LUMINANCE).histogram()


def quantile(counts: list[int], share: float) -> float:
    """The luminance that ``share`` of the pixels do not exceed."""
    left = sum(counts) * share
    for value, count in enumerate(counts):
        left -= count
        if left <= 0:
            return value / 255
    return 1.0


def legible(image: "Image") -> bool:
    """Whether white text reads well on every part of ``image``."""
    counts = luminances(image)
    return contrast(quantile(counts, _BRIGHTEST)) >= _WANTED[0] and contrast(quantile(counts, _MIDDLE)) >= _WANTED[1]


def unrest(image: "Image") -> float:
    """How busy a ground is: the deviation of its lightness (0 to 100) from its surroundings' (20 px around)."""
    from PIL import ImageChops, ImageFilter, ImageStat

    grey = image.convert("L")
    detail = ImageChops.subtract(grey, grey.filter(ImageFilter.BoxBlur(20)), offset=128)
    return ImageStat.Stat(detail).stddev[0] / 2.55


def mean(image: "Image") -> Colour:
    """The picture's mean colour."""
    from PIL import Image

    red, green, blue = image.reduce(16).resize((1, 1), Image.Resampling.BOX).tobytes()
    return red, green, blue


def dark_tint(colour: Colour) -> Colour:
    """A very dark relative of ``colour``, for grounds: the picture's own shade rather than grey."""
    hue, _, saturation = colorsys.rgb_to_hls(*(value / 255 for value in colour))
    if saturation < _GREYISH:
        return _INK
    red, green, blue = colorsys.hls_to_rgb(hue, 0.075, min(0.25 + saturation * 0.5, 0.55))
    return round(red * 255), round(green * 255), round(blue * 255)


_GREYISH = 0.06
_INK: Colour = (11, 17, 33)
"""What grey pictures are shaded with: nearly black, a little blue."""


def accent(image: "Image") -> Colour:
    """The picture's most vivid colour, bright enough for a thin line on a dark ground."""
    from PIL import Image

    data = image.reduce(30).resize((20, 11), Image.Resampling.BOX).tobytes()
    pixels = zip(data[0::3], data[1::3], data[2::3], strict=True)
    hsv = (colorsys.rgb_to_hsv(*(value / 255 for value in pixel)) for pixel in pixels)
    hue, saturation, value = max(hsv, key=lambda colour: colour[1] * colour[2])
    if saturation * value < _COLOURLESS:
        return _PAPER
    red, green, blue = colorsys.hsv_to_rgb(hue, min(max(saturation, 0.45), 0.75), 0.98)
    return round(red * 255), round(green * 255), round(blue * 255)


_COLOURLESS = 0.12
_PAPER: Colour = (236, 238, 242)
"""The accent of pictures without colour."""
