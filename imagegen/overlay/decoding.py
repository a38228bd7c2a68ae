"""Decoding of a provider's picture: bounded in memory, turned upright, cropped to its centre of interest, in sRGB."""

import functools
import importlib
import io
import itertools
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from imagegen.errors import PassingFailure
from imagegen.overlay.templates import HEIGHT, WIDTH

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageCms import ImageCmsProfile


@dataclass(frozen=True, slots=True)
class _Format:
    """A picture format: its signature, media type and Pillow plugin, and the most pixels that decode within 300 MB."""

    signature: bytes
    offset: int
    media_type: str
    plugin: str
    max_pixels: int = 25_000_000
    """Half as much again as the largest picture that a model makes (4096×4096)."""


_FORMATS = {
    "PNG": _Format(b"\x89PNG\r\n\x1a\n", 0, "image/png", "PngImagePlugin"),
    "JPEG": _Format(b"\xff\xd8\xff", 0, "image/jpeg", "JpegImagePlugin"),
    # Its decoder keeps four copies of the canvas.
    "WEBP": _Format(b"WEBP", 8, "image/webp", "WebPImagePlugin", 12_500_000),
    "GIF": _Format(b"GIF8", 0, "image/gif", "GifImagePlugin"),
}


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
    return next((name for name, kind in _FORMATS.items() if data.startswith(kind.signature, kind.offset)), None)


def decode(data: bytes) -> Picture:
    """Decode a picture completely; of an animation, decode the first frame.

    Raises PassingFailure("bad_picture") for bytes that are truncated, damaged, too large or not a picture.
    """
    from PIL import Image

    name = _detect_format(data)
    if name is None:
        raise _bad_picture(f"these are no bytes of a PNG, JPEG, WebP or GIF picture ({len(data)} bytes)")
    importlib.import_module(f"PIL.{_FORMATS[name].plugin}")
    try:
        return _load(data, name)
    except (*_DAMAGED, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _bad_picture(f"the {name} picture cannot be decoded ({error})") from error


_DAMAGED = (OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, OverflowError, struct.error, zlib.error)
"""The exceptions that Pillow's decoders raise for damaged bytes."""


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


def cover(picture: Picture) -> "Image":
    """Crop the picture around its centre of interest and resize it to 1200×630, in sRGB."""
    from PIL import Image

    image = _convert_for_averaging(picture.image)
    canvas = image.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC, box=find_crop_box(image))
    return _flatten(_convert_to_srgb(canvas, picture.image.info.get("icc_profile")))


def _convert_for_averaging(image: "Image") -> "Image":
    """Convert the picture to a mode whose values may be averaged, as resizing does."""
    if image.mode.startswith("I;16") or image.mode == "I":
        return _convert_from_16_bits(image)
    if image.mode in ("1", "F"):
        return image.convert("L")
    if image.mode in ("P", "PA"):
        return image.convert("RGBA" if image.mode == "PA" or "transparency" in image.info else "RGB")
    if image.mode in ("L", "RGB") and "transparency" in image.info:
        return image.convert("RGBA")
    return image


def _convert_from_16_bits(image: "Image") -> "Image":
    """Scale 0..65535 to 0..255; Pillow's own conversion clips at 255."""
    if image.mode == "I":
        return image.point(lambda value: value / 257 + 0.5).convert("L")
    return image.point(lambda value: value / 257 + 0.5, "L")


def _convert_to_srgb(image: "Image", profile: bytes | None) -> "Image":
    """Convert the picture's colours to sRGB. A picture without a usable profile counts as sRGB already."""
    if not profile or image.mode not in ("RGB", "CMYK", "L"):
        return image
    from PIL import ImageCms

    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if source.profile.profile_description and "sRGB" in source.profile.profile_description:
            return image
        return ImageCms.profileToProfile(image, source, _create_srgb_profile(), outputMode="RGB") or image
    except (ImageCms.PyCMSError, OSError):
        return image


@functools.cache
def _create_srgb_profile() -> "ImageCmsProfile":
    from PIL import ImageCms

    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def _flatten(image: "Image") -> "Image":
    """Put a transparent picture on white."""
    from PIL import Image

    if image.mode not in ("RGBA", "LA", "La", "RGBa"):
        return image.convert("RGB")
    image = image.convert("RGBA")
    canvas = Image.new("RGB", image.size, "white")
    canvas.paste(image, mask=image.getchannel("A"))
    return canvas


def find_crop_box(image: "Image") -> tuple[float, float, float, float]:
    """Return the largest box of the finished picture's shape, placed where the image has the most detail.

    Left, top, right and bottom are in the image's pixels.
    """
    width, height = image.size
    if width * HEIGHT >= height * WIDTH:
        across = height * WIDTH / HEIGHT
        left = (width - across) * _find_crop_offset(image, across / width, across=True)
        return left, 0.0, left + across, float(height)
    down = width * HEIGHT / WIDTH
    top = (height - down) * _find_crop_offset(image, down / height, across=False)
    return 0.0, top, float(width), top + down


_CENTRE_PULL = 0.25
"""The share by which a crop at the very edge counts less than one in the middle. Chosen by eye."""


def _find_crop_offset(image: "Image", share: float, *, across: bool) -> float:
    """Find the best place for a window of ``share`` of the picture along one axis: 0 is its start, 1 its end."""
    energy = _measure_edges(image, across=across)
    window = max(round(share * len(energy)), 1)
    steps = len(energy) - window
    if steps <= 0:
        return 0.5
    sums = [0, *itertools.accumulate(energy)]

    def score(at: int) -> float:
        return (sums[at + window] - sums[at] + 1) * (1 - _CENTRE_PULL * abs(2 * at / steps - 1))

    # The middle comes first, because max takes the first of equals.
    order = sorted(range(steps + 1), key=lambda at: abs(2 * at - steps))
    best = max(order, key=score)
    return best / steps if abs(2 * best - steps) > 1 else 0.5


def _measure_edges(image: "Image", *, across: bool) -> Sequence[int]:
    """Measure the strength of edges along one axis, in 62 steps of 0 to 255."""
    from PIL import Image, ImageFilter

    # Sample before averaging: Pillow would copy a whole picture with alpha to average it.
    sampled = image.resize((256, 256), Image.Resampling.NEAREST).convert("L")
    edges = sampled.reduce(4).filter(ImageFilter.FIND_EDGES).crop((1, 1, 63, 63))
    return edges.resize((62, 1) if across else (1, 62), Image.Resampling.BOX).tobytes()
