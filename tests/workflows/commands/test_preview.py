"""``imagegen preview`` shows titles without a provider and explains what it cannot show."""

from pathlib import Path

import pytest
from PIL import Image

from workflows import cli


def preview(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["imagegen", "preview", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


def size(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


def test_one_combination_is_the_finished_picture(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    out = tmp_path / "one.jpg"
    assert preview(monkeypatch, "Some title", "--out", str(out)) == 0
    assert size(out) == (1200, 630)


@pytest.mark.parametrize(
    ("name", "kind"), [("x.jpeg", "JPEG"), ("x.PNG", "PNG"), ("x.png", "PNG"), ("x.webp", "WEBP"), ("x.jpg", "JPEG")]
)
def test_the_end_of_the_name_says_how_the_picture_is_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, kind: str
) -> None:
    assert preview(monkeypatch, "Some title", "--out", str(tmp_path / name)) == 0
    with Image.open(tmp_path / name) as image:
        assert (image.format, image.size) == (kind, (1200, 630))


def test_all_templates_make_a_contact_sheet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    out = tmp_path / "sheet.jpg"
    assert preview(monkeypatch, "Some title", "--template", "all", "--out", str(out)) == 0
    assert size(out)[0] > 5 * 400


def test_a_template_and_a_font_are_found_however_they_are_spelt(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    exact, loose = tmp_path / "exact.jpg", tmp_path / "loose.jpg"
    assert preview(monkeypatch, "a", "--template", "left-panel", "--font", "bebas-neue", "--out", str(exact)) == 0
    assert preview(monkeypatch, "a", "--template", "Left Panel", "--font", "Bebas_Neue", "--out", str(loose)) == 0
    assert loose.read_bytes() == exact.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("a", "--font", "arial"), "one of inter"),
        (("a", "--template", "banner"), "one of bottom-bar"),
        ((" ",), "1 to 300 characters"),
        (("a\udcd8",), r"title 1: text in UTF-8 (found 'a\udcd8')"),
        (("a", "--kicker", "a\udcd8"), r"--kicker: text in UTF-8 (found 'a\udcd8')"),
        (("a", "--background", "missing.jpg"), "cannot read it"),
        (("a", "--out", "x.gif"), "ends in one of .jpg, .jpeg, .png, .webp"),
        (("a", "--out", "picture"), "ends in one of .jpg, .jpeg, .png, .webp"),
        (("a", "--out", "no/such/directory/x.jpg"), "cannot write the picture"),
    ],
)
def test_what_cannot_be_shown_is_explained(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    arguments: tuple[str, ...],
    expected: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert preview(monkeypatch, *arguments) == 2
    assert expected in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
