"""Proves that the locks are complete, fit together and hold nothing superfluous.

What is installed here is held against them, and the requirements of every installed package are followed for each
Python and platform that the project supports, as far as its own metadata tells.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import Distribution, distributions
from itertools import product
from typing import cast

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from tools.locks import RUN, TEST, Pin, asked, pins

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PLATFORMS = (("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64"))
_UNLOCKED = {"pip", "imagegen-workflows"}  # the environment's own, and ours


@dataclass(frozen=True)
class Package:
    """A package as its metadata describes it."""

    version: Version
    requires: tuple[Requirement, ...] = ()
    python: SpecifierSet = field(default_factory=SpecifierSet)


def main() -> None:
    """Print every flaw of both locks; exit with 1 if there is any."""
    flaws = list(all_flaws())
    for flaw in flaws:
        print(flaw, file=sys.stderr)
    if flaws:
        sys.exit(1)
    print(f"Both locks are complete for Python {', '.join(PYTHONS)} on Linux and macOS, and hold nothing else.")


def all_flaws() -> Iterator[str]:
    """Find every flaw of both locks and of what is installed."""
    run, test = pins(RUN.read_text()), pins(TEST.read_text())
    known = installed()
    yield from differences(known, test)
    yield from (
        f"{pin.name} {pin.version} is in the run lock and not in the test lock" for pin in run if pin not in test
    )
    for environment in environments():
        yield from flaws(run, asked(), known, environment)
        yield from flaws(test, asked(["test"]), known, environment)


def environments() -> Iterator[dict[str, str]]:
    """Describe every supported Python on every supported platform."""
    for python, (system, machine) in product(PYTHONS, PLATFORMS):
        yield here() | {
            "python_version": python,
            "python_full_version": f"{python}.0",
            "implementation_version": f"{python}.0",
            "sys_platform": system,
            "platform_system": system.capitalize(),
            "platform_machine": machine,
        }


def here() -> dict[str, str]:
    """Describe this Python and this platform, in a marker's words."""
    return cast("dict[str, str]", default_environment())


def installed() -> dict[str, Package]:
    """Read what is installed here."""
    return {canonicalize_name(found.name): _package(found) for found in distributions()}


def _package(found: Distribution) -> Package:
    requires = tuple(Requirement(line) for line in found.requires or ())
    return Package(Version(found.version), requires, SpecifierSet(*found.metadata.get_all("Requires-Python") or ()))


def differences(known: Mapping[str, Package], lock: Iterable[Pin]) -> Iterator[str]:
    """Compare what is installed with what a lock wants here."""
    wanted = {pin.name: pin.version for pin in lock if pin.applies(here())}
    found = {name: package.version for name, package in known.items() if name not in _UNLOCKED}
    for name in sorted(wanted.keys() | found.keys()):
        if wanted.get(name) != found.get(name):
            yield f"{name}: {found.get(name, 'nothing')} is installed, the lock has {wanted.get(name, 'nothing')}"


def flaws(
    lock: Iterable[Pin], roots: Iterable[Requirement], known: Mapping[str, Package], environment: dict[str, str]
) -> Iterator[str]:
    """Follow every requirement from the roots, and find what is missing, does not fit, or is never reached."""
    where = (
        f"on Python {environment['python_version']}, {environment['sys_platform']} {environment['platform_machine']}"
    )
    locked: dict[str, Pin] = {}
    for pin in lock:
        if pin.applies(environment):
            if pin.name in locked:
                yield f"{pin.name} is locked twice {where}"
            locked[pin.name] = pin
    walk = _Walk(locked, known, environment)
    yield from (f"{flaw} {where}" for flaw in walk.follow(roots))
    if not walk.unknown:
        yield from (
            f"{name} is locked and nothing asks for it {where}" for name in sorted(locked.keys() - walk.reached)
        )


@dataclass
class _Walk:
    """A walk along the requirements of one environment."""

    locked: Mapping[str, Pin]
    known: Mapping[str, Package]
    environment: dict[str, str]
    reached: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)  # not installed here, so their requirements cannot be read
    seen: set[tuple[str, str]] = field(default_factory=set)

    def follow(self, roots: Iterable[Requirement]) -> Iterator[str]:
        waiting = [("the project", root) for root in roots]
        while waiting:
            by, requirement = waiting.pop()
            name = canonicalize_name(requirement.name)
            pin = self.locked.get(name)
            if pin is None:
                yield f"{name} is missing, which {by} requires"
                continue
            if not requirement.specifier.contains(pin.version, prereleases=True):
                yield f"{name} {pin.version} is locked, {by} requires {requirement}"
            self.reached.add(name)
            package = self.known.get(name)
            if package is None or package.version != pin.version:
                self.unknown.add(name)
                continue
            if not package.python.contains(self.environment["python_full_version"]):
                yield f"{name} {pin.version} does not run"
            waiting += [(name, more) for extra in ("", *requirement.extras) for more in self._asks(name, extra)]

    def _asks(self, name: str, extra: str) -> Iterator[Requirement]:
        """List what a package asks for with one of its extras, or with none, each once."""
        if (name, extra) in self.seen:
            return
        self.seen.add((name, extra))
        for more in self.known[name].requires:
            if more.marker is None:
                if not extra:
                    yield more
            elif more.marker.evaluate(self.environment | {"extra": extra}):
                yield more


if __name__ == "__main__":
    main()
