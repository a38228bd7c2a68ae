"""Titles are as large as their box allows, balanced, and whole."""

import itertools
import sys
from collections.abc import Callable

import pytest

from imagegen.overlay.text.fitting import fit
from imagegen.overlay.text.fonts import FONTS
from imagegen.overlay.text.typeset import typeset
from tests.overlay.laying import WRITTEN, find_area, lay_title

LONG = "Observing 10k subtasks in the Render Dashboard and understanding every retry, timeout and failure mode, ok?"


def lines(title: str, template: str, font: str = "inter") -> list[str]:
    fitted = fit(typeset(title, font), find_area(template))
    return ["".join(fitted.title.clusters[start:end]) for start, end in fitted.lines]


def size(title: str, template: str, font: str = "inter") -> int:
    return fit(typeset(title, font), find_area(template)).size


@pytest.mark.parametrize(
    ("title", "template", "expected"),
    [
        ("Why fan-out beats sequential generation", "bottom-bar", ["Why fan-out beats", "sequential generation"]),
        ("Object storage as the source of truth", "center-box", ["Object storage", "as the source of truth"]),
        (
            "画像を一括生成する方法：初心者向けガイド",
            "overlay-center",
            ["画像を一括生成する", "方法：初心者向けガイド"],
        ),
        (
            "https://example.com/a/very/long/path/with?query=string&and=more",
            "bottom-bar",
            ["https://example.com/a/very/long/", "path/with?query=string&and=more"],
        ),
        ("docs.example · 24 November 2026", "left-panel", ["docs.example", "24 November 2026"]),
        ("Rust | Go | Zig, side by side", "left-panel", ["Rust", "Go | Zig,", "side by side"]),
    ],
)
def test_lines_are_balanced_and_end_where_they_should(title: str, template: str, expected: list[str]) -> None:
    assert lines(title, template) == expected


@pytest.mark.parametrize("template", WRITTEN)
def test_a_very_short_title_is_larger_than_a_longer_one(template: str) -> None:
    assert size("Go", template) >= 110 > size("Why fan-out beats sequential generation", template)


@pytest.mark.parametrize("template", WRITTEN)
def test_a_long_title_gets_a_larger_box_before_small_type(template: str) -> None:
    short, long = (fit(typeset(title, "inter"), find_area(template)) for title in ("Three retries with backoff", LONG))
    assert long.box.max_lines > short.box.max_lines
    assert long.size >= 44


def test_the_size_found_is_the_largest_that_fits() -> None:
    fitted = fit(typeset("Three retries with exponential backoff", "lora"), find_area("bottom-bar"))
    widest = max(fitted.title.measure_width(*line) for line in fitted.lines)
    height = fitted.title.measure_cap_height(*fitted.lines[0]) + fitted.title.leading * (len(fitted.lines) - 1)
    assert widest * (fitted.size + 1) > fitted.box.width - 1 or height * (fitted.size + 1) > fitted.box.height


@pytest.mark.parametrize("font", FONTS)
@pytest.mark.parametrize("template", WRITTEN)
def test_three_hundred_characters_of_prose_stay_whole(template: str, font: str) -> None:
    prose = (LONG + " " + LONG + " " + LONG)[:300].strip()
    assert font == "press-start-2p" or not fit(typeset(prose, font), find_area(template)).truncated


def test_what_cannot_fit_ends_in_an_ellipsis_after_a_whole_word() -> None:
    fitted = fit(typeset("wonderful " * 60, "press-start-2p"), find_area("left-panel"))
    text = " ".join("".join(fitted.title.clusters[start:end]) for start, end in fitted.lines)
    assert fitted.truncated
    assert text.endswith("wonderful…")


@pytest.mark.parametrize("word", ["تجربة", "ทดสอบ", "שָׁלוֹם", "परीक्षण", "試験", "한국어", "wonderful", "ស្អាត"])
@pytest.mark.parametrize("font", ["inter", "lora", "press-start-2p"])
def test_a_title_that_has_room_for_one_low_line_is_cut_short_in_every_script(word: str, font: str) -> None:
    fitted = fit(typeset(f"{word} " * 60, font), find_area("center-box"), max_height=1)
    assert fitted.truncated
    assert len(fitted.lines) == 1


def count_calls(work: Callable[[], object]) -> int:
    """Count the calls of functions that some work makes, which are the same on every machine."""
    calls = itertools.count()

    def count(_frame: object, event: str, _argument: object) -> None:
        if event == "call":
            next(calls)

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return next(calls)


@pytest.mark.parametrize("template", WRITTEN)
def test_the_work_of_fitting_grows_with_the_title_and_not_with_its_square(template: str) -> None:
    def lay(title: str) -> int:
        lay_title(title, template)
        typeset.cache_clear()
        return count_calls(lambda: lay_title(title, template))

    assert lay(f"{LONG} {LONG}") < 4 * lay(LONG)  # a quadratic one takes four times as much
