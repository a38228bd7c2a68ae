"""The backdrop between picture and title: bars, panels, cards and shades, no darker than the title needs.

Lengths are pixels of the 1200×630 picture. Numbers without another source were chosen by eye on the contact sheets
that ``tests/overlay/sheets.py`` draws.
"""

import bisect
import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from imagegen.overlay.contrast import (
    Colour,
    average_colour,
    choose_accent,
    choose_tint,
    is_legible,
    measure_local_contrast,
)
from imagegen.overlay.grounds import ACCENT_WIDTH, FADE, INK_MARGIN, find_bar, find_card, find_panel
from imagegen.overlay.templates import HEIGHT, WIDTH, Backdrop, Template
from imagegen.overlay.text.drawing import Box, Layout

if TYPE_CHECKING:
    from PIL.Image import Image

_MAX_LOCAL_CONTRAST = 4.5
"""The highest local contrast that stays unblurred under a title. The tests allow 6 right
behind the letters; the difference is a margin, because this measure averages over the whole box around the title."""
_CORNER_RADIUS = 28
"""The radius of a card's corners."""
_BORDER_WIDTH = 2
"""The thickness of a card's border."""
_BORDER_FAINTNESS = 6
"""The divisor of the border's opacity: a sixth of white shows on black and stays faint on grey."""
_CARD_ACCENT_HALF_WIDTH = 48
"""Half the length of the accent line on a card."""
_OPACITY_STEPS = 32
"""Steps between a template's lowest and highest opacity: about 2 % each, too little to see."""
_BLUR_SCALE, _BLUR_RADIUS = 8, 4
"""A blurred picture is reduced by 8 and blurred by 4 px there, which costs a fraction of 32 px at full size."""
_SCRIM_FADE, _SCRIM_BLUR_FADE = 180, 64
"""The distances around the ink over which a scrim's shade and its blur fade out. The blur ends where the part that
stays free for the subject begins."""
_SCRIM_EDGE = 0.5
"""The share of its full opacity that a scrim has at the picture's edges."""
_SCRIM_SCALE = 4
"""The factor by which a scrim's mask is computed smaller; it is smooth enough to be scaled up."""
_ANTIALIASING = 8
"""The factor by which a card's corner is drawn larger and then reduced."""


class _Shape(NamedTuple):
    """The geometry of a backdrop: its box, masks as large as the box, and the box of its accent line.

    A mask of None covers the whole box; a border of None draws none.
    """

    box: Box
    tint_mask: "Image | None" = None
    blur_mask: "Image | None" = None
    border: "Image | None" = None
    accent_line: Box | None = None


def paint_backdrop(picture: "Image", layout: Layout, template: Template) -> None:
    """Paint the template's backdrop onto the picture: blur it when it is busy, tint it until white text is legible."""
    shape = _SHAPES[template.backdrop](layout, template)
    # Read before anything is painted: the accent is the picture's own.
    accent = choose_accent(picture) if shape.accent_line else None
    tint = choose_tint(average_colour(picture.crop(shape.box)))
    opacity = _blur_and_find_opacity(picture, shape, tint, layout.ink_box.expand(INK_MARGIN), template)
    picture.paste(tint, shape.box, _scale_tint_mask(shape, opacity))
    if shape.border:
        picture.paste("white", shape.box, shape.border)
    if accent and shape.accent_line:
        picture.paste(accent, shape.accent_line)


def _blur_and_find_opacity(picture: "Image", shape: _Shape, tint: Colour, zone: Box, template: Template) -> float:
    """Blur the picture under the backdrop if the template or a busy ``zone`` asks for it; return the tint's opacity."""
    if not template.blurred:
        opacity = _find_opacity(picture.crop(zone), tint, template.opacity)
        # A tint of this opacity lowers the contrast of the details under it in proportion.
        if measure_local_contrast(picture.crop(zone)) * (1 - opacity) <= _MAX_LOCAL_CONTRAST:
            return opacity
    picture.paste(_blur(picture.crop(shape.box)), shape.box, shape.blur_mask)
    return _find_opacity(picture.crop(zone), tint, template.opacity)


def _scale_tint_mask(shape: _Shape, opacity: float) -> "Image":
    """Multiply the shape's tint mask by ``opacity``."""
    from PIL import Image

    if shape.tint_mask is None:
        return Image.new("L", shape.box.size, round(255 * opacity))
    return shape.tint_mask.point([round(value * opacity) for value in range(256)])


def _find_opacity(under: "Image", tint: Colour, limits: tuple[float, float]) -> float:
    """Find the lowest opacity of ``tint`` within ``limits`` at which white text is legible on ``under``.

    Returns the upper limit if none is enough.
    """
    from PIL import Image

    # Half size costs a quarter; the contrast targets allow for the error.
    small = under.reduce(2)
    solid = Image.new("RGB", small.size, tint)
    lowest, highest = limits

    def suffices(step: int) -> bool:
        return is_legible(Image.blend(small, solid, lowest + (highest - lowest) * step / _OPACITY_STEPS))

    step = bisect.bisect_left(range(_OPACITY_STEPS), True, key=suffices)
    return lowest + (highest - lowest) * step / _OPACITY_STEPS


def _blur(image: "Image") -> "Image":
    """Blur the image until only its colours are left, like frosted glass."""
    from PIL import Image, ImageFilter

    small = image.reduce(_BLUR_SCALE).filter(ImageFilter.GaussianBlur(_BLUR_RADIUS))
    return small.resize(image.size, Image.Resampling.BICUBIC)


def _shape_bar(layout: Layout, template: Template) -> _Shape:
    box = find_bar(layout, template)
    return _Shape(box, accent_line=Box(0, box.top, WIDTH, box.top + ACCENT_WIDTH))


def _shape_panel(layout: Layout, template: Template) -> _Shape:
    box = find_panel(layout, template)
    return _Shape(box, accent_line=Box(box.right, 0, box.right + ACCENT_WIDTH, HEIGHT))


def _shape_card(layout: Layout, template: Template) -> _Shape:
    box, middle = find_card(layout, template), WIDTH // 2
    line = Box(middle - _CARD_ACCENT_HALF_WIDTH, box.top, middle + _CARD_ACCENT_HALF_WIDTH, box.top + ACCENT_WIDTH)
    mask = _draw_rounded_rectangle(*box.size)
    return _Shape(box, mask, mask, _draw_border(mask), line)


def _shape_gradient(layout: Layout, _: Template) -> _Shape:
    from PIL import Image

    full = layout.ink_box.top - INK_MARGIN
    top = max(full - FADE, 0)
    size = WIDTH, HEIGHT - top
    shade, blur = (
        Image.frombytes("L", (1, size[1]), _fade_out(full, HEIGHT, range(top, HEIGHT), fade)).resize(size)
        for fade in (FADE, FADE // 2)
    )
    return _Shape(Box(0, top, WIDTH, HEIGHT), shade, blur)


def _shape_scrim(layout: Layout, _: Template) -> _Shape:
    shade = _draw_around(layout.ink_box, _SCRIM_FADE)
    mask = shade.point([round(255 * _SCRIM_EDGE + value * (1 - _SCRIM_EDGE)) for value in range(256)])
    return _Shape(Box(0, 0, WIDTH, HEIGHT), mask, _draw_around(layout.ink_box, _SCRIM_BLUR_FADE))


def _draw_around(ink_box: Box, fade: int) -> "Image":
    """Draw a mask as large as the picture: 255 around the ink, fading to 0 on all sides."""
    from PIL import Image, ImageChops

    ink = ink_box.expand(INK_MARGIN + _SCRIM_SCALE)
    across = _fade_out(ink.left, ink.right, range(0, WIDTH, _SCRIM_SCALE), fade)
    down = _fade_out(ink.top, ink.bottom, range(0, HEIGHT, _SCRIM_SCALE), fade)
    small = len(across), len(down)
    row = Image.frombytes("L", (len(across), 1), across).resize(small)
    column = Image.frombytes("L", (1, len(down)), down).resize(small)
    return ImageChops.multiply(row, column).resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR)


def _fade_out(start: int, end: int, places: range, fade: int) -> bytes:
    """Sample a mask along one axis: 255 from ``start`` to ``end``, fading to 0 on both sides."""
    return bytes(_smoothstep(1 - max(start - at, at - end, 0) / fade) for at in places)


def _smoothstep(share: float) -> int:
    """Map 0..1 to 0..255 with a slope of zero at both ends."""
    share = min(max(share, 0.0), 1.0)
    return round(255 * share * share * (3 - 2 * share))


@functools.lru_cache(maxsize=1)
def _draw_corner() -> "Image":
    from PIL import Image, ImageDraw

    size = _ANTIALIASING * _CORNER_RADIUS
    large = Image.new("L", (size, size))
    ImageDraw.Draw(large).ellipse((0, 0, 2 * size, 2 * size), fill=255)
    return large.reduce(_ANTIALIASING)


def _draw_rounded_rectangle(width: int, height: int) -> "Image":
    from PIL import Image

    mask, corner = Image.new("L", (width, height), 255), _draw_corner()
    right, bottom = width - _CORNER_RADIUS, height - _CORNER_RADIUS
    flipped = corner.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    for x, top_corner in ((0, corner), (right, flipped)):
        mask.paste(top_corner, (x, 0))
        mask.paste(top_corner.transpose(Image.Transpose.FLIP_TOP_BOTTOM), (x, bottom))
    return mask


def _draw_border(mask: "Image") -> "Image":
    """Draw a faint line just inside the mask's edge, which sets a card off from a dark picture."""
    inner = _draw_rounded_rectangle(mask.width - 2 * _BORDER_WIDTH, mask.height - 2 * _BORDER_WIDTH)
    border = mask.point([value // _BORDER_FAINTNESS for value in range(256)])
    border.paste(0, (_BORDER_WIDTH, _BORDER_WIDTH), inner)
    return border


_SHAPES: dict[Backdrop, Callable[[Layout, Template], _Shape]] = {
    Backdrop.BAR: _shape_bar,
    Backdrop.PANEL: _shape_panel,
    Backdrop.CARD: _shape_card,
    Backdrop.GRADIENT: _shape_gradient,
    Backdrop.SCRIM: _shape_scrim,
}
