"""Colour schemes: the ground, the ink and the accent of a picture's texts, from the picture itself or from a brand."""

import colorsys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from imagegen.overlay.brands.brand import Brand
from imagegen.overlay.brands.colours import BLACK, WHITE, iter_shades, measure_contrast, measure_luminance, mend
from imagegen.overlay.colours import convert_to_srgb
from imagegen.overlay.grounds.contrast import (
    DARK_LUMINANCE,
    Colour,
    count_luminances,
    find_quantile,
    find_vivid_colour,
)

if TYPE_CHECKING:
    from PIL.Image import Image

_BRIGHT = 0.40
"""The median luminance from which a picture gets a light theme: sketches and snow have more, most photographs less."""
_LOOKED_AT = (96, 64)
"""The size of the copy whose light is measured, in pixels."""
ACCENT_CONTRAST = 4.7
"""The least contrast of accented text: WCAG's 4.5, and a margin for rounding."""
MARK_CONTRAST = 3.2
"""The least contrast of marked words of a title where nothing with more would tell them from the others: WCAG asks 3 of
large type."""
_TOLD_APART, _WELL_APART = 48, 90
"""The least difference in red, green or blue, of 255, by which letters of two colours are told apart, and the one that
another shade for that purpose has. Chosen by eye."""
_SPARE = 1.15
_GREY_SATURATION = 0.06
"""The HLS saturation under which a colour counts as grey; its hue would be noise. Chosen by eye."""
_NEUTRAL_HUE, _NEUTRAL_SATURATION = 0.62, 0.30
"""The hue and the saturation in place of a grey's: a little blue."""
_COLOURLESS = 0.12
"""The product of HSV saturation and value under which a picture has no colour worth an accent. Chosen by eye."""
_NEUTRAL_ACCENT: Colour = (148, 174, 240)
"""The accent of a picture without colour on a dark ground: blue enough to tell marked words from white ones."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """The colours of the texts on a picture and of their ground; ``mark`` is that of a title's marked words."""

    on_dark: bool
    ground: Colour
    ink: Colour
    accent: Colour
    mark: Colour | None = None

    def choose_mark(self, is_all_marked: bool) -> Colour:
        """Return the colour of marked words: with no other word to be told from, they are in the accent."""
        return self.accent if is_all_marked or self.mark is None else self.mark

    def show_accent(self) -> Colour:
        """Return the accent as it is on the ground alone, with a little contrast to spare for what shows through."""
        return mend(self.accent, self.ground, ACCENT_CONTRAST * _SPARE)

    def mend_accent(self, worst: float, best: float | None = None) -> "Scheme":
        """Return the scheme with an accent and a mark that are legible on a ground.

        ``worst`` and ``best`` are the relative luminances of its parts on which the ink is read worst and best. The
        mark is the accent, or another shade where that could not be told from the ink: it may be of the other side.
        """
        grounds = [_find_grey(worst), _find_grey(worst if best is None else best)]
        accent = mend(self.accent, grounds[0], ACCENT_CONTRAST)
        return replace(self, accent=accent, mark=_find_mark(accent, self.accent, grounds, self.ink))


def _find_grey(luminance: float) -> Colour:
    value = min(luminance, 1.0)
    grey = round(255 * (value * 12.92 if value <= _LINEAR_END else 1.055 * value ** (1 / 2.4) - 0.055))
    return grey, grey, grey


def _find_mark(accent: Colour, wanted: Colour, grounds: Sequence[Colour], ink: Colour) -> Colour:
    """Return the accent, or the nearest shade of what is wanted that is told from the ink and can be read."""
    if is_told_apart(accent, ink):
        return accent
    fitting = (
        shade
        for shade in iter_shades(wanted)
        if is_told_apart(shade, ink, _WELL_APART)
        and all(measure_contrast(shade, ground) >= MARK_CONTRAST for ground in grounds)
    )
    return next(fitting, accent)


def is_told_apart(one: Colour, other: Colour, least: int = _TOLD_APART) -> bool:
    """Tell if letters of one colour can be told from those of another beside them."""
    return max(abs(first - second) for first, second in zip(one, other, strict=True)) >= least


_LINEAR_END = 0.0031308


@dataclass(frozen=True, slots=True)
class Light:
    """The light of a whole picture: its median luminance, and its most vivid colour as hue, saturation and value."""

    median: float
    vivid: tuple[float, float, float]

    def is_dark(self, theme: str, brand: Brand | None) -> bool:
        """Tell if texts stand on a dark ground: by the theme, else the brand, else the picture's own light."""
        theme = theme or (brand.theme if brand else "") or "auto"
        if theme != "auto":
            return theme == "dark"
        if brand and brand.ground:
            return measure_luminance(brand.ground) < DARK_LUMINANCE
        return self.median < _BRIGHT

    def find_accent(self, *, on_dark: bool) -> Colour:
        """Return the picture's most vivid colour, bright enough for a dark ground or deep enough for a pale one."""
        hue, saturation, value = self.vivid
        if saturation * value < _COLOURLESS:
            return _NEUTRAL_ACCENT if on_dark else _mix(_NEUTRAL_HUE, 0.35, 0.3)
        if on_dark:
            red, green, blue = colorsys.hsv_to_rgb(hue, min(max(saturation, 0.45), 0.75), 0.98)
        else:
            red, green, blue = colorsys.hsv_to_rgb(hue, min(max(saturation, 0.65), 0.9), 0.62)
        return round(red * 255), round(green * 255), round(blue * 255)


def measure_light(picture: "Image") -> Light:
    """Measure the light of a decoded picture."""
    from PIL import Image

    sampled = picture.resize(_LOOKED_AT, Image.Resampling.NEAREST)
    sampled.info.pop("icc_profile", None)
    small = convert_to_srgb(sampled)
    return Light(find_quantile(count_luminances(small), 0.5), find_vivid_colour(small))


def choose_scheme(mean: Colour, brand: Brand | None, accent: Colour, *, on_dark: bool, solid: bool) -> Scheme:
    """Choose the colours of a picture's texts. ``mean`` is the colour of what the ground will lie on."""
    ground, ink = _choose_ground(mean, brand, on_dark=on_dark, solid=solid)
    return Scheme(on_dark, ground, ink, brand.accent if brand and brand.accent else accent)


def _choose_ground(mean: Colour, brand: Brand | None, *, on_dark: bool, solid: bool) -> tuple[Colour, Colour]:
    if brand and brand.ground and (measure_luminance(brand.ground) < DARK_LUMINANCE) == on_dark:
        return brand.ground, brand.ink or choose_ink(brand.ground)
    colour = (brand and (brand.ground or brand.accent)) or mean
    hue, saturation = _find_hue(colour)
    ink = WHITE if on_dark else _mix(hue, 0.11, min(0.2 + saturation * 0.4, 0.5))
    return find_ground(colour, on_dark=on_dark, solid=solid), ink


def find_ground(colour: Colour, *, on_dark: bool, solid: bool = False) -> Colour:
    """Return a ground of a colour's hue, nearly black or nearly white; a ``solid`` one shows the hue a little more."""
    hue, saturation = _find_hue(colour)
    if on_dark:
        return _mix(hue, 0.13 if solid else 0.085, min(0.25 + saturation * 0.5, 0.55))
    return _mix(hue, 0.94 if solid else 0.96, min(0.2 + saturation * 0.5, 0.6))


def _find_hue(colour: Colour) -> tuple[float, float]:
    hue, _, saturation = colorsys.rgb_to_hls(*(value / 255 for value in colour))
    return (hue, saturation) if saturation >= _GREY_SATURATION else (_NEUTRAL_HUE, _NEUTRAL_SATURATION)


def choose_ink(ground: Colour) -> Colour:
    """Return the ink of a brand's ground: white on a dark one, else nearly black, or black where it takes that."""
    if measure_luminance(ground) < DARK_LUMINANCE:
        return WHITE
    hue, saturation = _find_hue(ground)
    dark = _mix(hue, 0.09, min(saturation, 0.5))
    return dark if measure_contrast(dark, ground) >= ACCENT_CONTRAST else BLACK


def _mix(hue: float, lightness: float, saturation: float) -> Colour:
    red, green, blue = colorsys.hls_to_rgb(hue, lightness, saturation)
    return round(red * 255), round(green * 255), round(blue * 255)
