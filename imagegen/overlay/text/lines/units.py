"""Units, large numbers and months: the words that belong to a number beside them."""

import unicodedata

_LATIN = (
    "nm µm mm cm dm m km ha ft yd mi² mm² cm² m² km² mm³ cm³ dm³ m³ km³ ml cl dl l hl µg mg g kg t lb lbs oz "
    "ns µs ms s sec min h hr hrs am pm a.m p.m uhr w kw mw gw tw wh kwh mwh gwh twh v mv kv ma mah a hz khz mhz ghz "
    "thz k pa kpa hpa mpa bar kj mj kcal cal db n nm kn Ω kΩ mΩ µf nf pf mol lm lx sv µsv "
    "b kb mb gb tb pb kib mib gib tib kbit mbit gbit kbps mbps gbps bit bits px pt rem dpi ppi fps rpm ppm mph kph "
    "eur usd gbp chf jpy cad aud pln czk huf sek nok dkk kr kč zł lei đ"
)
_CYRILLIC = "км м см мм кг г л ч мин сек с гб мб тб кб вт квт руб грн"
_DEVANAGARI = "किमी किलो रुपये"
_LARGE = (
    "thousand million billion trillion mio mrd bio tsd tausend millionen milliarden billionen mille millions milliards "
    "millón millones mil milhão milhões bilhão bilhões trilhões milione milioni miliardi mila duizend miljoen miljard "
    "miljoner miljarder millioner milliarder tys mln mld miliony milionów miliardy miliardów milionů miliard "
    "bin milyon milyar mii milioane nghìn ngàn triệu tỷ tỉ juta miliar ribu "
    "тыс млн млрд трлн тысяч миллион миллиона миллионов миллиард миллиарда миллиардов мільйонів мільярдів "
    "tháng हज़ार लाख करोड़ अरब"
)
_MONTHS = (
    "january february april june july august september october november december "
    "jan feb apr jun jul aug sept oct nov dec "
    "januar jänner februar märz mai juni juli oktober dezember "
    "janvier février avril juin juillet août septembre octobre novembre décembre "
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre "
    "janeiro fevereiro março maio junho julho setembro outubro novembro dezembro "
    "gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre "
    "januari februari maart mei augustus mars augusti marts maj oktober desember "
    "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia "
    "ledna února března dubna května června července srpna září října listopadu prosince "
    "ianuarie februarie martie aprilie iunie iulie septembrie octombrie noiembrie decembrie "
    "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık "
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря "
    "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня "
    "ιανουαρίου φεβρουαρίου μαρτίου απριλίου μαΐου ιουνίου ιουλίου αυγούστου σεπτεμβρίου οκτωβρίου "
    "νοεμβρίου δεκεμβρίου "
    "जनवरी फरवरी फ़रवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर सितम्बर अक्टूबर अक्तूबर नवंबर नवम्बर दिसंबर दिसम्बर "
    "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر"
)
_ALSO_WORDS = frozenset(("may", "march"))
"""English months that are ordinary words in small letters."""


def _fold(words: str) -> frozenset[str]:
    return frozenset(unicodedata.normalize("NFC", words).casefold().split())


_UNITS = _fold(f"{_LATIN} {_CYRILLIC} {_DEVANAGARI} {_LARGE}")
_MONTH_NAMES = _fold(_MONTHS)


def is_unit(word: str) -> bool:
    """Tell if ``word``, without signs after it, is a unit or a large number: ``km``, ``p.m``, ``Mrd``."""
    return word.partition("/")[0].casefold() in _UNITS


def is_month(word: str) -> bool:
    """Tell if ``word``, without signs after it, is the name of a month as dates have it."""
    folded = word.casefold()
    return folded in _MONTH_NAMES or (folded in _ALSO_WORDS and word[0].isupper())
