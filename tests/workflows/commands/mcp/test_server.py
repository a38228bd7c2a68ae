"""``imagegen mcp`` as a program: over standard input and output, and without its SDK."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.doubles.provider.openai_server import KEY, OpenAIServer
from tests.workflows.commands.mcp.transcript import CAP, PAGE, ROOT, play
from workflows import cli
from workflows.commands.mcp.session import Session


def test_the_transcript_on_the_page_is_what_is_said(project: Path, openai: OpenAIServer) -> None:
    said = play(project, {**openai.environment, "PYTHONPATH": str(ROOT)}, *CAP)
    assert len(openai.calls) == 3
    assert KEY not in said
    assert f"```text\n{said}```" in PAGE.read_text()


def type_mcp(monkeypatch: pytest.MonkeyPatch, *options: str) -> Session:
    """The session that a command begins; nobody talks to it."""
    begun: list[Session] = []

    async def serve(session: Session) -> None:
        begun.append(session)

    monkeypatch.setattr("workflows.commands.mcp.command.serve", serve)
    monkeypatch.setattr("workflows.commands.mcp.command.go_apart", lambda: None)
    monkeypatch.setattr("sys.argv", ["imagegen", "mcp", *options])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 0
    return begun[0]


def test_the_settings_of_the_project_folder_are_read_and_none_above_it(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)  # and back again after the test
    (project / "imagegen.toml").write_text("[batch]\nmax_cost_usd = 0.5\n")
    (project / "below").mkdir()
    session = type_mcp(monkeypatch, "--project", str(project), "--max-cost", "2")
    assert (session.project.defaults, session.budget.cap_usd) == ({"max_cost_usd": 0.5}, 2)
    session = type_mcp(monkeypatch, "--project", str(project / "below"))
    assert (session.project.defaults, session.budget.cap_usd) == ({}, None)


@pytest.mark.parametrize("cap", ["nan", "inf", "-1", "much"])
def test_a_cap_that_is_no_amount_is_refused(
    cap: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["imagegen", "mcp", "--max-cost", cap])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert "--max-cost" in capsys.readouterr().err


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
    monkeypatch.setattr("workflows.commands.mcp.command.go_apart", lambda: None)
    monkeypatch.setattr("sys.argv", ["imagegen", "mcp", "--offline"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert "install imagegen with its extra 'mcp', in its directory: pip install '.[mcp]'" in capsys.readouterr().err
    assert Path.cwd() == tmp_path
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - its names alone
