"""Reads the locks, and what the project asks for; both in terms of the packaging standards."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
RUN = ROOT / "requirements.txt"
TEST = ROOT / "requirements-test.txt"
_HASH = re.compile(r"--hash=(sha256:[0-9a-f]{64})\b")


@dataclass(frozen=True)
class Pin:
    """One locked package, and where it applies."""

    name: str
    version: Version
    marker: Marker | None
    hashes: frozenset[str]

    def applies(self, environment: dict[str, str]) -> bool:
        """Tell if an environment installs it."""
        return self.marker is None or self.marker.evaluate(environment)


def pins(lock: str) -> list[Pin]:
    """Read a lock's text; raise ValueError at a line that is not a pin with its hashes."""
    lines = "".join(line for line in lock.splitlines(keepends=True) if not line.strip().startswith("#"))
    return [_pin(line) for line in lines.replace("\\\n", " ").splitlines() if line.strip()]


def _pin(line: str) -> Pin:
    words, *_ = line.partition(" --hash=")
    requirement = Requirement(words.strip())
    version = re.fullmatch(r"==([^*,]+)", str(requirement.specifier))
    hashes = _HASH.findall(line)
    if not version or requirement.url or requirement.extras or len(hashes) != line.count("--") or not hashes:
        raise ValueError(f"not a version pinned by hashes alone: {line.strip()}")
    return Pin(canonicalize_name(requirement.name), Version(version[1]), requirement.marker, frozenset(hashes))


def asked(extras: Sequence[str] = ()) -> list[Requirement]:
    """List what the project asks for itself: to run, to be built, and for some extras."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    project = settings["project"]
    lines = [*project["dependencies"], *settings["build-system"]["requires"]]
    lines += [line for extra in extras for line in project["optional-dependencies"][extra]]
    return [Requirement(line) for line in lines]
