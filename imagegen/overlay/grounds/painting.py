"""The ground between picture and texts: strips, cards and shades, no heavier than the texts need.

Lengths are in the pixels of a 1200×630 picture. Numbers without another source were chosen by eye on the contact sheets
that ``tests/overlay/sheets.py`` draws.
"""

import bisect
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from imagegen.overlay.block.roles import Role
from imagegen.overlay.brands.brand import Brand
from imagegen.overlay.brands.colours import measure_luminance
from imagegen.overlay.geometry import Box
from imagegen.overlay.grounds.arrangement import FADE, INK_MARGIN, Setup, find_card, find_full_shade, find_strip
from imagegen.overlay.grounds.contrast import (
    WORST,
    Colour,
    average_colour,
    compute_contrast,
    count_luminances,
    find_worst,
    is_legible,
    measure_local_contrast,
    sample,
)
from imagegen.overlay.grounds.masks import draw_border, draw_fade, draw_rounded_rectangle
from imagegen.overlay.grounds.schemes import ACCENT_CONTRAST, Scheme, choose_scheme
from imagegen.overlay.grounds.softening import blur, enlarge
from imagegen.overlay.templates import Ground

if TYPE_CHECKING:
    from PIL.Image import Image

_SURFACE_OPACITY, _SHADE_OPACITY = (0.84, 0.97), (0.62, 0.94)
"""The lowest and the highest opacity of a strip's or card's tint, and of a shade's.

What is under a surface is a hint of colour; under a shade it stays a picture."""
_LEAST_CONTRAST, _LITTLE_CONTRAST = 4.6, 7.0
"""The contrast that every text keeps, WCAG's 4.5 and a margin; and the one of an ink with a brand's ground of middling
light, under which nothing may show through."""
_MOST_UNBLURRED = 0.84
"""The opacity above which a shade would hide the picture: under a lower one it is blurred instead."""
_MAX_LOCAL_CONTRAST = 4.0
"""The highest local contrast that stays unblurred under a text. The tests allow 6 right
behind the letters; the difference is a margin, because this measure averages over the whole box around the texts."""
_CORNER_RADIUS = 28
_BORDER_WIDTH = 2
_OPACITY_STEPS = 16
"""Steps between a ground's lowest and highest opacity: 2 % each at most, too little to see."""
_BLUR_SCALE, _BLUR_RADIUS = 8, 4
"""A shade's picture is reduced by 8 and blurred by 4 px there, which costs a fraction of 32 px at full size."""
_FLAT_SCALE, _FLAT_RADIUS = 16, 6
"""A surface's picture is blurred until no shape is left of it."""
_HALO_FADE, _HALO_BLUR_FADE = 180, 64
"""The distances around the ink over which a halo's shade and its blur fade out. The blur ends where the part that
stays free for the subject begins."""


class _Surface(NamedTuple):
    """The geometry of a strip or card: its box, and masks as large as the box; a ``mask`` of None covers all of it."""

    box: Box
    mask: "Image | None" = None
    border: "Image | None" = None


class _Shade(NamedTuple):
    """The geometry of a shade: its box, and within it, in the box's own pixels, the part in which it is full.

    It fades out over ``fade`` pixels, and what it lies on is blurred over ``blur_fade`` pixels around the full part.
    """

    box: Box
    full: Box
    fade: int
    blur_fade: int


def paint_ground(picture: "Image", setup: Setup, brand: Brand | None, *, accent: Colour, on_dark: bool) -> Scheme:
    """Paint the template's ground onto the picture: flatten it when it is busy, tint it until the texts are legible.

    ``accent`` is the one to use where the brand has none. Returns the colours in which the texts are legible on it.
    """
    if setup.template.ground is None:
        raise ValueError("a template without texts has no ground")
    shape = _SHAPES[setup.template.ground](setup)
    mean = average_colour(picture, shape.box)
    scheme = choose_scheme(mean, brand, accent, on_dark=on_dark, solid=setup.template.solid)
    zone = setup.stack.ink.expand(setup.scale(INK_MARGIN), setup.size.box)
    if isinstance(shape, _Shade):
        _paint_shade(picture, shape, scheme, setup)
    else:
        _paint_surface(picture, shape, scheme, zone, solid=setup.template.solid)
    counts = count_luminances(sample(picture, zone))
    worst, best = (find_worst(counts, WORST, on_dark=each) for each in (on_dark, not on_dark))
    return scheme.mend_accent(worst, best)


def _paint_surface(picture: "Image", shape: _Surface, scheme: Scheme, zone: Box, *, solid: bool) -> None:
    """Paint a surface through which a hint of the picture's colours is seen: all of it is computed small."""
    from PIL import Image

    box = shape.box
    if solid:
        picture.paste(scheme.ground, box)
    else:
        small = blur(picture, box, _FLAT_SCALE, _FLAT_RADIUS)
        inner = zone.shift(-box.left, -box.top)
        opacity = _find_opacity(small.crop(inner.reduce(_FLAT_SCALE)), scheme, _SURFACE_OPACITY)
        tinted = Image.blend(small, Image.new("RGB", small.size, scheme.ground), opacity)
        picture.paste(enlarge(tinted, box.shift(-box.left, -box.top), _FLAT_SCALE), box, shape.mask)
    if shape.border:
        picture.paste(scheme.ink, box, shape.border)


def _paint_shade(picture: "Image", shade: _Shade, scheme: Scheme, setup: Setup) -> None:
    """Paint a shade, and blur what it lies on where that is so busy that only a solid shade would do."""
    from PIL import Image

    box, size = shade.box, shade.box.size
    zones = _list_zones(setup)
    opacity = _find_shade_opacity(picture, scheme, setup)
    # A tint lowers the contrast of the details under it in proportion to its opacity.
    busyness = max(measure_local_contrast(picture, zone, setup.scale(20)) for zone in zones)
    opacity = max(opacity, 1 - _MAX_LOCAL_CONTRAST / max(busyness, _MAX_LOCAL_CONTRAST))
    if opacity > _MOST_UNBLURRED:
        blurred = blur(picture, box, _BLUR_SCALE, _BLUR_RADIUS * setup.size.unit)
        blurred = enlarge(blurred, box.shift(-box.left, -box.top), _BLUR_SCALE)
        picture.paste(blurred, box, draw_fade(size, shade.full, shade.blur_fade))
        opacity = _find_shade_opacity(picture, scheme, setup)
    # Pillow pastes a picture through a mask in half the time that it takes for a colour.
    picture.paste(Image.new("RGB", size, scheme.ground), box, draw_fade(size, shade.full, shade.fade, opacity))


def _list_zones(setup: Setup) -> list[Box]:
    """List what lies under each text alone: between two texts the picture may be as bright and busy as it is."""
    margin, canvas = setup.scale(INK_MARGIN), setup.size.box
    return [layout.ink_box.expand(margin, canvas) for _, layout in setup.stack.texts]


def _find_shade_opacity(picture: "Image", scheme: Scheme, setup: Setup) -> float:
    """Find the lowest opacity at which every text is legible, and what stands out is so in the accent's own colour."""
    accented = scheme.show_accent()
    lowest, highest = _SHADE_OPACITY
    for (role, layout), zone in zip(setup.stack.texts, _list_zones(setup), strict=True):
        under = sample(picture, zone)
        stands_out = role is Role.KICKER or any(placed.run.marked for placed in layout.runs)
        lowest = _find_opacity(under, scheme, (lowest, highest), accented if stands_out else None)
    return lowest


def _find_opacity(under: "Image", scheme: Scheme, limits: tuple[float, float], accent: Colour | None = None) -> float:
    """Find the lowest opacity of the tint within ``limits`` at which the ink is legible on ``under``, a small copy.

    So is the ``accent``, if there is one. Returns the upper limit if none is enough.
    """
    from PIL import Image

    solid = Image.new("RGB", under.size, scheme.ground)
    lowest, highest = limits
    ink = measure_luminance(scheme.ink)
    contrast = compute_contrast(ink, measure_luminance(scheme.ground))
    if contrast < _LITTLE_CONTRAST:
        highest = 1.0
    most = max(0.97 * contrast, min(contrast, _LEAST_CONTRAST))

    def suffices(step: int) -> bool:
        blended = Image.blend(under, solid, lowest + (highest - lowest) * step / _OPACITY_STEPS)
        counts = count_luminances(blended)
        legible = is_legible(counts, ink, on_dark=scheme.on_dark, most=most)
        if accent is None or not legible:
            return legible
        worst = find_worst(counts, WORST, on_dark=scheme.on_dark)
        return compute_contrast(measure_luminance(accent), worst) >= ACCENT_CONTRAST

    # What one text of a stack needs is mostly enough for the others.
    step = 0 if suffices(0) else bisect.bisect_left(range(_OPACITY_STEPS), True, lo=1, key=suffices)
    return lowest + (highest - lowest) * step / _OPACITY_STEPS


def _shape_strip(setup: Setup) -> _Surface:
    return _Surface(find_strip(setup))


def _shape_card(setup: Setup) -> _Surface:
    box, radius = find_card(setup), setup.scale(_CORNER_RADIUS)
    mask = draw_rounded_rectangle(*box.size, radius)
    return _Surface(box, mask, draw_border(mask, setup.scale(_BORDER_WIDTH), radius))


def _shape_fade(setup: Setup) -> _Shade:
    fade = setup.scale(FADE)
    return _shape_shade(find_full_shade(setup), setup.size.box, fade, fade // 2)


def _shape_halo(setup: Setup) -> _Shade:
    full = setup.stack.ink.expand(setup.scale(INK_MARGIN), setup.size.box)
    return _shape_shade(full, setup.size.box, setup.scale(_HALO_FADE), setup.scale(_HALO_BLUR_FADE))


def _shape_shade(full: Box, canvas: Box, fade: int, blur_fade: int) -> _Shade:
    box = full.expand(fade, canvas)
    return _Shade(box, full.shift(-box.left, -box.top), fade, blur_fade)


_SHAPES: dict[Ground, Callable[[Setup], _Surface | _Shade]] = {
    Ground.STRIP: _shape_strip,
    Ground.CARD: _shape_card,
    Ground.FADE: _shape_fade,
    Ground.HALO: _shape_halo,
}
