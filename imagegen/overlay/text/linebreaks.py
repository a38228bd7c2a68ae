"""Where a title may be broken: between words, between phrases where a script writes no spaces, inside a word last."""

import functools
import itertools
import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import cast

Parse = Callable[[str], list[str]]

NEVER_FIRST = frozenset(
    "、。，．・：；？！!?,.:;)]}»›”’…％%‰°」』）】〉》〕〗｝］ー々ゝゞヽヾぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ〜～ๆฯ।॥،؛؟۔־"
)
NEVER_LAST = frozenset("([{«‹“‘「『（【〈《〔〖｛［#＃$＄¥￥£€＠@")
_UNSPACED = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
"""Thai, kana and Chinese characters."""
_SOFT = frozenset("-‐–—/\\_.,:;?&=+@|~#")
"""Signs after which a word that is too long is broken, rather than in the middle of a name."""


def language(text: str) -> str:
    """Which of ``ja``, ``ko``, ``zh-hans`` and ``zh-hant`` a title's Chinese characters are written in."""
    if any("\u3040" <= char <= "\u30ff" for char in text):
        return "ja"
    if any("\u1100" <= char <= "\u11ff" or "\uac00" <= char <= "\ud7af" for char in text):
        return "ko"
    han = "".join(char for char in text if "\u3400" <= char <= "\u9fff")
    return next((name for codec, name in _CODECS if _encodes(han, codec)), "zh-hans")


_CODECS = (("gb2312", "zh-hans"), ("big5", "zh-hant"), ("euc_jp", "ja"))
"""The national standards of 1980 to 1990 hold just the forms that their languages use."""


def _encodes(text: str, codec: str) -> bool:
    try:
        text.encode(codec)
    except UnicodeEncodeError:
        return False
    return True


def pieces(clusters: Sequence[str]) -> list[tuple[int, int]]:
    """The parts of a title that stay whole, as (start, end) in ``clusters``; spaces between them are left out.

    A sign on its own, such as a dash or an emoji, stays with the word before it: no line begins with one.
    """
    found: list[tuple[int, int]] = []
    parse = _parser("".join(clusters))
    start = 0
    for at in range(len(clusters) + 1):
        if at < len(clusters) and clusters[at] != " ":
            continue
        if start < at:
            phrases = _phrases(clusters, start, at, parse)
            if found and _trails(clusters, found[-1], phrases[0]):
                phrases[0] = (found.pop()[0], phrases[0][1])
            found += phrases
        start = at + 1
    return found


def _trails(clusters: Sequence[str], before: tuple[int, int], piece: tuple[int, int]) -> bool:
    """Whether ``piece`` is a sign of its own after a word of no great length."""
    signs = clusters[piece[0] : piece[1]]
    return (
        piece[1] - before[0] <= _LONG
        and clusters[before[1] - 1][0].isalnum()
        and not any(sign[0].isalnum() for sign in signs)
        and unicodedata.category(signs[0][0]) not in ("Ps", "Pi")
        and signs[0][0] not in NEVER_LAST
    )


_LONG = 16
"""Clusters: a longer word may leave no place beside it on a narrow line."""


def _phrases(clusters: Sequence[str], start: int, end: int, parse: Parse | None) -> list[tuple[int, int]]:
    word = "".join(clusters[start:end])
    if parse is None or not _UNSPACED.search(word):
        return [(start, end)]
    boundary, boundaries = 0, {0: start}
    for index in range(start, end):
        boundary += len(clusters[index])
        boundaries[boundary] = index + 1
    ends = itertools.accumulate(len(phrase) for phrase in parse(word))
    cuts = [boundaries[at] for at in ends if at in boundaries]
    kept = [start, *(cut for cut in cuts if cut < end and may_break(clusters, cut)), end]
    return list(itertools.pairwise(kept))


def may_break(clusters: Sequence[str], at: int) -> bool:
    """Whether a line may end before ``at``: not inside a Latin word or number, and all signs keep to their side."""
    before, after = clusters[at - 1], clusters[at]
    inside_word = (before + after).isascii() and before.isalnum() and after.isalnum()
    return not inside_word and keeps_sides(clusters, at)


def keeps_sides(clusters: Sequence[str], at: int) -> bool:
    """Whether a break before ``at`` leaves no sign on the wrong side of it (kinsoku)."""
    return clusters[at][0] not in NEVER_FIRST and clusters[at - 1][-1] not in NEVER_LAST


def _parser(title: str) -> Parse | None:
    """What cuts the words of ``title`` into phrases, or None when its script writes spaces."""
    found = _UNSPACED.search(title)
    if found is None:
        return None
    if "\u0e00" <= found.group() <= "\u0e7f":
        return _budoux("thai")
    spoken = language(title)
    # Chinese is set to the character, as its books are; Korean writes spaces.
    return _budoux("japanese") if spoken == "ja" else None if spoken == "ko" else list


@functools.cache
def _budoux(model: str) -> Parse:
    import budoux

    parser = getattr(budoux, f"load_default_{model}_parser")()
    return cast("Parse", parser.parse)


def is_soft(clusters: Sequence[str], at: int) -> bool:
    """Whether a word that is too long for its line is well broken before ``at``: after a sign, before a capital."""
    before, after = clusters[at - 1][-1], clusters[at][0]
    return (before in _SOFT and after not in _SOFT) or (before.islower() and after.isupper())
