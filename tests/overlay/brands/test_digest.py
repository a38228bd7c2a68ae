"""A brand's digest changes when its pixels can change, and at no other time."""

import os
from pathlib import Path

import pytest

from imagegen.overlay.brands.brand import Brand
from imagegen.overlay.brands.reading import load
from tests.overlay.brands.making import STATIC, SVG, VARIABLE, make_brand

SETTINGS = """
accent = "#ff8800"
ink = "#fff"
ground = "#000"
theme = "dark"
template = "left-panel"
font = "title.ttf"
text_font = {file = "text.ttf", weight = 400}
byline = "acme.example"
avatar = "face.svg"
logo = {on_dark = "dark.svg", on_light = "light.svg", corner = "top-right"}
"""
OTHER = SVG.replace(b"#0a8", b"#b50")
FILES = {"title_ttf": STATIC, "text_ttf": VARIABLE, "face_svg": SVG, "dark_svg": SVG, "light_svg": OTHER}


def read(folder: Path, settings: str = SETTINGS, name: str = "acme", /, **files: bytes) -> Brand:
    return load(name, make_brand(folder, settings, name, **(FILES | files)))


def sign(folder: Path, settings: str = SETTINGS, name: str = "acme", /, **files: bytes) -> str:
    return read(folder, settings, name, **files).digest


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"#ff8800"', '"#ff8801"'),
        ('ink = "#fff"', 'ink = "#eee"'),
        ('ground = "#000"', 'ground = "#111"'),
        ('theme = "dark"', 'theme = "light"'),
        ('theme = "dark"', ""),
        ('"left-panel"', '"bottom-bar"'),
        ('"title.ttf"', '"inter"'),
        ('"title.ttf"', '"text.ttf"'),
        ("weight = 400", "weight = 401"),
        ("acme.example", "acme.test"),
        ('avatar = "face.svg"', ""),
        ('"face.svg"', '"light.svg"'),
        ("top-right", "top-left"),
        ('on_light = "light.svg",', ""),
        ('on_dark = "dark.svg", on_light = "light.svg"', 'on_dark = "light.svg", on_light = "dark.svg"'),
    ],
)
def test_another_setting_is_another_digest(tmp_path: Path, before: str, after: str) -> None:
    assert before in SETTINGS
    assert sign(tmp_path) != sign(tmp_path, SETTINGS.replace(before, after))


@pytest.mark.parametrize("file", ["face_svg", "dark_svg", "light_svg"])
def test_another_picture_is_another_digest(tmp_path: Path, file: str) -> None:
    assert sign(tmp_path) != sign(tmp_path, **{file: SVG.replace(b"#0a8", b"#0a9")})


def test_another_font_is_another_digest(tmp_path: Path) -> None:
    assert sign(tmp_path) != sign(tmp_path, title_ttf=STATIC + b"\0")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("accent", "# a note\naccent"),
        ("\n", "\r\n"),
        ('"#ff8800"', "'#F80'"),
        ('"acme.example"', '"  acme.example "'),
        ("{file =", "{ file   ="),
        ('"face.svg"', '"dark.svg"'),
        ('"face.svg"', '"./face.svg"'),
    ],
)
def test_the_same_in_other_words_is_the_same_digest(tmp_path: Path, before: str, after: str) -> None:
    assert before in SETTINGS
    assert sign(tmp_path) == sign(tmp_path, SETTINGS.replace(before, after))


def test_names_and_times_and_what_is_not_used_are_not_part_of_it(tmp_path: Path) -> None:
    here = sign(tmp_path)
    assert sign(tmp_path / "elsewhere", SETTINGS, "other", unused_svg=OTHER) == here
    for file in (tmp_path / "brands/acme").iterdir():
        os.utime(file, (1, 1))
    assert sign(tmp_path) == here


@pytest.mark.parametrize("same", ['theme = "auto"', 'corner = "bottom-left"'])
def test_what_draws_nothing_else_is_the_same_digest(tmp_path: Path, same: str) -> None:
    bare = load("acme", make_brand(tmp_path)).digest
    if same.startswith("theme"):
        assert load("acme", make_brand(tmp_path, same)).digest == bare
    corner = 'logo = {on_dark = "dark.svg"}'
    said = 'logo = {on_dark = "dark.svg", on_light = "dark.svg", corner = "top-left"}'
    assert sign(tmp_path, corner) == sign(tmp_path, said) == sign(tmp_path, 'logo = "dark.svg"')


def test_the_digest_is_stable_over_versions(tmp_path: Path) -> None:
    # Another value composes every picture of every brand anew.
    settings = SETTINGS.replace('"title.ttf"', '"inter"').replace('{file = "text.ttf", weight = 400}', '"lora"')
    assert sign(tmp_path, settings) == "69016785407d78b376d90750c262809aafe55b01a9bac8513ba6d3a0b64ad603"


def test_a_brand_is_read_once_and_again_when_a_file_changed(tmp_path: Path) -> None:
    first = read(tmp_path)
    folder = tmp_path / "brands"
    assert load("acme", folder) is first
    (folder / "acme" / "unused.txt").write_text("x")
    assert load("acme", folder) is first
    (folder / "acme" / "face.svg").write_bytes(OTHER)
    changed = load("acme", folder)
    assert changed.digest != first.digest
    assert load("acme", folder) is changed


def test_the_folder_of_each_directory_is_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for number, accent in enumerate(("#fff", "#000")):
        make_brand(tmp_path / str(number), f'accent = "{accent}"')
        monkeypatch.chdir(tmp_path / str(number))
        found.append(load("acme", Path("brands")).accent)
    assert found == [(255, 255, 255), (0, 0, 0)]
