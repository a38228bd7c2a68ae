"""What is valid and hard to see is said, with the figure and with what is drawn instead."""

from pathlib import Path

import pytest

from imagegen.overlay.brands.advice import list_advice
from imagegen.overlay.brands.reading import FOLDER, list_brands, load
from tests.overlay.brands.making import draw_svg, read_brand

ROOT = Path(__file__).parents[3]
WHITE_LOGO = draw_svg('<rect width="40" height="20" fill="#fff"/>')
BLACK_LOGO = draw_svg('<rect width="40" height="20"/>')


@pytest.mark.parametrize(
    ("settings", "accent", "ground", "contrast", "mended"),
    [
        ('accent = "#ffcc00"\nground = "#ffffff"', "#ffcc00", "#ffffff", "1.5:1", "#8b6f00 (4.8:1)"),
        ('accent = "#ffcc00"', "#ffcc00", "white", "1.5:1", "#8b6f00 (4.8:1)"),
        ('accent = "#002244"', "#002244", "near-black", "1.1:1", "#007cf8 (4.7:1)"),
    ],
)
def test_an_accent_that_cannot_be_read_is_mended_visibly(
    tmp_path: Path, settings: str, accent: str, ground: str, contrast: str, mended: str
) -> None:
    assert list_advice(read_brand(tmp_path, settings)) == [
        (
            f"accent: {accent} on {ground} has a contrast of {contrast}, less than 4.5:1; "
            f"{mended}, or a shade near it, is drawn there where it has to be read"
        )
    ]


@pytest.mark.parametrize(
    ("settings", "advice"),
    [
        (
            'accent = "#f0f4f8"\ntheme = "dark"',
            "accent: #f0f4f8 is nearly the ink on near-black, #ffffff; #a5bdd5 (",
        ),
        ('accent = "#222"\nink = "#111"\nground = "#fff"', "accent: #222222 is nearly the ink on #ffffff, #111111"),
    ],
)
def test_an_accent_in_which_marked_words_do_not_stand_out_is_told(tmp_path: Path, settings: str, advice: str) -> None:
    (said,) = list_advice(read_brand(tmp_path, settings))
    assert said.startswith(advice)


@pytest.mark.parametrize(
    "settings",
    [
        "",
        'accent = "#ffcc00"\nground = "#102030"',
        'accent = "#ffcc00"\ntheme = "dark"',
        'accent = "#002244"\ntheme = "light"',
        '[logo]\non_dark = "white.svg"\non_light = "black.svg"',
        'theme = "dark"\nlogo = "white.svg"',
    ],
)
def test_what_can_be_seen_needs_no_advice(tmp_path: Path, settings: str) -> None:
    assert list_advice(read_brand(tmp_path, settings, white_svg=WHITE_LOGO, black_svg=BLACK_LOGO)) == []


def test_a_logo_that_cannot_be_seen_is_told(tmp_path: Path) -> None:
    white = read_brand(tmp_path, 'logo = "white.svg"', white_svg=WHITE_LOGO)
    assert list_advice(white) == [
        "logo: white.svg on white has a contrast of 1.0:1, less than 3:1; name another file for logo.on_light"
    ]
    black = read_brand(tmp_path, 'logo = "black.svg"', black_svg=BLACK_LOGO)
    assert list_advice(black)[0].startswith("logo: black.svg on near-black has a contrast of 1.1:1")


def test_the_example_brand_is_valid_and_needs_no_advice() -> None:
    assert list_brands(ROOT / FOLDER) == ["harbour"]
    brand = load("harbour", ROOT / FOLDER)
    assert list_advice(brand) == []
    assert None not in (brand.accent, brand.ink, brand.ground, brand.logo_on_dark, brand.logo_on_light, brand.avatar)
