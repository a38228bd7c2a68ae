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
    compute_contrast,
    count_luminances,
    find_worst,
    is_legible,
    measure_local_contrast,
)
from imagegen.overlay.grounds.masks import draw_border, draw_fade, draw_rounded_rectangle
from imagegen.overlay.grounds.schemes import ACCENT_CONTRAST, Scheme, choose_scheme
from imagegen.overlay.templates import Ground

if TYPE_CHECKING:
    from PIL.Image import Image

_SURFACE_OPACITY, _SHADE_OPACITY = (0.84, 0.97), (0.62, 0.94)
"""The lowest and the highest opacity of a strip's or card's tint, and of a shade's.

What is under a surface is a hint of colour; under a shade it stays a picture."""
_MOST_UNBLURRED = 0.84
"""The opacity above which a shade would hide the picture: under a lower one it is blurred instead."""
_MAX_LOCAL_CONTRAST = 4.0
"""The highest local contrast that stays unblurred under a text. The tests allow 6 right
behind the letters; the difference is a margin, because this measure averages over the whole box around the texts."""
_CORNER_RADIUS = 28
_BORDER_WIDTH = 2
_OPACITY_STEPS = 32
"""Steps between a ground's lowest and highest opacity: about 2 % each, too little to see."""
_SAMPLED = 320
"""The longer side of a sample of pixels: some ten thousand, of which the worst hundredth is a hundred."""
_BLUR_SCALE, _BLUR_RADIUS = 8, 4
"""A shade's picture is reduced by 8 and blurred by 4 px there, which costs a fraction of 32 px at full size."""
_FLAT_SCALE, _FLAT_RADIUS = 16, 6
"""A surface's picture is blurred until no shape is left of it."""
_HALO_FADE, _HALO_BLUR_FADE = 180, 64
"""The distances around the ink over which a halo's shade and its blur fade out. The blur ends where the part that
stays free for the subject begins."""


class _Shape(NamedTuple):
    """The geometry of a ground: its box, and masks as large as the box.

    A ``mask`` of None covers the whole box; only shades blur what they lie on.
    """

    box: Box
    mask: "Image | None" = None
    draw_blur_mask: "Callable[[], Image] | None" = None
    border: "Image | None" = None


def paint_ground(picture: "Image", setup: Setup, brand: Brand | None, *, accent: Colour, on_dark: bool) -> Scheme:
    """Paint the template's ground onto the picture: flatten it when it is busy, tint it until the texts are legible.

    ``accent`` is the one to use where the brand has none. Returns the colours in which the texts are legible on it.
    """
    if setup.template.ground is None:
        raise ValueError("a template without texts has no ground")
    shape = _SHAPES[setup.template.ground](setup)
    under = picture.crop(shape.box)
    scheme = choose_scheme(under, brand, accent, on_dark=on_dark, solid=setup.template.solid)
    zone = setup.stack.ink.expand(setup.scale(INK_MARGIN), setup.size.box)
    if setup.template.solid:
        picture.paste(scheme.ground, shape.box)
    elif setup.template.ground in (Ground.FADE, Ground.HALO):
        _paint_shade(picture, shape, scheme, setup)
    else:
        _paint_surface(picture, under, shape, scheme, zone)
    if shape.border:
        picture.paste(scheme.ink, shape.box, shape.border)
    counts = count_luminances(_sample(picture.crop(zone)))
    return scheme.mend_accent(find_worst(counts, WORST, on_dark=on_dark))


def _paint_surface(picture: "Image", under: "Image", shape: _Shape, scheme: Scheme, zone: Box) -> None:
    """Paint a surface through which a hint of the picture's colours is seen: all of it is computed small."""
    from PIL import Image

    small = _blur(under, _FLAT_SCALE, _FLAT_RADIUS)
    left, top = zone.left - shape.box.left, zone.top - shape.box.top
    inner = Box(left, top, left + zone.size[0], top + zone.size[1])
    opacity = _find_opacity(small.crop(inner.reduce(_FLAT_SCALE)), scheme, _SURFACE_OPACITY)
    tinted = Image.blend(small, Image.new("RGB", small.size, scheme.ground), opacity)
    picture.paste(_enlarge(tinted, shape.box, _FLAT_SCALE), shape.box, shape.mask)


def _paint_shade(picture: "Image", shape: _Shape, scheme: Scheme, setup: Setup) -> None:
    """Paint a shade, and blur what it lies on where that is so busy that only a solid shade would do."""
    zones = _list_zones(setup)
    opacity = _find_shade_opacity(picture, scheme, setup)
    # A tint lowers the contrast of the details under it in proportion to its opacity.
    busyness = max(measure_local_contrast(picture.crop(zone), setup.scale(20)) for zone in zones)
    opacity = max(opacity, 1 - _MAX_LOCAL_CONTRAST / max(busyness, _MAX_LOCAL_CONTRAST))
    if opacity > _MOST_UNBLURRED and shape.draw_blur_mask:
        blurred = _blur(picture.crop(shape.box), _BLUR_SCALE, _BLUR_RADIUS * setup.size.unit)
        picture.paste(_enlarge(blurred, shape.box, _BLUR_SCALE), shape.box, shape.draw_blur_mask())
        opacity = _find_shade_opacity(picture, scheme, setup)
    if shape.mask:
        picture.paste(scheme.ground, shape.box, shape.mask.point([round(value * opacity) for value in range(256)]))


def _list_zones(setup: Setup) -> list[Box]:
    """List what lies under each text alone: between two texts the picture may be as bright and busy as it is."""
    margin, canvas = setup.scale(INK_MARGIN), setup.size.box
    return [layout.ink_box.expand(margin, canvas) for _, layout in setup.stack.texts]


def _find_shade_opacity(picture: "Image", scheme: Scheme, setup: Setup) -> float:
    """Find the lowest opacity at which every text is legible, and what stands out is so in the accent's own colour."""
    accented = scheme.show_accent()
    found = []
    for (role, layout), zone in zip(setup.stack.texts, _list_zones(setup), strict=True):
        under = _sample(picture.crop(zone))
        stands_out = role is Role.KICKER or any(placed.run.marked for placed in layout.runs)
        found.append(_find_opacity(under, scheme, _SHADE_OPACITY, accented if stands_out else None))
    return max(found)


def _find_opacity(under: "Image", scheme: Scheme, limits: tuple[float, float], accent: Colour | None = None) -> float:
    """Find the lowest opacity of the tint within ``limits`` at which the ink is legible on ``under``, a small copy.

    So is the ``accent``, if there is one. Returns the upper limit if none is enough.
    """
    from PIL import Image

    solid = Image.new("RGB", under.size, scheme.ground)
    lowest, highest = limits
    ink = measure_luminance(scheme.ink)
    most = 0.97 * compute_contrast(ink, measure_luminance(scheme.ground))

    def suffices(step: int) -> bool:
        blended = Image.blend(under, solid, lowest + (highest - lowest) * step / _OPACITY_STEPS)
        legible = is_legible(blended, ink, on_dark=scheme.on_dark, most=most)
        if accent is None or not legible:
            return legible
        worst = find_worst(count_luminances(blended), WORST, on_dark=scheme.on_dark)
        return compute_contrast(measure_luminance(accent), worst) >= ACCENT_CONTRAST

    step = bisect.bisect_left(range(_OPACITY_STEPS), True, key=suffices)
    return lowest + (highest - lowest) * step / _OPACITY_STEPS


def _sample(image: "Image") -> "Image":
    """Return some of the image's pixels, enough to count its light; a mean would hide the extremes of grain."""
    from PIL import Image

    scale = min(_SAMPLED / max(image.size), 1.0)
    width, height = image.size
    return image.resize((max(round(width * scale), 1), max(round(height * scale), 1)), Image.Resampling.NEAREST)


def _blur(image: "Image", scale: int, radius: float) -> "Image":
    """Return a small copy of the image, blurred until only its colours are left, like frosted glass."""
    from PIL import ImageFilter

    return image.reduce(scale).filter(ImageFilter.GaussianBlur(radius))


def _enlarge(small: "Image", box: Box, scale: int) -> "Image":
    """Enlarge a copy that was reduced by ``scale`` to its box's size."""
    from PIL import Image

    width, height = box.size
    return small.resize(box.size, Image.Resampling.BILINEAR, box=(0, 0, width / scale, height / scale))


def _shape_strip(setup: Setup) -> _Shape:
    return _Shape(find_strip(setup))


def _shape_card(setup: Setup) -> _Shape:
    box, radius = find_card(setup), setup.scale(_CORNER_RADIUS)
    mask = draw_rounded_rectangle(*box.size, radius)
    return _Shape(box, mask, border=draw_border(mask, setup.scale(_BORDER_WIDTH), radius))


def _shape_fade(setup: Setup) -> _Shape:
    fade = setup.scale(FADE)
    return _shape_shade(find_full_shade(setup), setup.size.box, fade, fade // 2)


def _shape_halo(setup: Setup) -> _Shape:
    full = setup.stack.ink.expand(setup.scale(INK_MARGIN), setup.size.box)
    return _shape_shade(full, setup.size.box, setup.scale(_HALO_FADE), setup.scale(_HALO_BLUR_FADE))


def _shape_shade(full: Box, canvas: Box, fade: int, blur_fade: int) -> _Shape:
    box = full.expand(fade, canvas)
    inner = full.shift(-box.left, -box.top)
    return _Shape(box, draw_fade(box.size, inner, fade), lambda: draw_fade(box.size, inner, blur_fade))


_SHAPES: dict[Ground, Callable[[Setup], _Shape]] = {
    Ground.STRIP: _shape_strip,
    Ground.CARD: _shape_card,
    Ground.FADE: _shape_fade,
    Ground.HALO: _shape_halo,
}
