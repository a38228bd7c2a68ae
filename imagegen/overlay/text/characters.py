"""Properties of characters that ``unicodedata`` does not name: script, and presentation as an emoji."""

import functools
import unicodedata

TEXT_STYLE, EMOJI_STYLE = "\ufe0e", "\ufe0f"
"""Variation selectors: the character before them is drawn as text, or as an emoji."""
KEYCAP = "\u20e3"
BLACK_FLAG = "\U0001f3f4"
"""The flag that the tags of England, Scotland and Wales follow."""

COMMON = ""
"""The script of digits, punctuation, symbols and emoji, which every script uses."""
CJK = "cjk"
"""Chinese characters, kana and hangul, which one font draws."""

_CJK_NAMES = frozenset(
    ("CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HANGUL", "BOPOMOFO", "IDEOGRAPHIC", "FULLWIDTH", "HALFWIDTH")
)
_COMMON_NAMES = frozenset(
    [
        "MICRO",
        "OHM",
        "KELVIN",
        "ANGSTROM",
        "FEMININE",
        "MASCULINE",
        "MODIFIER",
        "SUPERSCRIPT",
        "SUBSCRIPT",
        "DOUBLE-STRUCK",
        "SCRIPT",
        "BLACK-LETTER",
        "TURNED",
        "ROTATED",
        "EULER",
        "PLANCK",
        "INFORMATION",
        "ALEF",
        "BET",
        "GIMEL",
        "DALET",
        "MATHEMATICAL",
    ]
)
"""The first words of the names of letters that stand for units and quantities."""


@functools.lru_cache(maxsize=4096)
def find_script(char: str) -> str:
    """Return the script of a letter, such as ``latin`` or ``devanagari``, or ``COMMON``.

    Unicode names a letter after its script, so the first word of its name tells it.
    """
    if char.isascii():
        return "latin" if char.isalpha() else COMMON
    if unicodedata.category(char)[0] not in "LM":
        return COMMON
    first = unicodedata.name(char, "UNNAMED").split()[0]
    if first in _CJK_NAMES:
        return CJK
    return COMMON if first in _COMMON_NAMES else first.lower()


_ARABIC_DIGITS = frozenset(("arabic-indic", "extended"))
"""The first words of the names of Arabic's digits."""


def find_digit_script(char: str) -> str:
    """Return the script that has ``char`` as a digit of its own, such as ``devanagari``, or ``COMMON``."""
    if char.isascii() or unicodedata.category(char) != "Nd" or unicodedata.normalize("NFKC", char).isascii():
        return COMMON
    first = unicodedata.name(char).split()[0].lower()
    return "arabic" if first in _ARABIC_DIGITS else first


_EMOJI_BELOW_1F000 = frozenset(
    "⌚⌛⏩⏪⏫⏬⏰⏳◽◾☔☕♈♉♊♋♌♍♎♏♐♑♒♓♿⚓⚡⚪⚫⚽⚾⛄⛅⛎⛔⛪⛲⛳⛵⛺⛽✅✊✋✨❌❎❓❔❕❗➕➖➗➰➿⬛⬜⭐⭕"
)
"""The characters before U+1F000 that are emoji without a selector (``Emoji_Presentation`` in Unicode's emoji data)."""


def is_emoji(cluster: str) -> bool:
    """Tell if a cluster is drawn as an emoji: by its nature, by a selector, or as a sequence of several."""
    if TEXT_STYLE in cluster:
        return False
    is_sequence = EMOJI_STYLE in cluster or (
        len(cluster) > 1 and any("\U0001f3fb" <= c <= "\U0001f3ff" for c in cluster)
    )
    return is_sequence or cluster[0] in _EMOJI_BELOW_1F000 or "\U0001f000" <= cluster[0] <= "\U0001faff"
