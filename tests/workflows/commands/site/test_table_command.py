"""``imagegen batch from``, as it is typed."""

import json
import os
from pathlib import Path

import pytest

from tests.workflows.commands.site.conftest import Run

OPTIONS = ("--model", "gpt-image-2", "--style", "neon", "--template", "left-panel", "--font", "inter")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "posts.csv"
    path.write_text("prompt,title\nA fox,Füchse\nA dog,\n")
    return path


def test_a_table_is_printed_as_a_batch(run: Run, table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("batch", "from", str(table), *OPTIONS, "--model", "gemini-nano-banana-2.1", "--context", "a blog") == 0
    made = json.loads(capsys.readouterr().out)
    assert made["models"] == ["gpt-image-2", "gemini-nano-banana-2.1"]
    assert made["prompts"] == [{"prompt": "A fox", "title": "Füchse"}, {"prompt": "A dog"}]
    assert (made["style"], made["template"], made["font"], made["context"]) == ("neon", "left-panel", "inter", "a blog")


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("A fox,\nA dog,Cap \u0378\n", ":3: title: no font here has a glyph"),
        ("A fox,\n\x1a\n", ":3: prompt: without a title of its own the prompt is drawn, but there is nothing in it"),
        ("A fox,\nA\0dog,\n", "NUL"),
        ("\u3164,\n", ":2: prompt: "),
    ],
)
def test_a_text_that_no_plan_accepts_is_named_at_its_line(
    run: Run, table: Path, capsys: pytest.CaptureFixture[str], rows: str, told: str
) -> None:
    table.write_text(f"prompt,title\n{rows}")
    assert run("batch", "from", str(table), *OPTIONS) == 2
    said = capsys.readouterr()
    assert told in said.err
    assert said.out == ""


def test_a_batch_file_that_is_written_can_be_planned(
    run: Run, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "batch.json"
    assert run("batch", "from", str(table), *OPTIONS, "--out", str(out)) == 0
    assert capsys.readouterr().err == f"{out}: 2 prompts\n"
    assert "Füchse" in out.read_text("utf-8")
    assert {path.name for path in tmp_path.iterdir()} == {"posts.csv", "batch.json"}
    assert run("plan", str(out), "--offline", "--store", str(tmp_path / "store")) == 0
    assert "2 pictures: 0 stored" in capsys.readouterr().out


def test_the_defaults_of_the_project_are_written_into_the_batch(
    run: Run, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A batch file says everything itself, so that it is the same batch wherever it is run."""
    project = tmp_path / "project"
    (project / "below").mkdir(parents=True)
    (project / "imagegen.toml").write_text('[batch]\nmodels = ["gpt-image-1"]\nstyle = "neon"\nmax_cost_usd = 1.0\n')
    monkeypatch.chdir(project / "below")
    assert run("batch", "from", str(table), "--style", "sketch") == 0
    made = json.loads(capsys.readouterr().out)
    assert (made["models"], made["style"], made["max_cost_usd"]) == (["gpt-image-1"], "sketch", 1.0)
    assert (made["template"], made["font"]) == ("bottom-bar", "inter")


def test_a_file_that_is_there_is_written_over_by_force_alone(
    run: Run, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "batch.json"
    out.write_text("mine")
    assert run("batch", "from", str(table), *OPTIONS, "--out", str(out)) == 2
    assert "there is a file already; --force writes over it" in capsys.readouterr().err
    assert out.read_text() == "mine"
    assert run("batch", "from", str(table), *OPTIONS, "--out", str(out), "--force") == 0
    assert json.loads(out.read_text())["style"] == "neon"


def test_the_table_itself_is_never_written_over(
    run: Run, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = table.read_text()
    os.link(table, tmp_path / "same")
    for out in (table, tmp_path / "same"):
        assert run("batch", "from", str(table), *OPTIONS, "--out", str(out), "--force") == 2
        assert "this is the table itself" in capsys.readouterr().err
    assert table.read_text() == text


@pytest.mark.parametrize("out", ["", "no/batch.json"])
def test_a_place_that_takes_no_file_is_explained(
    out: str, run: Run, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("batch", "from", str(table), *OPTIONS, "--force", "--out", str(tmp_path / out)) == 2
    assert "--out" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [table]


def test_every_problem_is_told_at_once(run: Run, table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table.write_text("prompt,style,font\n,neon,\nA fox,bad,intr\n")
    assert run("batch", "from", str(table), "--template", "no", "--font", "no") == 2
    told = capsys.readouterr().err
    for place in (f"{table}:2: prompt", f"{table}:3: style", f"{table}:3: font", "--template", "--font"):
        assert f"  - {place}: " in told


def test_more_rows_than_a_batch_may_have_are_refused_unless_the_limit_is_raised(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "many.txt"
    table.write_text("\n".join(f"prompt {number}" for number in range(10_000)))
    assert run("batch", "from", str(table), *OPTIONS) == 2
    assert "raise MAX_IMAGES_PER_BATCH" in capsys.readouterr().err
    monkeypatch.setenv("MAX_IMAGES_PER_BATCH", "10000")
    assert run("batch", "from", str(table), *OPTIONS) == 0
    assert len(json.loads(capsys.readouterr().out)["prompts"]) == 10_000
