"""A title as text: cleaned, and split into grapheme clusters, the characters that a reader counts."""

import functools
import itertools
import unicodedata
from collections.abc import Iterator

ZWNJ, ZWJ = "\u200c", "\u200d"
NO_BREAK = "\u00a0"

MAX_MARKS = 2
"""The most accents on one letter: Vietnamese needs two; a tall stack of them would leave the picture."""
MAX_COMBINED = 6
"""The most combining characters of any script on one letter: pointed Hebrew with accents has five."""

_NO_BREAK_SPACES = "\u00a0\u2007\u202f\u2060"
_BLANK = "\t\n\v\f\r\x85\u115f\u1160\u2800\u3164\uffa0"
"""Controls that separate words, and letters without ink."""
_ACCENTS = ((0x300, 0x36F), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0xFE20, 0xFE2F))
_SPACING_VOWELS = "\u0e33\u0eb3"
"""Thai and Lao AM: Unicode classes them as letters, but they are part of the letter before them."""
_LEADING_VOWELS = "เแโใไເແໂໃໄ"
"""Thai and Lao vowels that precede their consonant in writing."""


@functools.lru_cache(maxsize=512)
def split_clusters(title: str) -> tuple[str, ...]:
    """Clean the title and split it into grapheme clusters: composed, one space between words, no controls.

    Line breaks and tabs become spaces. Variation selectors and format characters are removed, except for the joiners
    in the spelling of some scripts and emoji. Marks beyond ``MAX_MARKS`` and ``MAX_COMBINED`` on a letter are removed.
    """
    kept = "".join(_clean_char(char) for char in unicodedata.normalize("NFC", title))
    words = " ".join(part for part in kept.split(" ") if part)
    return tuple(_limit_marks(cluster) for cluster in _iter_clusters(words) if not is_combining(cluster[0]))


def clean(title: str) -> str:
    """Return the title as it is drawn, in one string."""
    return "".join(split_clusters(title))


def _clean_char(char: str) -> str:
    if char in _NO_BREAK_SPACES:
        return NO_BREAK
    if char in (ZWNJ, ZWJ):
        return char
    category = unicodedata.category(char)
    if category in ("Zs", "Zl", "Zp") or char in _BLANK:
        return " "
    is_selector = "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"
    return "" if category in ("Cc", "Cf", "Cs") or is_selector else char


def _iter_clusters(text: str) -> Iterator[str]:
    cluster = ""
    for char in text:
        if cluster and not _continues(cluster, char):
            yield cluster
            cluster = ""
        cluster += char
    if cluster:
        yield cluster


def _continues(cluster: str, char: str) -> bool:
    """Tell if ``char`` belongs to ``cluster``, by the rules of UAX #29 that titles need and Thai's leading vowels."""
    if cluster in (" ", NO_BREAK):
        return False
    if is_combining(char) or char in _SPACING_VOWELS or "\U0001f3fb" <= char <= "\U0001f3ff":
        return True
    if _is_flag_letter(char):
        return len(cluster) == 1 and _is_flag_letter(cluster)
    return _is_joined(cluster, char)


def _is_joined(cluster: str, char: str) -> bool:
    """Tell if the end of ``cluster`` joins the base character ``char`` to it: a joiner, a virama, a leading vowel."""
    last = cluster[-1]
    if last == ZWJ:
        joins_consonants = len(cluster) > 1 and unicodedata.combining(cluster[-2]) == _VIRAMA
        return joins_consonants or unicodedata.category(char) == "So"
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


def _limit_marks(cluster: str) -> str:
    accents = itertools.count(1)
    combined = itertools.count(1)
    return "".join(
        char
        for char in cluster
        if not (_is_accent(char) and next(accents) > MAX_MARKS)
        and not (unicodedata.category(char) in ("Mn", "Me") and next(combined) > MAX_COMBINED)
    )


def _is_accent(char: str) -> bool:
    return any(first <= ord(char) <= last for first, last in _ACCENTS)
