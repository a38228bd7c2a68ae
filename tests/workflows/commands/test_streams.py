"""``imagegen`` in awkward surroundings: streams of any encoding or none, a broken ``.env``, a deleted directory."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.doubles.render.local_runs import LOOK
from tests.doubles.render.worker_protocol import ROOT
from tests.measuring import COVERAGE

BATCH = [["A “fox” — 漢字"], ["gpt-image-2"], *LOOK]
IMAGEGEN = f'"{sys.executable}" -m workflows.cli'


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "batch.json").write_text(json.dumps(BATCH))
    return tmp_path


def run_shell(command: str, directory: Path, **environment: str) -> "subprocess.CompletedProcess[bytes]":
    """Run a shell command in which ``imagegen`` is the program; it must print no traceback."""
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", f'imagegen() {{ {IMAGEGEN} "$@"; }}; {command}'],
        cwd=directory,
        env={**COVERAGE, "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(directory), **environment},
        capture_output=True,
        check=False,
    )
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    assert b"Exception ignored" not in done.stderr, done.stderr.decode()
    return done


@pytest.mark.parametrize(
    "environment",
    [
        pytest.param({"PYTHONIOENCODING": "ascii"}, marks=pytest.mark.slow),
        {"PYTHONIOENCODING": "latin-1"},
        pytest.param({"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, marks=pytest.mark.slow),
    ],
    ids=["ascii", "latin-1", "C"],
)
def test_characters_that_standard_output_lacks_are_replaced(environment: dict[str, str], directory: Path) -> None:
    made = run_shell("imagegen run batch.json --offline --json", directory, **environment)
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["images"][0][0]["prompt"] == BATCH[0][0]
    for command in ("list", "plan batch.json", "catalog models"):
        done = run_shell(f"imagegen {command}", directory, **environment)
        assert done.returncode == 0, done.stderr
        assert b"?" in done.stdout or command == "catalog models"


def test_an_env_file_that_is_not_utf_8_is_named(directory: Path) -> None:
    (directory / ".env").write_bytes(b"OPENAI_API_KEY=\xff\xfe\n")
    done = run_shell("imagegen list", directory)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == b"imagegen: the file .env is not in UTF-8; save it as UTF-8\n"


def test_a_store_in_the_home_of_nobody_is_explained(directory: Path) -> None:
    done = run_shell("imagegen list --store '~nosuch/x'", directory)
    assert done.returncode == 2
    assert done.stderr.startswith(b"imagegen: the store '~nosuch/x' starts with the home directory of a user who does")
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("command", ["list", "gallery --all", "run {batch} --offline"])
def test_a_deleted_working_directory_is_explained(command: str, directory: Path) -> None:
    command = command.format(batch=directory / "batch.json")
    done = run_shell(f"mkdir gone && cd gone && rmdir ../gone && imagegen {command}", directory)
    assert done.returncode == 2
    assert done.stderr == b"imagegen: the current directory has been deleted; change to another one\n"


@pytest.mark.parametrize("command", ["catalog", "run batch.json --offline --json"])
def test_a_reader_that_leaves_early_is_no_error(command: str, directory: Path) -> None:
    done = run_shell(f"imagegen {command} | true", directory)
    assert done.returncode in {0, 1}, "0 when the reader took the output before it left"
    assert b"standard output" not in done.stderr


@pytest.mark.parametrize("redirection", [">&-", ">/dev/full"])
@pytest.mark.parametrize("command", ["catalog", "catalog --json", "run batch.json --offline --json"])
def test_an_output_that_cannot_be_written_is_one_sentence_and_exit_1(
    command: str, redirection: str, directory: Path
) -> None:
    if redirection == ">/dev/full" and not Path("/dev/full").exists():
        pytest.skip("no /dev/full on this machine")
    done = run_shell(f"imagegen {command} {redirection}", directory)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(b"imagegen: cannot write to standard output: ")


def test_a_closed_standard_error_does_not_stop_a_batch(directory: Path) -> None:
    done = run_shell("imagegen run batch.json --offline --json 2>&-", directory)
    assert done.returncode == 0
    assert json.loads(done.stdout)["status"] == "complete"
