"""Colours are read, measured as WCAG measures them, and mended to the nearest that can be read."""

import colorsys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imagegen.overlay.brands.colours import (
    format_colour,
    format_contrast,
    measure_contrast,
    measure_luminance,
    mend,
    parse_colour,
)
from imagegen.overlay.grounds.contrast import Colour

colours = st.tuples(*[st.integers(0, 255)] * 3)


@pytest.mark.parametrize(
    ("text", "colour"),
    [("#1f6feb", (31, 111, 235)), ("#FFF", (255, 255, 255)), ("#09f", (0, 153, 255)), ("#000000", (0, 0, 0))],
)
def test_colours_are_read(text: str, colour: Colour) -> None:
    assert parse_colour(text) == colour


@pytest.mark.parametrize(
    "text", ["", "red", "fff", "#ff", "#ffff", "#ffffffff", "#gggggg", "#fff ", "#１２３", "#fff\n"]
)
def test_nothing_else_is_a_colour(text: str) -> None:
    with pytest.raises(ValueError, match="not a colour"):
        parse_colour(text)


@given(colours)
def test_a_colour_is_written_as_it_is_read(colour: Colour) -> None:
    assert parse_colour(format_colour(colour)) == colour


@pytest.mark.parametrize(
    ("one", "other", "contrast"),
    [
        # As the contrast checker of WebAIM says them, which rounds down.
        ("#000", "#fff", 21.0),
        ("#777777", "#ffffff", 4.48),
        ("#767676", "#ffffff", 4.54),
        ("#ff0000", "#ffffff", 3.99),
        ("#0000ff", "#ffffff", 8.59),
        ("#123", "#123", 1.0),
    ],
)
def test_contrast_is_that_of_wcag(one: str, other: str, contrast: float) -> None:
    assert measure_contrast(parse_colour(one), parse_colour(other)) == pytest.approx(contrast, abs=0.01)
    assert measure_contrast(parse_colour(other), parse_colour(one)) == pytest.approx(contrast, abs=0.01)


@pytest.mark.parametrize(("text", "luminance"), [("#000", 0.0), ("#fff", 1.0), ("#808080", 0.2159), ("#f00", 0.2126)])
def test_luminance_is_that_of_wcag(text: str, luminance: float) -> None:
    assert measure_luminance(parse_colour(text)) == pytest.approx(luminance, abs=0.0001)


def test_a_contrast_never_looks_like_more_than_it_is() -> None:
    assert format_contrast(4.499) == "4.4:1"
    assert format_contrast(21.0) == "21.0:1"


@given(colours, colours, st.sampled_from([3.0, 4.5]))
def test_a_mended_colour_can_be_read(colour: Colour, against: Colour, least: float) -> None:
    assert measure_contrast(mend(colour, against, least), against) >= least


@settings(deadline=None)
@given(colours, colours)
def test_no_nearer_shade_can_be_read(colour: Colour, against: Colour) -> None:
    def lightness(each: Colour) -> float:
        return colorsys.rgb_to_hls(*(value / 255 for value in each))[1]

    hue, before, saturation = colorsys.rgb_to_hls(*(value / 255 for value in colour))
    away = abs(lightness(mend(colour, against, 4.5)) - before)
    for step in range(int(away * 255) - 2):
        for shade in (before + step / 255, before - step / 255):
            if 0 <= shade <= 1:
                red, green, blue = (round(each * 255) for each in colorsys.hls_to_rgb(hue, shade, saturation))
                assert measure_contrast((red, green, blue), against) < 4.5


def test_a_colour_that_can_be_read_stays() -> None:
    assert mend((31, 111, 235), (255, 255, 255), 4.5) == (31, 111, 235)


@pytest.mark.parametrize(("against", "mended"), [((120, 120, 120), (0, 0, 0)), ((90, 90, 90), (255, 255, 255))])
def test_where_no_colour_has_the_contrast_black_or_white_has_the_most(against: Colour, mended: Colour) -> None:
    assert mend((200, 60, 60), against, 15) == mended


def test_the_hue_stays() -> None:
    mended = mend((255, 200, 0), (255, 255, 255), 4.5)
    assert colorsys.rgb_to_hls(*mended)[0] == pytest.approx(colorsys.rgb_to_hls(255, 200, 0)[0], abs=0.01)
