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
from imagegen.overlay.templates import HEIGHT, MARGIN, WIDTH, Backdrop, Template
from imagegen.overlay.text.drawing import Box, Layout

if TYPE_CHECKING:
    from PIL.Image import Image

_FADE = 240
"""The distance over which a shade fades out; over half of it the shade reads as a dirty band."""
_MAX_LOCAL_CONTRAST = 4.5
"""The highest local contrast that stays unblurred under a title. The tests allow 6 right
behind the letters; the difference is a margin, because this measure averages over the whole box around the title."""
_CORNER_RADIUS = 28
"""The radius of a card's corners."""
_ACCENT_WIDTH = 6
"""The thickness of the accent line."""
_BORDER_WIDTH = 2
"""The thickness of a card's border."""
_BORDER_FAINTNESS = 6
"""The divisor of the border's opacity: a sixth of white shows on black and stays faint on grey."""
_INK_MARGIN = 8
"""The distance around the ink that is shaded as much as the ink itself. The tests measure contrast up to 4 px and local
contrast up to 7 px from a letter."""
_INK_PADDING = 22
"""The least distance between ink and the edge of its bar or card."""
_CARD_SIDE_PADDING = 12
"""The padding that a card has at its sides in addition to the template's, so that all four sides look the same."""
_CARD_MIN_WIDTH = 300
"""The least width of the text in a card, so that the card of a one-word title stays wider than high."""
_CARD_ACCENT_HALF_WIDTH = 48
"""Half the length of the accent line on a card."""
_OPACITY_STEPS = 32
"""Steps between a template's lowest and highest opacity: about 2 % each, too little to see."""
_BLUR_SCALE, _BLUR_RADIUS = 8, 4
"""A blurred picture is reduced by 8 and blurred by 4 px there, which costs a fraction of 32 px at full size."""
_SCRIM_EDGE = 0.93
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
    opacity = _blur_and_find_opacity(picture, shape, tint, layout.ink_box.expand(_INK_MARGIN), template)
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


def _shape_bar(layout: Layout, _: Template) -> _Shape:
    block = layout.block
    top = min(block.top - (HEIGHT - block.bottom), layout.ink_box.top - _INK_PADDING)
    return _Shape(Box(0, top, WIDTH, HEIGHT), accent_line=Box(0, top, WIDTH, top + _ACCENT_WIDTH))


def _shape_panel(layout: Layout, template: Template) -> _Shape:
    right = MARGIN + template.indent + layout.fitted.box.width + template.padding
    return _Shape(Box(0, 0, right, HEIGHT), accent_line=Box(right, 0, right + _ACCENT_WIDTH, HEIGHT))


def _shape_card(layout: Layout, template: Template) -> _Shape:
    block, ink, padding = layout.block, layout.ink_box, template.padding
    half = max(block.right - block.left, _CARD_MIN_WIDTH) // 2 + padding + _CARD_SIDE_PADDING
    above = max(padding, block.top - ink.top + _INK_PADDING, ink.bottom - block.bottom + _INK_PADDING)
    box = Box(WIDTH // 2 - half, block.top - above, WIDTH // 2 + half, block.bottom + above).expand(0)
    middle = WIDTH // 2
    line = Box(middle - _CARD_ACCENT_HALF_WIDTH, box.top, middle + _CARD_ACCENT_HALF_WIDTH, box.top + _ACCENT_WIDTH)
    mask = _draw_rounded_rectangle(*box.size)
    return _Shape(box, mask, mask, _draw_border(mask), line)


def _shape_gradient(layout: Layout, _: Template) -> _Shape:
    from PIL import Image

    full = layout.ink_box.top - _INK_MARGIN
    top = max(full - _FADE, 0)
    column = bytes(_smoothstep((y - (full - _FADE)) / _FADE) for y in range(top, HEIGHT))
    mask = Image.frombytes("L", (1, len(column)), column).resize((WIDTH, len(column)))
    return _Shape(Box(0, top, WIDTH, HEIGHT), mask, mask)


def _shape_scrim(layout: Layout, _: Template) -> _Shape:
    from PIL import Image, ImageChops

    ink = layout.ink_box.expand(_INK_MARGIN + _SCRIM_SCALE)
    across, down = _fade_out(ink.left, ink.right, WIDTH), _fade_out(ink.top, ink.bottom, HEIGHT)
    small = len(across), len(down)
    row = Image.frombytes("L", (len(across), 1), across).resize(small)
    column = Image.frombytes("L", (1, len(down)), down).resize(small)
    around_ink = ImageChops.multiply(row, column).resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR)
    mask = around_ink.point([round(255 * _SCRIM_EDGE + value * (1 - _SCRIM_EDGE)) for value in range(256)])
    return _Shape(Box(0, 0, WIDTH, HEIGHT), mask, around_ink)


def _fade_out(start: int, end: int, length: int) -> bytes:
    """Sample a mask along one axis: 255 from ``start`` to ``end``, fading to 0 on both sides."""
    return bytes(_smoothstep(1 - max(start - at, at - end, 0) / _FADE) for at in range(0, length, _SCRIM_SCALE))


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
