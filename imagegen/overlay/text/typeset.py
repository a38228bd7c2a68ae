"""Typesetting of a title: the font and the direction of each grapheme cluster, and the widths of its segments."""

import functools
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from imagegen.overlay.text import bidi, linebreaks, metrics
from imagegen.overlay.text.engine import has_shaping
from imagegen.overlay.text.fonts import CJK, EMOJI, FALLBACKS, FONTS, Font
from imagegen.overlay.text.metrics import Direction
from imagegen.overlay.text.titles import NO_BREAK, ZWJ, ZWNJ, split_clusters

ELLIPSIS = "…"


class Run(NamedTuple):
    """Adjacent clusters in one font and one direction."""

    font: Font
    direction: Direction
    text: str


class Undrawable(ValueError):
    """A title that cannot be drawn correctly; the message gives the reason in plain words."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Clusters ``start`` to ``end`` of a title, which stay on one line; ``width`` and the ``gap`` before are in ems."""

    start: int
    end: int
    width: float
    gap: float


@dataclass(frozen=True, slots=True)
class TypesetTitle:
    """A title in a font, ready to be broken into lines.

    Three parallel sequences hold its clusters, the font of each, and the bidirectional level of each.
    """

    font: Font
    clusters: tuple[str, ...]
    fonts: tuple[Font, ...]
    levels: tuple[int, ...]

    @property
    def is_rtl(self) -> bool:
        """True for a title that reads from right to left."""
        return bidi.find_base_level(self.clusters) == 1

    @property
    def leading(self) -> float:
        """The distance of two baselines in ems, as the tallest of the title's fonts needs it."""
        return max(font.leading for font in self.fonts)

    @property
    def scale(self) -> float:
        """The factor for every size: the scale of the title's font, or 1 when fallbacks draw the whole title."""
        return self.font.scale if self.font in self.fonts else 1.0

    def measure_cap_height(self, start: int, end: int) -> float:
        """Return the largest cap height of clusters ``start`` to ``end``, in ems."""
        return max(metrics.measure_cap_height(font) for font in set(self.fonts[start:end]))

    def split_runs(self, start: int, end: int) -> list[Run]:
        """Return the runs of clusters ``start`` to ``end`` in visual order, from left to right."""
        groups = itertools.groupby(range(start, end), lambda at: (self.fonts[at], self.levels[at]))
        levels, logical = [], []
        for (font, level), group in groups:
            text = "".join(self.clusters[at] for at in group).replace(NO_BREAK, " ")
            levels.append(level)
            logical.append(Run(font, "rtl" if level % 2 else "ltr", text))
        return [logical[at] for at in bidi.reorder(levels)]

    def measure_width(self, start: int, end: int) -> float:
        """Return the width of clusters ``start`` to ``end`` in ems."""
        return sum(metrics.measure_advance(run.font, run.text, run.direction) for run in self.split_runs(start, end))

    def measure_segments(self) -> list[Segment]:
        """Split the title where a line may end, and measure the parts."""
        spans = linebreaks.split_segments(self.clusters)
        return [
            Segment(start, end, self.measure_width(start, end), self.measure_width(before, start))
            for (start, end), before in zip(spans, [0, *(end for _, end in spans)], strict=False)
        ]

    def truncate(self, end: int) -> "TypesetTitle":
        """Cut the title before cluster ``end`` and add an ellipsis, without punctuation before it."""
        while end > 1 and not self.clusters[end - 1][0].isalnum():
            end -= 1
        return TypesetTitle(
            self.font,
            (*self.clusters[:end], ELLIPSIS),
            (*self.fonts[:end], self.font),
            (*self.levels[:end], bidi.find_base_level(self.clusters)),
        )


@functools.lru_cache(maxsize=256)
def typeset(title: str, font_id: str) -> TypesetTitle:
    """Typeset ``title`` in a font, with fallback fonts where it has no glyph. Raises Undrawable."""
    clusters = split_clusters(title)
    if not clusters:
        raise Undrawable("the title holds nothing that can be drawn: it is empty but for blanks and controls")
    font = FONTS[font_id]
    return TypesetTitle(font, clusters, _choose_fonts(clusters, font), tuple(bidi.resolve_levels(clusters)))


def _choose_fonts(clusters: Sequence[str], preferred: Font) -> tuple[Font, ...]:
    cjk = CJK[linebreaks.detect_language("".join(clusters))]
    fonts: list[Font] = []
    for cluster in clusters:
        if not has_shaping():
            _refuse_complex(cluster)
        if cluster in (" ", NO_BREAK):
            fonts.append(_choose_space_font(fonts[-1] if fonts else preferred, preferred))
        else:
            fonts.append(_choose_font(cluster, preferred, cjk))
    return tuple(fonts)


def _choose_space_font(previous: Font, preferred: Font) -> Font:
    """Keep the font before a space, so that its run goes on; except for emoji, whose space is as wide as they are."""
    return previous if previous is not EMOJI and metrics.has_glyph(previous, " ") else preferred


def _choose_font(cluster: str, preferred: Font, cjk: Font) -> Font:
    """Return the first font that has all of ``cluster``: the preferred one, which has all of ASCII, or a fallback."""
    if cluster.isascii():
        return preferred
    for font in (preferred, *(font for font in FALLBACKS if font.may_cover(cluster[0])), cjk):
        if covers(font, cluster):
            return font
    names = ", ".join(f"U+{ord(char):04X}" for char in cluster)
    raise Undrawable(f"no font here has a glyph for {cluster!r} ({names}): take it out of the title, or replace it")


@functools.lru_cache(maxsize=4096)
def covers(font: Font, cluster: str) -> bool:
    """Tell if ``font`` has a glyph for every visible character of ``cluster``."""
    return all(metrics.has_glyph(font, char) for char in cluster if char not in (ZWJ, ZWNJ))


_CURSIVE = ((0x600, 0x8FF), (0xFB50, 0xFDFF), (0xFE70, 0xFEFF), (0x1800, 0x18AF))
"""Arabic, Syriac, N'Ko, Mongolian and related scripts, whose letters change shape with their neighbours."""


def _refuse_complex(cluster: str) -> None:
    """Refuse a cluster that the basic layout would draw wrong: joined letters, or several characters in one."""
    if len(cluster) > 1 or any(first <= ord(cluster) <= last for first, last in _CURSIVE):
        raise Undrawable(
            f"drawing {cluster!r} right takes the text-shaping library FriBiDi, which this machine lacks: "
            "install it ('apt-get install libfribidi0' or 'brew install fribidi') and run again"
        )
