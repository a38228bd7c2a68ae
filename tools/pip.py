"""Calls pip, shows one line of progress, and turns its failures into a sentence."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

# What a person's settings may decide: where packages come from, and how that is reached. All else could point pip
# elsewhere (PIP_TARGET, PIP_USER), hold it to other versions (PIP_CONSTRAINT) or make it say something else.
_KEPT = re.compile(
    r"PIP_((EXTRA_)?INDEX_URL|FIND_LINKS|NO_INDEX|TRUSTED_HOST|(CLIENT_)?CERT|PROXY|RETRIES|(DEFAULT_)?TIMEOUT"
    r"|(NO_)?CACHE_DIR|CONFIG_FILE|KEYRING_PROVIDER|USE_FEATURE|USE_DEPRECATED)"
)
_UNREACHABLE = re.compile(
    r"NewConnectionError|ConnectTimeout|NameResolutionError|name resolution|ProxyError|Network is unreachable"
    r"|Connection refused|Max retries exceeded|Failed to (connect|establish)"
)
_COMPILE = (
    "import compileall, sysconfig\n"
    "if __name__ == '__main__': compileall.compile_dir(sysconfig.get_path('purelib'), quiet=2, workers=0)"
)
_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[.*\])?==", re.MULTILINE)


class InstallError(Exception):
    """Something cannot be installed; says why, for a person."""


class Pip:
    """The pip of a Python."""

    def __init__(self, python: Path | str) -> None:
        # Isolated from PYTHONPATH and the working directory, never from pip's own settings.
        self._python = [str(python), "-I"]
        self._command = [*self._python, "-m", "pip", "--disable-pip-version-check", "--no-input"]

    def install(self, *arguments: Path | str, hashes: bool = True, progress_of: Path | None = None) -> None:
        """Install what is named, alone: no requirement is followed, nothing is built that has to be fetched."""
        options = ["--no-deps", "--no-user", "--no-compile", "--progress-bar", "off"]
        if hashes:
            options += ["--require-hashes", "--only-binary", ":all:"]
        show = _progress(progress_of) if progress_of else _silent
        code, said = self._run("install", *options, *map(str, arguments), show=show)
        if code:
            raise InstallError(_reason(said))

    def compile(self) -> None:
        """Compile what is installed, on all cores; pip itself would use one."""
        subprocess.run([*self._python, "-c", _COMPILE], check=False)

    def check(self, lock: Path) -> None:
        """Check that the requirements of all that the lock holds are met; of others, this is not the place."""
        code, said = self._run("check", show=_silent)
        ours = [line for line in said if _normal(line.split(" ")[0]) in {*_names(lock), "imagegen-workflows"}]
        if code and ours:
            raise InstallError(
                "the lock does not hold what is needed (after a change of pyproject.toml: make requirements):\n"
                + "\n".join(ours)
            )

    def _run(self, *arguments: str, show: Callable[[str], None]) -> tuple[int, list[str]]:
        said = []
        command = [*self._command, *arguments]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", env=_environment()
        ) as process:
            assert process.stdout  # noqa: S101 - it is a pipe
            for line in process.stdout:
                said.append(line.rstrip())
                show(line)
        show("")
        return process.returncode, said


def _environment() -> dict[str, str]:
    """The environment without what would lead pip elsewhere, whether it stands there or in pip's own files."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PIP_") or _KEPT.fullmatch(name)}
    return kept | {"PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0", "LC_ALL": "C.UTF-8"}


def _reason(said: list[str]) -> str:
    if any(_UNREACHABLE.search(line) for line in said):
        return (
            "the package index cannot be reached, and installing needs it once; "
            "look at the network, and at pip's settings if you have any, then call again."
        )
    words = [
        line for line in said if line.strip() and not line.startswith(("Collecting ", "  Downloading ", "[notice"))
    ]
    return "pip could not do it; its last words:\n" + "\n".join(words[-12:])


def _progress(lock: Path) -> Callable[[str], None]:
    """Rewrite one line of a terminal for each package; elsewhere, say once what begins."""
    total = len(_names(lock))
    place = "" if sys.stderr.isatty() else "\n"
    print(f"Installing {total} packages by {lock.name} …", end=place, file=sys.stderr, flush=True)
    return _rewriting(total) if sys.stderr.isatty() else _silent


def _rewriting(total: int) -> Callable[[str], None]:
    seen = 0

    def show(line: str) -> None:
        nonlocal seen
        if line.startswith(("Collecting ", "Ignoring ", "Requirement already satisfied")):
            seen += 1
            _rewrite(f"Installing: {min(seen, total)} of {total} packages are fetched …")
        elif line.startswith("Installing collected"):
            _rewrite(f"Installing: unpacking {total} packages …")
        elif not line:
            _rewrite("")

    return show


def _rewrite(text: str) -> None:
    print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def _silent(line: str) -> None:
    """Show nothing."""


def _names(lock: Path) -> set[str]:
    return {_normal(name) for name in _PIN.findall(lock.read_text())}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
