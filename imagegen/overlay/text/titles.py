"""A title as text: cleaned, and cut into what a reader sees as single characters."""

import functools
import itertools
import unicodedata
from collections.abc import Iterator

ZWNJ, ZWJ = "\u200c", "\u200d"
NO_BREAK = "\u00a0"

MAX_MARKS = 2
"""Accents kept on one letter: Vietnamese needs two; a heap of them would leave the picture."""
MAX_COMBINED = 6
"""Combining characters of any script kept on one letter: pointed Hebrew with accents has five."""

_NO_BREAK_SPACES = "\u00a0\u2007\u202f\u2060"
_BLANK = "\t\n\v\f\r\x85\u115f\u1160\u2800\u3164\uffa0"
"""Controls that separate words, and letters that draw nothing."""
_ACCENTS = ((0x300, 0x36F), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0xFE20, 0xFE2F))
_SPACING_VOWELS = "\u0e33\u0eb3"
"""Thai and Lao AM: a letter by category, part of the letter before it by use."""
_LEADING_VOWELS = "เแโใไເແໂໃໄ"
"""Thai and Lao vowels that are written before the consonant they belong to."""


@functools.lru_cache(maxsize=512)
def clusters(title: str) -> tuple[str, ...]:
    """The title's characters as a reader counts them, cleaned: composed, one space between words, no controls.

    Line breaks and tabs become spaces; variation selectors and format characters go, but for the joiners that some
    scripts and emoji are spelled with; accents heaped on a letter go beyond the second.
    """
    kept = "".join(_kept(char) for char in unicodedata.normalize("NFC", title))
    words = " ".join(part for part in kept.split(" ") if part)
    return tuple(_bounded(cluster) for cluster in _cut(words) if not combines(cluster[0]))


def cleaned(title: str) -> str:
    """The title as it is set, in one string."""
    return "".join(clusters(title))


def _kept(char: str) -> str:
    if char in _NO_BREAK_SPACES:
        return NO_BREAK
    if char in (ZWNJ, ZWJ):
        return char
    category = unicodedata.category(char)
    if category in ("Zs", "Zl", "Zp") or char in _BLANK:
        return " "
    is_selector = "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"
    return "" if category in ("Cc", "Cf", "Cs") or is_selector else char


def _cut(text: str) -> Iterator[str]:
    cluster = ""
    for char in text:
        if cluster and not _continues(cluster, char):
            yield cluster
            cluster = ""
        cluster += char
    if cluster:
        yield cluster


def _continues(cluster: str, char: str) -> bool:
    """Whether ``char`` belongs to ``cluster`` (the rules of UAX #29 that titles meet, and Thai's leading vowels)."""
    if cluster in (" ", NO_BREAK):
        return False
    if combines(char) or char in _SPACING_VOWELS or "\U0001f3fb" <= char <= "\U0001f3ff":
        return True
    last = cluster[-1]
    if _is_flag_letter(char):
        return len(cluster) == 1 and _is_flag_letter(cluster)
    if last == ZWJ:
        joins_consonants = len(cluster) > 1 and unicodedata.combining(cluster[-2]) == _VIRAMA
        return joins_consonants or unicodedata.category(char) == "So"
    if unicodedata.combining(last) == _VIRAMA:
        return unicodedata.category(char) == "Lo"
    return cluster in _LEADING_VOWELS and unicodedata.category(char) == "Lo"


_VIRAMA = 9
"""The canonical combining class of the sign that joins two consonants."""


def combines(char: str) -> bool:
    """Whether ``char`` is drawn on or after its base, and never begins a line."""
    return char in (ZWNJ, ZWJ) or unicodedata.category(char) in ("Mn", "Me", "Mc")


def _is_flag_letter(char: str) -> bool:
    return len(char) == 1 and "\U0001f1e6" <= char <= "\U0001f1ff"


def _bounded(cluster: str) -> str:
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
