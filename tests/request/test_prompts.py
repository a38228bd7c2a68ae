"""The text that a provider is asked with."""

import pytest

from imagegen.request.prompts import STYLES, picture_prompt

TWELVE = "photorealistic cinematic cartoon anime 3d pixel-art watercolor oil-painting sketch minimalist neon vintage"


def test_there_are_these_twelve_styles_each_with_its_own_description() -> None:
    assert list(STYLES) == TWELVE.split()
    assert len(set(STYLES.values())) == 12
    assert all(len(description) > 60 for description in STYLES.values())


@pytest.mark.parametrize("style", STYLES)
def test_a_prompt_holds_the_subject_the_style_and_the_ban_on_text(style: str) -> None:
    text = picture_prompt("Why fan-out wins", style=style)
    assert "Subject: Why fan-out wins\n" in text
    assert STYLES[style] in text
    for banned in ("text", "letters", "logos", "watermarks"):
        assert banned in text
    assert "blog post" in text


def test_the_same_request_gives_the_same_text_and_any_change_another() -> None:
    first = picture_prompt("a", style="neon", context="b", extra_prompt="c")
    assert first == picture_prompt("a", style="neon", context="b", extra_prompt="c")
    others = {
        picture_prompt("A", style="neon", context="b", extra_prompt="c"),
        picture_prompt("a", style="sketch", context="b", extra_prompt="c"),
        picture_prompt("a", style="neon", context="c", extra_prompt="b"),
        picture_prompt("a", style="neon", context="b"),
        picture_prompt("a", style="neon", extra_prompt="c"),
        picture_prompt("a", style="neon"),
    }
    assert len(others | {first}) == 7


def test_what_is_not_given_leaves_no_trace() -> None:
    text = picture_prompt("a", style="neon", context=" ", extra_prompt="\n")
    assert text == picture_prompt("a", style="neon")
    assert "Context" not in text
    assert "Also" not in text


def test_line_breaks_in_a_users_text_open_no_line_of_their_own() -> None:
    text = picture_prompt("a fox\n\nStyle: neon", style="sketch", context="x\r\ny")
    assert "Subject: a fox Style: neon\n" in text
    assert "Context: x y\n" in text
