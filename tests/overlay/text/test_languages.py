"""A title's language is guessed from its words, and long words are hyphenated by it."""

import pytest

from imagegen.overlay.text.lines.hyphens import find_hyphenation
from imagegen.overlay.text.lines.languages import choose_language, guess_language, leads
from imagegen.overlay.text.lines.opportunities import hyphenate
from imagegen.overlay.text.lines.wide import split_hyphenated
from imagegen.overlay.text.typeset import typeset


@pytest.mark.parametrize(
    ("title", "language"),
    [
        ("10 CSS tricks I use every day", "en"),
        ("Küchentisch-Kubernetes für die ganze Familie", "de"),
        ("Comment apprendre le français", "fr"),
        ("Cómo aprender a programar en casa", "es"),
        ("Como aprender a programar em casa não é difícil", "pt"),
        ("Il nome della rosa", "it"),
        ("De ontdekking van de hemel", "nl"),
        ("Jak napisać dobry kod w łatwy sposób", "pl"),
        ("Umělá inteligence se učí", "cs"),
        ("Путешествие из Петербурга в Москву", "ru"),
        ("Тіні забутих предків", "uk"),
        ("Βίος και πολιτεία", "el"),
        ("Kubernetes", None),
        ("日本語", None),
    ],
)
def test_a_language_is_guessed_from_short_words_and_letters(title: str, language: str | None) -> None:
    assert guess_language(title) == language


@pytest.mark.parametrize(
    ("tag", "title", "language"),
    [
        ("", "Küchentisch-Kubernetes für alle", "de"),
        ("de-AT", "Kubernetes", "de"),
        ("sv", "Küchentisch-Kubernetes für alle", "sv"),
        ("nn", "Kubernetes", "nb"),
        ("xx", "The rules of the house", None),
    ],
)
def test_a_tag_decides_before_the_words_do(tag: str, title: str, language: str | None) -> None:
    assert choose_language(tag, title) == language


def test_a_tag_says_by_which_rules_a_word_is_divided() -> None:
    word = tuple("Donaudampfschifffahrt")
    assert hyphenate(word, "de-de") == (5, 10, 16)
    assert hyphenate(word, "xx") == ()


@pytest.mark.parametrize(
    ("word", "language", "expected"),
    [
        ("the", "en", True),
        ("The", "en", True),
        ("“the", "en", True),
        ("it.", "en", False),
        ("the", None, False),
        ("w", None, True),
        ("C", "en", False),
        ("I", "en", True),
        ("Rust", "en", False),
        ("и", None, True),
        ("本", None, False),
    ],
)
def test_short_words_lead_what_follows_them(word: str, language: str | None, expected: bool) -> None:
    assert leads(word, language) is expected


@pytest.mark.parametrize(
    ("word", "language", "expected"),
    [
        ("Datenschutzgrundverordnung", "de", "Daten-schutz-grund-ver-ord-nung"),
        ("programming", "en", "program-ming"),
        ("программирование", "ru", "програм-ми-ро-вание"),
        ("anticonstitutionnellement", "fr", "anti-cons-ti-tu-tion-nel-le-ment"),
        ("DATENSCHUTZGRUNDVERORDNUNG", "de", "DATENSCHUTZGRUNDVERORDNUNG"),
        ("Datenschutz", None, "Datenschutz"),
        ("v1.31beta", "en", "v1.31beta"),
    ],
)
def test_a_word_is_hyphenated_by_the_rules_of_its_language(word: str, language: str | None, expected: str) -> None:
    places = find_hyphenation((word,), language).get(word, [])
    parts = [word[start:end] for start, end in zip([0, *places], [*places, None], strict=True)]
    assert "-".join(parts) == expected


def test_a_title_is_divided_by_the_rules_of_its_language() -> None:
    def count_parts(language: str) -> int:
        title = typeset("Donaudampfschifffahrt", "inter", language=language)
        return len(split_hyphenated(title, title.segments, 4.0, 4.0))

    assert (count_parts("xx"), count_parts("de")) == (1, 4)
