"""Titles are cleaned, and split into the characters that a reader counts."""

import pytest

from imagegen.overlay.text.titles import clean, parse, split_clusters


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("two\r\nlines\tand   spaces ", "two lines and spaces"),
        ("no\x00 con\u0007trols\u200b or\u202e tricks", "no controls or tricks"),
        ("cafe\u0301", "café"),
        ("100\u202f%", "100\u00a0%"),
        ("❤\ufe0f and 1\ufe0f\u20e3", "❤\ufe0f and 1\ufe0f\u20e3"),
        ("a\ufe0f 1\ufe0f", "a 1"),
        ("𝐇𝐞𝐥𝐥𝐨 𝟙", "Hello 1"),
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
        ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "x"),
        ("क्षे", "त्र"),
        ("นี่", "น้ำ", "แม"),
        ("ệ", "x\u0301", "y"),
        ("한", "글"),
        ("שׁ", "ל", "ו", "ם"),
    ],
)
def test_characters_are_counted_as_a_reader_counts_them(title: tuple[str, ...]) -> None:
    assert split_clusters("".join(title)) == tuple(clean(part) for part in title)


@pytest.mark.parametrize(
    ("title", "hidden"),
    [
        ("a\nb", {2: "\n"}),
        ("\n a \n\n b \n", {2: "\n\n", 3: "\n"}),
        ("C++\u200e", {3: "\u200e"}),
        ("\u200fa", {0: "\u200f"}),
        ("a \u200e b", {2: "\u200e"}),
        ("a\u200e\n", {1: "\u200e\n"}),
        ("Bei\u00adspiel", {3: "\u00ad"}),
        ("a\ufeffb", {1: "\u2060"}),
    ],
)
def test_what_leaves_no_ink_is_kept_beside_the_letters(title: str, hidden: dict[int, str]) -> None:
    assert {at: chars for at, chars in parse(title).hidden.items() if at or chars.strip()} == hidden
