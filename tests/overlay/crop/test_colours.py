"""Colours become opaque sRGB, whatever profile, alpha channel and scale a picture comes with."""

import io

import pytest
from PIL import Image, ImageCms

from tests.doubles.pictures import encoded
from tests.overlay.test_decoding import covered, pixel


def test_colours_of_a_wide_gamut_are_brought_to_srgb() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    plain = Image.new("RGB", (300, 200), (200, 100, 50))
    broken = covered(encoded(plain, "PNG", icc_profile=b"no profile at all"))
    assert broken.getpixel((600, 300)) == (200, 100, 50)
    assert covered(encoded(plain, "PNG", icc_profile=profile.tobytes())).getpixel((600, 300)) == (200, 100, 50)


def swapped_profile() -> bytes:
    """An sRGB profile whose red and green primaries are exchanged."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, green = data.index(b"rXYZ"), data.index(b"gXYZ")
    data[red : red + 4], data[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(data).replace("sRGB".encode("utf-16-be"), "swap".encode("utf-16-be"))


def test_a_profile_that_has_srgb_in_its_name_only_is_honoured() -> None:
    """Linear sRGB is GIMP's name for other curves."""
    named = swapped_profile().replace("swap built-in".encode("utf-16-be"), "A linear sRGB".encode("utf-16-be"))
    assert "linear sRGB" in (ImageCms.ImageCmsProfile(io.BytesIO(named)).profile.profile_description or "")
    red, green, _ = pixel(covered(encoded(Image.new("RGB", (300, 200), (250, 10, 10)), "PNG", icc_profile=named)))
    assert green > 200 > red


@pytest.mark.parametrize(
    ("mode", "values"),
    [("F", (0.0, 0.5, 1.0)), ("F", (0.0, 127.5, 255.0)), ("I", (0, 128, 255)), ("I", (0, 32_768, 65_535))],
)
def test_whole_numbers_and_fractions_keep_their_greys(mode: str, values: tuple[float, float, float]) -> None:
    image = Image.new(mode, (300, 200), values[0])
    for at, value in enumerate(values):
        image.paste(value, (at * 100, 0, at * 100 + 100, 200))
    seen = covered(encoded(image, "TIFF"))
    greys = [pixel(seen, (at, 300))[0] for at in (100, 600, 1100)]
    assert greys[0] <= 2
    assert 125 <= greys[1] <= 130
    assert greys[2] >= 253


def test_an_embedded_profile_is_honoured() -> None:
    data = encoded(Image.new("RGB", (300, 200), (250, 10, 10)), "PNG", icc_profile=swapped_profile())
    red, green, _ = pixel(covered(data))
    assert green > 200 > red


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_an_embedded_profile_is_honoured_beside_an_alpha_channel(mode: str) -> None:
    """The profile tells of the colours, the alpha stays, and what shows through is white in any profile."""
    image = Image.new("RGBA", (300, 200), (250, 10, 10, 255)).convert(mode)
    image.paste(Image.new(mode, (150, 200)), (0, 0))
    data = encoded(image, "PNG", icc_profile=swapped_profile() if mode == "RGBA" else b"")
    left, right = pixel(covered(data), (100, 300)), pixel(covered(data), (1000, 300))
    assert left == (255, 255, 255)
    if mode == "RGBA":
        assert right[1] > 200 > right[0]


def test_a_half_transparent_colour_is_mixed_with_white_after_its_profile() -> None:
    image = Image.new("RGBA", (300, 200), (250, 10, 10, 128))
    red, green, _ = pixel(covered(encoded(image, "PNG", icc_profile=swapped_profile())))
    assert green > 240
    assert 100 < red < 200
