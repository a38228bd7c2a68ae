"""Heads and things of 70 pictures in all shapes are free of title and ground, in every template, and eyes always."""

import functools

import pytest
from PIL import Image

from imagegen.overlay.crop import place
from imagegen.overlay.geometry import Rectangle
from imagegen.overlay.grounds.arrangement import Arrangement, arrange
from imagegen.overlay.subject.finding import Subject, find_subject
from imagegen.overlay.templates import TEMPLATES
from tests.doubles.pictures import gradient
from tests.overlay.checks.grounds import draw_covered, measure_seen
from tests.overlay.crop.scenes import ASPECTS, Box, Scene, make_scenes
from tests.overlay.laying import OG, WRITTEN, lay_alone

TITLE = "Why fan-out beats sequential generation"
TITLES = {"overlay-bottom": "Fan-out beats loops", "headline": "Fan-out wins"}
"""The titles of templates that leave no room for a subject beside a longer one."""

HALVES = ("headline", "split")
"""The templates that leave half of a wide canvas: of two heads they show one."""
WHOLE, HALF = (0.95, 1.0), (0.49, 0.5)
"""The least share of a subject that is seen, and of its eyes."""


@functools.cache
def list_ways(template: str) -> list[Arrangement]:
    return arrange(lay_alone(TITLES.get(template, TITLE), template), TEMPLATES[template], OG)


@functools.cache
def draw_ways(template: str) -> list[Image.Image]:
    return [draw_covered(way.stack, TEMPLATES[template], OG) for way in list_ways(template) if way.stack]


def measure(scene: Scene, subject: Subject, template: str) -> tuple[float, float]:
    """Return the shares of a scene's subject and of its eyes that are seen."""
    ways = list_ways(template)
    way, at = place(*scene.image.size, subject, ways)
    covered = draw_ways(template)[next(n for n, one in enumerate(ways) if one is way)]

    def locate(box: Box) -> Rectangle:
        left, top, right, bottom = (edge * at.zoom for edge in box)
        return Rectangle(left + at.x, top + at.y, right + at.x, bottom + at.y)

    eyes = measure_seen(covered, [locate(box) for box in scene.eyes]) if scene.eyes else 1.0
    return measure_seen(covered, [locate(box) for box in scene.subjects]), eyes


@pytest.mark.parametrize("aspect", [*ASPECTS[::2], *(pytest.param(a, marks=pytest.mark.slow) for a in ASPECTS[1::2])])
def test_the_subject_is_seen(aspect: float) -> None:
    hidden = []
    for scene in make_scenes(aspect):
        subject = find_subject(scene.image)
        for template in WRITTEN:
            seen, eyes = measure(scene, subject, template)
            least, all_eyes = HALF if template in HALVES and len(scene.subjects) > 1 else WHOLE
            if seen < least or eyes < all_eyes:
                hidden.append(f"{scene.name} in {template}: {seen:.2f} of the subject, {eyes:.2f} of the eyes")
    assert hidden == []


def test_a_wide_thing_on_plain_ground_is_seen_whole() -> None:
    """Such as a logo."""
    image = Image.new("RGB", (1536, 1024), "white")
    box = (130, 360, 1400, 660)
    image.paste((220, 0, 40), box)
    for template in WRITTEN:
        assert measure(Scene("a logo", image, (box,)), find_subject(image), template)[0] >= 0.95


def test_of_an_upright_picture_in_which_nobody_is_found_the_upper_half_is_seen() -> None:
    image = gradient(3).resize((1024, 1536))
    upper = (250.0, 90.0, 770.0, 740.0)
    for template in WRITTEN:
        assert measure(Scene("somebody, turned away", image, (upper,)), find_subject(image), template)[0] >= 0.5
