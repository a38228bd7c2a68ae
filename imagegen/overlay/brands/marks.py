"""The marks of a brand on a picture: its logo in a free corner, its avatar beside the byline."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from imagegen.overlay.block.placing import LOGO, LOGO_GAP
from imagegen.overlay.brands.brand import Brand
from imagegen.overlay.brands.colours import measure_luminance
from imagegen.overlay.brands.logos import open_avatar, open_logo
from imagegen.overlay.geometry import Box, Rectangle
from imagegen.overlay.grounds.arrangement import Arrangement, Setup
from imagegen.overlay.grounds.contrast import (
    DARK_LUMINANCE,
    average_colour,
    compute_contrast,
    count_luminances,
)
from imagegen.overlay.grounds.masks import draw_fade
from imagegen.overlay.grounds.schemes import find_ground
from imagegen.overlay.sizes import Size
from imagegen.overlay.templates import INDENT, Ground, Template

if TYPE_CHECKING:
    from PIL.Image import Image

_CORNERS = ("top-left", "top-right", "bottom-left", "bottom-right")
_MOST_WIDTH = 0.32
"""The share of the canvas's width that a logo takes at most."""
_SHARES = (1.0, 0.72, 0.55)
"""The shares of its height that a logo may have: a smaller one where the texts leave no corner for a larger one."""
_LEAST_CONTRAST = 3.3
"""The contrast under which a shade is laid behind a logo: WCAG asks 3 of graphics, and a margin for rounding."""
_NEARLY_ALL = 0.97
"""The share of what lies under a logo on which it has to be seen."""
_OWN = 1.5
"""The factor by which the other variant's contrast has to be higher than that of the theme's own."""
_SHADE, _SHADE_REACH = 110, 10
"""The distance over which that shade fades out, and how far around the logo it is whole."""
_SHADE_OPACITIES = (0.80, 0.90, 0.97)
"""The depths of that shade, each for a logo that does not stand out from the one before."""


def place_logo(
    ways: Sequence[Arrangement], template: Template, size: Size, brand: Brand | None
) -> Sequence[Arrangement]:
    """Add the logo's place to each way to divide the canvas: where the brand wants it, or else in a free corner."""
    return [_stand(way, next(_list_free(way, template, size, brand), None)) for way in ways]


def move_logo(
    way: Arrangement, heads: Sequence[Rectangle], template: Template, size: Size, brand: Brand | None
) -> Arrangement:
    """Move a logo that covers a head to the free corner where it covers least of the heads; the best such corner."""
    if way.logo is None or not _measure_covered(heads, way.logo, size):
        return way
    without = replace(way, logo=None, taken=tuple(box for box in way.taken if box != way.logo))
    places = list(_list_free(without, template, size, brand))
    return _stand(without, min(places, key=lambda box: _measure_covered(heads, box, size)))


def _measure_covered(heads: Sequence[Rectangle], box: Box, size: Size) -> float:
    """Return the area of the heads that a logo, or the shade behind it where that is whole, would cover."""
    whole = box.expand(round(_SHADE_REACH * size.unit), size.box)
    return sum(head.overlap(whole).area for head in heads)


def _stand(way: Arrangement, box: Box | None) -> Arrangement:
    """Return the way with a logo in this place; one that stands on a ground for texts takes nothing of the picture."""
    if box is None:
        return way
    beside = not any(taken.holds(box) for taken in way.taken)
    return replace(way, logo=box, taken=(*way.taken, box) if beside else way.taken)


def _list_free(way: Arrangement, template: Template, size: Size, brand: Brand | None) -> Iterator[Box]:
    """List the places where a logo can stand, the best one first: a larger logo before a better corner."""
    if brand is None or (path := brand.logo_on_dark or brand.logo_on_light) is None:
        return
    height = round(LOGO * size.unit)
    for share in _SHARES:
        logo = _open(path, round(_MOST_WIDTH * size.width), round(share * height))
        for box in _list_places(way, template, size, brand, logo.size):
            if _is_free(box, way, size):
                yield box


def _open(path: Path, width: int, height: int) -> "Image":
    """Open a logo as large as fits into a width and a height."""
    logo = open_logo(path, height)
    return logo if logo.width <= width else open_logo(path, max(height * width // logo.width, 1))


def _list_places(
    way: Arrangement, template: Template, size: Size, brand: Brand, logo: tuple[int, int]
) -> Iterator[Box]:
    """List the corners, the best one first.

    That is the one the brand names, or, where it is the first of all corners, the head of a strip beside the picture.
    """
    safe, (width, height), indent = size.safe, logo, round(INDENT * size.unit)
    is_rtl = bool(way.stack and way.stack.title.fitted.title.is_rtl)
    corners = [
        Box(left, top, left + width, top + height)
        for corner in (_mirror(each) if is_rtl else each for each in (brand.corner, *_CORNERS))
        for left in (safe.left + indent if corner.endswith("left") else safe.right - indent - width,)
        for top in (safe.top if corner.startswith("top") else safe.bottom - height,)
    ]
    if brand.corner != _CORNERS[0]:
        yield corners[0]
    if way.stack and template.ground is Ground.STRIP and template.choose_setting(size).is_beside:
        setup = Setup(way.stack, template, size)
        area = template.measure_area(size)
        left = size.width - area.left - width if is_rtl else area.left
        if setup.is_right != is_rtl:
            left = way.stack.title.block.left
        yield Box(left, safe.top, left + width, safe.top + height)
    yield from corners


def _mirror(corner: str) -> str:
    """Return the corner at the other side."""
    return corner.replace("left", "right") if corner.endswith("left") else corner.replace("right", "left")


def _is_free(box: Box, way: Arrangement, size: Size) -> bool:
    """Tell if a box keeps its distance from the texts and lies on the edge of no ground."""
    gap = round(LOGO_GAP / 2 * size.unit)
    if way.stack and way.stack.ink.meets(box.expand(gap, size.box)):
        return False
    return all(taken.holds(box.expand(gap, size.box)) or not taken.meets(box) for taken in way.taken)


def paint_logo(image: "Image", at: Arrangement, brand: Brand | None, size: Size, *, on_dark: bool) -> None:
    """Paint the logo's variant that is seen best; where none is seen well enough, the one that needs the least shade.

    ``on_dark`` tells which theme the picture has: its variant is taken where the other would need as much.
    """
    box = at.logo
    if box is None or brand is None:
        return
    under = image.crop(box.expand(round(_SHADE_REACH * size.unit), size.box))
    paths = [path for path in (brand.logo_on_dark, brand.logo_on_light) if path]
    own, *others = (_open(path, *box.size) for path in (paths if on_dark else reversed(paths)))
    logo = max([own, *others], key=lambda variant: _measure(variant, under))
    if _measure(logo, under) < _LEAST_CONTRAST:
        mean = measure_luminance(average_colour(under))
        logo = max(
            [own, *others],
            key=lambda variant: compute_contrast(_measure_light(variant), mean) * (_OWN if variant is own else 1.0),
        )
        texts = [layout.ink_box for _, layout in at.stack.texts] if at.stack else []
        _paint_shade(image, box, logo, size, texts, at.covered)
    image.paste(logo, box[:2], logo)


def _measure(logo: "Image", under: "Image") -> float:
    """Return the contrast that a logo's mean colour has with nearly all of what lies under it, lighter or darker."""
    light, counts = _measure_light(logo), count_luminances(under)
    contrasts = sorted((compute_contrast(light, value / 255), count) for value, count in enumerate(counts) if count)
    worst = (1 - _NEARLY_ALL) * sum(counts)
    passed = itertools.accumulate(count for _, count in contrasts)
    return next(contrast for (contrast, _), so_many in zip(contrasts, passed, strict=True) if so_many >= worst)


def _measure_light(logo: "Image") -> float:
    """Return the luminance of a logo's mean colour."""
    from PIL import ImageStat

    red, green, blue = ImageStat.Stat(logo.convert("RGB"), logo.getchannel("A")).mean
    return measure_luminance((round(red), round(green), round(blue)))


def _paint_shade(image: "Image", box: Box, logo: "Image", size: Size, texts: Sequence[Box], covered: Box) -> None:
    """Paint a soft shade behind a logo, in the picture's own hue, as deep as the logo needs.

    It reaches no text, and nothing beyond the part that is ``covered`` by the picture when the logo stands there.
    """
    within = covered if covered.holds(box) else size.box
    core = box.expand(round(_SHADE_REACH * size.unit), within)
    fade = min([round(_SHADE * size.unit), *(_measure_distance(core, text) for text in texts)])
    around = core.expand(max(fade, 1), within)
    full = core.shift(-around.left, -around.top)
    ground = find_ground(average_colour(image, around), on_dark=_measure_light(logo) >= DARK_LUMINANCE)
    under = image.crop(around)
    for opacity in _SHADE_OPACITIES:
        shaded = under.copy()
        shaded.paste(ground, (0, 0), draw_fade(around.size, full, max(fade, 1), opacity))
        if _measure(logo, shaded.crop(full)) >= _LEAST_CONTRAST:
            break
    image.paste(shaded, around)


def _measure_distance(one: Box, other: Box) -> int:
    """Return how far a box may grow on all sides before it meets another."""
    across = max(other.left - one.right, one.left - other.right)
    down = max(other.top - one.bottom, one.top - other.bottom)
    return max(across, down, 0)


def paint_mark(image: "Image", box: Box | None, brand: Brand | None) -> None:
    """Paint the avatar."""
    if box and brand and brand.avatar:
        avatar = open_avatar(brand.avatar, box.size[0])
        image.paste(avatar, box[:2], avatar)
