"""``imagegen mcp`` as a program: over standard input and output, and without its SDK."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.doubles.provider.openai_server import KEY, OpenAIServer
from tests.workflows.commands.mcp.transcript import CAP, PAGE, ROOT, play
from workflows import cli


def test_the_transcript_on_the_page_is_what_is_said(project: Path, openai: OpenAIServer) -> None:
    said = play(project, {**openai.environment, "PYTHONPATH": str(ROOT)}, *CAP)
    assert len(openai.calls) == 2
    assert KEY not in said
    assert f"```text\n{said}```" in PAGE.read_text()


@pytest.mark.parametrize("place", ["nowhere", "file"])
def test_a_project_that_is_no_folder_is_explained(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr("sys.argv", ["imagegen", "mcp", "--project", str(tmp_path / place)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert f"--project {tmp_path / place}: " in capsys.readouterr().err


def test_without_the_sdk_the_command_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Missing:
        def find_spec(self, name: str, *_: Any) -> None:
            if name.partition(".")[0] == "mcp":
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    for name in [name for name in sys.modules if name.partition(".")[0] == "mcp"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr("sys.meta_path", [Missing(), *sys.meta_path])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["imagegen", "mcp", "--offline"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert "install imagegen with its extra 'mcp', in its directory: pip install '.[mcp]'" in capsys.readouterr().err
    assert Path.cwd() == tmp_path
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - its names alone
