"""A mistake on the command line is one message that names it, exit code 2, and no traceback."""

from pathlib import Path

import pytest

from imagegen.request.batchfile import MAX_FILE
from tests.doubles.render.local_runs import LOOK, run_batch, runtime_in
from workflows import cli


def typed(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """The exit code of a command."""
    monkeypatch.setattr("sys.argv", ["imagegen", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("run absent.json --offline", "absent.json"),
        ("run folder --offline", "this is a directory"),
        ("run large.json --offline", f"at most {MAX_FILE:,} bytes"),
        ("gallery abcd --all --store empty", "not both"),
        ("gallery --store empty", "there is no batch"),
        ("gallery --all --store empty --out folder", "cannot write"),
        ("preview Title --background absent.png", "cannot read"),
        ("preview Title --background large.json", "larger than"),
    ],
)
def test_a_mistake_is_named_in_a_message(
    line: str, said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    with (tmp_path / "large.json").open("wb") as large:
        large.truncate(200_000_000)  # a hole: it takes no room
    assert typed(monkeypatch, *line.split()) == 2
    told = capsys.readouterr().err
    assert said in " ".join(told.split())
    assert "Traceback" not in told


def test_the_version_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed(monkeypatch, "--version") == 0
    assert capsys.readouterr().out.startswith("imagegen ")


def test_a_damaged_manifest_is_listed_with_the_way_to_repair_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = run_batch(runtime_in(tmp_path), ["a"], ["gpt-image-2"], *LOOK, "", "", 0, True)
    (tmp_path / made.manifest_key).write_bytes(b"{}")
    assert typed(monkeypatch, "list", "--store", str(tmp_path)) == 0
    assert f"{made.batch_id}  its manifest cannot be read; run its batch file again" in capsys.readouterr().err
