"""The pages name what is there: every module stands in the architecture's tree, every link and path leads somewhere."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted(page for folder in (".", "docs", "examples", ".github") for page in ROOT.glob(f"{folder}/*.md"))
PACKAGES = ("storage", "imagegen", "workflows")


def modules() -> set[str]:
    found = (path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return {str(path.relative_to(ROOT)) for path in found if not path.name.startswith("__")}


def tree() -> set[str]:
    """The modules in the architecture's tree: a folder stands at the margin, its modules below it."""
    text = (ROOT / "docs/architecture.md").read_text()
    named, folder = set(), ""
    for line in text.partition("```text\n")[2].partition("```")[0].splitlines():
        first = line.split(maxsplit=1)[0] if line.strip() else ""
        if first.endswith("/"):
            folder = first
        elif first:
            named.add(f"{folder}{first}.py")
    return named


def paths(page: Path) -> set[str]:
    """The files of the repository that a page names in code."""
    code = re.findall(r"`([\w./-]+)`", page.read_text())
    return {name for name in code if "/" in name and re.search(r"\w\.(?:py|md|json|toml|ya?ml|txt|html)$", name)}


def test_the_architectures_tree_names_every_module_and_no_other() -> None:
    assert tree() == modules()


def test_every_module_on_the_architecture_page_is_there() -> None:
    code = set(re.findall(r"`([\w/]+\.py)`", (ROOT / "docs/architecture.md").read_text()))
    there = {*modules(), *(str(path.relative_to(ROOT)) for path in ROOT.glob("tests/*.py"))}
    lost = {name for name in code if not any(path == name or path.endswith(f"/{name}") for path in there)}
    assert lost - {"__init__.py"} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_and_path_on_a_page_leads_to_a_file(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text())
    lost = {target for target in targets if ":" not in target and not (page.parent / target).exists()}
    # A path in code counts from the root, from a package or from the page.
    bases = (ROOT, *(ROOT / package for package in PACKAGES), page.parent)
    assert lost | {name for name in paths(page) if not any((base / name).is_file() for base in bases)} == set()


def test_the_readme_leads_to_every_page() -> None:
    text = (ROOT / "README.md").read_text()
    pages = {str(page.relative_to(ROOT)) for page in PAGES if page.parent.name != ".github"}
    assert {name for name in pages - {"README.md", "CHANGELOG.md"} if f"]({name})" not in text} == set()
