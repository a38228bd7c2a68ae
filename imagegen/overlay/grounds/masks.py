"""Masks of grounds: rounded corners, borders, and shades that fade out."""

import functools
from typing import TYPE_CHECKING

from imagegen.overlay.geometry import Box

if TYPE_CHECKING:
    from PIL.Image import Image

_BORDER_FAINTNESS = 7
"""The divisor of a border's opacity: a seventh of the ink shows on a ground of the other theme and stays faint."""
_ANTIALIASING = 8
"""The factor by which a corner is drawn larger and then reduced."""


def draw_fade(size: tuple[int, int], full: Box, fade: int, depth: float = 1.0) -> "Image":
    """Draw a mask: 255 × ``depth`` within ``full``, fading to 0 over ``fade`` pixels where the canvas goes on."""
    from PIL import Image, ImageChops

    width, height = size
    row = Image.frombytes("L", (width, 1), _fade_out(full.left, full.right, width, fade))
    row = row.point([round(value * depth) for value in range(256)]).resize(size, Image.Resampling.NEAREST)
    if full.top <= 0 and full.bottom >= height:
        return row
    column = Image.frombytes("L", (1, height), _fade_out(full.top, full.bottom, height, fade))
    return ImageChops.multiply(row, column.resize(size, Image.Resampling.NEAREST))


def _fade_out(start: int, end: int, length: int, fade: int) -> bytes:
    """Sample a mask along one axis: full from ``start`` to ``end``, fading to 0 on both sides."""
    ramp = _draw_ramp(fade)
    whole = ramp[:0:-1] + ramp[:1] * (end - start + 1) + ramp[1:]
    first = start - fade
    return (bytes(max(first, 0)) + whole[max(-first, 0) :]).ljust(length, b"\0")[:length]


@functools.lru_cache(maxsize=32)
def _draw_ramp(fade: int) -> bytes:
    """Sample the way from 255 to 0 over ``fade`` pixels, with a slope of zero at both ends."""
    shares = (1 - at / fade for at in range(fade + 1))
    return bytes(round(255 * share * share * (3 - 2 * share)) for share in shares)


@functools.lru_cache(maxsize=4)
def _draw_corner(radius: int) -> "Image":
    from PIL import Image, ImageDraw

    size = _ANTIALIASING * radius
    large = Image.new("L", (size, size))
    ImageDraw.Draw(large).ellipse((0, 0, 2 * size, 2 * size), fill=255)
    return large.reduce(_ANTIALIASING)


def draw_rounded_rectangle(width: int, height: int, radius: int) -> "Image":
    """Draw a filled rectangle with rounded corners, antialiased."""
    from PIL import Image

    mask, corner = Image.new("L", (width, height), 255), _draw_corner(radius)
    right, bottom = width - radius, height - radius
    flipped = corner.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    for x, top_corner in ((0, corner), (right, flipped)):
        mask.paste(top_corner, (x, 0))
        mask.paste(top_corner.transpose(Image.Transpose.FLIP_TOP_BOTTOM), (x, bottom))
    return mask


def draw_border(mask: "Image", width: int, radius: int) -> "Image":
    """Draw a faint line just inside the edge of a rounded rectangle, which sets it off from a picture like it."""
    inner = draw_rounded_rectangle(mask.width - 2 * width, mask.height - 2 * width, radius)
    border = mask.point([value // _BORDER_FAINTNESS for value in range(256)])
    border.paste(0, (width, width), inner)
    return border
