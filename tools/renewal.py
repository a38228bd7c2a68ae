"""Locks the requirements anew: both locks together, for every supported Python on Linux and macOS.

The test lock is resolved first, from the newest releases, and the run lock after it from the same ones. Nothing is
written before each locked wheel is known to exist for each Python and platform.
"""

import subprocess
import sys
import tomllib
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.installation import NEWEST_PIP, ROOT, RUN, TEST, VENV

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
# No Intel Mac: cryptography and others make no wheels for it any more.
PLATFORMS = ("x86_64-manylinux_2_28", "aarch64-manylinux_2_28", "aarch64-apple-darwin")
_COMPILE = ("--universal", "--python-version", PYTHONS[0], "--fork-strategy", "fewest", "--only-binary", ":all:")
_PLAIN = ("--generate-hashes", "--no-header", "--no-annotate")
# True wherever the project runs, and so only noise.
_ANYWHERE = "sys_platform == 'darwin' or sys_platform == 'linux'"


def main() -> None:
    """Write both locks and the lock of the newest pip, or say why not and leave them alone."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    build = "\n".join(settings["build-system"]["requires"])
    with TemporaryDirectory() as folder:
        work = Path(folder)
        test = _compile(work / TEST, build, "pyproject.toml", "-", "--extra", "test")
        run = _compile(work / RUN, build, "pyproject.toml", "-", "--constraints", str(test))
        pip = _compile(work / "pip.txt", "pip", "-")
        for python, platform in product(PYTHONS, PLATFORMS):
            _prove(test, python, platform)
        for name, lock in ((TEST, test), (RUN, run), (NEWEST_PIP, pip)):
            (ROOT / name).write_text(lock.read_text())
    print(f"Locked anew: {RUN}, {TEST} and {NEWEST_PIP}")


def _compile(lock: Path, stdin: str, *arguments: str) -> Path:
    _uv("compile", *_COMPILE, *_PLAIN, "--output-file", str(lock), *arguments, stdin=stdin)
    text = lock.read_text().replace(f" ; {_ANYWHERE}", "").replace(f" and ({_ANYWHERE})", "")
    lock.write_text(text)
    return lock


def _prove(lock: Path, python: str, platform: str) -> None:
    """Make sure that every locked wheel exists for a Python on a platform, without fetching any."""
    where = ("--python-version", python, "--python-platform", platform, "--target", str(lock.parent / "nowhere"))
    options = ("--dry-run", "--no-deps", "--require-hashes", "--only-binary", ":all:")
    _uv("install", *options, *where, "-r", str(lock))


def _uv(*arguments: str, stdin: str = "") -> None:
    command = [str(VENV / "bin/uv"), "pip", *arguments, "--quiet", "--no-python-downloads", "--system-certs"]
    done = subprocess.run(command, check=False, cwd=ROOT, input=stdin, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"requirements: the locks stay as they were; uv {' '.join(arguments)}\n{done.stderr.strip()}")


if __name__ == "__main__":
    main()
