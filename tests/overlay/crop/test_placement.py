"""The picture lies on the canvas so that its subject is free, and is never enlarged more than it takes to cover."""

import random
from collections.abc import Iterator

import pytest
from PIL import Image

from imagegen.overlay.canvas import lay_picture
from imagegen.overlay.crop import Placement, place
from imagegen.overlay.decoding import Picture
from imagegen.overlay.design import Design
from imagegen.overlay.geometry import Rectangle
from imagegen.overlay.grounds.arrangement import Arrangement, arrange
from imagegen.overlay.render import render
from imagegen.overlay.sizes import read_size
from imagegen.overlay.subject.finding import Area, Subject, find_subject
from imagegen.overlay.subject.focus import FOCUS_POINTS, read_focus
from imagegen.overlay.templates import TEMPLATES
from tests.doubles.pictures import gradient
from tests.overlay.crop.scenes import make_portrait
from tests.overlay.laying import OG, WRITTEN, lay_alone

CANVAS = OG.box

TITLES = ("Go", "Why fan-out beats sequential generation", "word " * 40)
SHAPES = (
    (1536, 1024),
    (1024, 1024),
    (1024, 1536),
    (2100, 900),
    (900, 1600),
    (300, 200),
    (1200, 630),
    (3, 2000),
    (2000, 3),
)
WHOLE = Area(0.0, 0.0, 1.0, 1.0)


def ways(template: str, title: str) -> list[Arrangement]:
    return arrange(lay_alone(title, template), TEMPLATES[template], OG)


def random_subjects(count: int) -> Iterator[Subject]:
    chance = random.Random(20)
    for _ in range(count):
        left, top = chance.uniform(0, 0.9), chance.uniform(0, 0.9)
        area = Area(left, top, chance.uniform(left + 0.05, 1), chance.uniform(top + 0.05, 1))
        eyes = (area,) if chance.random() < 0.3 else ()
        yield Subject((area,), eyes, chance.choice((0.0, 0.25, 1.0)), chance.choice((0.0, 0.35, 1.0)))


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize("template", WRITTEN)
def test_whatever_the_subject_the_crop_is_a_part_of_the_picture_and_no_larger_than_it_has_to_be(
    template: str, title: str
) -> None:
    choices = ways(template, title)
    for width, height in SHAPES:
        for subject in random_subjects(8):
            way, at = place(width, height, subject, choices)
            left, top, right, bottom = at.source
            assert 0 <= left < right <= width
            assert 0 <= top < bottom <= height
            assert at.zoom <= max(1200 / width, 630 / height) * 1.000001
            assert way in choices
            assert (way, at) == place(width, height, subject, choices)
            covered = at.covered
            assert CANVAS.left <= covered.left < covered.right <= CANVAS.right
            assert CANVAS.top <= covered.top < covered.bottom <= CANVAS.bottom


@pytest.mark.parametrize("template", WRITTEN)
def test_a_scene_covers_all_of_the_canvas_that_can_be_seen(template: str) -> None:
    for width, height in SHAPES[:7]:
        way, at = place(width, height, Subject((Area(0.1, 0.2, 0.9, 0.8),), importance=0.0), ways(template, TITLES[1]))
        assert at.covered.left <= way.visible.left
        assert at.covered.top <= way.visible.top
        assert at.covered.right >= way.visible.right
        assert at.covered.bottom >= way.visible.bottom
        assert way.steps_moved == 0


def test_a_picture_of_the_canvas_own_shape_lies_on_it_as_it_is() -> None:
    _, at = place(1200, 630, Subject((Area(0.2, 0.2, 0.8, 0.8),), importance=0.0), ways("overlay-center", "Go"))
    assert (at.zoom, at.x, at.y) == (1, 0, 0)


@pytest.mark.parametrize("template", WRITTEN)
@pytest.mark.parametrize("focus", [*FOCUS_POINTS, "0.3,0.4", "0.8,0.25"])
@pytest.mark.parametrize(("width", "height"), SHAPES[:5])
def test_a_focus_is_honoured(template: str, focus: str, width: int, height: int) -> None:
    """The place that the request names is on the canvas, and the title does not lie on it."""
    x, y = read_focus(focus)
    way, at = place(width, height, find_subject(gradient(1), focus), ways(template, TITLES[1]))
    inward = Area(*(min(max(value, 0.02), 0.98) for value in (x, y, x, y)))
    seen_x, seen_y = at.locate(inward)[:2]
    assert CANVAS.left <= seen_x <= CANVAS.right
    assert CANVAS.top <= seen_y <= CANVAS.bottom
    assert not any(taken.left < seen_x < taken.right and taken.top < seen_y < taken.bottom for taken in way.taken)


def test_a_focus_on_the_other_side_shows_another_part() -> None:
    picture = Picture(gradient(4).resize((2000, 800)), 2000, 800, "PNG")
    left, right = (
        render(picture, Design("Go", "left-panel", "inter", focus=focus)).placement for focus in ("left", "right")
    )
    assert left.source.left == 0
    assert right.source.right == 2000


def test_a_panel_shows_the_picture_beside_it_not_half_of_it_underneath() -> None:
    choices = ways("left-panel", TITLES[1])
    (way,) = choices
    _, at = place(1536, 1024, Subject((Area(0.4, 0.2, 0.6, 0.6),)), choices)
    middle = at.locate(Area(0.5, 0.5, 0.5, 0.5)).left
    assert middle == pytest.approx((way.free.left + way.free.right) / 2, abs=2)


def test_a_title_in_the_middle_moves_away_from_a_face() -> None:
    scene = make_portrait(16 / 9, 12)
    for template in ("center-box", "overlay-center"):
        done = render(scene.picture, Design(TITLES[1], template, "inter", theme="dark"))
        assert done.arrangement.steps_moved
        assert done.stack.title.ink_box.bottom <= 590
        ink = done.image.crop(done.stack.title.ink_box).convert("L")
        assert max(ink.tobytes()) == 255


def test_what_is_seen_is_measured_in_the_pictures_own_pixels() -> None:
    at = Placement(CANVAS, 400, 200, 2.0, -100.0, 50.0)
    assert at.covered == (0, 50, 700, 450)
    assert at.source == (50, 0, 400, 200)
    assert at.locate(WHOLE) == (-100, 50, 700, 450)


def test_a_smaller_picture_fades_into_its_own_colours() -> None:
    image = Image.new("RGB", (400, 400), (200, 60, 20))
    done = render(
        Picture(image, 400, 400, "PNG"),
        Design("Go", "bottom-bar", "inter"),
        subject=Subject((WHOLE,), least_share=0.0),
    )
    assert done.placement.zoom < 1.1
    for x in range(0, 1200, 50):
        pixel = done.background.getpixel((x, 30))
        assert isinstance(pixel, tuple)
        assert all(abs(found - value) <= 2 for found, value in zip(pixel, (200, 60, 20), strict=True))


@pytest.mark.parametrize("template", WRITTEN)
def test_a_large_face_does_not_make_a_stamp_of_its_picture(template: str) -> None:
    """However large the head: more than a quarter of what can be seen is picture, and the eyes are free."""
    choices = ways(template, TITLES[1])
    for top in (0.05, 0.2, 0.3):
        for width, height in ((1536, 1024), (1024, 1024), (1024, 1536)):
            eyes = Area(0.3, top + 0.25, 0.7, top + 0.32)
            head = Subject((Area(0.1, top, 0.9, top + 0.65),), (eyes,), least_share=0.36)
            way, at = place(width, height, head, choices)
            seen = Rectangle(*at.covered).overlap(way.visible).area
            assert seen >= 0.25 * Rectangle(*way.visible).area
            box = at.locate(eyes)
            assert box.overlap(CANVAS).area == pytest.approx(box.area)
            assert sum(box.overlap(taken).area for taken in way.taken) == 0


def test_what_stands_near_an_edge_has_no_double_in_the_extension() -> None:
    image = Image.new("RGB", (900, 600), (90, 110, 140))
    image.paste((230, 30, 30), (36, 60, 200, 220))
    canvas = lay_picture(image, Placement(CANVAS, 900, 600, zoom=1.0, x=200.0, y=15.0))
    beside = canvas.crop((0, 0, 200, 630))
    reds, _, blues = beside.split()
    assert all(red <= blue for red, blue in zip(reds.tobytes(), blues.tobytes(), strict=True))


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize("template", WRITTEN)
def test_a_picture_that_cannot_go_on_beyond_its_sides_covers_all_that_can_be_seen(template: str, title: str) -> None:
    choices = ways(template, title)
    for subject in random_subjects(40):
        way, at = place(1536, 1024, Subject(subject.parts, goes_on=False), choices)
        seen, needed = at.covered, way.visible
        assert seen.left <= needed.left
        assert seen.top <= needed.top
        assert seen.right >= needed.right
        assert seen.bottom >= needed.bottom


@pytest.mark.parametrize("size", ["og", "square", "story", "900x300"])
@pytest.mark.parametrize("shape", [(1200, 1800), (1024, 1024), (1536, 640)])
def test_a_plain_picture_is_a_crop_and_nothing_else(shape: tuple[int, int], size: str) -> None:
    image = Image.new("RGB", shape, "#888")
    head = Subject((Area(0.05, 0.05, 0.95, 0.95),), eyes=(Area(0.3, 0.3, 0.7, 0.4),), least_share=0.36)
    rendered = render(Picture(image, *shape, "PNG"), Design("t", "plain", "inter"), read_size(size), subject=head)
    assert rendered.placement.covered == read_size(size).box
