"""Titles that run both ways are put in the order of UAX #9."""

import random
from collections.abc import Iterable

import pytest
from bidi import get_display  # type: ignore[import-untyped]  # has no types

from imagegen.overlay.text import bidi
from imagegen.overlay.text.titles import BIDI_CONTROLS


def reorder(text: str) -> str:
    """Return the letters of the text in visual order. Spaces and isolates at the end belong to the paragraph (L1)."""
    levels = bidi.resolve_levels(list(text))
    for at in range(len(text) - 1, -1, -1):
        if levels[at] >= 0:
            if text[at] not in " \u2066\u2067\u2068\u2069":
                break
            levels[at] = bidi.find_base_level(text)
    kept = [at for at in range(len(text)) if levels[at] >= 0]
    return show(text[kept[at]] for at in bidi.reorder([levels[at] for at in kept]))


def show(text: Iterable[str]) -> str:
    return "".join(char for char in text if char not in BIDI_CONTROLS)


@pytest.mark.parametrize(
    "letters",
    [
        "abאبגعرب12٣٤ .,:-+%€()[]!",
        "abאב12٣ .,+()[]\u200e\u200f\u061c",
        "abאب1٣ .(+)\u2066\u2067\u2068\u2069\u2069",
        "abאב1٣ (.)\u202a\u202b\u202c\u2066\u2067\u2068\u2069\u2069\u200f",
    ],
    ids=["letters", "marks", "isolates", "embeddings"],
)
def test_the_order_is_that_of_an_independent_implementation(letters: str) -> None:
    chance = random.Random(9)
    for _ in range(2000):
        text = "".join(chance.choices(letters, k=chance.randint(1, 16)))
        assert reorder(text) == show(get_display(text)), ascii(text)


def test_embeddings_beyond_the_deepest_level_are_ignored() -> None:
    text = "\u202b" * 70 + "\u2067" * 70 + "ab א1" + "\u2069" * 70 + "\u202c" * 70 + "c"
    assert reorder(text) == show(get_display(text))


def test_an_override_spells_no_word_backwards() -> None:
    assert reorder("\u202eabc") == "abc"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("שלום fan-out עולם", "םלוע fan-out םולש"),
        ("the word שלום here", "the word םולש here"),
        ("של 3.5%", "3.5% לש"),
        ("ב-C++\u200e קל", "לק C++-ב"),
        ("ב-C++ קל", "לק ++C-ב"),
        ("\u200fC++ קל", "לק ++C"),
    ],
)
def test_latin_and_numbers_keep_their_order_inside_hebrew(text: str, expected: str) -> None:
    assert reorder(text) == expected


@pytest.mark.parametrize(("title", "level"), [("fan-out שלום", 0), ("(1) שלום fan-out", 1), ("2026!", 0)])
def test_the_first_letter_decides_where_a_title_begins(title: str, level: int) -> None:
    assert bidi.find_base_level(title) == level


def test_an_emoji_that_is_younger_than_pythons_tables_is_no_letter() -> None:
    levels = bidi.resolve_levels(["\U0001fae9", "ש", "\U0001fae9", "ש"])
    assert levels == [1, 1, 1, 1]
