"""Advice on valid brands, with figures: colours and logos that are hard to see on some grounds."""

from collections.abc import Iterator
from pathlib import Path

from imagegen.overlay.brands.brand import Brand
from imagegen.overlay.brands.colours import (
    LEAST_CONTRAST,
    NEAR_BLACK,
    WHITE,
    format_colour,
    format_contrast,
    measure_contrast,
    measure_luminance,
)
from imagegen.overlay.brands.logos import open_logo
from imagegen.overlay.grounds.contrast import DARK_LUMINANCE, Colour
from imagegen.overlay.grounds.schemes import Scheme, choose_ink, is_told_apart

_LEAST_OF_LOGOS = 3.0
"""The least contrast that WCAG 2.2 asks of graphics, level AA."""
_SAMPLE = 48
"""The height in pixels at which a logo is looked at."""
_GROUNDS = {"dark": ("near-black", NEAR_BLACK), "light": ("white", WHITE)}


def list_advice(brand: Brand) -> list[str]:
    """Return a sentence for each thing of a valid brand that is mended or hard to see when it is drawn."""
    return [*_advise_on_theme(brand), *_advise_on_accent(brand), *_advise_on_logo(brand)]


def _advise_on_theme(brand: Brand) -> Iterator[str]:
    if brand.ground is None or brand.theme in ("", "auto"):
        return
    suits = "dark" if measure_luminance(brand.ground) < DARK_LUMINANCE else "light"
    if brand.theme != suits:
        yield (
            f"ground: {format_colour(brand.ground)} is {suits}, and the theme is {brand.theme}: its hue "
            f'alone is drawn, not the colour; leave the theme out, or set it to "{suits}"'
        )


def _advise_on_accent(brand: Brand) -> Iterator[str]:
    if brand.accent is None:
        return
    grounds = [(format_colour(brand.ground), brand.ground)] if brand.ground else list(_pick_grounds(brand).values())
    for name, ground in grounds:
        contrast = measure_contrast(brand.accent, ground)
        is_dark = measure_luminance(ground) < DARK_LUMINANCE
        ink = brand.ink or (choose_ink(ground) if brand.ground else WHITE if is_dark else NEAR_BLACK)
        drawn = Scheme(is_dark, ground, ink, brand.accent).mend_accent(measure_luminance(ground))
        if contrast < LEAST_CONTRAST:
            better = format_contrast(measure_contrast(drawn.accent, ground))
            yield (
                f"accent: {format_colour(brand.accent)} on {name} has a contrast of {format_contrast(contrast)}, "
                f"less than {LEAST_CONTRAST}:1; {format_colour(drawn.accent)} ({better}), or a shade near it, "
                "is drawn there where it has to be read"
            )
        if drawn.mark and drawn.mark != drawn.accent:
            seen = format_contrast(measure_contrast(drawn.mark, ground))
            yield (
                f"accent: {format_colour(drawn.accent)} is nearly the ink on {name}, {format_colour(ink)}; "
                f"{format_colour(drawn.mark)} ({seen}), or a shade near it, tells marked words from the others there"
            )
        elif not is_told_apart(drawn.accent, ink):
            yield (
                f"accent: {format_colour(drawn.accent)} is nearly the ink on {name}, {format_colour(ink)}: marked "
                "words look like the others there"
            )


def _advise_on_logo(brand: Brand) -> Iterator[str]:
    files = {"dark": brand.logo_on_dark, "light": brand.logo_on_light}
    for theme, (name, ground) in _pick_grounds(brand).items():
        file = files[theme]
        contrast = _measure_logo(file, ground) if file else _LEAST_OF_LOGOS
        if contrast < _LEAST_OF_LOGOS:
            yield (
                f"logo: {file and file.name} on {name} has a contrast of {format_contrast(contrast)}, less than "
                f"{_LEAST_OF_LOGOS:g}:1; name another file for logo.on_{theme}"
            )


def _pick_grounds(brand: Brand) -> dict[str, tuple[str, Colour]]:
    return {theme: ground for theme, ground in _GROUNDS.items() if brand.theme in ("", "auto", theme)}


def _measure_logo(path: Path, ground: Colour) -> float:
    """Return the contrast of a logo's mean colour on a ground."""
    from PIL import ImageStat

    image = open_logo(path, _SAMPLE)
    red, green, blue = (round(mean) for mean in ImageStat.Stat(image.convert("RGB"), image.getchannel("A")).mean)
    return measure_contrast((red, green, blue), ground)
