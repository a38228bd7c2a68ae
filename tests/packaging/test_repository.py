"""CI, classifiers and the wheel say the same as the locks and the Blueprint."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.renewal import PYTHONS

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted(ROOT.glob(".github/workflows/*.yml"))


def workflow() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text())
    return found


def project() -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return found


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_by_its_commit_and_says_its_version(path: Path) -> None:
    uses = [line for line in path.read_text().splitlines() if "uses:" in line]
    assert uses
    assert [line for line in uses if not re.search(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line)] == []


def test_ci_runs_the_pythons_that_are_locked_on_linux_and_macos() -> None:
    matrix = workflow()["jobs"]["test"]["strategy"]["matrix"]
    assert tuple(matrix["python"]) == PYTHONS
    assert [system.split("-")[0] for system in matrix["system"]] == ["ubuntu", "macos"]


def test_ci_may_only_read() -> None:
    jobs = workflow()["jobs"].values()
    assert workflow()["permissions"] == {"contents": "read"}
    assert [job["permissions"] for job in jobs if "permissions" in job] == []
    assert all(step["with"]["persist-credentials"] is False for job in jobs for step in job["steps"][:1])


def test_ci_tests_with_the_minio_that_is_deployed() -> None:
    deployed = re.findall(r"^FROM (\S+)$", (ROOT / ".render/minio/Dockerfile").read_text(), re.MULTILINE)
    assert deployed == [workflow()["jobs"]["whole"]["env"]["MINIO_IMAGE"]]


def test_the_classifiers_name_the_pythons_that_are_locked() -> None:
    named = re.findall(r"Python :: (3\.\d+)$", "\n".join(project()["project"]["classifiers"]), re.MULTILINE)
    assert tuple(named) == PYTHONS


def test_each_package_ships_the_mark_that_it_is_typed() -> None:
    data = project()["tool"]["setuptools"]["package-data"]
    for package in ("storage", "imagegen", "workflows"):
        assert (ROOT / package / "py.typed").is_file()
        assert "py.typed" in data[package]


def test_commit_hooks_run_the_programs_of_the_virtual_environment() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    entries = [hook["entry"] for repo in config["repos"] for hook in repo["hooks"]]
    assert entries == [".venv/bin/ruff format", ".venv/bin/ruff check", ".venv/bin/mypy"]


def test_a_change_of_a_brand_is_deployed() -> None:
    services = yaml.safe_load((ROOT / "render.yaml").read_text())["services"]
    ignored = [path for service in services for path in service.get("buildFilter", {}).get("ignoredPaths", ())]
    files = [path for path in (ROOT / "brands").rglob("*") if path.is_file()]
    assert files
    assert [path for path in files if any(path.relative_to(ROOT).match(pattern) for pattern in ignored)] == []
