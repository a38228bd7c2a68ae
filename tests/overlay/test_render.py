"""Random designs on random pictures in all sizes, each examined by the checker.

``IMAGEGEN_CHECKS=2000 pytest tests/overlay/test_render.py`` raises the number; ``IMAGEGEN_CHECKS_SEED`` changes them.
``python -m tests.overlay.test_render COUNT SEED`` prints what it finds as it goes.
"""

import io
import itertools
import os
import random
import sys
from dataclasses import replace

import pytest
from PIL import Image, ImageChops, ImageStat

from imagegen.overlay.design import FORMATS, THEMES, Design
from imagegen.overlay.encoding import Provenance, encode
from imagegen.overlay.render import render
from imagegen.overlay.sizes import SIZES, read_size
from imagegen.overlay.templates import TEMPLATES
from imagegen.overlay.text.fonts import FONTS
from tests.overlay.checker import find_violations
from tests.overlay.checks.designs import Case, make_brand, make_picture, random_case
from tests.overlay.laying import WRITTEN, lay_title
from tests.overlay.sample_titles import HARD
from tests.overlay.shaping import needs_shaping

CHECKS = int(os.environ.get("IMAGEGEN_CHECKS", "40"))
SEED = int(os.environ.get("IMAGEGEN_CHECKS_SEED", "20261123"))
PARTS = 4
FULL = Design(
    "Why fan-out beats sequential generation",
    "left-panel",
    "inter",
    kicker="Engineering",
    subtitle="What four thousand pictures taught us about queues",
    byline="docs.example · 24 November 2026",
    highlight="fan-out",
)


def check(case: Case) -> list[str]:
    picture, subject = make_picture(case.kind, case.seed)
    rendered = render(picture, case.design, case.size, subject=subject)
    wrong = find_violations(rendered, case.design, case.size, subject.eyes)
    return [f"{what}: {case}" for what in wrong]


@needs_shaping
@pytest.mark.parametrize("part", range(PARTS))
def test_random_designs_on_random_pictures_are_whole_legible_and_balanced(part: int) -> None:
    chance = random.Random(f"{SEED}-{part}")
    wrong = []
    for _ in range(CHECKS // PARTS):
        wrong += check(random_case(chance))
    assert wrong == []


@needs_shaping
@pytest.mark.parametrize("template", WRITTEN)
def test_the_hard_titles_are_whole_legible_and_balanced(template: str) -> None:
    wrong = []
    for number, text in enumerate(HARD):
        font, theme = list(FONTS)[number % len(FONTS)], THEMES[number % len(THEMES)]
        wrong += check(Case(Design(text, template, font, theme=theme), SIZES["og"], "photograph", 0))
    assert wrong == []


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_design_with_every_part_is_right_in_every_size(template: str) -> None:
    wrong = []
    for number, size in enumerate(SIZES.values()):
        brand, theme = make_brand(number) if number % 2 else None, THEMES[number % len(THEMES)]
        design = replace(FULL, template=template, theme=theme, brand=brand)
        wrong += check(Case(design, size, "photograph", 1))
    assert wrong == []


@pytest.mark.parametrize("font", FONTS)
def test_a_title_of_sixty_characters_is_never_cut_short(font: str) -> None:
    for template in WRITTEN:
        for text in ("W" * 60, "Observing ten thousand subtasks in the Render Dashboard, ok?", "画像" * 30):
            assert not lay_title(text, template, font).fitted.truncated


LONG = "Þórr señor façade naïve Ångström İstanbul Łódź Übergröße crème brûlée " * 4


@pytest.mark.parametrize("size", ["900x300", "300x900", "300x300"])
def test_every_text_at_its_longest_is_drawn_whatever_the_size(size: str) -> None:
    """The least room once stopped the program: no line was low enough, and a cut title kept its hyphens."""
    picture, subject = make_picture("black", 0)
    titles = (LONG[:300], "Donaudampfschifffahrtsgesellschaftskapitän", "Bei\xadspiel\xadwort Küchentisch " * 9)
    for template, title in itertools.product(TEMPLATES, titles):
        for font in ("bangers", "jetbrains-mono"):
            design = Design(title, template, font, kicker=LONG[:60], subtitle=LONG[:200], byline=LONG[:80])
            assert render(picture, design, read_size(size), subject=subject).image.size == read_size(size).box.size


def test_hinting_brings_no_two_lines_of_the_smallest_type_together() -> None:
    design = Design(
        "Übergröße ▸ Łódź ▸ señor ➜ kůň ✔ 𝐇𝐞𝐥𝐥𝐨 Übergröße", "right-panel", "lora", subtitle="않는다 돈을 " * 20
    )
    assert check(Case(design, read_size("900x300"), "portrait", 0)) == []


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("size", ["og", "portrait"])
def test_every_format_shows_the_picture_as_it_was_drawn(format_: str, size: str) -> None:
    picture, subject = make_picture("photograph", 0)
    drawn = render(picture, FULL, SIZES[size], subject=subject).image
    data = encode(drawn, format_, Provenance("offline", "test", offline=True), most_bytes=SIZES[size].most_bytes)
    decoded = Image.open(io.BytesIO(data)).convert("RGB")
    assert decoded.size == drawn.size
    assert max(ImageStat.Stat(ImageChops.difference(decoded, drawn)).rms) < 12


if __name__ == "__main__":
    count, seed = int(sys.argv[1]), sys.argv[2]
    by_lot = random.Random(seed)
    for number in range(count):
        case = random_case(by_lot)
        try:
            found = check(case)
        except Exception as error:  # noqa: BLE001 - a failure is what is looked for
            found = [f"{type(error).__name__}: {error}: {case}"]
        for fault in found:
            print(number, fault, flush=True)  # noqa: T201 - the program's words
    print(f"{count} combinations")  # noqa: T201 - the program's words
