"""The ``imagegen`` program itself."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("package", ["typer", "dotenv", "pydantic"])
def test_a_missing_package_is_named_with_the_way_to_install_it(package: str) -> None:
    without = f"import sys; sys.modules[{package!r}] = None; from workflows.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", without, "--version"],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    said = (
        f"imagegen: the Python package {package} is missing; install imagegen again, in its directory: pip install .\n"
    )
    assert (done.stdout, done.stderr) == ("", said)
