"""The locks: complete, fitting, and without anything that nobody asked for."""

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from tools import proof
from tools.locks import RUN, TEST, pins
from tools.proof import Package

LOCKS = pytest.mark.parametrize("lock", [RUN, TEST], ids=lambda lock: lock.name)
ENVIRONMENT = next(proof.environments())
HASH = f"--hash=sha256:{'0' * 64}"
KNOWN = {
    "a": Package(Version("1"), (Requirement("b[x]>=2"), Requirement("d; python_version < '3.0'"))),
    "b": Package(Version("2"), (Requirement("c; extra == 'x'"),)),
    "c": Package(Version("3"), (Requirement("a"),)),
}
WHOLE = ["a==1", "b==2", "c==3"]


def flaws(*lines: str, known: dict[str, Package] = KNOWN) -> list[str]:
    """What is wrong with a lock whose project asks for `a`, without the place."""
    lock = pins("\n".join(f"{line} {HASH}" for line in lines))
    return [flaw.partition(" on Python")[0] for flaw in proof.flaws(lock, [Requirement("a")], known, ENVIRONMENT)]


def test_the_locks_are_complete_and_hold_nothing_else_for_every_python_and_platform() -> None:
    assert list(proof.all_flaws()) == []


@LOCKS
def test_no_lock_holds_an_address_or_a_path(lock: Path) -> None:
    assert not re.search(r"://|file:|^\s*-(?!-hash=)|\s[./~]", lock.read_text(), re.MULTILINE)


def test_a_whole_lock_has_no_flaw() -> None:
    assert flaws(*WHOLE) == []


@pytest.mark.parametrize(
    ("lines", "flaw"),
    [
        (["a==1", "b==2"], "c is missing, which b requires"),
        (["b==2", "c==3"], "a is missing, which the project requires"),
        (["a==1", "b==2", "c==3; python_version > '3.11'"], "c is missing, which b requires"),
        ([*WHOLE, "d==4"], "d is locked and nothing asks for it"),
        ([*WHOLE, "a==1; python_version > '3.0'"], "a is locked twice"),
    ],
)
def test_a_flaw_is_found(lines: list[str], flaw: str) -> None:
    assert flaw in flaws(*lines)


def test_a_release_that_somebody_does_not_accept_is_found() -> None:
    known = KNOWN | {"b": Package(Version("1"), (Requirement("c; extra == 'x'"),))}
    assert flaws("a==1", "b==1", "c==3", known=known) == ["b 1 is locked, a requires b[x]>=2"]


def test_a_release_that_does_not_run_on_a_python_is_found() -> None:
    known = KNOWN | {"c": Package(Version("3"), python=SpecifierSet(">=3.12"))}
    assert flaws(*WHOLE, known=known) == ["c 3 does not run"]


def test_an_environment_that_is_not_the_locks_is_found() -> None:
    lock = pins(f"a==1 {HASH}\nb==3 {HASH}\nd==4 {HASH}")
    assert list(proof.differences(KNOWN | {"pip": Package(Version("26"))}, lock)) == [
        "b: 2 is installed, the lock has 3",
        "c: 3 is installed, the lock has nothing",
        "d: nothing is installed, the lock has 4",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "a>=1",
        f"a>=1 {HASH}",
        "a==1",
        f"a @ file:///tmp/a.whl {HASH}",
        f"a[x]==1 {HASH}",
        f"a==1 {HASH} --pre",
        f"-r b {HASH}",
    ],
)
def test_a_line_that_is_no_pin_with_hashes_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"not a version pinned|Expected"):
        pins(line)
