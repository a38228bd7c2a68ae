"""The three packages import in one direction, and what starts fast stays light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FORBIDDEN = {"storage": {"imagegen", "workflows", "render"}, "imagegen": {"workflows", "render"}, "workflows": set()}
HEAVY = ("openai", "google.genai", "boto3", "botocore", "PIL", "resvg_py", "moto", "typer", "rich", "pydantic")


def imported(path: Path) -> set[str]:
    """The top-level packages that a module imports anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("package", FORBIDDEN)
def test_no_import_points_upwards(package: str) -> None:
    wrong = {
        str(path.relative_to(ROOT)): found
        for path in (ROOT / package).rglob("*.py")
        if (found := imported(path) & FORBIDDEN[package])
    }
    assert wrong == {}


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("workflows.app", HEAVY),
        ("imagegen.request.batch", tuple(name for name in HEAVY if name != "pydantic")),
        ("imagegen.overlay", HEAVY),
        ("imagegen.overlay.brands.reading", HEAVY),
        ("imagegen.site.covers", (*HEAVY, "yaml")),
        ("storage.s3", HEAVY),
        ("storage.location", HEAVY),
    ],
)
def test_importing_a_module_that_starts_fast_loads_nothing_heavy(module: str, heavy: tuple[str, ...]) -> None:
    code = f"import sys, {module}; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
