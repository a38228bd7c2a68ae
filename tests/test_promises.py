"""The table of promises quotes sentences that still stand, and names tests that still exist."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/promises.md"


def rows() -> list[tuple[str, str, tuple[str, ...]]]:
    """The page, the sentence and the tests of each row."""
    found, page = [], ""
    for line in PAGE.read_text().splitlines():
        if line.startswith("## "):
            page = line.removeprefix("## ")
        elif line.startswith("| ") and "::" in line:
            sentence, tests, fault = line.strip("| ").split(" | ")
            assert fault
            found.append((page, sentence, tuple(re.findall(r"`([^`]+)`", tests))))
    return found


def plain(text: str) -> str:
    return " ".join(text.replace("**", "").split())


def test_there_are_promises_of_both_pages() -> None:
    assert {page for page, _, _ in rows()} == {"README.md", "SECURITY.md"}


@pytest.mark.parametrize(("page", "sentence"), [row[:2] for row in rows()], ids=lambda text: text[:40])
def test_each_sentence_still_stands(page: str, sentence: str) -> None:
    assert sentence in plain((ROOT / page).read_text())


@pytest.mark.parametrize("test", sorted({test for _, _, tests in rows() for test in tests}))
def test_each_test_exists(test: str) -> None:
    path, _, name = test.partition("::")
    tree = ast.parse((ROOT / path).read_text())
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
