"""Measures of light and colour: luminance and contrast under a title, local contrast, tints and accents."""

import colorsys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

Colour = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""

_TARGETS = ((0.997, 4.8), (0.65, 8.0))
"""Quantiles of luminance in the box around a title, and the least contrast of white text at each.

WCAG 2.2 asks 4.5 for AA and 7 for AAA. The tests hold the brightest hundredth of what lies under the ink to AA, its
median to AAA. The ink covers about a third of its box and may lie anywhere in it, so the 99th percentile of the ink is
the 99.7th of the box, and the box's 65th percentile stands for the ink's median. The contrasts are higher than WCAG's:
0.3 covers the error of measuring at half size, and the deeper median makes a shade on white look intended.
"""

_LINEAR_UP_TO = 0.04045
"""The end of the straight part of the sRGB curve (IEC 61966-2-1)."""


def _linearise(value: int) -> float:
    scaled = value / 255
    return scaled / 12.92 if scaled <= _LINEAR_UP_TO else ((scaled + 0.055) / 1.055) ** 2.4


_TO_LINEAR = [min(round(_linearise(value) * 255 + 0.3), 255) for value in range(256)] * 3
"""Linear light by sRGB value, rounded up a little so that contrast is never overstated."""
_LUMINANCE = (0.2126, 0.7152, 0.0722, 0.0)
"""The weights of linear red, green and blue in relative luminance (WCAG 2.2, from ITU-R BT.709)."""


def compute_contrast(luminance: float) -> float:
    """Return the WCAG contrast of white on a relative luminance (0 to 1)."""
    return 1.05 / (luminance + 0.05)


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


def is_legible(image: "Image") -> bool:
    """Tell if white text reads well on every part of ``image``."""
    counts = count_luminances(image)
    return all(compute_contrast(find_quantile(counts, share)) >= least for share, least in _TARGETS)


def measure_local_contrast(image: "Image") -> float:
    """Return the RMS difference between the picture's lightness (0 to 100) and its mean over 20 px around.

    A blurred picture has about 1; text stays readable on up to 6 (judged by eye).
    """
    from PIL import ImageChops, ImageFilter, ImageStat

    grey = image.convert("L")
    detail = ImageChops.subtract(grey, grey.filter(ImageFilter.BoxBlur(20)), offset=128)
    return ImageStat.Stat(detail).stddev[0] / 2.55


def average_colour(image: "Image") -> Colour:
    """Return the picture's mean colour."""
    from PIL import Image

    red, green, blue = image.reduce(16).resize((1, 1), Image.Resampling.BOX).tobytes()
    return red, green, blue


_GREY_SATURATION = 0.06
"""The HLS saturation under which a colour counts as grey; its hue would be noise. Chosen by eye."""
_NEUTRAL_TINT: Colour = (11, 17, 33)
"""The tint of grey pictures: nearly black, a little blue."""


def choose_tint(colour: Colour) -> Colour:
    """Return a very dark colour of the same hue, so that a backdrop keeps the picture's colour instead of grey.

    Lightness and saturation were chosen by eye: 7.5 % is nearly black, and a vivid picture is toned down to 55 %.
    """
    hue, _, saturation = colorsys.rgb_to_hls(*(value / 255 for value in colour))
    if saturation < _GREY_SATURATION:
        return _NEUTRAL_TINT
    red, green, blue = colorsys.hls_to_rgb(hue, 0.075, min(0.25 + saturation * 0.5, 0.55))
    return round(red * 255), round(green * 255), round(blue * 255)


_COLOURLESS = 0.12
"""The product of HSV saturation and value under which a picture has no colour worth an accent. Chosen by eye."""
_NEUTRAL_ACCENT: Colour = (236, 238, 242)
"""The accent of pictures without colour: nearly white."""


def choose_accent(image: "Image") -> Colour:
    """Return the picture's most vivid colour, made bright enough for a thin line on a dark backdrop.

    The saturation is kept within 45 and 75 % and the value is 98 %, so that the line is neither pale nor glaring.
    """
    from PIL import Image

    data = image.reduce(30).resize((20, 11), Image.Resampling.BOX).tobytes()
    pixels = zip(data[0::3], data[1::3], data[2::3], strict=True)
    hsv = (colorsys.rgb_to_hsv(*(value / 255 for value in pixel)) for pixel in pixels)
    hue, saturation, value = max(hsv, key=lambda colour: colour[1] * colour[2])
    if saturation * value < _COLOURLESS:
        return _NEUTRAL_ACCENT
    red, green, blue = colorsys.hsv_to_rgb(hue, min(max(saturation, 0.45), 0.75), 0.98)
    return round(red * 255), round(green * 255), round(blue * 255)
