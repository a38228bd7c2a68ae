"""Logos and avatars are checked whatever they are, and opened at the size in which they are drawn."""

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from imagegen.overlay.brands.files import Unfit
from imagegen.overlay.brands.logos import MOST_BYTES, open_avatar, open_logo
from tests.overlay.brands.making import SVG, claim_png, draw_svg, encode, list_problems, read_brand
from tests.overlay.crop.test_colours import swapped_profile

RED = Image.new("RGBA", (80, 40), (255, 0, 0, 255))
FACE = Image.new("RGB", (90, 60), (0, 90, 200))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "a picture that can be decoded (not a picture"),
        (b"\x89PNG\r\n\x1a\n", "a picture that can be decoded"),
        (encode(RED)[:-20], "a picture that can be decoded"),
        (SVG, "a picture that can be decoded"),
        (claim_png(60_000, 60_000), "a picture that can be decoded"),
        (claim_png(4001, 400), "a picture that can be decoded"),
        (encode(Image.new("RGB", (4001, 400))), "at most 4,000 pixels a side; this one has 4001×400"),
        (encode(Image.new("RGB", (1300, 100))), "whose longer side is at most 12 times the shorter one"),
        (encode(Image.new("RGBA", (80, 40))), "transparent all over"),
        (bytes(MOST_BYTES + 1), "a file of at most 2,000,000 bytes"),
    ],
)
def test_a_picture_that_cannot_be_a_logo_is_a_problem(tmp_path: Path, data: bytes, expected: str) -> None:
    assert expected in list_problems(tmp_path, 'logo = "a.png"', a_png=data)["logo"]


def test_a_png_that_unpacks_to_very_much_is_a_problem(tmp_path: Path) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("bomb", "0" * 70_000_000, zip=True)
    data = encode(RED, pnginfo=info)
    assert "can be decoded" in list_problems(tmp_path, 'logo = "a.png"', a_png=data)["logo"]


@pytest.mark.parametrize("data", [draw_svg(), draw_svg('<rect width="9" height="9" opacity="0"/>')])
def test_a_drawing_that_shows_nothing_is_a_problem(tmp_path: Path, data: bytes) -> None:
    assert "transparent all over" in list_problems(tmp_path, 'logo = "a.svg"', a_svg=data)["logo"]


def test_a_drawing_that_is_none_is_a_problem_of_its_key(tmp_path: Path) -> None:
    settings = 'avatar = "a.svg"\n[logo]\non_dark = "a.svg"\non_light = "b.svg"'
    problems = list_problems(tmp_path, settings, a_svg=draw_svg("<script/>"), b_svg=SVG)
    assert list(problems) == ["logo.on_dark", "avatar"]


def test_a_logo_is_no_photograph_and_an_avatar_may_be(tmp_path: Path) -> None:
    files = {f"a_{name}": encode(FACE, kind) for name, kind in (("jpg", "JPEG"), ("webp", "WEBP"), ("png", "PNG"))}
    for name in ("jpg", "webp", "png"):
        assert read_brand(tmp_path, f'avatar = "a.{name}"', **files).avatar
    assert "ends in .png, .svg" in list_problems(tmp_path, 'logo = "a.jpg"', **files)["logo"]


@pytest.mark.parametrize("key", ["logo", "avatar"])
def test_a_picture_of_another_kind_than_its_name_says_is_a_problem(tmp_path: Path, key: str) -> None:
    problems = list_problems(tmp_path, f'{key} = "a.png"', a_png=encode(RED, "GIF"))
    assert "this one is image/gif, not image/png" in problems[key]


@pytest.mark.parametrize("name", ["a.svg", "a.png"])
@pytest.mark.parametrize("height", [1, 17, 200])
def test_a_logo_has_the_height_that_it_is_drawn_in(tmp_path: Path, name: str, height: int) -> None:
    logo = read_brand(tmp_path, f'logo = "{name}"', a_svg=SVG, a_png=encode(RED)).logo_on_dark
    assert logo
    image = open_logo(logo, height)
    assert (image.mode, image.size) == ("RGBA", (2 * height, height))


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGB", "RGBA"])
def test_a_logo_keeps_its_colours_and_its_transparency(tmp_path: Path, mode: str) -> None:
    source = RED.convert(mode)
    logo = read_brand(tmp_path, 'logo = "a.png"', a_png=encode(source)).logo_on_dark
    assert logo
    assert open_logo(logo, 10).getpixel((5, 5)) == source.convert("RGBA").getpixel((5, 5))


@pytest.mark.parametrize("mode", ["1", "I;16"])
def test_a_logo_of_more_or_fewer_bits_keeps_its_white(tmp_path: Path, mode: str) -> None:
    source = Image.new(mode, (20, 10), 65535 if mode == "I;16" else 1)
    logo = read_brand(tmp_path, 'logo = "a.png"', a_png=encode(source)).logo_on_dark
    assert logo
    assert open_logo(logo, 10).getpixel((5, 5)) == (255, 255, 255, 255)


def test_transparent_edges_do_not_darken_the_logo(tmp_path: Path) -> None:
    image = Image.new("RGBA", (80, 40), (0, 0, 0, 0))
    image.paste((255, 255, 255, 255), (0, 0, 41, 40))
    logo = read_brand(tmp_path, 'logo = "a.png"', a_png=encode(image)).logo_on_dark
    assert logo
    colours: Any = open_logo(logo, 10).getcolors()
    assert {pixel[:3] for _, pixel in colours if pixel[3] > 8} == {(255, 255, 255)}


def test_a_colour_profile_is_applied_beside_the_transparency(tmp_path: Path) -> None:
    image = Image.new("RGBA", (80, 40), (250, 10, 10, 128))
    logo = read_brand(tmp_path, 'logo = "a.png"', a_png=encode(image, icc_profile=swapped_profile())).logo_on_dark
    assert logo
    pixel: Any = open_logo(logo, 10).getpixel((5, 5))
    assert pixel[1] > 200 > pixel[0]
    assert pixel[3] == 128


def test_a_profile_that_does_not_fit_is_left_out(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    logo = read_brand(tmp_path, 'logo = "a.png"', a_png=encode(RED, icc_profile=profile.tobytes())).logo_on_dark
    assert logo
    assert open_logo(logo, 10).getpixel((5, 5)) == (255, 0, 0, 255)


@pytest.mark.parametrize("name", ["tall.svg", "wide.svg", "a.jpg"])
def test_an_avatar_is_a_disc_with_a_smooth_edge(tmp_path: Path, name: str) -> None:
    shape = '<rect width="100" height="100" fill="#05a"/>'
    files = {
        "tall_svg": draw_svg(shape, 'viewBox="0 0 10 40"'),
        "wide_svg": draw_svg(shape, 'viewBox="0 0 40 10"'),
        "a_jpg": encode(FACE, "JPEG"),
    }
    avatar = read_brand(tmp_path, f'avatar = "{name}"', **files).avatar
    assert avatar
    image = open_avatar(avatar, 40)
    alpha = image.getchannel("A")
    assert (image.mode, image.size) == ("RGBA", (40, 40))
    assert [alpha.getpixel(corner) for corner in ((0, 0), (39, 0), (0, 39), (39, 39))] == [0] * 4
    assert alpha.getpixel((20, 20)) == 255
    assert sum(alpha.histogram()[1:255]) > 40
    assert sum(alpha.tobytes()) / 255 == pytest.approx(3.1416 * 20 * 20, rel=0.01)


def test_what_is_done_to_an_opened_logo_stays_with_it(tmp_path: Path) -> None:
    logo = read_brand(tmp_path, 'logo = "a.svg"', a_svg=SVG).logo_on_dark
    assert logo
    open_logo(logo, 10).paste((0, 0, 0, 0), (0, 0, 20, 10))
    assert open_logo(logo, 10).getchannel("A").getextrema() == (255, 255)


def test_a_logo_that_changed_is_opened_anew(tmp_path: Path) -> None:
    logo = read_brand(tmp_path, 'logo = "a.svg"', a_svg=SVG).logo_on_dark
    assert logo
    before = open_logo(logo, 10).getpixel((5, 5))
    logo.write_bytes(SVG.replace(b"#0a8", b"#f00"))
    assert open_logo(logo, 10).getpixel((5, 5)) != before
    logo.unlink()
    with pytest.raises(Unfit, match=r"a readable file \(a.svg: No such file"):
        open_logo(logo, 10)


def test_a_phones_turned_photograph_stands_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = Image.new("RGB", (100, 60), "red")
    picture.paste("blue", (0, 0, 50, 60))
    data = io.BytesIO()
    picture.save(data, "JPEG", exif=exif)
    avatar = read_brand(tmp_path, 'avatar = "a.jpg"', a_jpg=data.getvalue()).avatar
    assert avatar
    top: Any = open_avatar(avatar, 40).getpixel((20, 5))
    assert top[2] > 200 > top[0]
