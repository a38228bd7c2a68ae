"""Decoding of a provider's picture: known formats only, bounded in memory, turned upright."""

import importlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from imagegen.errors import PassingFailure
from storage import mediatypes

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True, slots=True)
class _Format:
    """A picture format: Pillow's name and plugin for it, and the most pixels that decode within 300 MB."""

    name: str
    plugin: str
    max_pixels: int = 25_000_000
    """Half as much again as the largest picture that a model makes (4096×4096)."""


_FORMATS = {
    "image/png": _Format("PNG", "PngImagePlugin"),
    "image/jpeg": _Format("JPEG", "JpegImagePlugin"),
    # Its decoder keeps four copies of the canvas.
    "image/webp": _Format("WEBP", "WebPImagePlugin", 12_500_000),
    "image/gif": _Format("GIF", "GifImagePlugin"),
    "image/avif": _Format("AVIF", "AvifImagePlugin", 20_000_000),
    "image/tiff": _Format("TIFF", "TiffImagePlugin"),
    # Its decoder keeps four bytes for each value of each pixel.
    "image/jp2": _Format("JPEG2000", "Jpeg2KImagePlugin", 11_000_000),
    "image/bmp": _Format("BMP", "BmpImagePlugin"),
}
"""The formats that are decoded, by media type. Pillow knows more; those are rare, or run other programs."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture. ``width``, ``height`` and ``format`` describe the file that the provider sent."""

    image: "Image"
    width: int
    height: int
    format: str


def content_type(data: bytes) -> str:
    """Return the media type of a picture's bytes, by their signature."""
    return mediatypes.sniff(data[: mediatypes.SNIFFED])


def decode(data: bytes, *, least: int = 1200) -> Picture:
    """Decode a picture completely; of an animation, decode the first frame.

    A JPEG of more than twice ``least`` pixels on each side is decoded at a half, a quarter or an eighth of its size,
    which is faster and keeps at least so many: give the longest side of what will be made of it.
    Raises PassingFailure("bad_picture") for bytes that are truncated, damaged, too large or not a picture.
    """
    found = _FORMATS.get(content_type(data))
    if found is None:
        known = ", ".join(one.name for one in _FORMATS.values())
        raise _bad_picture(f"not a picture in a format that is decoded here: {known} ({len(data)} bytes)")
    importlib.import_module(f"PIL.{found.plugin}")
    try:
        return _load(data, found, least)
    except PassingFailure:
        raise
    except Exception as error:  # what was paid for is kept and counted, whatever a decoder makes of it
        from PIL import UnidentifiedImageError

        # Pillow's own words for it name an address in memory.
        is_unknown = isinstance(error, UnidentifiedImageError)
        reason = "it only begins like one" if is_unknown else str(error) or type(error).__name__
        raise _bad_picture(f"the {found.name} picture cannot be decoded ({reason})") from error


def _load(data: bytes, found: _Format, least: int) -> Picture:
    from PIL import Image, ImageOps

    name = found.name
    image: Image.Image = Image.open(io.BytesIO(data), formats=[name])
    width, height = image.size
    if width * height > found.max_pixels:
        raise _bad_picture(f"the {name} picture is {width}×{height} pixels; at most {found.max_pixels:,} are decoded")
    if name == "PNG":
        # Decoding alone does not check the checksums.
        image.verify()
        image = Image.open(io.BytesIO(data), formats=[name])
    image.draft("RGB", (least, least))
    image.load()
    ImageOps.exif_transpose(image, in_place=True)
    return Picture(image, width, height, name)


def _bad_picture(message: str) -> PassingFailure:
    return PassingFailure("bad_picture", message)
