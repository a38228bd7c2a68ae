"""A clone to install, and an index that holds what is locked, and a newer release of all of it."""

import ensurepip
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import distribution
from pathlib import Path

import pytest

from tests.doubles import package_index
from tools import proof
from tools.locks import ROOT, RUN, Pin, pins
from tools.record import locate_packages

TOMORROW = "99"  # the last figure of a release that came out after the lock
NOBODY_LISTENS = "http://127.0.0.1:9/simple/"


@dataclass
class Index:
    """An index, and what it was asked for."""

    folder: Path
    address: str
    asked: list[str]
    hashes: dict[str, str] = field(default_factory=dict)  # of each locked release's stand-in


@dataclass
class Clone:
    """A clone of the repository whose packages are empty and whose lock has the stand-ins' hashes."""

    root: Path
    index: str

    @property
    def lock(self) -> Path:
        return self.root / "requirements.txt"

    def install(self, what: str, *, python: Path | str = sys.executable, **environment: str) -> tuple[int, str]:
        """Run the installer as the Makefile does; return its exit code and what it said."""
        return self.call(python, "-m", "tools.install", what, **environment)

    def call(self, *command: Path | str, **environment: str) -> tuple[int, str]:
        plain = {"PATH": os.environ["PATH"], "HOME": str(self.root), "LANG": "C.UTF-8", "PIP_INDEX_URL": self.index}
        plain |= {"PIP_NO_CACHE_DIR": "1", "PIP_CONFIG_FILE": os.devnull, "PIP_RETRIES": "1"}
        done = subprocess.run(
            list(map(str, command)),
            check=False,
            cwd=self.root,
            env=plain | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return done.returncode, done.stdout


def locked() -> list[Pin]:
    """What the run lock installs here."""
    return [pin for pin in pins(RUN.read_text()) if pin.applies(proof.here())]


def text(lock: dict[str, str]) -> str:
    """Write a lock of pins and hashes."""
    return "".join(f"{pin} \\\n    --hash=sha256:{digest}\n" for pin, digest in lock.items())


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """An index on which every locked package has come out again since it was locked."""
    folder = tmp_path_factory.mktemp("index")
    with package_index.serving(folder) as (address, asked):
        found = Index(folder, address, asked)
        for pin in locked():
            metadata = requirements(pin.name)
            files = real_setuptools(folder) if pin.name == "setuptools" else {}
            version = str(pin.version)
            found.hashes[f"{pin.name}=={version}"] = package_index.add_wheel(folder, pin.name, version, metadata, files)
            # One that all who ask for the package accept, as google-auth 2.63.0 was, and one that few accept.
            for newer in (f"{pin.version.base_version}.{TOMORROW}", TOMORROW):
                package_index.add_wheel(folder, pin.name, newer, metadata)
        yield found


def requirements(name: str) -> str:
    """The requirements of what is installed here, in its metadata's words."""
    found = distribution(name).metadata
    lines = [f"{key}: {value}" for key in ("Provides-Extra", "Requires-Dist") for value in found.get_all(key) or ()]
    return "\n".join(lines) + "\n"


def real_setuptools(folder: Path) -> dict[str, str]:
    """Files of a wheel that lead to the installed setuptools: it has to build the project, and is large."""
    real = folder / "setuptools"
    real.mkdir()
    for part in ("setuptools", "_distutils_hack"):
        (real / part).symlink_to(Path(sysconfig.get_path("purelib")) / part)
    entry_points = distribution("setuptools").read_text("entry_points.txt") or ""
    return {"real_setuptools.pth": f"{real}\n", "{info}/entry_points.txt": entry_points}


@pytest.fixture
def clone(index: Index, tmp_path: Path) -> Clone:
    """A clone whose run lock is complete."""
    root = tmp_path / "clone"
    shutil.copytree(ROOT / "tools", root / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, root / name)
    for package in ("storage", "imagegen", "workflows"):
        (root / package).mkdir()
        (root / package / "__init__.py").touch()
    (root / "workflows/cli.py").write_text("def main(): print('pictures')\n")
    made = Clone(root, index.address)
    made.lock.write_text(text(index.hashes))
    # The pip that a new environment has anyway: it is not on the index.
    (root / "requirements-pip.txt").write_text(text({f"pip=={ensurepip.version()}": "0" * 64}))
    return made


@pytest.fixture
def small_clone(index: Index, clone: Clone) -> Clone:
    """A clone that needs one package, and so is installed in little time."""
    settings = clone.root / "pyproject.toml"
    words = settings.read_text()
    start, end = words.index("dependencies = ["), words.index("[project.optional-dependencies]")
    settings.write_text(f'{words[:start]}dependencies = ["tenacity"]\n{words[end:]}')
    wanted = {pin: digest for pin, digest in index.hashes.items() if pin.startswith(("tenacity=", "setuptools="))}
    clone.lock.write_text(text(wanted))
    return clone


@pytest.fixture
def with_pip(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """The Python of an empty environment with a pip of some age: `oldest` or `newest`."""
    pip = Path(sys.prefix) / "pips" / request.param
    if not pip.is_dir():
        pytest.skip("no other pip: make test installs them into .venv")
    subprocess.run([sys.executable, "-I", "-m", "venv", "--without-pip", tmp_path / "empty"], check=True)
    (locate_packages(tmp_path / "empty") / "pip.pth").write_text(f"{pip}\n")
    return tmp_path / "empty/bin/python"
