"""Checks of the letters of a text: whole or honestly shortened, in fonts that have them."""

import functools
import unicodedata
from collections.abc import Iterator

from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # has no types

from imagegen.overlay.text import metrics
from imagegen.overlay.text.drawing import Layout
from imagegen.overlay.text.fitting import FittedTitle
from imagegen.overlay.text.fonts import Font
from imagegen.overlay.text.titles import clean
from tests.overlay.text.type_checks import find_own_script

INVISIBLE = "\u200c\u200d\u00a0\ufe0e\ufe0f "


@functools.cache
def _read_characters(font: Font) -> frozenset[int]:
    """Read the characters of the font from its own table."""
    path = font.path()
    number = font.index if path.suffix == ".ttc" else -1
    with TTFont(path, lazy=True, fontNumber=number) as opened:
        assert "COLR" not in opened or opened["COLR"].version == 0
        return frozenset(opened.getBestCmap())


def has_glyph(font: Font, char: str) -> bool:
    return all(ord(part) in _read_characters(font) for part in unicodedata.normalize("NFD", char)) or (
        ord(char) in _read_characters(font)
    )


def check_glyphs(layout: Layout, chosen: Font) -> Iterator[str]:
    """Every font has what it draws, and the chosen one draws each script of which it has all letters."""
    wanted: dict[str, bool] = {}
    for cluster in layout.fitted.title.clusters:
        if script := find_own_script(cluster):
            wanted[script] = wanted.get(script, True) and all(ord(c) in _read_characters(chosen) for c in cluster)
    for placed in layout.runs:
        run = placed.run
        for char in run.text:
            if char not in INVISIBLE and not has_glyph(run.font, char):
                yield f"{run.font.id} has no glyph for U+{ord(char):04X}"
        if run.text.strip(INVISIBLE) and metrics.open_font(run.font, 40).getmask(run.text).getbbox() is None:
            yield f"{run.text!r} leaves no ink"
        if run.font.id != chosen.id and any(wanted.get(find_own_script(char)) for char in run.text):
            yield f"{chosen.id} has {run.text!r}, but {run.font.id} draws it"


def measure_columns(text: str) -> int:
    """Return the length of a text in Latin letters: those of Chinese, Japanese and Korean are twice as wide."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def list_lines(layout: Layout) -> list[str]:
    fitted = layout.fitted
    return ["".join(fitted.title.clusters[start:end]) for start, end in fitted.lines]


def _list_ends(fitted: FittedTitle) -> Iterator[list[str]]:
    """List each line's clusters without inserted hyphens, with the separator for which the line's end stands."""
    clusters = fitted.title.clusters
    starts = [start for start, _ in fitted.lines[1:]] + [fitted.lines[-1][1]]
    for (start, end), following in zip(fitted.lines, starts, strict=True):
        yield [clusters[at] for at in range(start, end) if at not in fitted.hyphens]
        if "".join(clusters[end:following]).strip() in ("·", "•", "|"):
            yield list(clusters[end:following])


def check_completeness(layout: Layout, text: str, never_shortened: int) -> Iterator[str]:
    """A text is whole, or a beginning of it with an ellipsis where it has more than so many characters."""
    fitted, lines, wanted = layout.fitted, list_lines(layout), clean(text)
    drawn = sorted("".join(placed.run.text for placed in layout.runs))
    styles = {0xFE0E: None, 0xFE0F: None, 0xA0: " "}
    if sorted("".join(drawn).translate(styles)) != sorted("".join(lines).translate(styles)):
        yield "the runs do not add up to the lines"
    own = [cluster for line in _list_ends(fitted) for cluster in line]
    whole, kept = wanted.replace(" ", ""), "".join(own).replace(" ", "")
    if not fitted.truncated:
        if kept != whole:
            yield f"{lines} is not {wanted!r}"
        return
    if measure_columns(wanted) <= never_shortened:
        yield f"a text of {len(wanted)} characters was shortened: {lines}"
    if not kept.endswith("…") or not whole.startswith(kept[:-1]):
        yield f"{lines} is no beginning of {wanted!r}"
