"""``imagegen brand check``: what is right, what is mended, what is wrong."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.overlay.brands.making import SVG, make_brand
from workflows import cli
from workflows.commands import brand

ROOT = Path(__file__).parents[3]
Check = Callable[..., int]


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Check:
    monkeypatch.chdir(tmp_path)

    def run(*names: str) -> int:
        monkeypatch.setattr("sys.argv", ["imagegen", "brand", "check", *names])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return int(ended.value.code or 0)

    return run


def test_a_valid_brand_is_shown(check: Check, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = """
accent = "#fc0"
byline = "acme.example"
font = "lora"
theme = "dark"
logo = {on_dark = "a.svg", corner = "bottom-left"}
"""
    make_brand(tmp_path, settings, a_svg=SVG)
    assert check("acme") == 0
    written = capsys.readouterr()
    assert written.err == ""
    assert [line.rstrip() for line in written.out.splitlines()] == [
        "acme: valid",
        "  accent     #ffcc00",
        "  logo       a.svg on dark, a.svg on light",
        "  corner     bottom-left",
        "  font       lora",
        "  theme      dark",
        "  byline     acme.example",
    ]


def test_a_warning_leaves_a_brand_valid(check: Check, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_brand(tmp_path, 'accent = "#fc0"')
    assert check() == 0
    assert "  warning    accent: #ffcc00 on white has a contrast of 1.5:1" in capsys.readouterr().out


def test_a_folder_that_no_batch_can_ask_for_is_a_problem(
    check: Check, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_brand(tmp_path, 'accent = "#fc0"')
    (tmp_path / "brands" / "acme").rename(tmp_path / "brands" / "Acmé Ltd")
    assert check() == brand.WRONG
    assert "brands/Acmé Ltd: a name of at most 40 lower-case letters" in capsys.readouterr().err


def test_all_problems_of_all_brands_are_named(check: Check, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_brand(tmp_path, 'accent = "orange"\nfont = "comic"')
    make_brand(tmp_path, "", "beta")
    make_brand(tmp_path, "colour = 1", "gamma")
    assert check() == 2
    written = capsys.readouterr()
    assert written.out == "beta: valid\n"
    lines = written.err.splitlines()
    assert lines[0] == "imagegen: 3 problems:"
    assert [line.partition(": ")[0] + line.partition(": ")[2].partition(":")[0] for line in lines[1:]] == [
        "  - brands/acme/brand.tomlaccent",
        "  - brands/acme/brand.tomlfont",
        "  - brands/gamma/brand.tomlcolour",
    ]


def test_an_unknown_brand_is_wrong(check: Check, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_brand(tmp_path)
    assert check("acm", "acme") == 2
    written = capsys.readouterr()
    assert written.out == "acme: valid\n"
    assert written.err.splitlines() == [
        "imagegen: 1 problem:",
        "  - brand: one of the brands in brands: acme; did you mean 'acme'? (found \"acm\")",
    ]


def test_no_brand_at_all_is_said_and_fine(check: Check, capsys: pytest.CaptureFixture[str]) -> None:
    assert check() == 0
    assert capsys.readouterr().out.startswith("There is no brand in brands.")


def test_the_tab_key_offers_the_brands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("acme", "beta"):
        make_brand(tmp_path, "", name)
    monkeypatch.chdir(tmp_path)
    assert brand._complete_names("") == ["acme", "beta"]
    assert brand._complete_names("b") == ["beta"]


def test_the_example_brand_is_valid() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "workflows.cli", "brand", "check"], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("harbour: valid\n")
    assert "warning" not in done.stdout
