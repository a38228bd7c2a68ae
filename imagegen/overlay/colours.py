"""Colours of a decoded picture brought to opaque sRGB, whatever mode and profile it came with."""

import functools
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageCms import ImageCmsProfile

_ALPHA_MODES = {"RGBA": "RGB", "LA": "L", "RGBa": "RGB", "La": "L"}
"""Modes with an alpha channel, and each one's mode without it."""


def convert_for_averaging(image: "Image") -> "Image":
    """Convert the picture to a mode whose values may be averaged, as resizing does."""
    if image.mode.startswith("I;16"):
        return _scale_to_8_bits(image, _FULL_SCALES[-1])
    if image.mode in ("I", "F"):
        brightest = max(value for value in image.getextrema() if isinstance(value, int | float))
        return _scale_to_8_bits(image, next((full for full in _FULL_SCALES if brightest <= full), brightest))
    if image.mode == "1":
        return image.convert("L")
    if image.mode in ("P", "PA"):
        return image.convert("RGBA" if image.mode == "PA" or "transparency" in image.info else "RGB")
    if image.mode in ("L", "RGB") and "transparency" in image.info:
        return image.convert("RGBA")
    return image


_FULL_SCALES = (1, 255, 65_535)
"""The values that stand for white in files of whole numbers and of fractions, which do not say which one they mean."""


def _scale_to_8_bits(image: "Image", white: float) -> "Image":
    """Scale 0..``white`` to 0..255; Pillow's own conversion clips at 255."""
    return image.point(lambda value: value * (255 / white) + (0 if image.mode == "F" else 0.5)).convert("L")


def convert_to_srgb(image: "Image") -> "Image":
    """Return the picture in RGB: its profile applied, its transparent parts on white; itself if it is so already.

    A picture without a usable profile counts as sRGB already.
    """
    from PIL import Image

    profile = image.info.get("icc_profile")
    image = convert_for_averaging(image)
    if image.mode not in _ALPHA_MODES:
        applied = _apply_profile(image, profile)
        return applied if applied.mode == "RGB" else applied.convert("RGB")
    straight = image.convert({"RGBa": "RGBA", "La": "LA"}.get(image.mode, image.mode))
    colours = _apply_profile(straight.convert(_ALPHA_MODES[image.mode]), profile).convert("RGB")
    canvas = Image.new("RGB", image.size, "white")
    canvas.paste(colours, mask=straight.getchannel("A"))
    return canvas


def _apply_profile(image: "Image", profile: bytes | None) -> "Image":
    """Convert the colours from the profile to sRGB, if the profile can be used."""
    if not profile or image.mode not in ("RGB", "CMYK", "L", "LAB"):
        return image
    from PIL import ImageCms

    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        # Others have sRGB in their names, too: "Linear sRGB" has other curves.
        if (source.profile.profile_description or "").startswith("sRGB"):
            return image
        return ImageCms.profileToProfile(image, source, _create_srgb_profile(), outputMode="RGB") or image
    except (ImageCms.PyCMSError, OSError):
        return image


@functools.cache
def _create_srgb_profile() -> "ImageCmsProfile":
    from PIL import ImageCms

    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
