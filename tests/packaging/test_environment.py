"""The environment `.venv`: made when it is missing, left alone when it is complete, repaired when it is not."""

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.packaging.conftest import NOBODY_LISTENS, Clone, Index
from tools import record
from tools.locks import ROOT
from tools.record import State

INPUTS = {"pyproject.toml": "1", "requirements.txt": "1"}
TEST_INPUTS = {**INPUTS, "requirements-test.txt": "1"}


@pytest.fixture
def venv(tmp_path: Path) -> Path:
    """A complete environment, as far as its record tells."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python").symlink_to(sys.executable)
    (record.locate_packages(tmp_path) / "rich-15.0.0.dist-info").mkdir(parents=True)
    record.keep(tmp_path, INPUTS)
    return tmp_path


def interrupt(venv: Path) -> None:
    record.forget(venv)


def tear_the_record(venv: Path) -> None:
    (venv / "installed.json").write_text('{"python":')


def lose_the_interpreter(venv: Path) -> None:
    (venv / "bin/python").unlink()
    (venv / "bin/python").symlink_to(venv / "gone")


def replace_the_interpreter(venv: Path) -> None:
    (venv / "bin/python").unlink()
    (venv / "bin/python").write_text("#!/bin/sh\necho 3.10\n")
    (venv / "bin/python").chmod(0o755)


def make_it_with_another_python(venv: Path) -> None:
    kept = venv / "installed.json"
    kept.write_text(kept.read_text().replace(f'"{sys.version_info[0]}.{sys.version_info[1]}"', '"3.10"'))


def lose_a_package(venv: Path) -> None:
    (record.locate_packages(venv) / "rich-15.0.0.dist-info").rmdir()


@pytest.mark.parametrize(
    "harm",
    [
        interrupt,
        tear_the_record,
        lose_the_interpreter,
        replace_the_interpreter,
        make_it_with_another_python,
        lose_a_package,
        shutil.rmtree,
    ],
)
def test_an_environment_that_is_not_whole_is_made_anew(venv: Path, harm: Callable[[Path], None]) -> None:
    assert record.state(venv, INPUTS) is State.COMPLETE
    harm(venv)
    assert record.state(venv, INPUTS) is State.BROKEN


def test_an_environment_that_was_moved_is_made_anew(venv: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Its scripts name the place that they were made in."""
    moved = venv.rename(tmp_path_factory.mktemp("moved") / "venv")
    assert record.state(moved, INPUTS) is State.BROKEN


@pytest.mark.parametrize(
    ("inputs", "state"),
    [
        (INPUTS, State.COMPLETE),
        (TEST_INPUTS, State.SHORT),
        (INPUTS | {"pyproject.toml": "2"}, State.STALE),
        (INPUTS | {"requirements.txt": "2"}, State.BROKEN),
    ],
)
def test_only_a_changed_lock_costs_a_new_environment(venv: Path, inputs: dict[str, str], state: State) -> None:
    assert record.state(venv, inputs) is state


def test_what_checks_is_not_taken_away_from_who_only_runs(venv: Path) -> None:
    record.keep(venv, TEST_INPUTS)
    assert record.state(venv, INPUTS) is State.COMPLETE


def test_what_else_was_installed_by_hand_does_not_matter(venv: Path) -> None:
    (record.locate_packages(venv) / "ipython-9.0.dist-info").mkdir()
    assert record.state(venv, INPUTS) is State.COMPLETE


def test_a_half_finished_environment_repairs_itself_and_then_starts_at_once(small_clone: Clone, index: Index) -> None:
    code, said = small_clone.install("run", PIP_INDEX_URL=NOBODY_LISTENS)
    assert code == 1
    assert "install: the package index cannot be reached" in said
    lose_the_interpreter(small_clone.root / ".venv")

    code, said = small_clone.install("run")
    assert (code, said) == (0, "Making .venv …\nInstalling 2 packages by requirements.txt …\n")
    assert small_clone.call(".venv/bin/imagegen") == (0, "pictures\n")

    asked = list(index.asked)
    assert small_clone.install("run", PIP_INDEX_URL=NOBODY_LISTENS) == (0, "")
    assert index.asked == asked


def test_a_python_without_ensurepip_is_told_what_to_install(small_clone: Clone, tmp_path: Path) -> None:
    """Debian's Python comes without it."""
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['ensurepip'] = None\n")
    code, said = small_clone.install("run", PYTHONPATH=str(tmp_path))
    assert code == 1
    (line,) = said.splitlines()
    assert f"apt install python{sys.version_info[0]}.{sys.version_info[1]}-venv" in line


def test_an_older_python_is_told_which_is_needed(small_clone: Clone) -> None:
    older = "import runpy, sys; sys.version_info = (3, 9, 18); runpy.run_module('tools.install', run_name='__main__')"
    code, said = small_clone.call(sys.executable, "-c", older)
    assert code == 1
    (line,) = said.splitlines()
    assert line.startswith("install: Python 3.11 or newer is needed, and this is Python 3.9; ")


def test_an_older_python_can_read_as_far_as_that() -> None:
    """No f-string and no annotation; a function of any kind would invite them."""
    source = (ROOT / "tools/install.py").read_text()
    newer = ast.JoinedStr, ast.AnnAssign, ast.FunctionDef, ast.AsyncFunctionDef, ast.NamedExpr, ast.Match
    assert not [node for node in ast.walk(ast.parse(source)) if isinstance(node, newer)]
    assert source.isascii()


@pytest.mark.skipif(shutil.which("make") is None, reason="no make")
def test_a_missing_python_is_told_as_well() -> None:
    command = ["make", "run", "PYTHON=python-that-is-not-here"]
    done = subprocess.run(
        command, check=False, cwd=ROOT, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True
    )
    assert done.returncode
    assert done.stderr.startswith("install: there is no python-that-is-not-here here; install Python 3.11 or newer")


@pytest.mark.parametrize("name", ["Makefile", ".ci/run", ".ci/fribidi", "render.yaml"])
def test_nothing_is_installed_in_another_way(name: str) -> None:
    assert "pip" not in (ROOT / name).read_text().replace("--pipe", "").split()
