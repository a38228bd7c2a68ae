"""A title as text: cleaned, and split into grapheme clusters, the characters that a reader counts."""

import functools
import itertools
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from imagegen.overlay.text.characters import BLACK_FLAG, EMOJI_STYLE, KEYCAP, TEXT_STYLE

ZWNJ, ZWJ = "\u200c", "\u200d"
NO_BREAK = "\u00a0"
LINE_BREAK, SOFT_HYPHEN, BREAK_HERE, WORD_JOINER = "\n", "\u00ad", "\u200b", "\u2060"
"""Characters that are obeyed and leave no ink: a line ends here, may end here with a hyphen, may end here, must not."""
BIDI_CONTROLS = "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Marks, embeddings, overrides and isolates of UAX #9."""

MAX_MARKS = 2
"""The most accents on one letter: Vietnamese needs two; a tall stack of them would leave the picture."""
MAX_COMBINED = 6
"""The most combining characters of any script on one letter: pointed Hebrew with accents has five."""

_NO_BREAK_SPACES = "\u00a0\u2007\u202f"
_LINE_BREAKS = "\n\v\f\r\x85\u2028\u2029"
_BLANK = "\t\u115f\u1160\u2800\u3164\uffa0"
"""A control that separates words, and letters without ink."""
_HIDDEN = frozenset((*BIDI_CONTROLS, LINE_BREAK, SOFT_HYPHEN, BREAK_HERE, WORD_JOINER))
_KEPT = _HIDDEN | {NO_BREAK, ZWNJ, ZWJ, TEXT_STYLE, EMOJI_STYLE}
_ALIKE = str.maketrans(
    dict.fromkeys(_NO_BREAK_SPACES, NO_BREAK) | dict.fromkeys(_LINE_BREAKS, LINE_BREAK) | {"\ufeff": WORD_JOINER}
)
_ACCENTS = ((0x300, 0x36F), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0xFE20, 0xFE2F))
_SPACING_VOWELS = "\u0e33\u0eb3"
"""Thai and Lao AM: Unicode classes them as letters, but they are part of the letter before them."""
_LEADING_VOWELS = "เแโใไເແໂໃໄ"
"""Thai and Lao vowels that precede their consonant in writing."""


@dataclass(frozen=True, slots=True)
class Text:
    """A cleaned title: its clusters, and what is obeyed and not drawn.

    ``hidden`` holds the characters of ``_HIDDEN`` before the cluster of an index; the index after the last cluster
    holds those at the end.
    """

    clusters: tuple[str, ...]
    hidden: Mapping[int, str]


@functools.lru_cache(maxsize=512)
def parse(title: str) -> Text:
    """Clean the title and split it into grapheme clusters: composed, one space between words, no controls.

    Tabs become spaces. Line breaks become spaces, too, and are noted as hidden characters. Mathematical letters become
    the letters that they stand for. Format characters are removed, except for the joiners in the spelling of some
    scripts and in emoji, and except for hidden ones. Marks beyond ``MAX_MARKS`` and ``MAX_COMBINED`` on a letter are
    removed.
    """
    composed = unicodedata.normalize("NFC", title.replace("\r\n", LINE_BREAK)).translate(_ALIKE)
    kept = "".join(map(_clean_char, composed))
    clusters: list[str] = []
    hidden: dict[int, str] = {}
    for item in _iter_items(kept):
        if item in (LINE_BREAK, " ") and clusters and clusters[-1] != " ":
            clusters.append(" ")
        if item in _HIDDEN:
            hidden[len(clusters)] = hidden.get(len(clusters), "") + item
        elif item != " " and not is_combining(item[0]):
            clusters.append(_limit_marks(_keep_style(item)) if len(item) > 1 else item)
    if clusters and clusters[-1] == " ":
        _drop_last_space(clusters, hidden)
    return Text(tuple(clusters), MappingProxyType(hidden))


def split_clusters(title: str) -> tuple[str, ...]:
    """Return the clusters of the cleaned title."""
    return parse(title).clusters


def clean(title: str) -> str:
    """Return the title as it is drawn, in one string."""
    return "".join(split_clusters(title))


def _drop_last_space(clusters: list[str], hidden: dict[int, str]) -> None:
    clusters.pop()
    after = hidden.pop(len(clusters) + 1, "")
    if after := hidden.pop(len(clusters), "") + after:
        hidden[len(clusters)] = after


def _clean_char(char: str) -> str:
    """Return what is kept of a character: itself, what it stands for, a space, or nothing."""
    if char in _KEPT or _is_tag(char):
        return char
    if "\U0001d400" <= char <= "\U0001d7ff":
        return unicodedata.normalize("NFKC", char)
    category = unicodedata.category(char)
    if category in ("Zs", "Zl", "Zp") or char in _BLANK:
        return " "
    is_selector = "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"
    return "" if category in ("Cc", "Cf", "Cs") or is_selector else char


def _is_tag(char: str) -> bool:
    return "\U000e0020" <= char <= "\U000e007f"


def _iter_items(text: str) -> Iterator[str]:
    """Yield hidden characters one by one, and clusters."""
    cluster = ""
    for char in text:
        if cluster and (char in _HIDDEN or not _continues(cluster, char)):
            yield cluster
            cluster = ""
        if char in _HIDDEN:
            yield char
        elif cluster or not (_is_tag(char) or char in (TEXT_STYLE, EMOJI_STYLE)):
            cluster += char
    if cluster:
        yield cluster


def _continues(cluster: str, char: str) -> bool:
    """Tell if ``char`` belongs to ``cluster``, by the rules of UAX #29 that titles need and Thai's leading vowels."""
    if cluster in (" ", NO_BREAK):
        return False
    if is_combining(char) or _is_tag(char) or char in _SPACING_VOWELS or "\U0001f3fb" <= char <= "\U0001f3ff":
        return True
    if _is_flag_letter(char):
        return len(cluster) == 1 and _is_flag_letter(cluster)
    return _is_joined(cluster, char)


def _is_joined(cluster: str, char: str) -> bool:
    """Tell if the end of ``cluster`` joins the base character ``char`` to it: a joiner, a virama, a leading vowel."""
    last = cluster[-1]
    if last == ZWJ:
        joins_consonants = len(cluster) > 1 and unicodedata.combining(cluster[-2]) == _VIRAMA
        return joins_consonants or unicodedata.category(char) in ("So", "Sm")
    if unicodedata.combining(last) == _VIRAMA:
        return unicodedata.category(char) == "Lo"
    return cluster in _LEADING_VOWELS and unicodedata.category(char) == "Lo"


_VIRAMA = 9
"""The canonical combining class of viramas, the signs that join two consonants."""


def is_combining(char: str) -> bool:
    """Tell if ``char`` attaches to the character before it, so that no cluster begins with it."""
    return char in (ZWNJ, ZWJ) or unicodedata.category(char) in ("Mn", "Me", "Mc")


def _is_flag_letter(char: str) -> bool:
    return len(char) == 1 and "\U0001f1e6" <= char <= "\U0001f1ff"


def _keep_style(cluster: str) -> str:
    """Remove selectors from what has no second style, and tags from what is no flag."""
    if cluster.isascii() or (cluster[0].isalpha() and cluster[0] != "ℹ"):
        return cluster.translate(_NO_STYLES) if len(cluster) > 1 else cluster
    if cluster[0] != BLACK_FLAG:
        cluster = "".join(char for char in cluster if not _is_tag(char))
    if cluster[0].isascii() and KEYCAP not in cluster:
        cluster = cluster.translate(_NO_STYLES)
    return cluster


_NO_STYLES = {ord(TEXT_STYLE): None, ord(EMOJI_STYLE): None, **dict.fromkeys(range(0xE0020, 0xE0080))}


def _limit_marks(cluster: str) -> str:
    accents = itertools.count(1)
    combined = itertools.count(1)
    return "".join(
        char
        for char in cluster
        if not (_is_accent(char) and next(accents) > MAX_MARKS)
        and not (unicodedata.category(char) in ("Mn", "Me") and char != EMOJI_STYLE and next(combined) > MAX_COMBINED)
    )


def _is_accent(char: str) -> bool:
    return any(first <= ord(char) <= last for first, last in _ACCENTS)
