"""Random titles, templates, fonts and pictures, each proved good by the checker.

``IMAGEGEN_CHECKS=2000 pytest tests/overlay/test_checks.py`` raises the number; ``IMAGEGEN_CHECKS_SEED`` changes them.
"""

import functools
import os
import random

import pytest

from imagegen.overlay.decoding import Picture, cover
from imagegen.overlay.render import render
from imagegen.overlay.templates import TEMPLATES
from imagegen.overlay.text.fonts import FONTS
from tests.doubles.pictures import GROUNDS
from tests.overlay.checker import violations
from tests.overlay.shaping import needs_shaping
from tests.overlay.titles import HARD, title

CHECKS = int(os.environ.get("IMAGEGEN_CHECKS", "150"))
SEED = int(os.environ.get("IMAGEGEN_CHECKS_SEED", "20261123"))
PARTS = 10


@functools.cache
def ground(kind: str, seed: int) -> Picture:
    """A picture of the final size, so that no time goes into resizing it again and again."""
    image = cover(Picture(GROUNDS[kind](seed), 1536, 1024, "PNG"))
    return Picture(image, *image.size, "PNG")


def found(text: str, template: str, font: str, kind: str, seed: int) -> list[str]:
    rendered = render(ground(kind, seed), title=text, template=template, font=font)
    wrong = violations(rendered, title=text, template=template, font=font)
    return [f"{text!r} {template} {font} {kind}({seed}): {what}" for what in wrong]


@needs_shaping
@pytest.mark.parametrize("part", range(PARTS))
def test_random_titles_on_random_pictures_are_whole_legible_and_balanced(part: int) -> None:
    chance = random.Random(f"{SEED}-{part}")
    wrong = []
    for _ in range(CHECKS // PARTS):
        template, font, kind = chance.choice(list(TEMPLATES)), chance.choice(list(FONTS)), chance.choice(list(GROUNDS))
        wrong += found(title(chance), template, font, kind, chance.randrange(2))
    assert wrong == []


@needs_shaping
@pytest.mark.parametrize("template", TEMPLATES)
def test_the_hard_titles_are_whole_legible_and_balanced(template: str) -> None:
    wrong = []
    for number, text in enumerate(HARD):
        wrong += found(text, template, list(FONTS)[number % len(FONTS)], "photograph", 0)
    assert wrong == []


@pytest.mark.parametrize("font", FONTS)
def test_a_title_of_sixty_characters_is_never_cut_short(font: str) -> None:
    for template in TEMPLATES:
        for text in ("W" * 60, "Observing ten thousand subtasks in the Render Dashboard, ok?", "画像" * 30):
            lettering = render(ground("black", 0), title=text, template=template, font=font).lettering
            assert not lettering.fitted.truncated
