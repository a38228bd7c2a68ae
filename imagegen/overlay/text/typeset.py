"""From a title to runs: which font draws each cluster, which way it runs, how wide each piece is."""

import functools
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from imagegen.overlay.text import bidi
from imagegen.overlay.text import linebreaks as breaks
from imagegen.overlay.text import metrics as faces
from imagegen.overlay.text.engine import shapes
from imagegen.overlay.text.fonts import CJK, EMOJI, FONTS, STAND_INS, Font
from imagegen.overlay.text.metrics import Direction
from imagegen.overlay.text.titles import NO_BREAK, ZWJ, ZWNJ, clusters

ELLIPSIS = "…"


class Run(NamedTuple):
    """Neighbouring clusters that one font draws in one direction."""

    font: Font
    direction: Direction
    text: str


class Undrawable(ValueError):
    """A title that cannot be drawn right; the message says why in plain words."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a title that stays on one line: clusters ``start`` to ``end``; ``width`` in ems, ``gap`` before it."""

    start: int
    end: int
    width: float
    gap: float


@dataclass(frozen=True, slots=True)
class Setting:
    """A title in a font, ready to be broken into lines.

    Three parallel sequences: the clusters, the font of each, and the bidirectional level of each.
    """

    chosen: Font
    clusters: tuple[str, ...]
    fonts: tuple[Font, ...]
    levels: tuple[int, ...]

    @property
    def from_right(self) -> bool:
        """Whether the title reads from the right."""
        return bidi.base_level(self.clusters) == 1

    @property
    def leading(self) -> float:
        """Ems between two baselines: what the tallest of its fonts needs."""
        return max(font.leading for font in self.fonts)

    @property
    def scale(self) -> float:
        """What sizes are multiplied by: the chosen font's, when it draws anything."""
        return self.chosen.scale if self.chosen in self.fonts else 1.0

    def cap(self, start: int, end: int) -> float:
        """The height of the capitals of clusters ``start`` to ``end``, in ems."""
        return max(faces.cap(font) for font in set(self.fonts[start:end]))

    def runs(self, start: int, end: int) -> list[Run]:
        """What is drawn of clusters ``start`` to ``end``, from left to right."""
        logical = [
            (
                level,
                Run(
                    font,
                    "rtl" if level % 2 else "ltr",
                    "".join(self.clusters[at] for at in group).replace(NO_BREAK, " "),
                ),
            )
            for (font, level), group in itertools.groupby(
                range(start, end), lambda at: (self.fonts[at], self.levels[at])
            )
        ]
        return [logical[at][1] for at in bidi.visual([level for level, _ in logical])]

    def width(self, start: int, end: int) -> float:
        """The width of clusters ``start`` to ``end`` in ems."""
        return sum(faces.length(run.font, run.text, run.direction) for run in self.runs(start, end))

    def pieces(self) -> list[Piece]:
        """The title cut where it may be broken."""
        spans = breaks.pieces(self.clusters)
        return [
            Piece(start, end, self.width(start, end), self.width(before, start) if before < start else 0.0)
            for (start, end), before in zip(spans, [0, *(end for _, end in spans)], strict=False)
        ]

    def shortened(self, end: int) -> "Setting":
        """The title up to cluster ``end``, with an ellipsis."""
        while end > 1 and not self.clusters[end - 1][0].isalnum():
            end -= 1
        return Setting(
            self.chosen,
            (*self.clusters[:end], ELLIPSIS),
            (*self.fonts[:end], self.chosen),
            (*self.levels[:end], bidi.base_level(self.clusters)),
        )


@functools.lru_cache(maxsize=256)
def setting(title: str, font_id: str) -> Setting:
    """Set ``title`` in a font, with stand-ins where it has no glyph. Raises Undrawable."""
    parts = clusters(title)
    if not parts:
        raise Undrawable("the title holds nothing that can be drawn: it is empty but for blanks and controls")
    chosen = FONTS[font_id]
    return Setting(chosen, parts, _fonts(parts, chosen), tuple(bidi.levels(parts)))


def _fonts(parts: Sequence[str], chosen: Font) -> tuple[Font, ...]:
    language = CJK[breaks.language("".join(parts))]
    fonts: list[Font] = []
    for cluster in parts:
        if not shapes():
            _require_basic(cluster)
        if cluster in (" ", NO_BREAK):
            fonts.append(_font_of_space(fonts[-1] if fonts else chosen, chosen))
        else:
            fonts.append(_font(cluster, chosen, language))
    return tuple(fonts)


def _font_of_space(before: Font, chosen: Font) -> Font:
    """The font before a space, so that one run goes on; not that of emoji, whose space is as wide as they are."""
    return before if before is not EMOJI and faces.has(before, " ") else chosen


def _font(cluster: str, chosen: Font, language: Font) -> Font:
    """The first font that has all of ``cluster``: the chosen one, which has all of ASCII, then the stand-ins."""
    if cluster.isascii():
        return chosen
    for font in (chosen, *(font for font in STAND_INS if font.may_cover(cluster[0])), language):
        if covers(font, cluster):
            return font
    names = ", ".join(f"U+{ord(char):04X}" for char in cluster)
    raise Undrawable(f"no font here has a glyph for {cluster!r} ({names}): take it out of the title, or replace it")


@functools.lru_cache(maxsize=4096)
def covers(font: Font, cluster: str) -> bool:
    """Whether ``font`` has every character of ``cluster`` that is drawn."""
    return all(faces.has(font, char) for char in cluster if char not in (ZWJ, ZWNJ))


_JOINED = ((0x600, 0x8FF), (0xFB50, 0xFDFF), (0xFE70, 0xFEFF), (0x1800, 0x18AF))
"""Arabic, Syriac, N'Ko, Mongolian and their kin: letters change with their neighbours."""


def _require_basic(cluster: str) -> None:
    """Refuse what the basic layout would draw wrong: joined letters, and clusters of several characters."""
    if len(cluster) > 1 or any(first <= ord(cluster) <= last for first, last in _JOINED):
        raise Undrawable(
            f"drawing {cluster!r} right takes the text-shaping library FriBiDi, which this machine lacks: "
            "install it ('apt-get install libfribidi0' or 'brew install fribidi') and run again"
        )
