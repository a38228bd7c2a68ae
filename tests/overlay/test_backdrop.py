"""Grounds are as dark as their titles need, and no darker."""

import itertools

import pytest
from PIL import Image

from imagegen.overlay import contrast as light
from imagegen.overlay.decoding import Picture
from imagegen.overlay.render import Rendered, render
from imagegen.overlay.templates import TEMPLATES
from tests.doubles.pictures import checkerboard, gradient


def rendered(image: Image.Image, template: str) -> Rendered:
    picture = Picture(image, *image.size, "PNG")
    return render(picture, title="Object storage as the source of truth", template=template, font="inter")


def mean_level(image: Image.Image) -> float:
    return sum(light.mean(image)) / 3


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_dark_picture_is_shaded_less_than_a_bright_one(template: str) -> None:
    kept = []
    for level in (40, 250):
        done = rendered(Image.new("RGB", (1200, 630), (level, level, level)), template)
        kept.append(mean_level(done.ground.crop(done.lettering.ink)) / level)
    assert kept[0] > 1.5 * kept[1]


@pytest.mark.parametrize("template", ["bottom-bar", "left-panel", "center-box", "overlay-bottom"])
def test_the_picture_is_untouched_away_from_the_title(template: str) -> None:
    image = gradient(2).resize((1200, 630))
    assert rendered(image, template).image.getpixel((1150, 20)) == image.getpixel((1150, 20))


def test_a_shade_keeps_the_pictures_own_colour() -> None:
    red, green, blue = light.mean(
        rendered(Image.new("RGB", (1200, 630), (90, 160, 255)), "bottom-bar").ground.crop((0, 560, 1200, 630))
    )
    assert blue > green > red


def test_a_shade_eases_out_without_a_step() -> None:
    done = rendered(Image.new("RGB", (1200, 630), "white"), "overlay-bottom")
    column = [done.ground.getpixel((600, y))[1] for y in range(630)]  # type: ignore[index]
    assert max(abs(before - after) for before, after in itertools.pairwise(column)) <= 3
    assert column[0] == 255


def test_a_busy_ground_is_blurred_under_the_title_only() -> None:
    done = rendered(checkerboard(3), "overlay-bottom")
    assert light.unrest(done.ground.crop(done.lettering.ink)) < 3 < light.unrest(done.ground.crop((0, 0, 1200, 60)))


@pytest.mark.parametrize(("level", "contrast"), [(255, 1.0), (0, 21.0), (118, 4.5)])
def test_contrast_is_that_of_wcag(level: int, contrast: float) -> None:
    counts = light.luminances(Image.new("RGB", (10, 10), (level, level, level)))
    assert light.contrast(light.quantile(counts, 0.5)) == pytest.approx(contrast, rel=0.03)


def test_the_accent_is_the_pictures_most_vivid_colour() -> None:
    image = Image.new("RGB", (1200, 630), "#888")
    image.paste((200, 40, 30), (300, 200, 700, 500))
    red, green, blue = light.accent(image)
    assert red > 200 > max(green, blue)
    assert light.accent(Image.new("RGB", (1200, 630), "#777")) == (236, 238, 242)
