"""Binding across spaces: closing signs, dashes, numbers with their units, dates, titles and initials before names."""

import re
import unicodedata

from imagegen.overlay.text.lines.units import is_month, is_unit

NOT_AT_LINE_START = frozenset(
    "、。，．・：；？！!?,.:;)]}»›”’…％%‰°」』）】〉》〕〗｝］ー々ゝゞヽヾぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ〜～ๆฯ។ៗ၊။၌၍၎၏ໆຯ।॥،؛؟۔־"
)
NOT_AT_LINE_END = frozenset("([{«‹“‘「『（【〈《〔〖｛［#＃$＄¥￥£€＠@၎")
_SEPARATORS = frozenset("/|")
"""Signs that end a line, like a dash, when they stand alone."""
_QUANTITIES = frozenset("%‰°′″")
"""Signs that follow a number; signs of currencies do, too."""
_NAMED = "mr mrs ms mx dr prof st sr sra dra mt rev gen sen gov capt sgt hr fr vs"
_BEFORE_NAMES = frozenset(_NAMED.split())
"""Abbreviations before a name."""
_NUMBERED = "no nr nos fig figs p pp s vol ch sec art abb tab bd kap nº n° num núm č ст рис стр"
_BEFORE_NUMBERS = frozenset(_NUMBERED.split())
"""Abbreviations before a number."""
_SIGNS_OF_NUMBERS = frozenset("§#№")
_HIRAGANA = re.compile("[\u3041-\u309f]+")
_OF_NOUNS = "と を は が に で の も へ や から まで より では には とは への での との"
_PARTICLES = frozenset(_OF_NOUNS.split())
"""Particles of Japanese, which belong to the word before them also where a space parts the two."""
_CLOSING = ".,;:!?…)]}»”’\"'"
_OPENING = "([{«‹“‘„\"'¿¡"
_GROUP = re.compile(r"\d{3}(\D|$)")


def stays_with_former(word: str, before: str) -> bool:
    """Tell if no line begins with ``word`` after a space: a closing sign, a dash, the sign of a quantity, a particle.

    ``before`` is the word before the space.
    """
    first = word[0]
    if not any(char.isalnum() for char in word):
        if first in NOT_AT_LINE_START or first in _SEPARATORS or is_dash(word):
            return True
    elif first in NOT_AT_LINE_START and not word[1:2].isascii():
        return True
    if (particle := _HIRAGANA.match(word)) and particle[0] in _PARTICLES and not _HIRAGANA.match(before[-1]):
        return True
    is_sign = first in _QUANTITIES or unicodedata.category(first) == "Sc"
    return is_sign and before[-1].isdigit() and not any(char.isdigit() for char in word)


def stays_with_next(word: str) -> bool:
    """Tell if no line ends with ``word`` before a space: it is nothing but opening brackets or quotation marks."""
    return all(unicodedata.category(char) in ("Ps", "Pi") for char in word)


def is_dash(word: str) -> bool:
    """Tell if ``word`` is nothing but dashes or hyphens."""
    return all(unicodedata.category(char) == "Pd" for char in word)


def belongs_to_next(word: str, after: str) -> bool:
    """Tell if ``word`` belongs to the word ``after`` the space: a number and its unit, a date, ``Mr.`` and a name."""
    if word[-1].isdigit():
        return _continues_number(word, after)
    if after[0].isdigit() and _precedes_number(word):
        return True
    return _is_abbreviation(word, after) if word[-1] == "." else word == "/"


def names_with_number(word: str, after: str, following: str) -> bool:
    """Tell if ``word`` and ``after`` may be parts of a name with a number: ``React 19``, ``17 Pro``, ``Pro Max``.

    ``following`` is the word after them: a number before a unit or a month is part of no name.
    """
    if _VERSION.match(after):
        is_name = word[-1].isalpha() and any(char.isupper() for char in word)
        return is_name and not (following and belongs_to_next(after, following))
    variant = after.rstrip(_CLOSING) in _VARIANTS
    return variant and (bool(_VERSION.fullmatch(word)) or word in _VARIANTS)


_MOST_IN_GROUP = 3
"""The most digits before the space in a number such as ``10 000``."""
_VERSION = re.compile(r"[vV]?\d{1,4}(\.\d+)*([a-z]{1,5}\d*)?[.,;:!?…)\]]*$")
_VARIANTS = frozenset(
    ("Pro", "Max", "Plus", "Ultra", "Mini", "Air", "Lite", "LTS", "Beta", "Preview", "Flash", "Turbo")
)
"""The words after the number in names of products."""
_INITIALS = re.compile(r"([^\W\d_]\.)+")


def _continues_number(word: str, after: str) -> bool:
    """Tell if ``after`` is a unit, a month, or the next three digits of the number at the end of ``word``."""
    bare = after.rstrip(_CLOSING)
    if is_unit(bare) or (bare and is_month(bare)):
        return True
    return word.isdigit() and len(word) <= _MOST_IN_GROUP and bool(_GROUP.match(after))


def _precedes_number(word: str) -> bool:
    """Tell if a number follows ``word`` by nature: ``§``, ``$``, a month, the Vietnamese words for day and month."""
    is_sign = len(word) == 1 and (word in _SIGNS_OF_NUMBERS or unicodedata.category(word) == "Sc")
    return is_sign or word.casefold() in _PARTS_OF_DATES or is_month(word)


_PARTS_OF_DATES = frozenset(("ngày", "tháng"))


def _is_abbreviation(word: str, after: str) -> bool:
    """Tell if ``word``, which ends in a dot, is the day of a date, initials or another abbreviation."""
    own = word.lstrip(_OPENING)
    bare = own[:-1].casefold()
    if bare.isdigit():
        return is_month(after.rstrip(_CLOSING) or after)
    is_initials = bool(_INITIALS.fullmatch(own)) and own == own.upper()
    return ((bare in _BEFORE_NAMES or is_initials) and after[0].isupper()) or (
        bare in _BEFORE_NUMBERS and after[0].isdigit()
    )
