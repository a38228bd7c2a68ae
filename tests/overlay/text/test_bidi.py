"""Titles that run both ways are put in the order of UAX #9."""

import random

import pytest
from bidi import get_display  # type: ignore[import-untyped]  # has no types

from imagegen.overlay.text import bidi


def reorder(text: str) -> str:
    """Return the text in visual order. Spaces at the end belong to the paragraph (rule L1); titles have none."""
    levels = bidi.resolve_levels(list(text))
    kept = len(text.rstrip(" "))
    levels[kept:] = [bidi.find_base_level(text)] * (len(text) - kept)
    return "".join(text[at] for at in bidi.reorder(levels))


def test_the_order_is_that_of_an_independent_implementation() -> None:
    chance = random.Random(9)
    for _ in range(4000):
        text = "".join(chance.choices("abאבגعرب12٣٤ .,:-+%€()[]!", k=chance.randint(1, 16)))
        assert reorder(text) == get_display(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("שלום fan-out עולם", "םלוע fan-out םולש"),
        ("the word שלום here", "the word םולש here"),
        ("של 3.5%", "3.5% לש"),
    ],
)
def test_latin_and_numbers_keep_their_order_inside_hebrew(text: str, expected: str) -> None:
    assert reorder(text) == expected


@pytest.mark.parametrize(("title", "level"), [("fan-out שלום", 0), ("(1) שלום fan-out", 1), ("2026!", 0)])
def test_the_first_letter_decides_where_a_title_begins(title: str, level: int) -> None:
    assert bidi.find_base_level(title) == level
