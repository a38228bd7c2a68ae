"""A brand's logo has its place on every picture, and stands out there."""

from dataclasses import replace

import pytest

from imagegen.overlay.brands.brand import Brand
from imagegen.overlay.design import Design
from imagegen.overlay.render import RenderedPicture, render
from imagegen.overlay.sizes import read_size
from imagegen.overlay.templates import TEMPLATES
from tests.overlay.checker import find_violations
from tests.overlay.checks.designs import draw_logo, make_picture
from tests.overlay.checks.grounds import check_logo

BRAND = Brand("b", "b", logo_on_dark=draw_logo("wide", 255), logo_on_light=draw_logo("wide", 20))
TITLE = "Observing ten thousand subtasks in the Render Dashboard, with a claim for each"


def draw(design: Design, size: str, kind: str = "photograph") -> RenderedPicture:
    picture, subject = make_picture(kind, 0)
    return render(picture, design, read_size(size), subject=subject)


@pytest.mark.parametrize("shape", ["wide", "tall"])
@pytest.mark.parametrize("size", ["og", "x", "story", "wide", "square", "300x300"])
@pytest.mark.parametrize("template", [name for name, each in TEMPLATES.items() if each.ground])
def test_texts_make_room_for_a_logo(template: str, size: str, shape: str) -> None:
    brand = replace(BRAND, logo_on_dark=draw_logo(shape, 255), logo_on_light=None)
    design = Design(TITLE, template, "merriweather", kicker="Engineering", byline="docs.example", brand=brand)
    rendered = draw(design, size)
    assert rendered.arrangement.logo
    assert list(check_logo(rendered, brand, TEMPLATES[template], read_size(size))) == []
    assert rendered.stack.count_truncated() == 0


def test_no_text_is_cut_short_for_a_logo() -> None:
    title = "Observing ten thousand subtasks in the Render Dashboard, " * 4
    design = Design(title.strip(), "overlay-center", "inter", subtitle=title[:120].strip(), byline="docs.example")
    alone, branded = draw(design, "x"), draw(replace(design, brand=BRAND), "x")
    assert branded.stack.count_truncated() == alone.stack.count_truncated() == 0
    assert branded.arrangement.logo is None


@pytest.mark.parametrize("kind", ["black", "plain"])
def test_the_variants_of_a_logo_may_differ_in_shape(kind: str) -> None:
    brand = replace(BRAND, logo_on_light=draw_logo("square", 20))
    design = Design("A title", "bottom-bar", "inter", brand=brand)
    assert draw(design, "og", kind).arrangement.logo


@pytest.mark.parametrize("size", ["300x300", "og"])
@pytest.mark.parametrize("level", [20, 255])
@pytest.mark.parametrize("kind", ["street", "noise", "portrait", "photograph"])
def test_a_logo_stands_out_from_what_is_seen_around_it(kind: str, level: int, size: str) -> None:
    brand = Brand("b", "b", logo_on_light=draw_logo("square", level))
    design = Design("A title", "bottom-bar", "inter", brand=brand)
    assert find_violations(draw(design, size, kind), design, read_size(size)) == []
