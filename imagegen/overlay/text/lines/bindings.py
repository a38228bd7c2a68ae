"""Binding across spaces: closing signs, dashes, numbers with their units, titles before names."""

import re
import unicodedata

NOT_AT_LINE_START = frozenset(
    "、。，．・：；？！!?,.:;)]}»›”’…％%‰°」』）】〉》〕〗｝］ー々ゝゞヽヾぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ〜～ๆฯ។ៗ၊။၌၍၎၏ໆຯ।॥،؛؟۔־"
)
NOT_AT_LINE_END = frozenset("([{«‹“‘「『（【〈《〔〖｛［#＃$＄¥￥£€＠@၎")
_SEPARATORS = frozenset("/|")
"""Signs that end a line, like a dash, when they stand alone."""
_QUANTITIES = frozenset("%‰°′″")
"""Signs that follow a number; signs of currencies do, too."""
_LATIN_UNITS = (
    "nm µm mm cm dm m km ha ft yd mi² m² km² cm² m³ ml cl dl l mg g kg t lb lbs oz ns µs ms s sec min h hr hrs am pm "
    "uhr w kw mw gw wh kwh mwh gwh v kv ma mah a hz khz mhz ghz thz k pa kpa hpa kj kcal cal db "
    "b kb mb gb tb pb kib mib gib tib kbit mbit gbit kbps mbps gbps bit bits px pt rem dpi ppi fps rpm ppm mph kph "
    "eur usd gbp chf jpy cad aud pln czk huf sek nok dkk kr kč zł lei"
)
_CYRILLIC_UNITS = "км м см мм кг г л ч мин сек с гб мб тб кб руб грн"
_UNITS = frozenset(f"{_LATIN_UNITS} {_CYRILLIC_UNITS}".split())
"""Units as they are written after a number, in small letters."""
_NAMED = "mr mrs ms mx dr prof st sr sra dra mt rev gen sen gov capt sgt hr fr vs"
_BEFORE_NAMES = frozenset(_NAMED.split())
"""Abbreviations before a name."""
_NUMBERED = "no nr nos fig figs p pp s vol ch sec art abb tab bd kap nº n° num núm č ст рис стр"
_BEFORE_NUMBERS = frozenset(_NUMBERED.split())
"""Abbreviations before a number."""
_SIGNS_OF_NUMBERS = frozenset("§#№")
_CLOSING = ".,;:!?…)]}»”’\"'"
_OPENING = "([{«‹“‘„\"'¿¡"
_GROUP = re.compile(r"\d{3}(\D|$)")


def stays_with_former(word: str, before: str) -> bool:
    """Tell if no line begins with ``word`` after a space: a closing sign, a dash, the sign of a quantity.

    ``before`` is the word before the space.
    """
    first = word[0]
    if not any(char.isalnum() for char in word):
        if first in NOT_AT_LINE_START or first in _SEPARATORS or is_dash(word):
            return True
    elif first in NOT_AT_LINE_START and not word[1:2].isascii():
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
    """Tell if ``word`` belongs to the word ``after`` the space: a number and its unit, ``Mr.`` and a name."""
    if word[-1].isdigit():
        return _is_unit(after) or (word.isdigit() and len(word) <= _MOST_IN_GROUP and bool(_GROUP.match(after)))
    if after[0].isdigit() and len(word) == 1 and (word in _SIGNS_OF_NUMBERS or unicodedata.category(word) == "Sc"):
        return True
    if word[-1] != ".":
        return word == "/"
    bare = word[:-1].lstrip(_OPENING).casefold()
    return (bare in _BEFORE_NAMES and after[0].isupper()) or (bare in _BEFORE_NUMBERS and after[0].isdigit())


_MOST_IN_GROUP = 3
"""The most digits before the space in a number such as ``10 000``."""


def _is_unit(word: str) -> bool:
    return word.rstrip(_CLOSING).partition("/")[0].casefold() in _UNITS
