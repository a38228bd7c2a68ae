"""The record of a finished installation, which lies in the environment: without it, an environment is half-finished."""

import hashlib
import json
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Mapping
from enum import Enum, auto
from pathlib import Path
from typing import Any

_NAME = "installed.json"
_SETTINGS = "pyproject.toml"


class State(Enum):
    """The work that an installation has to do."""

    COMPLETE = auto()  # nothing
    STALE = auto()  # install the project anew, whose settings changed
    SHORT = auto()  # add to it
    BROKEN = auto()  # make it anew


def digests(root: Path, names: Iterable[str]) -> dict[str, str]:
    """Hash the files that an installation is made from."""
    return {name: hashlib.sha256((root / name).read_bytes()).hexdigest() for name in names}


def state(venv: Path, inputs: Mapping[str, str]) -> State:
    """Find out what an environment lacks that was made from some inputs, or from none, or by another Python."""
    kept = _read(venv)
    if kept.get("python") != _version() or kept.get("place") != str(venv) or not _runs(venv):
        return State.BROKEN
    if not set(kept["packages"]) <= set(_packages(venv)):
        return State.BROKEN
    changed = {name for name, digest in kept["inputs"].items() if name in inputs and inputs[name] != digest}
    # A changed lock may have lost packages. The settings hold the linter's rules, too, and change often.
    if changed - {_SETTINGS}:
        return State.BROKEN
    if not set(inputs) <= set(kept["inputs"]):
        return State.SHORT
    return State.STALE if changed else State.COMPLETE


def inputs(venv: Path) -> dict[str, str]:
    """Return what an environment was made from, as far as it is whole."""
    return dict(_read(venv).get("inputs", {}))


def keep(venv: Path, inputs: Mapping[str, str]) -> None:
    """Note down a finished installation."""
    kept = {"python": _version(), "place": str(venv), "inputs": dict(inputs), "packages": _packages(venv)}
    (venv / _NAME).write_text(json.dumps(kept, indent=1))


def forget(venv: Path) -> None:
    """Take the record away, before anything is changed."""
    (venv / _NAME).unlink(missing_ok=True)


def _read(venv: Path) -> dict[str, Any]:
    try:
        kept = json.loads((venv / _NAME).read_text())
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}


def _runs(venv: Path) -> bool:
    """Ask its interpreter, which may have vanished, or be another one since the system's Python was renewed."""
    command = [str(venv / "bin/python"), "-I", "-c", "import sys; print(*sys.version_info[:2], sep='.')"]
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True)
    except OSError:
        return False
    return done.stdout.strip() == _version()


def _version() -> str:
    return ".".join(map(str, sys.version_info[:2]))


def _packages(venv: Path) -> list[str]:
    return sorted(path.name for path in locate_packages(venv).glob("*.dist-info"))


def locate_packages(venv: Path) -> Path:
    """Return the folder of an environment's packages, as this Python lays it out."""
    return Path(sysconfig.get_path("purelib", "venv", {"base": str(venv)}))
