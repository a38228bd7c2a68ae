"""A brand is read whole, or refused with every problem by its key."""

import os
from pathlib import Path

import pytest

from imagegen.errors import RequestError
from imagegen.overlay.brands.brand import Brand
from imagegen.overlay.brands.reading import list_brands, load
from imagegen.overlay.text.fonts import FONTS
from tests.overlay.brands.making import SVG, list_problems, make_brand, read_brand
from tests.overlay.shaping import needs_shaping

WHOLE = """
accent = "#f80"
ink = "#ffffff"
ground = "#102030"
theme = "dark"
template = "left-panel"
font = "inter"
text_font = "lora"
byline = " acme.example  "
avatar = "face.svg"

[logo]
on_dark = "a.svg"
on_light = "b.svg"
corner = "bottom-right"
"""


def test_a_brand_has_what_its_settings_say(tmp_path: Path) -> None:
    brand = read_brand(tmp_path, WHOLE, a_svg=SVG, b_svg=SVG, face_svg=SVG)
    home = tmp_path / "brands" / "acme"
    assert brand == Brand(
        "acme",
        brand.digest,
        (255, 136, 0),
        (255, 255, 255),
        (16, 32, 48),
        FONTS["inter"],
        FONTS["lora"],
        home / "a.svg",
        home / "b.svg",
        "bottom-right",
        "left-panel",
        "dark",
        "acme.example",
        home / "face.svg",
    )


def test_everything_is_optional(tmp_path: Path) -> None:
    brand = read_brand(tmp_path)
    assert brand == Brand("acme", brand.digest)


@pytest.mark.parametrize("settings", ['logo = "a.svg"', '[logo]\non_dark = "a.svg"', '[logo]\non_light = "a.svg"'])
def test_one_logo_serves_both_grounds(tmp_path: Path, settings: str) -> None:
    brand = read_brand(tmp_path, settings, a_svg=SVG)
    assert brand.logo_on_dark == brand.logo_on_light == tmp_path / "brands/acme/a.svg"
    assert brand.corner == "top-left"


@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf"], ids=["plain", "with a byte order mark"])
def test_the_editors_of_windows_may_have_written_it(tmp_path: Path, before: bytes) -> None:
    brand = read_brand(tmp_path, before + b'accent = "#fff"\r\ntheme = "dark"\r\n')
    assert (brand.accent, brand.theme) == ((255, 255, 255), "dark")


def test_every_problem_is_named_at_once(tmp_path: Path) -> None:
    settings = """
accent = "orange"
ink = 5
ground = "#12"
theme = "drak"
template = "left-pannel"
font = "inder"
text_font = "missing.ttf"
byline = ["x"]
avatar = "face.gif"
colour = "#fff"
[logo]
on_dark = "a.jpg"
on_light = "missing.png"
corner = "top"
size = 3
"""
    problems = list_problems(tmp_path, settings)
    assert list(problems) == [
        "colour",
        "accent",
        "ink",
        "ground",
        "logo.size",
        "logo.on_dark",
        "logo.on_light",
        "logo.corner",
        "font",
        "text_font",
        "template",
        "theme",
        "byline",
        "avatar",
    ]
    assert "did you mean 'left-panel'?" in problems["template"]
    assert "did you mean 'dark'?" in problems["theme"]
    assert "did you mean 'inter'?" in problems["font"]


@pytest.mark.parametrize(
    ("settings", "key", "expected"),
    [
        ('acent = "#fff"', "acent", "unknown key; did you mean 'accent'? (known: accent, ink,"),
        ("accent = true", "accent", "a colour such as #1f6feb or #fff"),
        ('ink = "#fff"', "ink", "a ground that it stands on: give ground as well"),
        ("theme = 1979-05-27", "theme", "one of auto, light, dark"),
        ("template = []", "template", "one of bottom-bar"),
        ("logo = 3", "logo", "a file in the brand's folder that ends in .png, .svg"),
        ("logo = {}", "logo", "a file for on_dark, on_light or both"),
        ('logo = ""', "logo", "a file in the brand's folder that ends in .png, .svg"),
        ('logo = "none.svg"', "logo", "a file in the brand's folder; there is none of this name"),
        (f'byline = "{"x" * 81}"', "byline", "at most 80 characters"),
        ('byline = "a\\nb"', "byline", "one line without control characters"),
        ('byline = "a\\u202eb"', "byline", "one line without control characters"),
        ("byline = 1e999", "byline", "a string"),
        ("font = 3", "font", "a TTF, OTF or WOFF2 file in the brand's folder, or one of inter,"),
        ("font = {}", "font.file", "is required"),
        ('font = {file = "x.ttf", weigth = 300}', "font.weigth", "did you mean 'weight'?"),
        ('font = {file = "x.ttf", weight = 0}', "font.weight", "a whole number from 1 to 1000"),
        ('font = {file = "x.ttf", weight = true}', "font.weight", "a whole number from 1 to 1000"),
        ('text_font = {file = "inter", weight = 300}', "text_font.file", "leave the weight out"),
        ("accent = ", "", "expected TOML; there is a mistake in it"),
        ('accent = "#fff"\naccent = "#000"', "", "expected TOML; there is a mistake in it"),
        ("a = " + "[" * 5000, "", "expected TOML; "),
        (b"\xff\xfea", "", "expected a file in UTF-8"),
        ("#" * 64_001, "", "expected a file of at most 64,000 bytes"),
    ],
)
def test_a_problem_says_where_and_what_is_expected(
    tmp_path: Path, settings: str | bytes, key: str, expected: str
) -> None:
    problems = list_problems(tmp_path, settings)
    assert expected in problems[key]


def test_a_font_table_has_its_file_and_its_weight_checked(tmp_path: Path) -> None:
    problems = list_problems(tmp_path, 'font = {file = "x.ttf", weight = 9000}\ntext_font = {file = 3, weight = "x"}')
    assert list(problems) == ["font.weight", "font.file", "text_font.weight", "text_font.file"]


@needs_shaping
def test_a_byline_that_no_font_has_is_a_problem_of_the_brand(tmp_path: Path) -> None:
    assert "a text that can be drawn" in list_problems(tmp_path, 'byline = "a\\U0010ffff"')["byline"]
    assert read_brand(tmp_path, 'byline = "ドキュメント · 例"').byline == "ドキュメント · 例"


def test_a_value_that_is_nested_too_deeply_to_show_is_named_all_the_same(tmp_path: Path) -> None:
    problems = list_problems(tmp_path, "accent." + ".".join("a" * 600) + " = 1")
    assert list(problems) == ["accent"]


def test_a_problem_shows_what_was_found(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r'brands/acme/brand\.toml: accent: a colour .* \(found "orange"\)'):
        read_brand(tmp_path, 'accent = "orange"')


def test_an_ink_that_cannot_be_read_is_refused_with_the_figure(tmp_path: Path) -> None:
    problems = list_problems(tmp_path, 'ink = "#888"\nground = "#fff"')
    assert problems == {"ink": "#888888 on #ffffff has a contrast of 3.5:1; at least 4.5:1, as #767676 has"}
    assert read_brand(tmp_path, 'ink = "#767676"\nground = "#fff"').ink == (118, 118, 118)


def test_many_problems_are_counted(tmp_path: Path) -> None:
    with pytest.raises(RequestError) as caught:
        read_brand(tmp_path, "\n".join(f"key{number} = {number}" for number in range(150)))
    assert len(caught.value.problems) == 101
    assert "and 50 more problems" in str(caught.value)


def test_a_hostile_key_forges_no_lines(tmp_path: Path) -> None:
    with pytest.raises(RequestError) as caught:
        read_brand(tmp_path, '"a\\n  - b\\u001b[31m" = 1')
    assert len(str(caught.value).splitlines()) == 2
    assert "\x1b" not in str(caught.value)


def test_an_unknown_brand_is_named_with_those_that_are_known(tmp_path: Path) -> None:
    folder = make_brand(tmp_path)
    make_brand(tmp_path, "", "other")
    (folder / ".git").mkdir()
    (folder / "notes.txt").touch()
    assert list_brands(folder) == ["acme", "other"]
    for name in ("Acme", "../brands/acme", "", "acme/", ".", "x" * 500, "a\0b", "acm"):
        with pytest.raises(RequestError, match=r"brand: one of the brands in .*brands: acme, other"):
            load(name, folder)
    with pytest.raises(RequestError, match="did you mean 'acme'"):
        load("acm", folder)


def test_a_brand_where_there_are_none_says_where_it_looked(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=rf"brand: a brand; there is none in {tmp_path}/brands"):
        load("acme", tmp_path / "brands")


def test_a_folder_without_settings_is_no_brand(tmp_path: Path) -> None:
    (make_brand(tmp_path) / "acme" / "brand.toml").unlink()
    with pytest.raises(RequestError, match=r"brands/acme/brand\.toml: expected a file in the brand's folder"):
        load("acme", tmp_path / "brands")


@pytest.mark.parametrize("name", ["../x.svg", "sub/../../x.svg", "link.svg", "sub/x.svg", "folder.svg", "pipe.svg"])
def test_no_file_outside_the_folder_is_read(tmp_path: Path, name: str) -> None:
    folder = make_brand(tmp_path, f'logo = "{name}"')
    for outside in (tmp_path / "x.svg", folder / "x.svg"):
        outside.write_bytes(SVG)
    (folder / "acme" / "link.svg").symlink_to(folder / "x.svg")
    (folder / "acme" / "sub").symlink_to(tmp_path)
    (folder / "acme" / "folder.svg").mkdir()
    os.mkfifo(folder / "acme" / "pipe.svg")
    with pytest.raises(RequestError, match=r"brand\.toml: logo: (the name of )?a file in"):
        load("acme", folder)


@pytest.mark.parametrize("name", ["/etc/x.svg", "..\\\\x.svg", "a\\u0000.svg", f"{'x' * 4000}.svg", "ring.svg"])
def test_no_name_is_taken_that_is_none_of_the_folder(tmp_path: Path, name: str) -> None:
    folder = make_brand(tmp_path, f'logo = "{name}"')
    (folder / "acme" / "ring.svg").symlink_to("ring.svg")
    with pytest.raises(RequestError, match=r"brand\.toml: logo: (the name of )?a file in"):
        load("acme", folder)


def test_settings_that_lead_outside_are_not_read(tmp_path: Path) -> None:
    folder = make_brand(tmp_path)
    (folder / "acme" / "brand.toml").unlink()
    (tmp_path / "secret").write_text('accent = "#fff"')
    (folder / "acme" / "brand.toml").symlink_to(tmp_path / "secret")
    with pytest.raises(RequestError, match="inside the brand's folder"):
        load("acme", folder)


def test_a_link_and_a_folder_inside_are_fine(tmp_path: Path) -> None:
    folder = make_brand(tmp_path, 'logo = "link.svg"\navatar = "sub/x.svg"')
    (folder / "acme" / "sub").mkdir()
    (folder / "acme" / "sub" / "x.svg").write_bytes(SVG)
    (folder / "acme" / "link.svg").symlink_to("sub/x.svg")
    assert load("acme", folder).avatar == folder / "acme/sub/x.svg"
