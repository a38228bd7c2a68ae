"""Line break opportunities: between words, between phrases in scripts without spaces, inside words as a last resort."""

import functools
import itertools
import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import cast

Parser = Callable[[str], list[str]]
"""Splits a word of a script without spaces into phrases."""

_NOT_AT_LINE_START = frozenset(
    "、。，．・：；？！!?,.:;)]}»›”’…％%‰°」』）】〉》〕〗｝］ー々ゝゞヽヾぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ〜～ๆฯ।॥،؛؟۔־"
)
_NOT_AT_LINE_END = frozenset("([{«‹“‘「『（【〈《〔〖｛［#＃$＄¥￥£€＠@")
_UNSPACED = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
"""Thai, kana and Chinese characters."""
_SOFT_BREAK_AFTER = frozenset("-‐–—/\\_.,:;?&=+@|~#")
"""Signs after which a word that is too long is broken, so that the names between them stay whole."""


def detect_language(text: str) -> str:
    """Detect the language of a title's Chinese characters: ``ja``, ``ko``, ``zh-hans`` or ``zh-hant``."""
    if any("\u3040" <= char <= "\u30ff" for char in text):
        return "ja"
    if any("\u1100" <= char <= "\u11ff" or "\uac00" <= char <= "\ud7af" for char in text):
        return "ko"
    han = "".join(char for char in text if "\u3400" <= char <= "\u9fff")
    return next((name for codec, name in _CODECS if _encodes(han, codec)), "zh-hans")


_CODECS = (("gb2312", "zh-hans"), ("big5", "zh-hant"), ("euc_jp", "ja"))
"""The national standards of 1980 to 1990, each of which holds only the character forms of its language."""


def _encodes(text: str, codec: str) -> bool:
    try:
        text.encode(codec)
    except UnicodeEncodeError:
        return False
    return True


def split_segments(clusters: Sequence[str]) -> list[tuple[int, int]]:
    """Split a title into the parts that stay on one line, as (start, end) in ``clusters``, without the spaces between.

    A sign on its own, such as a dash or an emoji, stays with the word before it, so that no line begins with it.
    """
    found: list[tuple[int, int]] = []
    parse = _choose_parser("".join(clusters))
    start = 0
    for at in range(len(clusters) + 1):
        if at < len(clusters) and clusters[at] != " ":
            continue
        if start < at:
            phrases = _split_phrases(clusters, start, at, parse)
            if found and _is_trailing_sign(clusters, found[-1], phrases[0]):
                phrases[0] = (found.pop()[0], phrases[0][1])
            found += phrases
        start = at + 1
    return found


def _is_trailing_sign(clusters: Sequence[str], before: tuple[int, int], span: tuple[int, int]) -> bool:
    """Tell if ``span`` is a sign on its own and the word before it is short enough to keep it."""
    signs = clusters[span[0] : span[1]]
    return (
        span[1] - before[0] <= _MAX_WITH_SIGN
        and clusters[before[1] - 1][0].isalnum()
        and not any(sign[0].isalnum() for sign in signs)
        and unicodedata.category(signs[0][0]) not in ("Ps", "Pi")
        and signs[0][0] not in _NOT_AT_LINE_END
    )


_MAX_WITH_SIGN = 16
"""The most clusters of a word and its sign; longer ones may not fit a narrow line."""


def _split_phrases(clusters: Sequence[str], start: int, end: int, parse: Parser | None) -> list[tuple[int, int]]:
    word = "".join(clusters[start:end])
    if parse is None or not _UNSPACED.search(word):
        return [(start, end)]
    boundary, boundaries = 0, {0: start}
    for index in range(start, end):
        boundary += len(clusters[index])
        boundaries[boundary] = index + 1
    ends = itertools.accumulate(len(phrase) for phrase in parse(word))
    cuts = [boundaries[at] for at in ends if at in boundaries]
    kept = [start, *(cut for cut in cuts if cut < end and _may_break(clusters, cut)), end]
    return list(itertools.pairwise(kept))


def _may_break(clusters: Sequence[str], at: int) -> bool:
    """Tell if a line may end before ``at``: not inside a Latin word or number, and not against kinsoku."""
    before, after = clusters[at - 1], clusters[at]
    inside_word = (before + after).isascii() and before.isalnum() and after.isalnum()
    return not inside_word and obeys_kinsoku(clusters, at)


def obeys_kinsoku(clusters: Sequence[str], at: int) -> bool:
    """Tell if a break before ``at`` obeys kinsoku: no closing sign starts a line and no opening sign ends one."""
    return clusters[at][0] not in _NOT_AT_LINE_START and clusters[at - 1][-1] not in _NOT_AT_LINE_END


def _choose_parser(title: str) -> Parser | None:
    """Choose the parser that splits words into phrases, or None for a script with spaces."""
    found = _UNSPACED.search(title)
    if found is None:
        return None
    if "\u0e00" <= found.group() <= "\u0e7f":
        return _load_budoux("thai")
    language = detect_language(title)
    if language == "ja":
        return _load_budoux("japanese")
    # Korean writes spaces; Chinese may break at any character, as it does in books.
    return None if language == "ko" else list


@functools.cache
def _load_budoux(model: str) -> Parser:
    import budoux

    parser = getattr(budoux, f"load_default_{model}_parser")()
    return cast("Parser", parser.parse)


def is_soft_break(clusters: Sequence[str], at: int) -> bool:
    """Tell if ``at`` is a good break in a word too long for its line: after a sign, or at a capital in camel case."""
    before, after = clusters[at - 1][-1], clusters[at][0]
    return (before in _SOFT_BREAK_AFTER and after not in _SOFT_BREAK_AFTER) or (before.islower() and after.isupper())
