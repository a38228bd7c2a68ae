"""A font of the brand's own: checked, set to a weight, and one object in a process."""

import contextlib
from pathlib import Path

import pytest

from imagegen.errors import RequestError
from imagegen.overlay.brands.brand import Brand
from imagegen.overlay.text.fonts import FONTS
from imagegen.overlay.text.metrics import measure_advance, open_font
from tests.overlay.brands.making import (
    STATIC,
    VARIABLE,
    keep_letters,
    list_problems,
    pack_woff2,
    read_brand,
)


def measure(brand: Brand) -> float:
    assert brand.font
    return measure_advance(brand.font, "Harbour", "ltr")


def test_a_font_file_draws_as_it_does_among_the_eighteen(tmp_path: Path) -> None:
    brand = read_brand(tmp_path, 'font = "own.ttf"', own_ttf=STATIC)
    assert brand.font
    assert brand.font.path() == tmp_path / "brands/acme/own.ttf"
    assert measure(brand) == measure_advance(FONTS["bangers"], "Harbour", "ltr")


def test_a_web_font_draws_as_the_font_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = pack_woff2(STATIC, monkeypatch)
    brand = read_brand(tmp_path, 'font = "own.woff2"', own_woff2=packed)
    assert measure(brand) == measure_advance(FONTS["bangers"], "Harbour", "ltr")


@pytest.mark.parametrize(
    ("settings", "weight"),
    [
        ('font = "own.ttf"', 700),
        ('font = {file = "own.ttf"}', 700),
        ('font = {file = "own.ttf", weight = 300}', 300),
        ('[font]\nfile = "own.ttf"\nweight = 450', 450),
    ],
)
def test_a_variable_font_has_the_weight_that_is_asked_for(tmp_path: Path, settings: str, weight: int) -> None:
    brand = read_brand(tmp_path, settings, own_ttf=VARIABLE)
    assert brand.font
    assert brand.font.axes == {"Weight": weight}
    assert open_font(brand.font, 40).getlength("Harbour") > 0


def test_what_is_set_smaller_is_lighter(tmp_path: Path) -> None:
    brand = read_brand(tmp_path, 'font = "own.ttf"\ntext_font = "own.ttf"', own_ttf=VARIABLE)
    assert brand.font
    assert brand.text_font
    assert (brand.font.axes, brand.text_font.axes) == ({"Weight": 700}, {"Weight": 500})
    assert brand.font.id != brand.text_font.id


def test_the_same_file_is_the_same_font_in_a_process(tmp_path: Path) -> None:
    settings = 'font = "own.ttf"\ntext_font = {file = "own.ttf"}'
    first = read_brand(tmp_path, settings, own_ttf=STATIC)
    again = read_brand(tmp_path, settings + '\naccent = "#fff"', own_ttf=STATIC)
    assert again.accent
    assert first.font is first.text_font is again.font is again.text_font
    assert first.font
    assert first.font.id.startswith("brand-")
    assert len(first.font.id) == len("brand-") + 12


def test_another_file_of_the_same_name_is_another_font(tmp_path: Path) -> None:
    first = read_brand(tmp_path, 'font = "own.ttf"', own_ttf=STATIC)
    other = read_brand(tmp_path, 'font = "own.ttf"', own_ttf=FONTS["poppins"].path().read_bytes())
    assert first.font
    assert other.font
    assert first.font.id != other.font.id


def test_the_same_file_elsewhere_is_read_there(tmp_path: Path) -> None:
    first = read_brand(tmp_path / "one", 'font = "own.ttf"', own_ttf=STATIC)
    other = read_brand(tmp_path / "two", 'font = "own.ttf"', own_ttf=STATIC)
    assert first.font
    assert other.font
    assert first.font.id == other.font.id
    assert other.font.path() == tmp_path / "two/brands/acme/own.ttf"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "TTF, OTF or WOFF2"),
        (b"<svg/>", "TTF, OTF or WOFF2"),
        (b"wOFF" + bytes(100), "TTF, OTF or WOFF2"),
        (b"ttcf" + bytes(100), "TTF, OTF or WOFF2"),
        (STATIC[:2000], "a whole font;"),
        (STATIC[:-100], "a whole font; 100 bytes at its end are missing"),
        (VARIABLE[: len(VARIABLE) // 2], "a whole font;"),
        (b"OTTO" + bytes(1000), "a font that can be opened"),
        (b"wOF2" + bytes(12) + b"\xff\xff\xff\xff" + bytes(40), "at most 60,000,000 bytes when unpacked"),
        (bytes(10_000_001), "a file of at most 10,000,000 bytes"),
        (keep_letters(STATIC, "abcdefghijklmnopqrstuvwxyABCDEFGHIJKLMNOPQRSTUVWXY12345678"), "this one lacks Zz09"),
        (keep_letters(STATIC, " "), "this one lacks ABC"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_file_that_cannot_be_the_brands_font_is_a_problem(tmp_path: Path, data: bytes, expected: str) -> None:
    assert expected in list_problems(tmp_path, 'font = "own.ttf"', own_ttf=data)["font"]


def test_a_web_font_without_its_end_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = pack_woff2(STATIC, monkeypatch)
    problem = list_problems(tmp_path, 'font = "own.woff2"', own_woff2=packed[:-100])["font"]
    assert "a whole font; 100 bytes at its end are missing" in problem


@pytest.mark.parametrize(
    ("data", "weight", "expected"),
    [(STATIC, 400, "no weight: this font has only one"), (VARIABLE, 900, "which has 200 to 700")],
)
def test_a_weight_that_the_font_lacks_is_a_problem(tmp_path: Path, data: bytes, weight: int, expected: str) -> None:
    problems = list_problems(tmp_path, f'font = {{file = "own.ttf", weight = {weight}}}', own_ttf=data)
    assert expected in problems["font.weight"]


def test_a_font_of_a_damaged_middle_is_a_problem_and_no_crash(tmp_path: Path) -> None:
    for start in range(0, len(STATIC), 9001):
        damaged = bytearray(STATIC)
        damaged[start : start + 400] = b"\xff" * 400
        with contextlib.suppress(RequestError):
            read_brand(tmp_path / str(start), 'font = "own.ttf"', own_ttf=bytes(damaged))
