"""Bring an environment to what the locks hold: all of it, by hash, and nothing that they do not name.

pip is told to follow no requirement (`--no-deps`), since which ones it follows past a lock differs from version to
version, and to take wheels only, since building one would fetch a build backend that no lock names.
"""

import argparse
import fcntl
import importlib.util
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tools import record
from tools.pip import InstallError, Pip

ROOT = Path(__file__).parents[1]
VENV = ROOT / ".venv"
RUN = "requirements.txt"
TEST = "requirements-test.txt"
PROJECT = "pyproject.toml"
NEWEST_PIP = "requirements-pip.txt"
# The tests install with the oldest and the newest pip, and reach no network themselves.
PIPS = {"oldest": "tests/packaging/pip-oldest.txt", "newest": NEWEST_PIP}
INPUTS = {"run": (PROJECT, RUN, NEWEST_PIP), "test": (PROJECT, RUN, TEST, *PIPS.values())}


def main(arguments: Sequence[str]) -> None:
    """Install; end with a sentence, and exit code 1, when that cannot be done."""
    parser = argparse.ArgumentParser(prog="python3 -m tools.install", description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("run", "test", "here"), help="run or test: into .venv; here: into this Python")
    what = parser.parse_args(arguments).what
    try:
        if what == "here":
            install(Pip(sys.executable), RUN)
        else:
            bring(VENV, what)
    except InstallError as error:
        sys.exit(f"install: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


def bring(venv: Path, what: str) -> None:
    """Make the environment complete, from whatever state it is in; return at once where it is complete."""
    inputs = record.digests(ROOT, INPUTS[what])
    if record.state(venv, inputs) is record.State.COMPLETE:
        return
    with one_at_a_time():
        state = record.state(venv, inputs)  # another call may have brought it there in the meantime
        if state is record.State.COMPLETE:
            return
        before = {} if state is record.State.BROKEN else record.inputs(venv)
        record.forget(venv)
        if state is record.State.BROKEN:
            make(venv)
        lock = TEST if what == "test" else RUN
        pip = Pip(venv / "bin/python")
        if state is record.State.STALE:
            install_project(pip, lock)
        else:
            install(pip, lock)
            if what == "test":
                install_pips(pip, venv)
        record.keep(venv, before | inputs)


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Hold off every other call for this clone until this one is done; a killed one holds nothing."""
    with (ROOT / RUN).open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Waiting for another installation into .venv …", file=sys.stderr)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make(venv: Path) -> None:
    """Make an empty environment in place of what is there, with the pip that is locked."""
    if not all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")):
        version = ".".join(map(str, sys.version_info[:2]))
        raise InstallError(
            f"this Python cannot make virtual environments, part of it is not installed; on Debian or Ubuntu: "
            f"apt install python{version}-venv; or name another Python: make run PYTHON=python{version}"
        )
    print(f"Making {venv.name} …", file=sys.stderr)
    # The Python behind an active .venv, which is about to be emptied.
    python = getattr(sys, "_base_executable", sys.executable)
    command = [python, "-I", "-m", "venv", "--clear", str(venv)]
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise InstallError(f"{venv} cannot be made:\n{done.stdout.strip()}")
    # Any pip would do; the one that Python 3.11 brings takes three times as long to choose among releases.
    Pip(venv / "bin/python").install("-r", ROOT / NEWEST_PIP)


def install(pip: Pip, lock: str) -> None:
    """Install a lock and the project, and let pip check the outcome."""
    pip.install("-r", ROOT / lock, progress_of=ROOT / lock)
    pip.compile()
    install_project(pip, lock)


def install_project(pip: Pip, lock: str) -> None:
    """Install the project with the setuptools of its lock, and let pip check the outcome."""
    pip.install("--no-build-isolation", "--editable", ROOT, hashes=False)
    pip.check(ROOT / lock)


def install_pips(pip: Pip, venv: Path) -> None:
    """Put the other pips beside the environment's own."""
    for name, lock in PIPS.items():
        pip.install("--target", venv / "pips" / name, "--upgrade", "-r", ROOT / lock)
