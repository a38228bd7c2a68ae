"""Titles are cleaned, and split into the characters that a reader counts."""

import pytest

from imagegen.overlay.text.titles import clean, split_clusters


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("two\r\nlines\tand   spaces ", "two lines and spaces"),
        ("no\x00 con\u0007trols\u200b or\u202e tricks", "no controls or tricks"),
        ("cafe\u0301", "café"),
        ("100\u202f%", "100\u00a0%"),
        ("❤\ufe0f and 1\ufe0f\u20e3", "❤ and 1\u20e3"),
        ("Z\u0334\u0321\u031b\u0353a", "Z\u0334\u0321a"),
        ("\u0301leading mark", "leading mark"),
        ("\u3164\u2800 ", ""),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_a_title_is_cleaned_of_what_cannot_be_drawn(title: str, expected: str) -> None:
    assert clean(title) == expected


@pytest.mark.parametrize(
    "title",
    [
        ("👩\u200d💻", "🇩🇪", "🇫🇷", "👍🏽"),
        ("क्षे", "त्र"),
        ("นี่", "น้ำ", "แม"),
        ("ệ", "x\u0301", "y"),
        ("한", "글"),
        ("שׁ", "ל", "ו", "ם"),
    ],
)
def test_characters_are_counted_as_a_reader_counts_them(title: tuple[str, ...]) -> None:
    assert split_clusters("".join(title)) == tuple(clean(part) for part in title)
