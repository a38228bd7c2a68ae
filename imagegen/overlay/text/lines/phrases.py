"""Phrases of scripts that write no spaces: Japanese, Chinese, Thai, Lao, Khmer and Burmese.

ICU's dictionaries find the words. BudouX joins Japanese and Chinese words to phrases; a break that it finds inside one
of ICU's words is not used. Chinese words of one character are joined to a neighbour.
"""

import functools
import itertools
import re
from collections.abc import Callable, Sequence
from typing import cast

UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u19e0-\u19ff\ua9e0-\ua9ff\uaa60-\uaa7f"
    "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""Thai, Lao, Burmese, Khmer, kana and Chinese characters."""

_HAN_OR_KANA = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_LEADING = frozenset(
    "不没很最更太再又也都就还只才把被让使用将向往从自由在于与和或及跟同对为给以按比每各该此这那其某第如若当因但而且则是有可能会要想请带"
    "沒還讓將從與對為給這當會帶個"
    "一二两三四五六七八九十百千万零几半兩萬幾"
)
"""Chinese words of one character that belong to what follows: particles, prepositions, pronouns and numerals."""


def choose_han_language(tag: str, text: str) -> str:
    """Return the language of a text's Chinese characters: ``ja``, ``ko``, ``zh-hans`` or ``zh-hant``.

    A tag of one of them decides, such as ``zh-TW``; else the characters do.
    """
    name, *more = tag.casefold().split("-")
    if name in ("ja", "ko"):
        return name
    if name in ("zh", "yue"):
        is_traditional = name == "yue" or (_TRADITIONAL.intersection(more) and "hans" not in more)
        return "zh-hant" if is_traditional else "zh-hans"
    return detect_language(text)


_TRADITIONAL = frozenset({"hant", "tw", "hk", "mo"})
"""The parts of a tag that stand for traditional characters."""


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


def find_phrase_ends(word: str, language: str) -> dict[int, bool]:
    """Return the places in ``word`` where a line may end; True where a phrase ends, False for a word inside a phrase.

    ``word`` is text without spaces; ``language`` is that of the title's Chinese characters.
    """
    words = _split_words(word)
    if not _HAN_OR_KANA.search(word):
        return dict.fromkeys(_accumulate(words), True)
    if language == "ja":
        return _find_japanese_ends(word, words)
    if language == "ko":
        return {}
    phrases = set(_accumulate(_load_budoux(_MODELS[language])(word)))
    return {end: end in phrases for end in _accumulate(_join_chinese(words))}


def _accumulate(parts: Sequence[str]) -> list[int]:
    return list(itertools.accumulate(map(len, parts)))


def _find_japanese_ends(word: str, words: Sequence[str]) -> dict[int, bool]:
    ends = set(_accumulate(words))
    phrases = set(_accumulate(_load_budoux("japanese")(word))) & ends
    compounds = (
        end
        for (left, right), end in zip(itertools.pairwise(words), _accumulate(words), strict=False)
        if len(left) > 1 and len(right) > 1 and not _is_hiragana(left[-1]) and not _is_hiragana(right[0])
    )
    return dict.fromkeys(compounds, False) | dict.fromkeys(phrases, True)


def _is_hiragana(char: str) -> bool:
    return "\u3040" <= char <= "\u309f"


def _join_chinese(words: Sequence[str]) -> list[str]:
    """Join words of one character to the word that they belong to."""
    joined: list[str] = []
    leads = False
    for word in words:
        trails = len(word) == 1 and word not in _LEADING and _HAN_OR_KANA.match(word)
        if joined and (leads or (trails and _HAN_OR_KANA.match(joined[-1][-1]))):
            joined[-1] += word
        else:
            joined.append(word)
        leads = len(word) == 1 and word in _LEADING
    return joined


_MODELS = {"zh-hans": "simplified_chinese", "zh-hant": "traditional_chinese"}


@functools.cache
def _load_budoux(model: str) -> Callable[[str], list[str]]:
    import budoux

    return cast("Callable[[str], list[str]]", getattr(budoux, f"load_default_{model}_parser")().parse)


@functools.lru_cache(maxsize=512)
def _split_words(text: str) -> tuple[str, ...]:
    from icu4py.breakers import WordBreaker

    # ICU counts in UTF-16: each character beyond it is replaced by one of its kind.
    units = re.sub("[\U00010000-\U0010ffff]", "\u4e00", text)
    return tuple(text[start:end] for start, end in WordBreaker(units, "en").segments())
