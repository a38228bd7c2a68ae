"""Names of files: readable in every script, unique, and taken by every system."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imagegen.library.export.names import MOST_BYTES, Names, fold, slug

SLUGS = [
    ("Why fan out?", "why-fan-out"),
    ("../../etc/passwd", "etc-passwd"),
    ("C:\\Windows\\system32", "c-windows-system32"),
    ("CON", "con"),
    ("Don't panic — it's C++", "dont-panic-its-c"),
    ("日本語の題名", "日本語の題名"),
    ("\u202eمرحبا بالعالم", "مرحبا-بالعالم"),
    ("हिन्दी में शीर्षक", "हिन्दी-में-शीर्षक"),
    ("Cafe\u0301 ❤\ufe0f", "café"),
    ("auto\u00admobil", "automobil"),
    ("ΟΔΟΣ ΣΑΣ", "οδος-σας"),
    ("İstanbul", "i̇stanbul"),
    ("ﬁne ½ ①", "fine-1-2-1"),
    ("🎉🎉", ""),
    ("\u0301 a", "a"),
    ("x" * 300, "x" * 48),
    ("a " + "x" * 300, "a"),
    ("word " * 30, "-".join(["word"] * 10)),
    ("\0\n\t", ""),
]
RESERVED = {"con", "prn", "aux", "nul", *(f"{name}{number}" for name in ("com", "lpt") for number in "0123456789¹²³")}


@pytest.mark.parametrize(("title", "expected"), SLUGS)
def test_a_slug_is_the_title_s_words(title: str, expected: str) -> None:
    assert slug(title) == expected


def test_titles_with_the_same_slug_get_numbers() -> None:
    names = Names()
    made = [
        names.choose(title, "", ["og.jpg"])[0] for title in ("A title", "A title!", "a-TITLE", "A title 2", "A title")
    ]
    assert made == ["a-title-og.jpg", "a-title-2-og.jpg", "a-title-3-og.jpg", "a-title-2-2-og.jpg", "a-title-4-og.jpg"]


def test_a_title_that_ends_in_a_size_is_not_taken_for_it() -> None:
    names = Names()
    made = [*names.choose("A", "", ["og.jpg", "og-og.jpg"]), *names.choose("A og", "", ["og.jpg"])]
    assert len({fold(name) for name in made}) == 3


def test_names_that_differ_in_case_or_spelling_alone_are_the_same() -> None:
    names = Names(["picture-og.jpg"])
    assert names.choose("straße", "", ["og.jpg"]) == ["straße-og.jpg"]
    assert names.choose("STRASSE", "", ["og.jpg"]) == ["strasse-2-og.jpg"]
    assert names.choose("grosse", "", ["og.jpg"]) == ["grosse-og.jpg"]
    assert names.choose("große", "", ["og.jpg"]) == ["große-2-og.jpg"]
    assert names.choose("große 2", "", ["og.jpg"]) == ["große-2-2-og.jpg"]
    assert names.choose("🎉", "", ["og.jpg"]) == ["picture-2-og.jpg"]


def test_letters_of_four_bytes_do_not_make_a_name_too_long() -> None:
    names = Names()
    for _ in range(2):
        (made,) = names.choose("𐍈" * 60, "𐍈" * 60, ["1600x900.webp"])
        assert MOST_BYTES - 12 < len(made.encode()) <= MOST_BYTES


def test_the_model_tells_pictures_of_one_title_apart() -> None:
    assert Names().choose("A", "gemini-nano-banana-2.1", ["og.jpg"]) == ["a-gemini-nano-banana-2-1-og.jpg"]


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=80) | st.sampled_from(sorted(RESERVED)),
        min_size=1,
        max_size=12,
    ),
    st.sampled_from(["", "gpt-image-2", "𐍈" * 60]),
)
def test_every_name_is_safe_on_every_system(titles: list[str], model: str) -> None:
    names = Names()
    made = [name for title in titles for name in names.choose(title, model, ["og.jpg", "1600x900.webp"])]
    assert len({fold(name) for name in made}) == len(made)
    for name in made:
        assert not set(name) & set('/\\:*?"<>|\0')
        assert not any(unicodedata.category(each)[0] in "CZ" for each in name)
        assert len(name.encode()) <= MOST_BYTES
        assert len(unicodedata.normalize("NFD", name).encode("utf-16-le")) // 2 <= 255
        assert name.partition(".")[0] not in RESERVED
        assert name[0] not in ".-"
        assert name.count(".") == 1


def test_ten_thousand_titles_of_one_slug_are_named_in_a_moment() -> None:
    names = Names()
    assert len({names.choose("The same", "", ["og.jpg"])[0] for _ in range(10_000)}) == 10_000
