"""What lies between the picture and its title: bars, panels, cards and shades, no darker than the title needs."""

import bisect
import functools
from typing import TYPE_CHECKING, NamedTuple

from imagegen.overlay import contrast as light
from imagegen.overlay.templates import HEIGHT, SAFE, WIDTH, Ground, Template
from imagegen.overlay.text.drawing import Box, Lettering

if TYPE_CHECKING:
    from PIL.Image import Image

EASE = 240
"""Pixels over which a shade eases out: at half of that it reads as a dirty band."""
CALM = 4.5
"""The most unrest under a title, in steps of lightness; six are bearable, under a blur there is one."""
_RADIUS = 28
_LINE = 6
_RIM = 2
_AROUND = 8
"""Pixels around the ink that must be as dark as under it."""
_INSIDE = 22
"""Pixels between ink and the edge of its ground, at least."""
_STEPS = 32


class _Shape(NamedTuple):
    """Where a ground lies, how strong its tint and blur are where (None: everywhere), its bright rim, its line."""

    box: Box
    tinted: "Image | None" = None
    blurred: "Image | None" = None
    rim: "Image | None" = None
    line: Box | None = None


def lay(picture: "Image", lettering: Lettering, template: Template) -> None:
    """Paint the template's ground onto the picture: blurred when busy, tinted until white text reads well on it."""
    shape = _SHAPES[template.ground](lettering, template)
    line = shape.line and light.accent(picture)
    zone = lettering.ink.grown(_AROUND)
    tint = light.dark_tint(light.mean(picture.crop(shape.box)))
    opacity = 0.0 if template.blurred else _opacity(picture.crop(zone), tint, template.shade)
    if template.blurred or light.unrest(picture.crop(zone)) * (1 - opacity) > CALM:
        picture.paste(_glass(picture.crop(shape.box)), shape.box, shape.blurred)
        opacity = _opacity(picture.crop(zone), tint, template.shade)
    picture.paste(tint, shape.box, _faded(shape, opacity))
    if shape.rim:
        picture.paste("white", shape.box, shape.rim)
    if shape.line and line:
        picture.paste(line, shape.line)


def _faded(shape: _Shape, opacity: float) -> "Image":
    """The mask of a tint at ``opacity``."""
    from PIL import Image

    if shape.tinted is None:
        return Image.new(
            "L", (shape.box.right - shape.box.left, shape.box.bottom - shape.box.top), round(255 * opacity)
        )
    return shape.tinted.point([round(value * opacity) for value in range(256)])


def _opacity(under: "Image", tint: light.Colour, shade: tuple[float, float]) -> float:
    """The least opacity of ``tint`` at which white text reads well on ``under``."""
    from PIL import Image

    small = under.reduce(2)
    ink = Image.new("RGB", small.size, tint)
    least, most = shade

    def legible(step: int) -> bool:
        return light.legible(Image.blend(small, ink, least + (most - least) * step / _STEPS))

    step = bisect.bisect_left(range(_STEPS), True, key=legible)
    return least + (most - least) * step / _STEPS


def _glass(image: "Image") -> "Image":
    """The image as through frosted glass."""
    from PIL import Image, ImageFilter

    return image.reduce(8).filter(ImageFilter.GaussianBlur(4)).resize(image.size, Image.Resampling.BICUBIC)


def _bar(lettering: Lettering, _: Template) -> _Shape:
    top = min(lettering.body.top - (HEIGHT - lettering.body.bottom), lettering.ink.top - _INSIDE)
    return _Shape(Box(0, top, WIDTH, HEIGHT), line=Box(0, top, WIDTH, top + _LINE))


def _panel(lettering: Lettering, template: Template) -> _Shape:
    right = SAFE + template.inset + lettering.fitted.room.width + template.padding
    return _Shape(Box(0, 0, right, HEIGHT), line=Box(right, 0, right + _LINE, HEIGHT))


def _card(lettering: Lettering, template: Template) -> _Shape:
    body, pad = lettering.body, template.padding
    half = max(body.right - body.left, 300) // 2 + pad + 12
    over = max(pad, body.top - lettering.ink.top + _INSIDE, lettering.ink.bottom - body.bottom + _INSIDE)
    box = Box(WIDTH // 2 - half, body.top - over, WIDTH // 2 + half, body.bottom + over).grown(0)
    line = Box(WIDTH // 2 - 48, box.top, WIDTH // 2 + 48, box.top + _LINE)
    mask = _rounded(box.right - box.left, box.bottom - box.top)
    return _Shape(box, mask, mask, _rim(mask), line)


def _rise(lettering: Lettering, _: Template) -> _Shape:
    from PIL import Image

    full = lettering.ink.top - _AROUND
    top = max(full - EASE, 0)
    column = bytes(_eased((at - (full - EASE)) / EASE) for at in range(top, HEIGHT))
    mask = Image.frombytes("L", (1, len(column)), column).resize((WIDTH, len(column)))
    return _Shape(Box(0, top, WIDTH, HEIGHT), mask, mask)


_VEIL = 0.93
"""The share of its strength that a veil has at the picture's edges."""


_COARSE = 4
"""Pixels to a step of a veil's mask, which is smooth enough to be scaled up."""


def _veil(lettering: Lettering, _: Template) -> _Shape:
    from PIL import Image, ImageChops

    ink = lettering.ink.grown(_AROUND + _COARSE)
    across = bytes(_eased(1 - max(ink.left - at, at - ink.right, 0) / EASE) for at in range(0, WIDTH, _COARSE))
    down = bytes(_eased(1 - max(ink.top - at, at - ink.bottom, 0) / EASE) for at in range(0, HEIGHT, _COARSE))
    coarse = len(across), len(down)
    row = Image.frombytes("L", (len(across), 1), across).resize(coarse)
    column = Image.frombytes("L", (1, len(down)), down).resize(coarse)
    deepest = ImageChops.multiply(row, column).resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR)
    mask = deepest.point([round(255 * _VEIL + value * (1 - _VEIL)) for value in range(256)])
    return _Shape(Box(0, 0, WIDTH, HEIGHT), mask, deepest)


def _eased(share: float) -> int:
    """Smoothstep from 0 to 255."""
    share = min(max(share, 0.0), 1.0)
    return round(255 * share * share * (3 - 2 * share))


@functools.lru_cache(maxsize=1)
def _corner() -> "Image":
    from PIL import Image, ImageDraw

    large = Image.new("L", (8 * _RADIUS, 8 * _RADIUS))
    ImageDraw.Draw(large).ellipse((0, 0, 16 * _RADIUS, 16 * _RADIUS), fill=255)
    return large.reduce(8)


def _rounded(width: int, height: int) -> "Image":
    from PIL import Image

    mask, corner = Image.new("L", (width, height), 255), _corner()
    right, bottom = width - _RADIUS, height - _RADIUS
    flipped = corner.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    for at, part in (((0, 0), corner), ((right, 0), flipped)):
        mask.paste(part, at)
        mask.paste(part.transpose(Image.Transpose.FLIP_TOP_BOTTOM), (at[0], bottom))
    return mask


def _rim(mask: "Image") -> "Image":
    """A faint line just inside the edge, which sets a card off from a dark picture."""
    inner = _rounded(mask.width - 2 * _RIM, mask.height - 2 * _RIM)
    rim = mask.point([value // 6 for value in range(256)])
    rim.paste(0, (_RIM, _RIM), inner)
    return rim


_SHAPES = {
    Ground.BAR: _bar,
    Ground.PANEL: _panel,
    Ground.CARD: _card,
    Ground.RISE: _rise,
    Ground.VEIL: _veil,
}
