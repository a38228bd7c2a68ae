"""Installing on a day on which every locked package has a newer release, with the oldest pip and with the newest."""

from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.packaging.conftest import NOBODY_LISTENS, TOMORROW, Clone, Index, locked
from tools.record import locate_packages

BOTH_PIPS = pytest.mark.parametrize("with_pip", ["oldest", "newest"], indirect=True)
OLDEST_PIP = pytest.mark.parametrize("with_pip", ["oldest"], indirect=True)
FIRST_PIP_THAT_COPES = Version("23.3")


def installed(python: Path) -> dict[str, Version]:
    """What an environment holds, but for pip."""
    folder = str(locate_packages(python.parents[1]))
    return {canonicalize_name(found.name): Version(found.version) for found in distributions(path=[folder])}


@BOTH_PIPS
def test_the_locked_releases_are_installed_and_the_newer_ones_left_alone(
    clone: Clone, index: Index, with_pip: Path
) -> None:
    code, said = clone.install("here", python=with_pip)
    assert code == 0, said
    assert installed(with_pip) == {pin.name: pin.version for pin in locked()} | {"imagegen-workflows": Version("0.1.0")}
    assert not [path for path in index.asked if f"{TOMORROW}-py3" in path]
    assert clone.call(with_pip.with_name("imagegen")) == (0, "pictures\n")


@OLDEST_PIP
def test_a_pip_that_follows_requirements_past_the_lock_fails_on_that_day(clone: Clone, with_pip: Path) -> None:
    """It shows that the day is the one that broke installing: a pin of google-auth does not cover its extras."""
    _, version = clone.call(with_pip, "-m", "pip", "--version")
    if Version(version.split()[1]) >= FIRST_PIP_THAT_COPES:
        pytest.skip("the first pip of this Python stays with the lock by itself")
    code, said = clone.call(with_pip, "-m", "pip", "install", "--require-hashes", "-r", clone.lock)
    assert code
    assert "In --require-hashes mode, all requirements must have their versions pinned with ==" in said
    assert "google-auth[requests]" in said


@pytest.mark.slow
@OLDEST_PIP
def test_settings_that_lead_pip_elsewhere_do_not(small_clone: Clone, with_pip: Path, tmp_path: Path) -> None:
    (tmp_path / "constraint").write_text(f"tenacity=={TOMORROW}\n")
    (tmp_path / "pip.conf").write_text("[global]\nuser = true\nrequire-virtualenv = true\n")
    elsewhere = {
        "PIP_TARGET": str(tmp_path / "elsewhere"),
        "PIP_CONSTRAINT": str(tmp_path / "constraint"),
        "PIP_NO_BINARY": ":all:",
        "PIP_USER": "1",
        "PIP_CONFIG_FILE": str(tmp_path / "pip.conf"),
    }
    code, said = small_clone.install("here", python=with_pip, **elsewhere)
    assert code == 0, said
    assert set(installed(with_pip)) == {"tenacity", "setuptools", "imagegen-workflows"}


@OLDEST_PIP
def test_a_wheel_that_is_not_the_locked_one_is_refused(small_clone: Clone, with_pip: Path) -> None:
    lock = small_clone.lock.read_text()
    first = lock.index("sha256:") + len("sha256:")
    small_clone.lock.write_text(f"{lock[:first]}{'0' * 64}{lock[first + 64 :]}")
    code, said = small_clone.install("here", python=with_pip)
    assert code == 1
    assert "DO NOT MATCH THE HASHES" in said
    assert "Traceback" not in said


@OLDEST_PIP
def test_a_lock_that_lacks_a_package_is_noticed(small_clone: Clone, with_pip: Path) -> None:
    lines = small_clone.lock.read_text().splitlines(keepends=True)
    gone = next(number for number, line in enumerate(lines) if line.startswith("tenacity"))
    small_clone.lock.write_text("".join(lines[:gone] + lines[gone + 2 :]))
    code, said = small_clone.install("here", python=with_pip)
    assert code == 1
    assert "requires tenacity, which is not installed" in said
    assert "make requirements" in said


@BOTH_PIPS
def test_no_network_is_said_in_one_sentence(small_clone: Clone, with_pip: Path) -> None:
    code, said = small_clone.install("here", python=with_pip, PIP_INDEX_URL=NOBODY_LISTENS)
    assert code == 1
    progress, reason = said.splitlines()
    assert progress == "Installing 2 packages by requirements.txt …"
    assert reason.startswith("install: the package index cannot be reached")
