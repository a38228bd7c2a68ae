"""Colours as a brand writes them: read and written, their contrast measured, and mended where it is too low."""

import colorsys
import functools
import math
import re
from collections.abc import Iterator

from imagegen.overlay.grounds.contrast import Colour, linearise

LEAST_CONTRAST = 4.5
"""The least contrast of text that WCAG 2.2 accepts at level AA."""
WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)
NEAR_BLACK: Colour = (17, 17, 20)
"""A dark ground as the dark theme draws it where no picture shows through."""

_HEX = re.compile(r"#(?:[0-9a-fA-F]{3}){1,2}")
_STEPS = 255


def parse_colour(text: str) -> Colour:
    """Return the colour of ``#rrggbb`` or ``#rgb``. Raises ValueError for anything else."""
    if not _HEX.fullmatch(text):
        raise ValueError(f"not a colour: {text}")
    digits = text[1:] if len(text) == len("#rrggbb") else "".join(digit * 2 for digit in text[1:])
    red, green, blue = bytes.fromhex(digits)
    return red, green, blue


def format_colour(colour: Colour) -> str:
    """Return the colour as ``#rrggbb``."""
    return "#" + bytes(colour).hex()


def format_contrast(contrast: float) -> str:
    """Return a contrast as ``4.4:1``, rounded down, so that it never looks like more than it is."""
    return f"{math.floor(contrast * 10) / 10:.1f}:1"


def measure_luminance(colour: Colour) -> float:
    """Return the relative luminance of a colour, 0 (black) to 1 (white), as WCAG 2.2 defines it."""
    red, green, blue = (linearise(value) for value in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def measure_contrast(one: Colour, other: Colour) -> float:
    """Return the WCAG contrast of two colours: 1 (equal) to 21 (black and white)."""
    dark, light = sorted((measure_luminance(one), measure_luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@functools.lru_cache(maxsize=256)
def mend(colour: Colour, against: Colour, least: float = LEAST_CONTRAST) -> Colour:
    """Return the nearest colour of the same hue, lighter or darker, with a contrast of ``least`` to ``against``.

    Where no colour has it, black or white is returned, whichever has more.
    """
    fitting = (shade for shade in iter_shades(colour) if measure_contrast(shade, against) >= least)
    return next(fitting, None) or max((WHITE, BLACK), key=lambda extreme: measure_contrast(extreme, against))


def iter_shades(colour: Colour) -> Iterator[Colour]:
    """Yield the colour, and then its lighter and darker shades by their distance."""
    yield colour
    hue, lightness, saturation = colorsys.rgb_to_hls(*(value / 255 for value in colour))
    for step in range(1, _STEPS + 1):
        for shade in (lightness + step / _STEPS, lightness - step / _STEPS):
            if 0 <= shade <= 1:
                red, green, blue = colorsys.hls_to_rgb(hue, shade, saturation)
                yield round(red * 255), round(green * 255), round(blue * 255)
