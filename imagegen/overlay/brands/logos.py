"""Logos and avatars as pictures: checked when a brand is read, opened at the size in which they are drawn."""

import functools
from pathlib import Path
from typing import TYPE_CHECKING

from imagegen.errors import PassingFailure
from imagegen.overlay.brands.files import BrandFile, Unfit, take_mark
from imagegen.overlay.brands.svg import MOST_RATIO, check_svg, draw_svg
from imagegen.overlay.colours import convert_for_averaging, convert_to_srgb

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_BYTES = 2_000_000
"""Bytes of a logo or an avatar."""
MOST_SIDE = 4000
"""Pixels of its longer side."""
LOGO_ENDINGS = (".png", ".svg")
AVATAR_ENDINGS = (".png", ".svg", ".jpg", ".jpeg", ".webp")
_KINDS = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp"}
"""The media type that each ending promises."""

_SAMPLE = 64
"""Pixels of the height in which a drawing is tried."""
_MASK_SCALE = 4
"""A round edge is drawn so many times larger, and reduced."""


def check_picture(file: BrandFile) -> None:
    """Check that a logo or an avatar can be opened, is within bounds, and shows something. Raises Unfit."""
    if _is_svg(file.path):
        check_svg(file.data)
        image = draw_svg(file.data, height=_SAMPLE)
    else:
        _check_kind(file)
        image = _decode(file.data)
    if image.getchannel("A").getextrema()[1] == 0:
        raise Unfit("a picture that shows something; this one is transparent all over")


def open_logo(path: Path, height: int) -> "Image":
    """Return a logo in RGBA, ``height`` pixels high. Raises Unfit when the file is gone or was damaged meanwhile."""
    return _open_logo(path, height, take_mark(path)).copy()


def open_avatar(path: Path, diameter: int) -> "Image":
    """Return the middle of an avatar in RGBA, as a disc of ``diameter`` pixels. Raises Unfit as ``open_logo`` does."""
    return _open_avatar(path, diameter, take_mark(path)).copy()


@functools.lru_cache(maxsize=16)
def _open_logo(path: Path, height: int, _mark: tuple[int, ...] | None) -> "Image":
    from PIL import Image

    data = _read(path)
    if _is_svg(path):
        return draw_svg(data, height=height)
    image = _decode(data)
    image = image.crop(image.getchannel("A").getbbox())  # an exported logo often has a transparent border
    width = max(round(image.width * height / image.height), 1)
    return image.resize((width, height), Image.Resampling.LANCZOS)


@functools.lru_cache(maxsize=16)
def _open_avatar(path: Path, diameter: int, _mark: tuple[int, ...] | None) -> "Image":
    from PIL import Image, ImageChops, ImageDraw, ImageOps

    data = _read(path)
    image = _draw_to_cover(data, diameter) if _is_svg(path) else _decode(data)
    image = ImageOps.fit(image, (diameter, diameter), Image.Resampling.LANCZOS)
    mask = Image.new("L", (diameter * _MASK_SCALE, diameter * _MASK_SCALE))
    ImageDraw.Draw(mask).ellipse((0, 0, mask.width - 1, mask.height - 1), fill=255)
    mask = mask.resize(image.size, Image.Resampling.BOX)
    image.putalpha(ImageChops.multiply(image.getchannel("A"), mask))
    return image


def _draw_to_cover(data: bytes, diameter: int) -> "Image":
    """Draw an SVG with its shorter side as long as the diameter."""
    image = draw_svg(data, height=diameter)
    return image if image.width >= diameter else draw_svg(data, width=diameter)


def _is_svg(path: Path) -> bool:
    return path.suffix.lower() == ".svg"


def _check_kind(file: BrandFile) -> None:
    from imagegen.overlay.decoding import content_type

    ending, kind = file.path.suffix.lower(), content_type(file.data)
    if kind.startswith("image/") and kind != _KINDS[ending]:
        raise Unfit(f"a picture of the kind that its name says; this one is {kind}, not {_KINDS[ending]}")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Unfit(f"a readable file ({path.name}: {error.strerror})") from None


def _decode(data: bytes) -> "Image":
    """Decode a picture to RGBA in sRGB. Raises Unfit when it is damaged or too large."""
    from imagegen.overlay.decoding import decode

    try:
        picture = decode(data)
    except PassingFailure as error:
        raise Unfit(f"a picture that can be decoded ({error})") from None
    image = picture.image
    if max(image.size) > MOST_SIDE:
        raise Unfit(f"a picture of at most {MOST_SIDE:,} pixels a side; this one has {image.width}×{image.height}")
    if max(image.size) > MOST_RATIO * min(image.size):
        raise Unfit(f"a picture whose longer side is at most {MOST_RATIO:g} times the shorter one")
    profile = image.info.get("icc_profile")
    plain = convert_for_averaging(image)
    if plain.mode not in ("RGBA", "LA", "RGBa", "La"):
        return convert_to_srgb(image).convert("RGBA")
    straight = plain.convert("RGBA")
    colours = straight.convert("RGB")
    colours.info["icc_profile"] = profile
    result = convert_to_srgb(colours).convert("RGBA")
    result.putalpha(straight.getchannel("A"))
    return result
