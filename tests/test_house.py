"""The shape of the house, held in figures: small folders, small modules, few rooms, arrows that never form a ring."""

import ast
from collections.abc import Callable, Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("storage", "imagegen", "workflows")
EVERYWHERE = (*PACKAGES, "tests", "benchmarks", "tools")

MOST_MODULES = 12
"""Modules in one folder, packages' own ``__init__`` not counted: as many as a reader takes in at a look."""
MOST_LINES = 300
"""Lines of a module."""
MOST_ROOMS = 16
MOST_ARROWS = 55
"""Arrows from room to room."""
LEAST_TESTS = 1.2
"""Lines of tests to one line of code."""
QUESTIONS = ("What", "Whether", "Where", "How", "Why", "When", "Which", "Who")
"""Words that a docstring must not open with."""


def files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def lines(*folders: str) -> int:
    return sum(len(path.read_text().splitlines()) for path in files(*folders))


@cache
def modules() -> dict[str, Path]:
    """Every module of the three packages by its dotted name, a package's own among them."""
    return {dotted(path): path for path in files(*PACKAGES)}


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports(module: str) -> Iterator[str]:
    """The modules of ours that a module imports, at its top or in a function."""
    for node in ast.walk(ast.parse(modules()[module].read_text())):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [each if each in modules() else node.module for each in inner]
        yield from (each for each in names if each in modules() and each != module)


def arrows(room: Callable[[str], str]) -> dict[str, set[str]]:
    """The rooms that each room imports from."""
    found: dict[str, set[str]] = {}
    for module in modules():
        found.setdefault(room(module), set()).update(room(target) for target in imports(module))
    return {start: ends - {start} for start, ends in found.items()}


def folder(module: str) -> str:
    """A module's room: its folder in the package, with all below it. A package's flat modules are one room."""
    package, *below = module.split(".")
    return f"{package}.{below[0]}" if below and (ROOT / package / below[0]).is_dir() else package


def folder_or_flat_module(module: str) -> str:
    """A module's room, each flat module of any package being one: ``workflows.events`` lies below the commands."""
    return ".".join(module.split(".")[:2])


def opens_with_a_question(path: Path) -> bool:
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = list(ast.walk(ast.parse(path.read_text())))
    texts = [ast.get_docstring(node) or "" for node in nodes if isinstance(node, kinds)]
    # The string below a constant or a field is its docstring.
    bare = [node.value for node in nodes if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)]
    texts += [node.value for node in bare if isinstance(node.value, str)]
    return any(text.split(maxsplit=1)[:1] and text.split(maxsplit=1)[0].rstrip(",:") in QUESTIONS for text in texts)


def test_no_folder_holds_more_modules_than_a_look_takes_in() -> None:
    counts: dict[str, int] = {}
    for path in files(*EVERYWHERE):
        counts[name(path.parent)] = counts.get(name(path.parent), 0) + (path.name != "__init__.py")
    assert {folder for folder, count in counts.items() if count > MOST_MODULES} == set()


def test_no_module_is_longer_than_one_idea() -> None:
    assert {name(path) for path in files(*EVERYWHERE) if len(path.read_text().splitlines()) > MOST_LINES} == set()


def test_no_docstring_opens_with_a_question() -> None:
    assert {name(path) for path in files(*PACKAGES, "tools", "benchmarks") if opens_with_a_question(path)} == set()


def test_there_is_more_test_than_code() -> None:
    assert lines("tests") / lines(*PACKAGES) >= LEAST_TESTS


def test_there_are_few_rooms() -> None:
    rooms = {folder(module) for module, path in modules().items() if path.name != "__init__.py"}
    assert len(rooms) <= MOST_ROOMS, sorted(rooms)


def test_there_are_few_arrows_between_rooms() -> None:
    found = sorted((start, end) for start, ends in arrows(folder).items() for end in ends)
    assert len(found) <= MOST_ARROWS, found


def test_arrows_between_rooms_never_form_a_ring() -> None:
    list(TopologicalSorter(arrows(folder_or_flat_module)).static_order())


def test_imports_between_modules_never_form_a_ring() -> None:
    list(TopologicalSorter(arrows(str)).static_order())
