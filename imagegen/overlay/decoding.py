"""A provider's picture: decoded within bounds, made upright, and cropped around what there is to see."""

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
    """How a picture format is told, what it is called, and how much of it is decoded in less than 300 MB."""

    mark: bytes
    at: int
    media_type: str
    plugin: str
    most_pixels: int = 25_000_000
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
    """A decoded picture. ``width``, ``height`` and ``format`` are of what the provider sent."""

    image: "Image"
    width: int
    height: int
    format: str


def content_type(data: bytes) -> str:
    """The media type of a picture's bytes, by their signature."""
    name = _format(data)
    return _FORMATS[name].media_type if name else "application/octet-stream"


def _format(data: bytes) -> str | None:
    return next(
        (name for name, kind in _FORMATS.items() if data[kind.at : kind.at + len(kind.mark)] == kind.mark),
        None,
    )


def decode(data: bytes) -> Picture:
    """Decode a picture fully, the first frame of an animated one.

    Raises PassingFailure("bad_picture") for what is truncated, damaged, too large or no picture.
    """
    from PIL import Image

    name = _format(data)
    if name is None:
        raise _bad(f"these are no bytes of a PNG, JPEG, WebP or GIF picture ({len(data)} bytes)")
    importlib.import_module(f"PIL.{_FORMATS[name].plugin}")
    try:
        return _decoded(data, name)
    except (*_DAMAGED, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _bad(f"the {name} picture cannot be decoded ({error})") from error


_DAMAGED = (OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, OverflowError, struct.error, zlib.error)
"""What Pillow's decoders raise for damaged bytes."""


def _decoded(data: bytes, name: str) -> Picture:
    from PIL import Image, ImageOps

    image: Image.Image = Image.open(io.BytesIO(data), formats=[name])
    width, height = image.size
    if width * height > _FORMATS[name].most_pixels:
        raise _bad(f"the {name} picture is {width}×{height} pixels; at most {_FORMATS[name].most_pixels:,} are decoded")
    if name == "PNG":
        # Decoding alone does not look at the checksums.
        image.verify()
        image = Image.open(io.BytesIO(data), formats=[name])
    image.draft("RGB", (WIDTH, WIDTH))
    image.load()
    ImageOps.exif_transpose(image, in_place=True)
    return Picture(image, width, height, name)


def _bad(message: str) -> PassingFailure:
    return PassingFailure("bad_picture", message)


def cover(picture: Picture) -> "Image":
    """The picture cropped around its centre of interest and resized once to 1200×630, in sRGB."""
    from PIL import Image

    image = _resizable(picture.image)
    canvas = image.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC, box=crop_box(image))
    return _flattened(_in_srgb(canvas, picture.image.info.get("icc_profile")))


def _resizable(image: "Image") -> "Image":
    """The picture in a mode whose values may be averaged."""
    if image.mode.startswith("I;16") or image.mode == "I":
        # Pillow's own conversion clips sixteen bits at 255.
        return image.point(lambda value: value / 257 + 0.5, "L") if image.mode.startswith("I;16") else _from_wide(image)
    if image.mode in ("1", "F"):
        return image.convert("L")
    if image.mode in ("P", "PA"):
        return image.convert("RGBA" if image.mode == "PA" or "transparency" in image.info else "RGB")
    if image.mode in ("L", "RGB") and "transparency" in image.info:
        return image.convert("RGBA")
    return image


def _from_wide(image: "Image") -> "Image":
    return image.point(lambda value: value / 257 + 0.5).convert("L")


def _in_srgb(image: "Image", profile: bytes | None) -> "Image":
    """The picture's colours in sRGB, of which a picture without a (usable) profile is assumed to be already."""
    if not profile or image.mode not in ("RGB", "CMYK", "L"):
        return image
    from PIL import ImageCms

    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if source.profile.profile_description and "sRGB" in source.profile.profile_description:
            return image
        return ImageCms.profileToProfile(image, source, _srgb(), outputMode="RGB") or image
    except (ImageCms.PyCMSError, OSError):
        return image


@functools.cache
def _srgb() -> "ImageCmsProfile":
    from PIL import ImageCms

    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def _flattened(image: "Image") -> "Image":
    """The picture on white, where it is transparent."""
    from PIL import Image

    if image.mode not in ("RGBA", "LA", "La", "RGBa"):
        return image.convert("RGB")
    image = image.convert("RGBA")
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A"))
    return ground


def crop_box(image: "Image") -> tuple[float, float, float, float]:
    """The largest box of the picture's right shape that holds most of what there is to see."""
    width, height = image.size
    if width * HEIGHT >= height * WIDTH:
        across = height * WIDTH / HEIGHT
        left = (width - across) * _offset(image, across / width, across=True)
        return left, 0.0, left + across, float(height)
    down = width * HEIGHT / WIDTH
    top = (height - down) * _offset(image, down / height, across=False)
    return 0.0, top, float(width), top + down


_CENTRE_PULL = 0.25
"""How much less a crop at the very edge counts than one in the middle."""


def _offset(image: "Image", share: float, *, across: bool) -> float:
    """Where a window of ``share`` of the picture is best put along one axis: 0 at its start, 1 at its end."""
    energy = _energy(image, across=across)
    window = max(round(share * len(energy)), 1)
    steps = len(energy) - window
    if steps <= 0:
        return 0.5
    sums = [0, *itertools.accumulate(energy)]

    def worth(at: int) -> float:
        return (sums[at + window] - sums[at] + 1) * (1 - _CENTRE_PULL * abs(2 * at / steps - 1))

    # The middle first: of equals, the first is taken.
    order = sorted(range(steps + 1), key=lambda at: abs(2 * at - steps))
    best = max(order, key=worth)
    return best / steps if abs(2 * best - steps) > 1 else 0.5


def _energy(image: "Image", *, across: bool) -> Sequence[int]:
    """How much there is to see along one axis: the strength of edges, in 64 steps."""
    from PIL import Image, ImageFilter

    # Sampled, then averaged: Pillow would copy a whole picture with alpha to average it.
    sampled = image.resize((256, 256), Image.Resampling.NEAREST).convert("L")
    edges = sampled.reduce(4).filter(ImageFilter.FIND_EDGES).crop((1, 1, 63, 63))
    return edges.resize((62, 1) if across else (1, 62), Image.Resampling.BOX).tobytes()
