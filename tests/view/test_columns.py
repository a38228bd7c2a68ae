"""Tables lose nothing: not in a pipe, and not in a terminal of any width."""

import re

import pytest

from imagegen.overlay import FONTS, TEMPLATES
from imagegen.request.catalog import MODELS
from imagegen.request.prompts import STYLES
from workflows import cli
from workflows.view.columns import print_columns

IDS = [*MODELS, *STYLES, *TEMPLATES, *FONTS]
ROWS = [("A long title of many words", "gpt-image-2"), ("[bold]:smile: 漢字", "dall-e-3")]


def catalog(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    monkeypatch.setattr("sys.argv", ["imagegen", "catalog"])
    with pytest.raises(SystemExit):
        cli.main()
    return capsys.readouterr().out


def terminal(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", str(width))


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_every_id_of_the_catalogue_is_whole_in_a_terminal_of_any_width(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal(monkeypatch, width)
    words = set(re.split(r"[,\s]+", catalog(monkeypatch, capsys)))
    assert words >= set(IDS)


def test_a_pipe_gets_a_line_a_model_with_all_of_it_whatever_the_terminal_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    lines = catalog(monkeypatch, capsys).splitlines()
    assert [line.split()[0] for line in lines[1 : len(MODELS) + 1]] == list(MODELS)
    assert any(line.endswith("served by gpt-image-2.5-sunburst") for line in lines)
    assert ["styles", "", *", ".join(STYLES).split(" ")] in [line.split(" ") for line in lines]


def test_cells_are_printed_as_text_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    print_columns(("title", "model"), [("a\x1b[2J\nb", "gpt-image-[/x]")], breaks=0)
    assert capsys.readouterr().out.splitlines()[1:] == ["a [2J b  gpt-image-[/x]"]


def test_a_column_goes_on_below_itself_where_a_terminal_is_narrow(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal(monkeypatch, 33)
    print_columns(("title", "model"), ROWS, breaks=0)
    assert capsys.readouterr().out.splitlines()[1:] == [
        "A long title of many  gpt-image-2",
        "words",
        "[bold]:smile: 漢字    dall-e-3",
    ]
