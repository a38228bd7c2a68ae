"""The checker finds what is wrong: each fault planted here is named."""

from dataclasses import replace

import pytest
from PIL import Image

from imagegen.overlay.block.roles import Role
from imagegen.overlay.block.stack import PlacedText
from imagegen.overlay.decoding import Picture
from imagegen.overlay.design import Design
from imagegen.overlay.geometry import Box
from imagegen.overlay.render import RenderedPicture, render
from imagegen.overlay.subject.finding import Area
from imagegen.overlay.text.drawing import Layout
from imagegen.overlay.text.fonts import FONTS
from tests.doubles.pictures import noise
from tests.overlay.checker import find_violations
from tests.overlay.checks.designs import make_brand

BRANDED = next(brand for brand in map(make_brand, range(60)) if brand.logo_on_dark and brand.corner == "top-right")
DESIGN = Design(
    "Why fan-out beats sequential generation every time",
    "overlay-bottom",
    "lora",
    kicker="Engineering",
    subtitle="What four thousand pictures taught us",
    byline="docs.example",
    highlight="fan-out",
    theme="dark",
    brand=replace(BRANDED, ground=None, ink=None),
)
PICTURE = Picture(Image.new("RGB", (1200, 630), "#345"), 1200, 630, "PNG")
GOOD = render(PICTURE, DESIGN)
TITLE = GOOD.stack.title


def with_stack(**changes: object) -> RenderedPicture:
    stack = replace(GOOD.stack, **changes)  # type: ignore[arg-type]
    return replace(GOOD, arrangement=replace(GOOD.arrangement, stack=stack))


def with_layout(layout: Layout, role: Role = Role.TITLE) -> RenderedPicture:
    return with_stack(texts=tuple(PlacedText(role, layout) if text.role is role else text for text in GOOD.stack.texts))


def find_layout(role: Role) -> Layout:
    return next(text.layout for text in GOOD.stack.texts if text.role is role)


def move(role: Role, dx: int, dy: int) -> RenderedPicture:
    return with_layout(find_layout(role).shift(dx, dy), role)


def with_fitted(role: Role = Role.TITLE, **changes: object) -> RenderedPicture:
    layout = find_layout(role)
    return with_layout(replace(layout, fitted=replace(layout.fitted, **changes)), role)  # type: ignore[arg-type]


def with_text(old: str, new: str) -> RenderedPicture:
    runs = tuple(
        replace(placed, run=placed.run._replace(text=placed.run.text.replace(old, new))) for placed in TITLE.runs
    )
    return with_layout(replace(TITLE, runs=runs))


def in_font(font: str) -> RenderedPicture:
    runs = tuple(replace(placed, run=placed.run._replace(font=FONTS[font])) for placed in TITLE.runs)
    return with_layout(replace(TITLE, runs=runs))


def uneven() -> RenderedPicture:
    return with_fitted(lines=((0, 3), (4, len(TITLE.fitted.title.clusters))), size=36)


def in_two_fonts() -> RenderedPicture:
    title = TITLE.fitted.title
    return with_fitted(title=replace(title, fonts=(FONTS["inter"], *title.fonts[1:])))


def closer() -> RenderedPicture:
    first = min(placed.baseline for placed in TITLE.runs)
    runs = tuple(replace(placed, baseline=first + (placed.baseline - first) // 4) for placed in TITLE.runs)
    return with_layout(replace(TITLE, runs=runs))


def narrower() -> RenderedPicture:
    return with_layout(replace(TITLE, ink_box=TITLE.ink_box._replace(bottom=TITLE.ink_box.bottom - 20)))


def with_logo(box: Box | None) -> RenderedPicture:
    return replace(GOOD, arrangement=replace(GOOD.arrangement, logo=box))


FAULTS = {
    "drawn in": in_two_fonts(),
    "two lines are": closer(),
    "title is outside the margins": move(Role.TITLE, 0, 160),
    "byline is outside the margins": move(Role.BYLINE, 0, 60),
    "logo is outside the margins": with_logo(Box(1100, 8, 1192, 60)),
    "cut off": narrower(),
    "on a card, not 12": with_fitted(size=20),
    "on a card, not 8": with_fitted(Role.BYLINE, size=20),
    "as large as the title": with_fitted(Role.SUBTITLE, size=TITLE.fitted.size),
    "as large as the subtitle": with_fitted(Role.KICKER, size=find_layout(Role.SUBTITLE).fitted.size),
    "kicker: contrast": replace(GOOD, background=Image.new("RGB", (1200, 630), "#999")),
    "title: contrast": replace(GOOD, background=Image.new("RGB", (1200, 630), "#999")),
    "busy": replace(GOOD, background=noise().resize((1200, 630), Image.Resampling.NEAREST)),
    "letters are not in": replace(GOOD, image=Image.new("RGB", (1200, 630), "#fefefe")),
    "no glyph": with_text("f", "ʘ"),
    "has": in_font("inter"),
    "add up": with_text("beats", ""),
    "is not": with_fitted(lines=TITLE.fitted.lines[:1]),
    "shortened": with_fitted(truncated=True),
    "could be even": uneven(),
    "the picture is": replace(GOOD, image=GOOD.image.convert("L")),
    "px apart": move(Role.KICKER, 0, 30),
    "kicker stands at": move(Role.KICKER, 30, 0),
    "avatar lies on the title": with_stack(avatar=TITLE.ink_box),
    "there is no logo": with_logo(None),
    "none of the brand's": with_logo(Box(600, 100, 700, 152)),
    "there are": with_stack(texts=GOOD.stack.texts[1:]),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(fault: str) -> None:
    wrong = find_violations(FAULTS[fault], DESIGN)
    assert any(fault in what for what in wrong), wrong


def test_the_good_one_has_none() -> None:
    assert find_violations(GOOD, DESIGN) == []


def test_eyes_under_the_title_are_found() -> None:
    ink = TITLE.ink_box
    eyes = Area(ink.left / 1200, ink.top / 630, ink.right / 1200, ink.bottom / 630)
    assert any("of the eyes" in what for what in find_violations(GOOD, DESIGN, eyes=(eyes,)))
