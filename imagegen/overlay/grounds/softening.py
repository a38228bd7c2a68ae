"""Pictures without detail, computed small: what is blurred anyway costs a fraction so and loses nothing."""

from typing import TYPE_CHECKING

from imagegen.overlay.geometry import Box

if TYPE_CHECKING:
    from PIL.Image import Image

_PIXEL = 2
"""The side of the squares of one colour that an enlarged copy is made of: no step between two of them can be seen."""


def blur(image: "Image", part: Box, scale: int, radius: float) -> "Image":
    """Return a copy of a part, ``scale`` times smaller and blurred until only its colours are left."""
    from PIL import ImageFilter

    return image.reduce(scale, part).filter(ImageFilter.GaussianBlur(radius))


def enlarge(small: "Image", part: Box, scale: int) -> "Image":
    """Enlarge a part of a smooth picture, in pixels of the result, by ``scale``."""
    from PIL import Image

    width, height = part.size
    coarse = -(-width // _PIXEL), -(-height // _PIXEL)
    ends = (part.left + coarse[0] * _PIXEL) / scale, (part.top + coarse[1] * _PIXEL) / scale
    box = part.left / scale, part.top / scale, min(ends[0], small.width), min(ends[1], small.height)
    enlarged = small.resize(coarse, Image.Resampling.BILINEAR, box=box)
    return enlarged.resize(part.size, Image.Resampling.NEAREST, box=(0, 0, width / _PIXEL, height / _PIXEL))
