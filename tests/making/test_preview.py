"""Previews: one picture, or a sheet of many, without any provider."""

import io

import pytest
from PIL import Image

from imagegen.errors import PassingFailure, PermanentFailure, RequestError
from imagegen.making.preview import CELL, Choices, preview
from tests.doubles.pictures import encoded

ONE = Choices(["bottom-bar"], ["inter"])


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    assert image.format == "JPEG"
    return image


def test_one_title_template_and_font_give_the_finished_picture() -> None:
    assert opened(preview(["Some title"], ONE)).size == (1200, 630)


def test_several_give_a_sheet_with_a_column_for_each_template() -> None:
    sheet = opened(preview(["One", "Two"], Choices(["bottom-bar", "left-panel"], ["inter", "lora", "oswald"])))
    assert sheet.width // (CELL[0] + 1) == 2
    assert sheet.height // (CELL[1] + 1) >= 6


def test_the_background_that_is_given_is_used() -> None:
    red = encoded(Image.new("RGB", (300, 200), (220, 20, 20)), "PNG")
    got = opened(preview(["Go"], ONE, background=red)).getpixel((600, 100))
    assert got == pytest.approx((220, 20, 20), abs=4)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"templates": ["top-bar"]}, "top-bar"),
        ({"fonts": ["comic-sans"]}, "comic-sans"),
        ({"fonts": ["brand"]}, "brand"),
        ({"themes": ["pink"]}, "pink"),
        ({"fonts": []}, "font"),
    ],
)
def test_an_unknown_template_or_font_is_named(wrong: dict[str, list[str]], said: str) -> None:
    with pytest.raises(RequestError, match=said):
        preview(["Go"], Choices(**wrong))  # type: ignore[arg-type]


def test_no_title_is_a_wrong_request() -> None:
    with pytest.raises(RequestError, match="title"):
        preview([])


def test_a_title_that_nothing_can_draw_is_said_to_be_one() -> None:
    with pytest.raises(PermanentFailure, match="no font"):
        preview(["𓀀"], ONE)


def test_a_background_that_is_no_picture_is_said_to_be_none() -> None:
    with pytest.raises(PassingFailure, match="not a picture in a format"):
        preview(["Go"], background=b"text")


def test_every_size_and_theme_is_a_row_and_tall_pictures_stay_whole() -> None:
    choices = Choices(["split"], ["inter"], themes=["light", "dark"], sizes=["og", "story"])
    sheet = opened(preview(["Go"], choices))
    assert sheet.width == CELL[0] + 24
    assert sheet.height == pytest.approx(2 * 210 + 2 * 420 + 4 * 36 + 12, abs=2)


def test_one_size_gives_the_finished_picture_in_it() -> None:
    assert opened(preview(["Go"], Choices(["plain"], ["inter"], sizes=["square"]))).size == (1080, 1080)
