"""The picture laid on the canvas: resized from its crop, in sRGB, and extended where it does not reach."""

import itertools
from typing import TYPE_CHECKING

from imagegen.overlay.colours import convert_for_averaging, convert_to_srgb
from imagegen.overlay.crop import Placement
from imagegen.overlay.geometry import Box
from imagegen.overlay.grounds.softening import enlarge

if TYPE_CHECKING:
    from PIL.Image import Image

_SCALE = 10
"""The factor by which an extension is computed smaller; it is blurred, so nothing of it is lost."""
_EDGE = 0.01
"""The share of the picture at each of its edges that is stretched to an extension."""
_BLUR_RADIUS = 5
"""The blur of an extension in its own pixels."""
_FEATHER = 64
"""Pixels over which the picture fades into its extension."""


def lay_picture(picture: "Image", at: Placement, shown: Box | None = None) -> "Image":
    """Return the canvas with a decoded picture on it, in RGB.

    A surface hides what lies beyond ``shown``, so the picture need not fade out there.
    """
    from PIL import Image

    left, top, right, bottom = at.covered
    shown = shown or at.canvas
    averaged = convert_for_averaging(picture)
    seen = convert_to_srgb(averaged.resize((right - left, bottom - top), Image.Resampling.BICUBIC, box=at.source))
    if seen.size == at.canvas.size:
        return seen
    extension = _extend(seen, left, top, at.canvas.size)
    if at.covered.holds(shown):
        canvas = Image.new("RGB", at.canvas.size)
        for bare in _list_bare(at):
            canvas.paste(enlarge(extension, bare, _SCALE), bare)
        canvas.paste(seen, (left, top))
        return canvas
    canvas = enlarge(extension, at.canvas, _SCALE)
    canvas.paste(seen, (left, top), _draw_feather(seen.size, at, shown))
    return canvas


def _list_bare(at: Placement) -> list[Box]:
    """List the parts of the canvas beside the picture, above it and below it."""
    canvas, covered = at.canvas, at.covered
    boxes = (
        canvas._replace(right=covered.left),
        canvas._replace(left=covered.right),
        Box(covered.left, canvas.top, covered.right, covered.top),
        Box(covered.left, covered.bottom, covered.right, canvas.bottom),
    )
    return [box for box in boxes if min(box.size) > 0]


def _extend(seen: "Image", left: int, top: int, size: tuple[int, int]) -> "Image":
    """Fill a small canvas with the edges of the picture, stretched outwards and blurred until only colours are left."""
    from PIL import Image, ImageFilter

    width, height = -(-size[0] // _SCALE), -(-size[1] // _SCALE)
    tile = _keep_edges(seen, across=seen.width < size[0])
    small = Image.new("RGB", (width, height))
    columns = _list_bands(left // _SCALE, tile.width, width)
    rows = _list_bands(top // _SCALE, tile.height, height)
    for (x, right, from_x, to_x), (y, bottom, from_y, to_y) in itertools.product(columns, rows):
        band = tile.crop((from_x, from_y, to_x, to_y))
        small.paste(band.resize((right - x, bottom - y), Image.Resampling.BILINEAR), (x, y))
    return small.filter(ImageFilter.GaussianBlur(_BLUR_RADIUS))


def _keep_edges(seen: "Image", *, across: bool) -> "Image":
    """Return a small picture that fades from one edge to the opposite one: nothing in between glows beyond it."""
    from PIL import Image

    width, height = max(seen.width // _SCALE, 1), max(seen.height // _SCALE, 1)
    ends = Image.new("RGB", (2, height) if across else (width, 2))
    across_depth, down_depth = seen.width / width, seen.height / height
    for number in range(2):
        box: tuple[float, float, float, float]
        if across:
            left = number * (seen.width - across_depth)
            line, box = (1, height), (left, 0.0, left + across_depth, seen.height)
        else:
            top = number * (seen.height - down_depth)
            line, box = (width, 1), (0.0, top, seen.width, top + down_depth)
        ends.paste(seen.resize(line, Image.Resampling.BOX, box=box), (number, 0) if across else (0, number))
    return ends.resize((width, height), Image.Resampling.BILINEAR)


def _list_bands(start: int, length: int, end: int) -> list[tuple[int, int, int, int]]:
    """List the bands of an axis that are not empty: where each starts and ends, and which part of the picture fills it.

    They are what lies before the picture, the picture itself, and what lies after it.
    """
    depth = max(round(length * _EDGE), 1)
    stop = min(start + length, end)
    bands = [(0, start, 0, depth), (start, stop, 0, stop - start), (stop, end, length - depth, length)]
    return [band for band in bands if band[1] > band[0]]


def _draw_feather(size: tuple[int, int], at: Placement, shown: Box) -> "Image":
    """Draw a mask that fades out at the edges of the picture that can be seen."""
    from PIL import Image, ImageChops

    left, top, right, bottom = at.covered
    across = _fade(right - left, left > shown.left, right < shown.right)
    down = _fade(bottom - top, top > shown.top, bottom < shown.bottom)
    row = Image.frombytes("L", (len(across), 1), across).resize(size)
    return ImageChops.multiply(row, Image.frombytes("L", (1, len(down)), down).resize(size))


def _fade(length: int, at_start: bool, at_end: bool) -> bytes:
    """Sample a mask along one axis: 255, fading to 0 at the ends that are named."""
    depth = min(_FEATHER, length // 6)
    rising = bytes(255 * at // depth for at in range(depth))
    middle = bytes([255]) * (length - depth * (at_start + at_end))
    return (rising if at_start else b"") + middle + (rising[::-1] if at_end else b"")
