"""The choice of fonts: one for all letters and own digits of a script in a title; signs follow their neighbours.

A word is never drawn in two fonts. When the chosen font lacks a letter of a script, another font draws everything that
the title has in that script.
"""

import functools
import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from imagegen.overlay.text import metrics
from imagegen.overlay.text.characters import CJK as CJK_SCRIPT
from imagegen.overlay.text.characters import COMMON, EMOJI_STYLE, TEXT_STYLE, find_digit_script, find_script, is_emoji
from imagegen.overlay.text.engine import has_shaping
from imagegen.overlay.text.fonts import COLOUR_EMOJI, EMOJI, FALLBACKS, FONTS, SIGNS, Font
from imagegen.overlay.text.metrics import Undrawable
from imagegen.overlay.text.titles import NO_BREAK, ZWJ, ZWNJ


class Choices(NamedTuple):
    """The font that is asked for, the one that draws Chinese characters, and the ground on which they are seen."""

    preferred: Font
    cjk: Font
    on_dark: bool = True


def choose_fonts(clusters: Sequence[str], choices: Choices) -> tuple[Font, ...]:
    """Choose the font of each cluster. Raises Undrawable."""
    scripts = [find_script(cluster[0]) or find_digit_script(cluster[0]) for cluster in clusters]
    by_script = {
        script: _choose_for_script([c for c, own in zip(clusters, scripts, strict=True) if own == script], choices)
        for script in dict.fromkeys(scripts)
        if script != COMMON
    }
    letters = [by_script.get(script) for script in scripts]
    for at, (script, font) in enumerate(zip(scripts, letters, strict=True)):
        if script != COMMON and font is None:
            letters[at] = _choose_for_word(clusters, scripts, at, choices)
    return _choose_for_signs(clusters, letters, choices)


def find_primary(clusters: Sequence[str], fonts: Sequence[Font], preferred: Font) -> Font:
    """Return the font that sets the title's size: the preferred one if it draws a letter, else the first that does."""
    drawing = [font for cluster, font in zip(clusters, fonts, strict=True) if find_script(cluster[0]) != COMMON]
    return preferred if preferred in drawing or not drawing else drawing[0]


def _choose_for_script(clusters: Sequence[str], choices: Choices) -> Font | None:
    """Return the first font that has all of a script's clusters, or None."""
    distinct = set(clusters)
    candidates = _iter_candidates(clusters[0][0], choices)
    return next(
        (font for font in candidates if all(covers(font, cluster, on_dark=choices.on_dark) for cluster in distinct)),
        None,
    )


def _choose_for_word(clusters: Sequence[str], scripts: Sequence[str], at: int, choices: Choices) -> Font:
    """Return the first font that has the whole run of a script around a cluster, else the cluster itself."""
    start, end = at, at + 1
    while start and scripts[start - 1] == scripts[at]:
        start -= 1
    while end < len(clusters) and scripts[end] == scripts[at]:
        end += 1
    return _choose_for_script(clusters[start:end], choices) or _choose_alone(clusters[at], (), choices)


def _iter_candidates(char: str, choices: Choices) -> Iterator[Font]:
    """Yield the fonts that may have a letter or sign, from the preferred to the last resort."""
    script = find_script(char) or find_digit_script(char)
    yield choices.preferred
    if script == CJK_SCRIPT:
        yield choices.cjk
    if script != COMMON:
        yield from (FONTS[kin] for kin in (*choices.preferred.kin, *_KIN_OF_ALL.get(script, ())))
    yield from (font for font in FALLBACKS if font.may_cover(char))
    yield choices.cjk


_KIN_OF_ALL = {"devanagari": ("poppins",)}
"""The chosen fonts that stand in for every other: Poppins shapes a word of Hindi in a tenth of Noto Sans's time."""


def _choose_for_signs(clusters: Sequence[str], letters: Sequence[Font | None], choices: Choices) -> tuple[Font, ...]:
    """Fill the gaps between the letters' fonts: signs follow their word, a word of signs the one before it.

    Beside the letters of the title's main script, what their font lacks comes from its sister, as high as they are.
    """
    words = [0, *itertools.accumulate(cluster in (" ", NO_BREAK) for cluster in clusters)]
    following = _find_following(letters)
    drawing = [font for font in letters if font is not None]
    primary = choices.preferred if choices.preferred in drawing or not drawing else drawing[0]
    main = Counter(drawing).most_common(1)[0][0] if drawing else choices.preferred
    fonts: list[Font] = []
    last_letter: Font | None = None
    last_at = -1
    for at, cluster in enumerate(clusters):
        _refuse_complex(cluster)
        letter, (next_at, next_letter) = letters[at], following[at]
        if letter is not None:
            fonts.append(letter)
            last_letter, last_at = letter, at
        elif cluster in (" ", NO_BREAK):
            fonts.append(_choose_space_font(last_letter, next_letter, primary))
        else:
            same_word = (
                next_at is not None and words[next_at] == words[at] and (last_at < 0 or words[last_at] != words[at])
            )
            neighbours = (next_letter, last_letter) if same_word else (last_letter, next_letter)
            fonts.append(_choose_alone(cluster, _add_sister(neighbours, main), choices))
    return tuple(fonts)


def _add_sister(neighbours: Sequence[Font | None], main: Font) -> list[Font | None]:
    """Put the font of signs behind ``main``, when that is a fallback for letters alone."""
    has_sister = main in FALLBACKS and main.id not in _WITH_SIGNS
    return [font for near in neighbours for font in ((near, SIGNS) if has_sister and near is main else (near,))]


_WITH_SIGNS = frozenset(("noto-sans", "dejavu-sans", "noto-emoji", "noto-sanssymbols"))
"""The fallbacks whose signs go with their letters, or that have none."""


def _find_following(letters: Sequence[Font | None]) -> list[tuple[int | None, Font | None]]:
    """Return the index and the font of the first letter after each cluster."""
    following: list[tuple[int | None, Font | None]] = []
    found: tuple[int | None, Font | None] = (None, None)
    for at in range(len(letters) - 1, -1, -1):
        following.append(found)
        if letters[at] is not None:
            found = at, letters[at]
    return following[::-1]


def _choose_space_font(last: Font | None, following: Font | None, primary: Font) -> Font:
    """Let words of one font have that font's space, so that their run goes on; every other space is the primary's.

    Signs do not count: a space beside an arrow from another font is as wide as all others.
    """
    font = last or following
    is_between = font is not None and following in (None, font)
    return font if font and is_between and metrics.has_glyph(font, " ") else primary


def _choose_alone(cluster: str, neighbours: Sequence[Font | None], choices: Choices) -> Font:
    """Return the first font that has all of ``cluster``, its neighbours' before others. Raises Undrawable."""
    if is_emoji(cluster):
        candidates: Iterator[Font] = iter((COLOUR_EMOJI, EMOJI, *_iter_candidates(cluster[0], choices)))
    else:
        near = (font for font in neighbours if font is not None)
        candidates = itertools.chain(near, _iter_candidates(cluster[0], choices))
    for font in candidates:
        if covers(font, cluster, on_dark=choices.on_dark):
            return font
    names = ", ".join(f"U+{ord(char):04X}" for char in cluster)
    raise Undrawable(f"no font here has a glyph for {cluster!r} ({names}): take it out, or replace it")


_WITHOUT_INK = frozenset((ZWJ, ZWNJ, TEXT_STYLE, EMOJI_STYLE))


@functools.lru_cache(maxsize=4096)
def covers(font: Font, cluster: str, *, on_dark: bool = True) -> bool:
    """Tell if ``font`` draws every visible character of ``cluster``; an emoji as one, and in colours that are seen."""
    if font.id in FONTS and cluster.isascii():
        return True  # Each of the eighteen has all of ASCII.
    if not all(metrics.has_glyph(font, char) for char in cluster if char not in _WITHOUT_INK):
        return False
    if (
        font in (COLOUR_EMOJI, EMOJI)
        and len(cluster) > 1
        and metrics.measure_advance(font, cluster, "ltr") > _ONE_EMOJI
    ):
        return False
    return font is not COLOUR_EMOJI or metrics.stands_out(font, cluster, on_dark=on_dark)


_ONE_EMOJI = 1.6
"""Ems: one emoji is about 1.1 or 1.3 wide. A sequence that is wider is shown in parts, because the font is too old."""

_CURSIVE = ((0x600, 0x8FF), (0xFB50, 0xFDFF), (0xFE70, 0xFEFF), (0x1800, 0x18AF))
"""Arabic, Syriac, N'Ko, Mongolian and related scripts, whose letters change shape with their neighbours."""


def _refuse_complex(cluster: str) -> None:
    """Refuse a cluster that the basic layout would draw wrong: joined letters, or several characters in one."""
    if has_shaping():
        return
    visible = [char for char in cluster if char not in (TEXT_STYLE, EMOJI_STYLE)]
    if len(visible) > 1 or any(first <= ord(cluster[0]) <= last for first, last in _CURSIVE):
        raise Undrawable(
            f"drawing {cluster!r} right takes the text-shaping library FriBiDi, which this machine lacks: "
            "install it ('apt-get install libfribidi0' or 'brew install fribidi') and run again"
        )


def find_scale(font: Font, primary: Font) -> float:
    """Return the factor by which ``font`` is scaled so that its letters look as large as those of ``primary``.

    Letters with lower case match in x-height, others and signs in cap height.
    """
    return _match(font, primary) if font is not primary else 1.0


_SCALES = (0.75, 1.4)
"""The least and the largest factor: beyond them the letters' weights no longer match."""
_SMALL_LETTERS = 0.9
"""The x-height, as a share of the cap height, from which a font's small letters are capitals."""


@functools.lru_cache(maxsize=256)
def _match(font: Font, primary: Font) -> float:
    own, wanted = metrics.measure_latin(font), metrics.measure_latin(primary)
    is_bicameral = font.id in FONTS or font.id == "noto-sans"
    has_small = wanted.x_height < _SMALL_LETTERS * wanted.cap_height
    by_small = is_bicameral and has_small
    ratio = wanted.x_height / own.x_height if by_small else wanted.cap_height / own.cap_height
    least, most = _SCALES
    return round(min(max(ratio, least), most), 2)
