"""Typesetting of a title: the font and the direction of each grapheme cluster, and the measures of its parts."""

import functools
import itertools
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from imagegen.overlay.text import bidi, metrics
from imagegen.overlay.text.characters import CJK as CJK_SCRIPT
from imagegen.overlay.text.characters import COMMON, EMOJI_STYLE, TEXT_STYLE, find_script
from imagegen.overlay.text.fallback import Choices, choose_fonts, find_primary, find_scale
from imagegen.overlay.text.fonts import CJK, COLOUR_EMOJI, FALLBACKS, FONTS, Font, find_text_font
from imagegen.overlay.text.lines.opportunities import Break, Part, split_parts
from imagegen.overlay.text.lines.phrases import choose_han_language
from imagegen.overlay.text.metrics import Direction, Undrawable
from imagegen.overlay.text.titles import BIDI_CONTROLS, NO_BREAK, Text, parse

__all__ = ["ELLIPSIS", "Run", "Segment", "TypesetTitle", "Undrawable", "typeset"]

ELLIPSIS = "…"


class Run(NamedTuple):
    """Adjacent clusters in one font and one direction; ``scale`` multiplies the title's size.

    A ``marked`` run stands out from the others.
    """

    font: Font
    direction: Direction
    text: str
    scale: float = 1.0
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Segment:
    """Clusters ``start`` to ``end`` of a title, which stay on one line, and the break before them.

    The ``width`` and the ``gap`` before are in ems.
    """

    start: int
    end: int
    width: float
    gap: float
    before: Break = Break.PLAIN


@dataclass(frozen=True)
class TypesetTitle:
    """A title in a font, ready to be broken into lines.

    - ``font`` sets the size: the chosen one, or the first fallback when that draws no letter.
    - Three parallel sequences hold its clusters, the font of each, and the bidirectional level of each.
    - ``gaps`` holds the levels of the controls that stand before the cluster of an index and separate runs.
    - ``hidden`` holds the invisible characters before the cluster of an index.
    - ``leading`` is the least distance of two baselines in ems, as the title's scripts are used to.
    - ``marked`` holds the indices of the clusters that stand out.
    - ``language`` is the tag of its language; without one the text itself decides.
    """

    font: Font
    clusters: tuple[str, ...]
    fonts: tuple[Font, ...]
    levels: tuple[int, ...]
    base_level: int
    gaps: Mapping[int, tuple[int, ...]]
    hidden: Mapping[int, str]
    leading: float
    marked: frozenset[int] = frozenset()
    language: str = ""

    @functools.cached_property
    def segments(self) -> tuple[Segment, ...]:
        """The title split where a line may end, and measured."""
        return tuple(self._measure_segments())

    @property
    def is_rtl(self) -> bool:
        """True for a title that reads from right to left."""
        return self.base_level == 1

    @property
    def scale(self) -> float:
        """The factor for every size."""
        return self.font.scale

    def measure_cap_height(self, start: int, end: int) -> float:
        """Return the largest cap height of clusters ``start`` to ``end``, in ems.

        An ellipsis stands on the baseline: one that is added, in another font, asks for no more than the title has.
        """
        drawn = zip(self.clusters[start:end], self.fonts[start:end], strict=True)
        fonts = {font for cluster, font in drawn if cluster != ELLIPSIS} or set(self.fonts[start:end])
        return max(metrics.measure_cap_height(font) * find_scale(font, self.font) for font in fonts)

    def split_runs(self, start: int, end: int) -> list[Run]:
        """Return the runs of clusters ``start`` to ``end`` in visual order, from left to right."""
        levels: list[int] = []
        logical: list[Run | None] = []
        for at, own in self._group(start, end):
            gaps = self.gaps.get(at, ()) if at > start else ()
            levels += [*gaps, self.levels[at]]
            logical += [*(None for _ in gaps), self._build_run(at, own)]
        return [run for at in bidi.reorder(levels) if (run := logical[at]) is not None]

    def _group(self, start: int, end: int) -> list[tuple[int, int]]:
        """Return the start and the end of each run in one font and level, split at controls."""
        edges = [
            at
            for at in range(start, end)
            if at == start
            or (self.fonts[at], self.levels[at]) != (self.fonts[at - 1], self.levels[at - 1])
            or at in self.gaps
            or (at in self.marked) != (at - 1 in self.marked)
        ]
        return list(itertools.pairwise([*edges, end]))

    def _build_run(self, start: int, end: int) -> Run:
        font = self.fonts[start]
        text = "".join(self.clusters[start:end]).replace(NO_BREAK, " ")
        if font is not COLOUR_EMOJI and not text.isascii():
            text = text.replace(EMOJI_STYLE, "").replace(TEXT_STYLE, "")
        direction: Direction = "rtl" if self.levels[start] % 2 else "ltr"
        return Run(font, direction, text, find_scale(font, self.font), start in self.marked)

    def measure_width(self, start: int, end: int) -> float:
        """Return the width of clusters ``start`` to ``end`` in ems."""
        runs = self.split_runs(start, end)
        return sum(metrics.measure_advance(run.font, run.text, run.direction) * run.scale for run in runs)

    def measure_extent(self, start: int, end: int) -> tuple[float, float]:
        """Return how far the ink of clusters ``start`` to ``end`` reaches above and below the baseline, in ems.

        Each distinct cluster is measured once, whatever stands beside it.
        """
        distinct: dict[Font, dict[str, None]] = {}
        for at in range(start, end):
            distinct.setdefault(self.fonts[at], {})[self.clusters[at]] = None
        extents = [(find_scale(font, self.font), measure_clusters(font, own)) for font, own in distinct.items()]
        return max(scale * own[0] for scale, own in extents), max(scale * own[1] for scale, own in extents)

    def measure_segment(self, part: Part, gap: float) -> Segment:
        """Measure a part of the title."""
        return Segment(part.start, part.end, self.measure_width(part.start, part.end), gap, part.before)

    def _measure_segments(self) -> list[Segment]:
        parts = split_parts(self.clusters, self.hidden, self.language)
        ends = [0, *(part.end for part in parts)]
        return [
            self.measure_segment(part, self.measure_width(end, part.start))
            for part, end in zip(parts, ends, strict=False)
        ]

    def truncate(self, end: int) -> "TypesetTitle":
        """Cut the title before cluster ``end`` and add an ellipsis, without punctuation before it."""
        while end > 1 and unicodedata.category(self.clusters[end - 1][0])[0] in "PZ":
            end -= 1
        fonts = (self.fonts[end - 1], self.font, FONTS["inter"])
        font = next(font for font in fonts if metrics.has_glyph(font, ELLIPSIS))
        return replace(
            self,
            clusters=(*self.clusters[:end], ELLIPSIS),
            fonts=(*self.fonts[:end], font),
            levels=(*self.levels[:end], self.base_level),
            gaps={at: levels for at, levels in self.gaps.items() if at <= end},
            hidden={at: chars for at, chars in self.hidden.items() if at <= end},
        )

    def insert_hyphens(self, places: Sequence[int]) -> "TypesetTitle":
        """Insert a hyphen before the cluster of each index, drawn like the cluster before it."""
        sources = [(at, char) for at, char in enumerate(self.clusters)]
        for place in reversed(places):
            sources.insert(place, (place - 1, HYPHEN))
        shift = [sum(place <= at for place in places) for at in range(len(self.clusters) + 1)]
        return replace(
            self,
            clusters=tuple(char for _, char in sources),
            fonts=tuple(self.fonts[at] for at, _ in sources),
            levels=tuple(self.levels[at] for at, _ in sources),
            gaps={at + shift[at]: levels for at, levels in self.gaps.items()},
            hidden={at + shift[at]: chars for at, chars in self.hidden.items()},
            marked=frozenset(at for at, (source, _) in enumerate(sources) if source in self.marked),
        )


HYPHEN = "-"


def measure_clusters(font: Font, clusters: Iterable[str]) -> tuple[float, float]:
    """Return how far the ink of any of ``clusters`` reaches above and below the baseline, in ems."""
    text = " ".join(sorted(cluster for cluster in clusters if cluster not in (" ", NO_BREAK)))
    return metrics.measure_extent(font, text, "ltr") if text else (0.0, 0.0)


@functools.lru_cache(maxsize=256)
def typeset(
    title: str,
    font: str | Font,
    *,
    is_light: bool = False,
    marked: frozenset[int] = frozenset(),
    on_dark: bool = True,
    language: str = "",
) -> TypesetTitle:
    """Typeset ``title`` in a font, with fallback fonts for scripts of which it lacks a letter. Raises Undrawable.

    ``is_light`` sets it lighter than a title. The clusters of ``marked``, by index, stand out. On a ground that is not
    dark, pale emoji are drawn in outline. The tag of a ``language`` says how to divide words, and which language's
    Chinese characters to draw.
    """
    text = parse(title)
    clusters, preferred = text.clusters, FONTS[font] if isinstance(font, str) else font
    if is_light:
        preferred = find_text_font(preferred)
    if not clusters:
        raise Undrawable("there is nothing in it that can be drawn: it is empty but for blanks and controls")
    fonts = choose_fonts(clusters, Choices(preferred, CJK[choose_han_language(language, "".join(clusters))], on_dark))
    primary = find_primary(clusters, fonts, preferred)
    if is_light:
        fonts, primary = tuple(map(find_text_font, fonts)), find_text_font(primary)
    levels, gaps, base = _resolve_direction(text)
    leading = _find_leading(clusters, fonts, primary)
    return TypesetTitle(primary, clusters, fonts, levels, base, gaps, text.hidden, leading, marked, language)


def _resolve_direction(text: Text) -> tuple[tuple[int, ...], dict[int, tuple[int, ...]], int]:
    """Return the level of each cluster, the levels of the controls before them, and that of the title."""
    items = bidi.interleave(text.clusters, text.hidden)
    levels: list[int] = []
    gaps: dict[int, tuple[int, ...]] = {}
    for item, level in zip(items, bidi.resolve_levels(items), strict=True):
        if item not in BIDI_CONTROLS:
            levels.append(level)
        elif level >= 0:
            gaps[len(levels)] = (*gaps.get(len(levels), ()), level)
    return tuple(levels), gaps, bidi.find_base_level(items)


def _find_leading(clusters: Sequence[str], fonts: Sequence[Font], primary: Font) -> float:
    """Return the leading that the fonts ask for, and the scripts, whichever font draws them."""
    wanted = max(font.leading * find_scale(font, primary) for font in set(fonts))
    firsts = {find_script(cluster[0]): cluster[0] for cluster in clusters}
    others = [char for script, char in firsts.items() if script not in (COMMON, CJK_SCRIPT)]
    return max([wanted, *(_find_script_leading(char) for char in others)])


@functools.lru_cache(maxsize=64)
def _find_script_leading(char: str) -> float:
    return next((font.leading for font in FALLBACKS if font.may_cover(char)), 1.0)
