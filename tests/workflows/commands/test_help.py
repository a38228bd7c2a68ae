"""The output of ``--help``."""

import inspect

import pytest

from workflows import cli
from workflows.commands import cli as command_line


def help_text(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    monkeypatch.setattr("sys.argv", ["imagegen", *arguments, "--help"])
    with pytest.raises(SystemExit):
        cli.main()
    return " ".join(capsys.readouterr().out.split())


def test_the_list_of_commands_says_all_of_what_each_one_does(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = help_text(monkeypatch, capsys)
    assert "..." not in shown.partition("Options:")[2]
    for command in command_line().registered_commands:
        assert " ".join((inspect.getdoc(command.callback) or "missing").split()) in shown
