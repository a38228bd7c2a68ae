"""The checker finds what is wrong: each fault planted here is named."""

from dataclasses import replace

import pytest
from PIL import Image

from imagegen.overlay.decoding import Picture
from imagegen.overlay.render import RenderedPicture, render
from imagegen.overlay.text.fonts import FONTS
from tests.doubles.pictures import noise
from tests.overlay.checker import find_violations

TITLE = "Why fan-out beats sequential generation every time"
PICTURE = Picture(Image.new("RGB", (1200, 630), "#345"), 1200, 630, "PNG")
GOOD = render(PICTURE, title=TITLE, template="overlay-bottom", font="lora")


def move(by: int) -> RenderedPicture:
    ink = GOOD.layout.ink_box
    there = ink._replace(left=ink.left, top=ink.top + by, bottom=ink.bottom + by)
    return replace(GOOD, layout=replace(GOOD.layout, ink_box=there))


def with_fitted(**changes: object) -> RenderedPicture:
    return replace(GOOD, layout=replace(GOOD.layout, fitted=replace(GOOD.layout.fitted, **changes)))  # type: ignore[arg-type]


def with_text(old: str, new: str) -> RenderedPicture:
    runs = tuple(
        replace(placed, run=placed.run._replace(text=placed.run.text.replace(old, new))) for placed in GOOD.layout.runs
    )
    return replace(GOOD, layout=replace(GOOD.layout, runs=runs))


def in_font(font: str) -> RenderedPicture:
    runs = tuple(replace(placed, run=placed.run._replace(font=FONTS[font])) for placed in GOOD.layout.runs)
    return replace(GOOD, layout=replace(GOOD.layout, runs=runs))


def uneven() -> RenderedPicture:
    clusters = GOOD.layout.fitted.title.clusters
    return with_fitted(lines=((0, 3), (4, len(clusters))), size=36)


def with_title(**changes: object) -> RenderedPicture:
    return with_fitted(title=replace(GOOD.layout.fitted.title, **changes))  # type: ignore[arg-type]


def in_two_fonts() -> RenderedPicture:
    fonts = GOOD.layout.fitted.title.fonts
    return with_title(fonts=(FONTS["inter"], *fonts[1:]))


def closer() -> RenderedPicture:
    runs = tuple(replace(placed, baseline=placed.baseline // 4) for placed in GOOD.layout.runs)
    return replace(GOOD, layout=replace(GOOD.layout, runs=runs))


FAULTS = {
    "drawn in": in_two_fonts(),
    "px apart": closer(),
    "margins": move(40),
    "cut off": replace(GOOD, mask=GOOD.mask.crop((0, 0, GOOD.mask.width, GOOD.mask.height - 20))),
    "size": with_fitted(size=20),
    "contrast": replace(GOOD, background=Image.new("RGB", (1200, 630), "#999")),
    "busy": replace(GOOD, background=noise().resize((1200, 630), Image.Resampling.NEAREST)),
    "no glyph": with_text("f", "ʘ"),
    "has": in_font("inter"),
    "add up": with_text("beats", ""),
    "is not": with_fitted(lines=GOOD.layout.fitted.lines[:1]),
    "shortened": with_fitted(truncated=True),
    "could be even": uneven(),
    "the picture is": replace(GOOD, image=GOOD.image.convert("L")),
    "no ink": replace(GOOD, mask=Image.new("L", GOOD.mask.size)),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(fault: str) -> None:
    wrong = find_violations(FAULTS[fault], title=TITLE, template="overlay-bottom", font="lora")
    assert any(fault in what for what in wrong)


def test_the_good_one_has_none() -> None:
    assert find_violations(GOOD, title=TITLE, template="overlay-bottom", font="lora") == []
