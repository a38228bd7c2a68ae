"""A brand's logo has its place on every picture, and stands out there."""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from imagegen.overlay.brands.brand import Brand
from imagegen.overlay.brands.logos import open_logo
from imagegen.overlay.decoding import Picture
from imagegen.overlay.design import Design
from imagegen.overlay.render import RenderedPicture, render
from imagegen.overlay.sizes import read_size
from imagegen.overlay.subject.finding import Area, Subject
from imagegen.overlay.templates import TEMPLATES
from tests.overlay.checker import find_violations
from tests.overlay.checks.designs import draw_logo, make_brand, make_picture
from tests.overlay.checks.grounds import check_logo
from tests.overlay.shaping import needs_shaping

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


@pytest.mark.parametrize("words", [4, 5, 13])
def test_a_title_moves_away_from_the_middle_for_a_logo(words: int) -> None:
    subtitle = "A subtitle of two lines because it is that long, and a little longer than that"
    title = " ".join(f"{TITLE} of them and a ledger".split()[:words])
    design = Design(title, "center-box", "merriweather", kicker="Engineering", subtitle=subtitle, byline="docs.example")
    assert draw(replace(design, brand=BRAND), "og").arrangement.logo


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


@needs_shaping
def test_a_small_logo_stands_out_where_it_lies_on_hair() -> None:
    design = Design("English with שלום inside", "bottom-bar", "press-start-2p", theme="dark", brand=make_brand(53))
    picture, subject = make_picture("portrait", 2)
    rendered = render(picture, design, read_size("300x300"), subject=subject)
    assert find_violations(rendered, design, read_size("300x300"), subject.eyes) == []


def test_a_logo_is_shaded_where_a_narrow_band_would_hide_a_part_of_it() -> None:
    image = Image.new("RGB", (1200, 630))
    image.paste("white", (170, 0, 190, 630))
    brand = Brand("b", "b", logo_on_dark=draw_logo("wide", 255))
    picture = Picture(image, *image.size, "PNG")
    rendered = render(picture, Design("A title", "plain", "inter", brand=brand))
    box = rendered.arrangement.logo
    assert box
    assert box.left < 170
    assert box.right > 190
    above = rendered.image.convert("L").crop((172, box.top - 8, 188, box.top - 2))
    assert max(above.tobytes()) < 140


def test_a_logo_of_middling_light_is_shaded_on_its_own_colour_though_a_part_of_it_lies_on_white() -> None:
    image = Image.new("RGB", (1200, 630), "#a03020")
    image.paste("white", (250, 0, 400, 630))
    red = draw_logo("wide", 255)
    tinted = Image.open(red).convert("RGBA")
    tinted.paste((255, 0, 0, 255), mask=tinted.getchannel("A"))
    path = red.with_name("red.png")
    tinted.save(path)
    brand = Brand("b", "b", logo_on_dark=path, logo_on_light=path)
    rendered = render(Picture(image, *image.size, "PNG"), Design("A title", "plain", "inter", brand=brand))
    box = rendered.arrangement.logo
    assert box
    assert rendered.image.getpixel((box.left + 4, box.top - 4)) != (0xA0, 0x30, 0x20)


def test_a_logo_without_its_transparent_border_has_its_height(tmp_path: Path) -> None:
    bare = Image.open(draw_logo("wide", 255))
    bordered = Image.new("RGBA", (bare.width + 800, bare.height + 400))
    bordered.paste(bare, (300, 50))
    bordered.save(tmp_path / "bordered.png")
    assert open_logo(tmp_path / "bordered.png", 52).size == open_logo(draw_logo("wide", 255), 52).size


@pytest.mark.parametrize("template", ["bottom-bar", "overlay-bottom", "headline", "split"])
@pytest.mark.parametrize(("title", "is_left"), [("A title", True), ("למה ענן עדיף", False)])
def test_a_logo_stands_at_the_side_where_its_title_begins(template: str, title: str, is_left: bool) -> None:
    logo = draw(Design(title, template, "inter", brand=BRAND), "og").arrangement.logo
    assert logo
    assert (logo.left < 600) is is_left


def test_the_shade_of_a_logo_on_the_picture_ends_where_a_solid_field_begins() -> None:
    design = Design(f"{TITLE} " * 2, "split", "inter", byline="docs.example", brand=BRAND, theme="dark")
    rendered = draw(design, "900x300", "noise")
    logo, covered = rendered.arrangement.logo, rendered.arrangement.covered
    assert logo
    assert covered.holds(logo)
    assert rendered.scheme
    edge = rendered.image.crop((covered.left - 20, 0, covered.left, 300))
    assert edge.getcolors() == [(20 * 300, rendered.scheme.ground)]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_logo_whose_variants_need_as_much_shade_takes_the_theme_of_the_picture(theme: str) -> None:
    stripes = Image.new("RGB", (120, 63))
    for x in range(0, 120, 2):
        stripes.paste("white", (x, 0, x + 1, 63))
    image = stripes.resize((1200, 630), Image.Resampling.NEAREST)
    picture = Picture(image, *image.size, "PNG")
    rendered = render(picture, Design("A title", "plain", "inter", theme=theme, brand=BRAND))
    box = rendered.arrangement.logo
    assert box
    grey = rendered.image.convert("L")
    drawn = grey.crop(box).tobytes()
    above = grey.crop((box.left, box.top - 8, box.right, box.top - 2)).tobytes()
    if theme == "light":
        assert min(drawn) == 20
        assert min(above) > 150
    else:
        assert max(drawn) == 255
        assert max(above) < 110


@pytest.mark.parametrize(("sky", "balloon", "level"), [("white", "black", 20), ("black", "white", 255)])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_logo_takes_the_variant_that_needs_the_least_shade(theme: str, sky: str, balloon: str, level: int) -> None:
    image = Image.new("RGB", (1200, 630), sky)
    image.paste(balloon, (170, 0, 200, 630))
    rendered = render(Picture(image, *image.size, "PNG"), Design("A title", "plain", "inter", theme=theme, brand=BRAND))
    assert rendered.arrangement.logo
    drawn = rendered.image.convert("L").crop(rendered.arrangement.logo).tobytes()
    assert (min(drawn) if level == 20 else max(drawn)) == level


@pytest.mark.parametrize("size", ["300x300", "og"])
@pytest.mark.parametrize("level", [20, 255])
@pytest.mark.parametrize("kind", ["street", "noise", "portrait", "photograph"])
def test_a_logo_stands_out_from_what_is_seen_around_it(kind: str, level: int, size: str) -> None:
    brand = Brand("b", "b", logo_on_light=draw_logo("square", level))
    design = Design("A title", "bottom-bar", "inter", brand=brand)
    assert find_violations(draw(design, size, kind), design, read_size(size)) == []


@pytest.mark.parametrize("template", ["bottom-bar", "split"])
def test_a_logo_covers_no_head_where_another_corner_is_free(template: str) -> None:
    picture, _ = make_picture("plain", 0)
    head = Subject((Area(0.1, 0.1, 0.5, 0.6),), eyes=(Area(0.15, 0.3, 0.45, 0.4),))
    brand = replace(BRAND, corner="bottom-right")
    rendered = render(picture, Design("A title", template, "inter", brand=brand), read_size("story"), subject=head)
    place, logo = rendered.placement.locate(head.parts[0]), rendered.arrangement.logo
    assert logo
    assert place.overlap(logo).area == 0
    assert logo.left > 540
