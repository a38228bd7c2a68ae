"""Decoding of a provider's picture: known formats only, bounded in memory, turned upright."""

import importlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from imagegen.errors import PassingFailure
from imagegen.overlay.templates import WIDTH

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True, slots=True)
class _Format:
    """A picture format: its signatures, media type and Pillow plugin, and the most pixels that decode within 300 MB."""

    signatures: tuple[bytes, ...]
    offset: int
    media_type: str
    plugin: str
    max_pixels: int = 25_000_000
    """Half as much again as the largest picture that a model makes (4096×4096)."""


_FORMATS = {
    "PNG": _Format((b"\x89PNG\r\n\x1a\n",), 0, "image/png", "PngImagePlugin"),
    "JPEG": _Format((b"\xff\xd8\xff",), 0, "image/jpeg", "JpegImagePlugin"),
    # Its decoder keeps four copies of the canvas.
    "WEBP": _Format((b"WEBP",), 8, "image/webp", "WebPImagePlugin", 12_500_000),
    "GIF": _Format((b"GIF8",), 0, "image/gif", "GifImagePlugin"),
    "AVIF": _Format((b"ftypavif", b"ftypavis"), 4, "image/avif", "AvifImagePlugin", 20_000_000),
    "TIFF": _Format((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), 0, "image/tiff", "TiffImagePlugin"),
    # Its decoder keeps four bytes for each value of each pixel.
    "JPEG2000": _Format(
        (b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51"), 0, "image/jp2", "Jpeg2KImagePlugin", 11_000_000
    ),
    "BMP": _Format((b"BM",), 0, "image/bmp", "BmpImagePlugin"),
}
"""The formats that are decoded. Pillow knows more; those are rare, or their decoders run other programs."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture. ``width``, ``height`` and ``format`` describe the file that the provider sent."""

    image: "Image"
    width: int
    height: int
    format: str


def content_type(data: bytes) -> str:
    """Return the media type of a picture's bytes, by their signature."""
    name = _detect_format(data)
    return _FORMATS[name].media_type if name else "application/octet-stream"


def _detect_format(data: bytes) -> str | None:
    return next((name for name, kind in _FORMATS.items() if data.startswith(kind.signatures, kind.offset)), None)


def decode(data: bytes) -> Picture:
    """Decode a picture completely; of an animation, decode the first frame.

    Raises PassingFailure("bad_picture") for bytes that are truncated, damaged, too large or not a picture.
    """
    name = _detect_format(data)
    if name is None:
        raise _bad_picture(
            f"these are no bytes of a picture that is known here: {', '.join(_FORMATS)} ({len(data)} bytes)"
        )
    importlib.import_module(f"PIL.{_FORMATS[name].plugin}")
    try:
        return _load(data, name)
    except PassingFailure:
        raise
    except Exception as error:  # what was paid for is kept and counted, whatever a decoder makes of it
        raise _bad_picture(f"the {name} picture cannot be decoded ({str(error) or type(error).__name__})") from error


def _load(data: bytes, name: str) -> Picture:
    from PIL import Image, ImageOps

    image: Image.Image = Image.open(io.BytesIO(data), formats=[name])
    width, height = image.size
    if width * height > _FORMATS[name].max_pixels:
        raise _bad_picture(
            f"the {name} picture is {width}×{height} pixels; at most {_FORMATS[name].max_pixels:,} are decoded"
        )
    if name == "PNG":
        # Decoding alone does not check the checksums.
        image.verify()
        image = Image.open(io.BytesIO(data), formats=[name])
    image.draft("RGB", (WIDTH, WIDTH))
    image.load()
    ImageOps.exif_transpose(image, in_place=True)
    return Picture(image, width, height, name)


def _bad_picture(message: str) -> PassingFailure:
    return PassingFailure("bad_picture", message)
