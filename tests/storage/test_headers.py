"""Metadata as headers: readable, ASCII, bounded, and never what it was given raw."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import headers

LABELS = ("prompt", "model", "provider")


def test_plain_text_stays_as_a_person_reads_it() -> None:
    text = "Why fan-out beats sequential generation (50% faster, honestly!)"
    assert headers.encode_metadata({"prompt": text}) == {"prompt": text.replace("%", "%25")}


@pytest.mark.parametrize(
    "text",
    ["../../etc/passwd", "a\0b", "line\nbreak\r\nX-Evil: 1", "漢字" * 150, "\ud800", "é ü — “quoted” 🎨", "   ", "\t"],
)
def test_whatever_is_written_the_header_is_printable_ascii_and_bounded(text: str) -> None:
    fields = headers.encode_metadata({"prompt": text, "model": "gpt-image-2", "provider": "openai"})
    assert (fields["model"], fields["provider"]) == ("gpt-image-2", "openai")
    for value in fields.values():
        assert value.isascii()
        assert value.isprintable()
    assert sum(len(name) + len(value) for name, value in fields.items()) <= headers.MAX_METADATA


@given(st.dictionaries(st.sampled_from(LABELS), st.text(max_size=3000)))
def test_any_text_becomes_headers_that_are_printable_ascii_and_bounded(metadata: dict[str, str]) -> None:
    fields = headers.encode_metadata(metadata)
    for value in fields.values():
        assert value.isascii()
        assert value.isprintable()
        assert value == " ".join(value.split())
    assert sum(len(name) + len(value) for name, value in fields.items()) <= headers.MAX_METADATA


@given(st.text(st.characters(codec="utf-8"), max_size=100))
def test_what_fits_comes_back_but_for_spaces(text: str) -> None:
    expected = " ".join(filter(None, text.split(" ")))
    assert headers.decode_metadata(headers.encode_metadata({"prompt": text})).get("prompt", "") == expected


def test_a_value_that_is_too_long_is_cut_after_a_whole_character() -> None:
    value = headers.encode_metadata({"prompt": "漢" * 300})["prompt"]
    assert set(headers.decode_metadata({"prompt": value})["prompt"]) == {"漢"}
    assert len(value) > headers.MAX_METADATA - 20


def test_a_long_prompt_does_not_crowd_out_the_rest() -> None:
    fields = headers.encode_metadata({"prompt": "x" * 5_000, "model": "gpt-image-2"})
    assert fields["model"] == "gpt-image-2"
    assert set(fields["prompt"]) == {"x"}
