"""Light and colour, measured: how bright a ground is, how busy, and which colours suit the picture."""

import colorsys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

Colour = tuple[int, int, int]

LEAST_CONTRAST, MEDIAN_CONTRAST = 4.5, 7.0
"""WCAG 2.2 AA for the brightest hundredth of what lies under the text, AAA for its middle."""
_WANTED = 4.8, 8.5
"""What is aimed at: a margin for measuring at half size, and a middle so deep that a shade on white looks meant."""


_BRIGHTEST = 0.997
"""The share of the box around the title that must be dark: its ink covers a third of it, and may lie anywhere."""


def _linear(value: int) -> float:
    scaled = value / 255
    return scaled / 12.92 if scaled <= 0.04045 else ((scaled + 0.055) / 1.055) ** 2.4


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
    return (
        contrast(quantile(counts, _BRIGHTEST)) >= _WANTED[0]
        and contrast(quantile(counts, 0.50)) >= _WANTED[1]
    )


def unrest(image: "Image") -> float:
    """How busy a ground is: the deviation of its lightness (0 to 100) from its surroundings' (20 px around)."""
    from PIL import ImageChops, ImageFilter, ImageStat

    grey = image.convert("L")
    detail = ImageChops.subtract(grey, grey.filter(ImageFilter.BoxBlur(20)), offset=128)
    return ImageStat.Stat(detail).stddev[0] / 2.55


def mean(image: "Image") -> Colour:
    """The picture's mean colour."""
    from PIL import Image

    red, green, blue = image.reduce(16).resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))  # type: ignore[misc]
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

    pixels = image.reduce(30).resize((20, 11), Image.Resampling.BOX).get_flattened_data()
    hsv = (colorsys.rgb_to_hsv(*(value / 255 for value in pixel)) for pixel in pixels)
    hue, saturation, value = max(hsv, key=lambda colour: colour[1] * colour[2])
    if saturation * value < 0.12:
        return _PAPER
    red, green, blue = colorsys.hsv_to_rgb(hue, min(max(saturation, 0.45), 0.75), 0.98)
    return round(red * 255), round(green * 255), round(blue * 255)


_PAPER: Colour = (236, 238, 242)
