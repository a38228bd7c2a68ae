"""Contrast is measured as WCAG defines it, and accents come from the picture."""

import pytest
from PIL import Image

from imagegen.overlay.brands.brand import Brand
from imagegen.overlay.brands.colours import measure_contrast, measure_luminance, parse_colour
from imagegen.overlay.decoding import Picture
from imagegen.overlay.design import Design
from imagegen.overlay.grounds import contrast
from imagegen.overlay.grounds.schemes import choose_scheme, measure_light
from imagegen.overlay.render import render
from tests.doubles.pictures import checkerboard


@pytest.mark.parametrize(("level", "expected"), [(255, 1.0), (0, 21.0), (118, 4.5)])
def test_contrast_is_that_of_wcag(level: int, expected: float) -> None:
    counts = contrast.count_luminances(Image.new("RGB", (10, 10), (level, level, level)))
    assert contrast.compute_contrast(1.0, contrast.find_quantile(counts, 0.5)) == pytest.approx(expected, rel=0.03)


def test_the_accent_is_the_pictures_most_vivid_colour() -> None:
    image = Image.new("RGB", (1200, 630), "#888")
    image.paste((200, 40, 30), (300, 200, 700, 500))
    hue, saturation, value = contrast.find_vivid_colour(image)
    assert hue < 0.05
    assert saturation > 0.8
    assert value > 0.75


@pytest.mark.parametrize("period", [1, 2, 3, 4])
def test_a_fine_mesh_counts_as_busy(period: int) -> None:
    tile = Image.new("L", (2 * period, 2 * period), 255)
    tile.paste(0, (0, 0, period, period))
    tile.paste(0, (period, period, 2 * period, 2 * period))
    image = Image.new("RGB", (1200, 300))
    for left in range(0, 1200, 2 * period):
        for top in range(0, 300, 2 * period):
            image.paste(tile, (left, top))
    assert contrast.measure_local_contrast(image) == pytest.approx(50, rel=0.1)


@pytest.mark.parametrize("on_dark", [True, False])
def test_an_accent_is_legible_on_the_theme_and_told_from_the_ink_on_a_picture_without_colour(on_dark: bool) -> None:
    image = Image.new("RGB", (1200, 630), "#888")
    grey = choose_scheme(
        contrast.average_colour(image),
        None,
        measure_light(image).find_accent(on_dark=on_dark),
        on_dark=on_dark,
        solid=True,
    )
    assert measure_contrast(grey.accent, grey.ink) > 1.9
    image.paste((200, 40, 30), (300, 200, 700, 500))
    red = choose_scheme(
        contrast.average_colour(image),
        None,
        measure_light(image).find_accent(on_dark=on_dark),
        on_dark=on_dark,
        solid=True,
    )
    assert red.accent[0] > 1.5 * max(red.accent[1:])
    for scheme in (grey, red):
        mended = scheme.mend_accent(measure_luminance(scheme.ground))
        assert measure_contrast(mended.accent, scheme.ground) >= 4.5
        assert measure_contrast(scheme.ink, scheme.ground) >= 7


@pytest.mark.parametrize("on_dark", [True, False])
@pytest.mark.parametrize("accent", [(255, 255, 0), (0, 0, 255), (128, 128, 128), (0, 0, 0), (255, 255, 255)])
def test_a_brands_accent_is_mended_where_it_would_not_be_legible(accent: contrast.Colour, on_dark: bool) -> None:
    image = Image.new("RGB", (300, 200), "#888")
    scheme = choose_scheme(
        contrast.average_colour(image), Brand("b", "b", accent=accent), (1, 2, 3), on_dark=on_dark, solid=True
    )
    mended = scheme.mend_accent(measure_luminance(scheme.ground))
    assert measure_contrast(mended.accent, scheme.ground) >= 4.5


@pytest.mark.parametrize(
    ("theme", "expected"), [("dark", [True] * 3), ("light", [False] * 3), ("", [True, False, False])]
)
def test_a_theme_decides_else_the_brands_ground_else_the_pictures_own_light(theme: str, expected: list[bool]) -> None:
    night, snow = (measure_light(Image.new("RGB", (300, 200), colour)) for colour in ("#123", "#eee"))
    pale = Brand("b", "b", ground=(250, 250, 240))
    assert [night.is_dark(theme, None), snow.is_dark(theme, None), night.is_dark(theme, pale)] == expected


MIDDLING = ["#1877f2", "#7a7a7a", "#777777", "#e4572e", "#8a2be2", "#757575", "#0a8f08"]


@pytest.mark.parametrize("template", ["split", "bottom-bar", "overlay-bottom", "headline", "center-box"])
@pytest.mark.parametrize("ground", MIDDLING)
@pytest.mark.parametrize("accent", ["#ffcc00", "#2e86ab", "#ff3366"])
def test_a_brands_ground_of_middling_light_carries_texts_that_are_read_and_marks_that_stand_out(
    template: str, ground: str, accent: str
) -> None:
    brand = Brand("b", "b", ground=parse_colour(ground), accent=parse_colour(accent))
    picture = Picture(checkerboard(1), 1536, 1024, "PNG")
    design = Design("Why fan-out wins", template, "inter", kicker="Eng", byline="Ada", highlight="fan-out", brand=brand)
    rendered = render(picture, design)
    scheme = rendered.scheme
    assert scheme
    assert scheme.mark
    assert max(abs(one - other) for one, other in zip(scheme.mark, scheme.ink, strict=True)) >= 48
    for text in rendered.stack.texts:
        drawn = contrast.count_luminances(rendered.background.crop(text.layout.ink_box))
        worst = contrast.find_quantile(drawn, 0.99 if scheme.on_dark else 0.01)
        assert contrast.compute_contrast(measure_luminance(scheme.ink), worst) >= 4.5
        assert contrast.compute_contrast(measure_luminance(scheme.mark), worst) >= 3
