"""The subject is what the request names, else faces, else what stands out."""

import random

import pytest
from PIL import Image, ImageDraw

from imagegen.overlay.subject.finding import Area, Subject, find_subject
from imagegen.overlay.subject.focus import FOCUS_POINTS, read_focus
from imagegen.overlay.subject.salience import find_salience
from tests.doubles.pictures import checkerboard, gradient, noise
from tests.overlay.crop.scenes import ASPECTS, make_portrait, make_thing


def holds(area: Area, box: tuple[float, float, float, float], size: tuple[int, int], slack: float = 0.12) -> bool:
    """Tell if the area holds the box but for a little of its size."""
    shares = box[0] / size[0], box[1] / size[1], box[2] / size[0], box[3] / size[1]
    across, down = slack * (shares[2] - shares[0]), slack * (shares[3] - shares[1])
    return (
        area.left <= shares[0] + across
        and area.top <= shares[1] + down
        and area.right >= shares[2] - across
        and area.bottom >= shares[3] - down
    )


@pytest.mark.parametrize("aspect", ASPECTS)
def test_a_thing_on_a_quiet_ground_is_found_whole(aspect: float) -> None:
    for seed in range(4):
        scene = make_thing(aspect, seed + 40)
        subject = find_subject(scene.image)
        assert holds(subject.parts[0], scene.subjects[0], scene.image.size), scene.name


@pytest.mark.parametrize("horizon", [False, True])
def test_a_picture_is_made_smaller_for_a_thing_unless_a_horizon_would_end_in_the_air(horizon: bool) -> None:
    """A sun over a hill: where the sides go on without a seam the picture may shrink, otherwise it fills the canvas."""
    image = Image.new("RGB", (600, 400), (90, 120, 150))
    draw = ImageDraw.Draw(image)
    if horizon:
        draw.rectangle((0, 300, 600, 400), (30, 50, 40))
    draw.ellipse((260, 120, 340, 200), (255, 240, 200))
    assert (find_subject(image).least_share < 1) is not horizon


def test_a_head_is_found_with_its_eyes() -> None:
    scene = make_portrait(1.5, 9)
    subject = find_subject(scene.image)
    assert holds(subject.parts[0], scene.subjects[0], scene.image.size, 0.1)
    assert holds(subject.eyes[0], scene.eyes[0], scene.image.size, 0.35)
    assert 0.3 < subject.least_share < 0.5


@pytest.mark.parametrize("image", [Image.new("RGB", (300, 200), "white"), gradient(1), noise(2), checkerboard(3)])
def test_where_nothing_stands_out_nothing_is_to_be_kept_whole(image: Image.Image) -> None:
    subject = find_subject(image)
    assert subject.eyes == ()
    assert subject.importance < 1
    assert subject.least_share == 1


def test_a_plain_picture_stands_out_as_a_whole() -> None:
    left, top, right, bottom, distinct = find_salience(Image.new("RGB", (90, 60), "teal"))
    assert (left, top, right, bottom, distinct) == (0, 0, 1, 1, False)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16", "F"])
def test_a_picture_in_any_mode_has_a_subject(mode: str) -> None:
    image = Image.new(mode, (640, 400))
    assert isinstance(find_subject(image), Subject)


@pytest.mark.parametrize("size", [(1, 1), (2, 3000), (3000, 2), (16_000, 20), (20, 16_000)])
def test_a_picture_of_any_shape_has_a_subject_inside_it(size: tuple[int, int]) -> None:
    for part in find_subject(Image.new("RGB", size, "teal")).parts:
        assert 0 <= part.left < part.right <= 1
        assert 0 <= part.top < part.bottom <= 1


def test_the_same_picture_has_the_same_subject() -> None:
    scene = make_portrait(1.0, 3)
    assert find_subject(scene.image) == find_subject(scene.image.copy())


@pytest.mark.parametrize(("focus", "point"), [*FOCUS_POINTS.items(), ("0.3,0.4", (0.3, 0.4)), ("0, 1", (0.0, 1.0))])
def test_a_focus_is_the_subject_whatever_there_is_to_see(focus: str, point: tuple[float, float]) -> None:
    assert read_focus(focus) == point
    (area,) = find_subject(make_portrait(1.5, 9).image, focus).parts
    assert area.left <= point[0] <= area.right
    assert area.top <= point[1] <= area.bottom
    assert area.right - area.left <= 0.2 + 1e-9


@pytest.mark.parametrize("focus", ["", "middle", "0.3", "0.3,0.4,0.5", "1.1,0", "-0.1,0", "nan,0", "a,b", "inf,0.5"])
def test_anything_else_is_no_focus(focus: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the message is the caller's
        read_focus(focus)


def test_an_upright_scene_is_looked_at_from_the_top() -> None:
    chance = random.Random(1)
    image = Image.frombytes("RGB", (40, 80), chance.randbytes(40 * 80 * 3)).resize((400, 800))
    (area,) = find_subject(image).parts
    assert (area.top + area.bottom) / 2 < 0.4
