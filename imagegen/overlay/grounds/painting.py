"""The ground between picture and texts: strips, cards and shades, no heavier than the texts need.

Lengths are in the pixels of a 1200×630 picture. Numbers without another source were chosen by eye on the contact sheets
that ``tests/overlay/sheets.py`` draws.
"""

import bisect
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from imagegen.overlay.brands.brand import Brand
from imagegen.overlay.brands.colours import measure_luminance
from imagegen.overlay.contrast import (
    WORST,
    compute_contrast,
    count_luminances,
    find_worst,
    is_legible,
    measure_local_contrast,
)
from imagegen.overlay.geometry import Box
from imagegen.overlay.grounds.arrangement import FADE, INK_MARGIN, Setup, find_card, find_full_shade, find_strip
from imagegen.overlay.grounds.masks import draw_border, draw_fade, draw_rounded_rectangle
from imagegen.overlay.grounds.schemes import Scheme, choose_scheme
from imagegen.overlay.templates import Ground

if TYPE_CHECKING:
    from PIL.Image import Image

_SURFACE_OPACITY, _SHADE_OPACITY = (0.84, 0.97), (0.62, 0.94)
"""The lowest and the highest opacity of a strip's or card's tint, and of a shade's.

What is under a surface is a hint of colour; under a shade it stays a picture."""
_MOST_UNBLURRED = 0.84
"""The opacity above which a shade would hide the picture: under a lower one it is blurred instead."""
_MAX_LOCAL_CONTRAST = 4.5
"""The highest local contrast that stays unblurred under a text. The tests allow 6 right
behind the letters; the difference is a margin, because this measure averages over the whole box around the texts."""
_CORNER_RADIUS = 28
_BORDER_WIDTH = 2
_OPACITY_STEPS = 32
"""Steps between a ground's lowest and highest opacity: about 2 % each, too little to see."""
_BLUR_SCALE, _BLUR_RADIUS = 8, 4
"""A shade's picture is reduced by 8 and blurred by 4 px there, which costs a fraction of 32 px at full size."""
_FLAT_SCALE, _FLAT_RADIUS = 16, 6
"""A surface's picture is blurred until no shape is left of it."""
_HALO_FADE, _HALO_BLUR_FADE = 180, 64
"""The distances around the ink over which a halo's shade and its blur fade out. The blur ends where the part that
stays free for the subject begins."""


class _Shape(NamedTuple):
    """The geometry of a ground: its box, and masks as large as the box. A mask of None covers the whole box."""

    box: Box
    tint_mask: "Image | None" = None
    blur_mask: "Image | None" = None
    border: "Image | None" = None


def paint_ground(picture: "Image", setup: Setup, brand: Brand | None, *, on_dark: bool) -> Scheme:
    """Paint the template's ground onto the picture: flatten it when it is busy, tint it until the texts are legible.

    Returns the colours in which the texts are legible on it.
    """
    ground = setup.template.ground
    if ground is None:
        raise ValueError("a template without texts has no ground")
    shape = _SHAPES[ground](setup)
    solid = setup.template.solid
    scheme = choose_scheme(picture, picture.crop(shape.box), brand, on_dark=on_dark, solid=solid)
    zone = setup.stack.ink.expand(setup.scale(INK_MARGIN), setup.size.box)
    if solid:
        picture.paste(scheme.ground, shape.box)
    else:
        opacity = _flatten_and_find_opacity(picture, shape, scheme, zone, setup)
        picture.paste(scheme.ground, shape.box, _scale_tint_mask(shape, opacity))
    if shape.border:
        picture.paste(scheme.ink, shape.box, shape.border)
    counts = count_luminances(picture.crop(zone).reduce(2))
    return scheme.mend_accent(find_worst(counts, WORST, on_dark=on_dark))


def _flatten_and_find_opacity(picture: "Image", shape: _Shape, scheme: Scheme, zone: Box, setup: Setup) -> float:
    """Flatten the picture under a surface, and under a shade if it is very busy there; return the tint's opacity."""
    if setup.template.ground in (Ground.FADE, Ground.HALO):
        opacity = _find_opacity(picture.crop(zone), scheme, _SHADE_OPACITY)
        # A tint lowers the contrast of the details under it in proportion to its opacity.
        busyness = measure_local_contrast(picture.crop(zone), setup.scale(20))
        opacity = max(opacity, 1 - _MAX_LOCAL_CONTRAST / max(busyness, _MAX_LOCAL_CONTRAST))
        if opacity <= _MOST_UNBLURRED:
            return opacity
        scale, radius, limits = _BLUR_SCALE, _BLUR_RADIUS, _SHADE_OPACITY
    else:
        scale, radius, limits = _FLAT_SCALE, _FLAT_RADIUS, _SURFACE_OPACITY
    picture.paste(_blur(picture.crop(shape.box), scale, radius * setup.size.unit), shape.box, shape.blur_mask)
    return _find_opacity(picture.crop(zone), scheme, limits)


def _scale_tint_mask(shape: _Shape, opacity: float) -> "Image":
    """Multiply the shape's tint mask by ``opacity``."""
    from PIL import Image

    if shape.tint_mask is None:
        return Image.new("L", shape.box.size, round(255 * opacity))
    return shape.tint_mask.point([round(value * opacity) for value in range(256)])


def _find_opacity(under: "Image", scheme: Scheme, limits: tuple[float, float]) -> float:
    """Find the lowest opacity of the tint within ``limits`` at which the ink is legible on ``under``.

    Returns the upper limit if none is enough.
    """
    from PIL import Image

    # Half size costs a quarter; the contrast targets allow for the error.
    small = under.reduce(2)
    solid = Image.new("RGB", small.size, scheme.ground)
    lowest, highest = limits
    ink = measure_luminance(scheme.ink)
    most = 0.97 * compute_contrast(ink, measure_luminance(scheme.ground))

    def suffices(step: int) -> bool:
        blended = Image.blend(small, solid, lowest + (highest - lowest) * step / _OPACITY_STEPS)
        return is_legible(blended, ink, on_dark=scheme.on_dark, most=most)

    step = bisect.bisect_left(range(_OPACITY_STEPS), True, key=suffices)
    return lowest + (highest - lowest) * step / _OPACITY_STEPS


def _blur(image: "Image", scale: int, radius: float) -> "Image":
    """Blur the image until only its colours are left, like frosted glass."""
    from PIL import Image, ImageFilter

    small = image.reduce(scale).filter(ImageFilter.GaussianBlur(radius))
    return small.resize(image.size, Image.Resampling.BICUBIC)


def _shape_strip(setup: Setup) -> _Shape:
    return _Shape(find_strip(setup))


def _shape_card(setup: Setup) -> _Shape:
    box, radius = find_card(setup), setup.scale(_CORNER_RADIUS)
    mask = draw_rounded_rectangle(*box.size, radius)
    return _Shape(box, mask, mask, draw_border(mask, setup.scale(_BORDER_WIDTH), radius))


def _shape_fade(setup: Setup) -> _Shape:
    full, size = find_full_shade(setup), setup.size
    fade = setup.scale(FADE)
    box = full.expand(fade, size.box)
    full = full.shift(-box.left, -box.top)
    return _Shape(box, draw_fade(box.size, full, fade), draw_fade(box.size, full, fade // 2))


def _shape_halo(setup: Setup) -> _Shape:
    canvas = setup.size.box
    full = setup.stack.ink.expand(setup.scale(INK_MARGIN), canvas)
    fade, blur = setup.scale(_HALO_FADE), setup.scale(_HALO_BLUR_FADE)
    box = full.expand(fade, canvas)
    full = full.shift(-box.left, -box.top)
    return _Shape(box, draw_fade(box.size, full, fade), draw_fade(box.size, full, blur))


_SHAPES: dict[Ground, Callable[[Setup], _Shape]] = {
    Ground.STRIP: _shape_strip,
    Ground.CARD: _shape_card,
    Ground.FADE: _shape_fade,
    Ground.HALO: _shape_halo,
}
