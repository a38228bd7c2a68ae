"""Completion in bash, zsh and fish, in a home directory of the test's own."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from imagegen.overlay import FONTS, TEMPLATES
from tests.doubles.render.local_runs import LOOK, run_batch, runtime_in
from workflows import cli
from workflows.commands import cli as command_line
from workflows.commands import completion

Offered = Callable[..., list[str]]
Typed = Callable[..., int]

SHELLS = ("bash", "zsh", "fish")


def command_names() -> list[str]:
    app = command_line()
    names = [command.name or command.callback.__name__ for command in app.registered_commands if command.callback]
    return [*names, *(str(group.typer_instance.info.name) for group in app.registered_groups if group.typer_instance)]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "home"
    path.mkdir()
    monkeypatch.setenv("HOME", str(path))
    monkeypatch.setenv("COLUMNS", "80")  # which answering a shell changes
    monkeypatch.chdir(tmp_path)
    return path


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, home: Path) -> Typed:
    assert Path.home() == home

    def run(*arguments: str) -> int:
        monkeypatch.setattr("sys.argv", ["imagegen", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return int(ended.value.code or 0)

    return run


@pytest.fixture
def offered(typed: Typed, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Offered:
    """Return the values that the Tab key offers after these words, the last of which may be unfinished."""

    def complete(*words: str) -> list[str]:
        monkeypatch.setenv("COMP_WORDS", " ".join(["imagegen", *words]))
        monkeypatch.setenv("COMP_CWORD", str(len(words)))
        monkeypatch.setenv(completion.REQUEST, "complete_bash")
        assert typed() == 0
        monkeypatch.delenv(completion.REQUEST)
        written = capsys.readouterr()
        assert written.err == ""
        return written.out.split()

    return complete


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Say which shell is found above this process, and which is the user's."""

    def found(detected: str, own: str) -> None:
        monkeypatch.setattr(completion, "_detect_shell", lambda: detected)
        monkeypatch.setenv("SHELL", own)

    return found


def test_commands_options_and_sections_complete(offered: Offered) -> None:
    assert offered("p") == ["plan", "preview", "prune", "policy"]
    assert offered("run", "--off") == ["--offline"]
    assert offered("catalog", "") == ["models", "styles", "templates", "fonts"]


def test_templates_and_fonts_complete_one_by_one_and_behind_a_comma(offered: Offered) -> None:
    assert offered("preview", "x", "--template", "") == [*TEMPLATES, "all"]
    assert offered("preview", "x", "--font", "p") == [font for font in FONTS if font.startswith("p")]
    assert offered("preview", "x", "--font", "inter,l") == ["inter,lora"]
    assert "inter,inter" not in offered("preview", "x", "--font", "inter,")


@pytest.mark.parametrize("command", ["gallery", "delete"])
def test_batch_complete_ids_a_directory_complete(command: str, offered: Offered, tmp_path: Path) -> None:
    made = run_batch(runtime_in(tmp_path / "pictures"), ["a"], ["gpt-image-2"], *LOOK, offline=True)
    assert offered(command, "") == [made.batch_id]
    assert offered(command, made.batch_id[:5]) == [made.batch_id]
    assert offered(command, "--store", str(tmp_path / "pictures"), "") == [made.batch_id]
    assert offered(command, "--store", str(tmp_path / "elsewhere"), "") == []


@pytest.mark.parametrize("place", ["s3://a-bucket", "s3:covers", "/dev/null"])
def test_a_store_that_cannot_be_listed_at_once_offers_nothing_and_says_nothing(place: str, offered: Offered) -> None:
    assert offered("delete", "--store", place, "") == []


def test_fish_gets_one_line_a_value_however_long_its_help_is(
    typed: Typed, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("_TYPER_COMPLETE_FISH_ACTION", "get-args")
    for words, values in (("imagegen ", command_names()), ("imagegen start --i", ["--idempotency-key"])):
        monkeypatch.setenv(completion.REQUEST, "complete_fish")
        monkeypatch.setenv("_TYPER_COMPLETE_ARGS", words)
        assert typed() == 0
        assert [line.split("\t")[0] for line in capsys.readouterr().out.splitlines()] == values


@pytest.mark.parametrize("name", SHELLS)
@pytest.mark.parametrize("spelling", ["{}_source", "source_{}"])
def test_a_shell_gets_its_script_in_either_spelling(
    name: str, spelling: str, typed: Typed, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(completion.REQUEST, spelling.format(name))
    assert typed() == 0
    assert f"complete_{name}" in capsys.readouterr().out


@pytest.mark.parametrize("name", SHELLS)
def test_completion_is_installed_for_the_shell_that_it_is_typed_in(
    name: str,
    typed: Typed,
    home: Path,
    shell: Callable[[str, str], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    shell(name, "/bin/sh")
    assert typed("--install-completion") == 0
    assert f"{name} completion installed in {home}" in capsys.readouterr().out
    assert typed("--show-completion") == 0
    shown = capsys.readouterr().out.strip()
    assert any(shown in path.read_text() for path in home.rglob("*") if path.is_file())


def test_the_user_s_own_shell_counts_where_none_is_found(
    typed: Typed, shell: Callable[[str, str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    shell("", "/usr/bin/fish")
    assert typed("--show-completion") == 0
    assert "complete --command imagegen" in capsys.readouterr().out


def test_another_shell_is_told_what_completion_is_for(
    typed: Typed, home: Path, shell: Callable[[str, str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    shell("tcsh", "")
    for option in ("--install-completion", "--show-completion"):
        assert typed(option) == 2
        assert "bash, zsh and fish, and this shell (tcsh) is none" in capsys.readouterr().err
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("name", SHELLS)
def test_a_home_that_cannot_be_written_is_answered_with_the_line_to_write(
    name: str,
    typed: Typed,
    home: Path,
    shell: Callable[[str, str], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    home.rmdir()
    home.write_text("a file in the way")
    shell(name, "")
    assert typed("--install-completion") == 2
    assert f"{completion.REQUEST}=source_{name} imagegen" in capsys.readouterr().err


def test_a_machine_without_shellingham_goes_by_the_user_s_own_shell(
    typed: Typed, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "shellingham", None)
    monkeypatch.setenv("SHELL", "/bin/zsh")
    assert typed("--show-completion") == 0
    assert "#compdef imagegen" in capsys.readouterr().out


def test_bash_itself_completes_by_the_script(typed: Typed, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not shutil.which("bash"):
        pytest.skip("no bash on this machine")
    program = home / "imagegen"
    program.write_text(f"#!{sys.executable}\nfrom workflows.cli import main\nmain()\n")
    program.chmod(0o755)
    script = (
        'eval "$(_IMAGEGEN_COMPLETE=bash_source imagegen)"; '
        'COMP_WORDS=(imagegen catalog m); COMP_CWORD=2; _imagegen_completion imagegen; echo "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "--norc", "-c", script],
        env=os.environ | {"PATH": f"{home}:{os.environ['PATH']}", "PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("models\n", "")
