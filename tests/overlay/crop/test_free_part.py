"""Heads and things of 70 pictures in all shapes are free of title and ground, in every template, and eyes always."""

import functools

import pytest
from PIL import Image

from imagegen.overlay.crop import place
from imagegen.overlay.grounds import Arrangement, arrange
from imagegen.overlay.subject.finding import Subject, find_subject
from imagegen.overlay.templates import TEMPLATES
from imagegen.overlay.text.drawing import lay_out
from imagegen.overlay.text.typeset import typeset
from tests.doubles.pictures import gradient
from tests.overlay.crop.covering import draw_covered, measure_seen
from tests.overlay.crop.scenes import ASPECTS, Box, Scene, make_scenes

TITLES = {
    "bottom-bar": "Why fan-out beats sequential generation",
    "left-panel": "Why fan-out beats sequential generation",
    "center-box": "Why fan-out beats sequential generation",
    "overlay-bottom": "Why fan-out beats loops",
    "overlay-center": "Why fan-out beats sequential generation",
}


@functools.cache
def list_ways(template: str) -> list[Arrangement]:
    return arrange(lay_out(typeset(TITLES[template], "inter"), TEMPLATES[template]), TEMPLATES[template])


@functools.cache
def draw_ways(template: str) -> list[Image.Image]:
    return [draw_covered(way.layout, template) for way in list_ways(template)]


def measure(scene: Scene, subject: Subject, template: str) -> tuple[float, float]:
    """Return the shares of a scene's subject and of its eyes that are seen."""
    ways = list_ways(template)
    way, at = place(*scene.image.size, subject, ways)
    covered = draw_ways(template)[next(n for n, one in enumerate(ways) if one is way)]

    def locate(box: Box) -> Box:
        left, top, right, bottom = (edge * at.zoom for edge in box)
        return left + at.x, top + at.y, right + at.x, bottom + at.y

    eyes = measure_seen(covered, [locate(box) for box in scene.eyes]) if scene.eyes else 1.0
    return measure_seen(covered, [locate(box) for box in scene.subjects]), eyes


@pytest.mark.parametrize("aspect", [*ASPECTS[::2], *(pytest.param(a, marks=pytest.mark.slow) for a in ASPECTS[1::2])])
def test_the_subject_is_seen(aspect: float) -> None:
    hidden = []
    for scene in make_scenes(aspect):
        subject = find_subject(scene.image)
        for template in TEMPLATES:
            seen, eyes = measure(scene, subject, template)
            if seen < 0.95 or eyes < 1:
                hidden.append(f"{scene.name} in {template}: {seen:.2f} of the subject, {eyes:.2f} of the eyes")
    assert hidden == []


def test_a_wide_thing_on_plain_ground_is_seen_whole() -> None:
    """Such as a logo."""
    image = Image.new("RGB", (1536, 1024), "white")
    box = (130, 360, 1400, 660)
    image.paste((220, 0, 40), box)
    for template in TEMPLATES:
        assert measure(Scene("a logo", image, (box,)), find_subject(image), template)[0] >= 0.95


def test_of_an_upright_picture_in_which_nobody_is_found_the_upper_half_is_seen() -> None:
    image = gradient(3).resize((1024, 1536))
    upper = (250.0, 90.0, 770.0, 740.0)
    for template in TEMPLATES:
        assert measure(Scene("somebody, turned away", image, (upper,)), find_subject(image), template)[0] >= 0.5
