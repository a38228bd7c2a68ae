"""Checks of the lines of a text: even, broken where a reader expects it, at one edge, in sizes that can be read."""

import itertools
import re
import unicodedata
from collections.abc import Iterator

from imagegen.overlay.sizes import Size
from imagegen.overlay.templates import TEMPLATES
from imagegen.overlay.text import metrics
from imagegen.overlay.text.areas import Align
from imagegen.overlay.text.characters import is_emoji
from imagegen.overlay.text.drawing import Layout
from imagegen.overlay.text.lines.opportunities import Break
from imagegen.overlay.text.typeset import Run
from tests.overlay.checks.glyphs import list_lines

SEEN = 400
"""Pixels of the width at which a card is shown."""
LEAST_TITLE, LEAST_OTHER = 12, 8
"""Pixels per em that a title and another text have there."""


def measure_seen(layout: Layout, size: Size) -> float:
    """Return the size at which a text is seen on a card, in pixels per em of an ordinary font."""
    return layout.fitted.size / min(layout.fitted.title.scale, 1.0) * SEEN / size.width


def check_size(layout: Layout, size: Size, *, least: float) -> Iterator[str]:
    # Half a pixel per em is lost to rounding.
    if measure_seen(layout, size) < least - 0.5 * SEEN / size.width:
        yield f"size {layout.fitted.size} is {measure_seen(layout, size):.1f} px on a card, not {least}"


def check_title_size(layout: Layout, template: str, size: Size) -> Iterator[str]:
    fitted, setting = layout.fitted, TEMPLATES[template].choose_setting(size)
    most = setting.display_size * size.unit * max(fitted.title.scale, 1.0)
    if fitted.size > most + 1:
        yield f"size {fitted.size}, more than {most:.0f}"
    if len(fitted.lines) > setting.steps[-1][2]:
        yield f"{len(fitted.lines)} lines"


def check_evenness(layout: Layout) -> Iterator[str]:
    """The shortest line is at least 40 % of the longest, or no arrangement in as many lines does better."""
    fitted = layout.fitted
    widths = [fitted.title.measure_width(*line) for line in fitted.lines]
    if len(widths) < 2 or min(widths) >= 0.4 * max(widths):
        return
    segments = fitted.title.segments
    # A break in the title, or one that leaves a short word behind, is no better than uneven lines.
    places = [at for at, each in enumerate(segments) if at and each.before in (Break.PLAIN, Break.LIKED)]
    if len(segments) < 4 or any(each.width > max(widths) or each.before is Break.FORCED for each in segments):
        return
    for cuts in itertools.islice(itertools.combinations(places, len(widths) - 1), 20_000):
        edges = [0, *cuts, len(segments)]
        other = [
            fitted.title.measure_width(segments[first].start, segments[last - 1].end)
            for first, last in itertools.pairwise(edges)
        ]
        if max(other) * fitted.size <= fitted.box.width - 1 and min(other) >= 0.4 * max(other):
            yield f"lines of {[round(width, 1) for width in widths]} ems could be even: {list_lines(layout)}"
            return


def check_breaks(layout: Layout) -> Iterator[str]:
    """Text breaks at spaces, at signs, at inserted hyphens and between characters of scripts without spaces.

    Other words are divided only when they are wider than the box.
    """
    fitted = layout.fitted
    clusters = fitted.title.clusters
    for (_, end), (start, _) in itertools.pairwise(fitted.lines):
        if unicodedata.combining(clusters[start][0]):
            yield f"a line begins with the mark {clusters[start]!r}"
        if (
            end < start
            or fitted.title.hidden.get(start, "").strip()
            or _may_break("".join(clusters), clusters[end - 1], clusters[end])
        ):
            continue
        before = max(at for at in range(end) if at == 0 or clusters[at - 1] == " ")
        after = min(at for at in range(end, len(clusters) + 1) if at == len(clusters) or clusters[at] == " ")
        if fitted.title.measure_width(before, after) * fitted.box.min_size <= fitted.box.width - 1:
            yield f"{''.join(clusters[before:after])!r} is broken though it fits: {list_lines(layout)}"


def _may_break(text: str, before: str, after: str) -> bool:
    unspaced = all(_UNSPACED.match(char) or not char.isalpha() for char in before[-1] + after[0])
    is_camel = before.islower() and after.isupper()
    return unspaced or is_camel or before in "-/–" or is_emoji(after) or (len(text) > 20 and before in "._?&=@:#~+")


_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


def check_alignment(layout: Layout, align: Align, *, flush_right: bool) -> Iterator[str]:
    """The lines of a text stand at one edge, or around one middle."""
    block = layout.block
    for baseline, line in itertools.groupby(layout.runs, key=lambda placed: placed.baseline):
        runs = sorted(line, key=lambda placed: placed.x)
        left, right = runs[0].x, runs[-1].x + _measure_run(layout, runs[-1].run)
        if align is Align.CENTRE:
            edge, wanted = (left + right) / 2, (block.left + block.right) / 2
        else:
            edge, wanted = (right, block.right) if flush_right else (left, block.left)
        if abs(edge - wanted) > 2:
            yield f"the line at {baseline} is aligned at {edge:.0f}, not {wanted}"


def _measure_run(layout: Layout, run: Run) -> float:
    return metrics.measure_advance(run.font, run.text, run.direction) * run.scale * layout.fitted.size
