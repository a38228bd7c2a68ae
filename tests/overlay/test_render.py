"""Random titles in random templates and fonts on random pictures, each examined by the checker.

``IMAGEGEN_CHECKS=2000 pytest tests/overlay/test_render.py`` raises the number; ``IMAGEGEN_CHECKS_SEED`` changes them.
"""

import functools
import os
import random

import pytest

from imagegen.overlay.decoding import Picture
from imagegen.overlay.render import render
from imagegen.overlay.templates import TEMPLATES
from imagegen.overlay.text.fonts import FONTS
from tests.doubles.pictures import GROUNDS
from tests.overlay.checker import find_violations
from tests.overlay.sample_titles import HARD, random_title
from tests.overlay.shaping import needs_shaping

CHECKS = int(os.environ.get("IMAGEGEN_CHECKS", "40"))
SEED = int(os.environ.get("IMAGEGEN_CHECKS_SEED", "20261123"))
PARTS = 4


@functools.cache
def make_picture(kind: str, seed: int) -> Picture:
    """Make a picture of the final size, so that it is not resized for every title."""
    image = GROUNDS[kind](seed).resize((1200, 630), box=(0, 109, 1536, 915))
    return Picture(image, *image.size, "PNG")


def check(text: str, template: str, font: str, kind: str, seed: int) -> list[str]:
    rendered = render(make_picture(kind, seed), title=text, template=template, font=font)
    wrong = find_violations(rendered, title=text, template=template, font=font)
    return [f"{text!r} {template} {font} {kind}({seed}): {what}" for what in wrong]


@needs_shaping
@pytest.mark.parametrize("part", range(PARTS))
def test_random_titles_on_random_pictures_are_whole_legible_and_balanced(part: int) -> None:
    chance = random.Random(f"{SEED}-{part}")
    wrong = []
    for _ in range(CHECKS // PARTS):
        template, font, kind = chance.choice(list(TEMPLATES)), chance.choice(list(FONTS)), chance.choice(list(GROUNDS))
        wrong += check(random_title(chance), template, font, kind, chance.randrange(2))
    assert wrong == []


@needs_shaping
@pytest.mark.parametrize("template", TEMPLATES)
def test_the_hard_titles_are_whole_legible_and_balanced(template: str) -> None:
    wrong = []
    for number, text in enumerate(HARD):
        wrong += check(text, template, list(FONTS)[number % len(FONTS)], "photograph", 0)
    assert wrong == []


@pytest.mark.parametrize("font", FONTS)
def test_a_title_of_sixty_characters_is_never_cut_short(font: str) -> None:
    for template in TEMPLATES:
        for text in ("W" * 60, "Observing ten thousand subtasks in the Render Dashboard, ok?", "画像" * 30):
            layout = render(make_picture("black", 0), title=text, template=template, font=font).layout
            assert not layout.fitted.truncated
