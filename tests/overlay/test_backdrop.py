"""Grounds are as dark, or as pale, as their texts need, and no more."""

import itertools

import pytest
from PIL import Image

from imagegen.overlay.canvas import lay_picture
from imagegen.overlay.decoding import Picture
from imagegen.overlay.design import Design
from imagegen.overlay.grounds.arrangement import Setup, arrange, find_card
from imagegen.overlay.grounds.contrast import average_colour, measure_local_contrast
from imagegen.overlay.render import RenderedPicture, render
from imagegen.overlay.templates import TEMPLATES
from imagegen.overlay.text.fonts import FONTS
from tests.doubles.pictures import checkerboard, gradient
from tests.overlay.laying import OG, WRITTEN, lay_alone


def render_on(image: Image.Image, template: str, theme: str = "dark") -> RenderedPicture:
    picture = Picture(image, *image.size, "PNG")
    return render(picture, Design("Object storage as the source of truth", template, "inter", theme=theme))


def mean_level(image: Image.Image) -> float:
    return sum(average_colour(image)) / 3


@pytest.mark.parametrize("template", WRITTEN)
def test_a_dark_picture_is_shaded_less_than_a_bright_one(template: str) -> None:
    kept = []
    for level in (40, 250):
        done = render_on(Image.new("RGB", (1200, 630), (level, level, level)), template)
        kept.append(mean_level(done.background.crop(done.stack.title.ink_box)) / level)
    assert kept[0] > 1.5 * kept[1]


@pytest.mark.parametrize("template", ["bottom-bar", "left-panel", "center-box", "overlay-bottom"])
def test_the_picture_is_untouched_away_from_the_title(template: str) -> None:
    image = gradient(2).resize((1200, 630))
    done = render_on(image, template)
    assert done.image.getpixel((1150, 20)) == lay_picture(image, done.placement).getpixel((1150, 20))


def test_a_shade_keeps_the_pictures_own_colour() -> None:
    red, green, blue = average_colour(
        render_on(Image.new("RGB", (1200, 630), (90, 160, 255)), "bottom-bar").background.crop((0, 560, 1200, 630))
    )
    assert blue > green > red


def test_a_shade_fades_out_without_a_step() -> None:
    done = render_on(Image.new("RGB", (1200, 630), "white"), "overlay-bottom")
    column = [done.background.getpixel((600, y))[1] for y in range(630)]  # type: ignore[index]
    assert max(abs(before - after) for before, after in itertools.pairwise(column)) <= 3
    assert column[0] == 255


def test_a_busy_picture_is_blurred_under_the_title_only() -> None:
    done = render_on(checkerboard(3), "overlay-bottom")
    under_title = done.background.crop(done.stack.title.ink_box)
    assert measure_local_contrast(under_title) < 3 < measure_local_contrast(done.background.crop((0, 0, 1200, 60)))


@pytest.mark.parametrize("font", FONTS)
def test_a_card_keeps_off_the_edges_however_many_lines_it_holds(font: str) -> None:
    template = TEMPLATES["center-box"]
    words = ["Word"] * 10
    for title in (*("\n".join(words[:count]) for count in range(1, 11)), "W" * 300, "gjpqÅ " * 50):
        stack = lay_alone(title, "center-box", font)
        card, ink = find_card(Setup(stack, template, OG)), stack.ink
        assert min(card.left, card.top, 1200 - card.right, 630 - card.bottom) >= 20
        assert abs(card.top - (630 - card.bottom)) <= 6
        assert min(ink.left - card.left, ink.top - card.top, card.right - ink.right, card.bottom - ink.bottom) >= 20
        for way in arrange(stack, template, OG):
            assert way.stack
            assert 40 <= way.stack.ink.top < way.stack.ink.bottom <= 590
