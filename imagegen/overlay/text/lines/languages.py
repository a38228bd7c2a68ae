"""The language of a title, guessed from its short words and letters, and the words that do not end a line.

A guess needs evidence: a title without any has no language, and is neither hyphenated nor kept from ending a line on
more than a single letter.
"""

import functools
import re
from typing import NamedTuple


class _Language(NamedTuple):
    """The marks of a language: words that belong to what follows them, other frequent words, and its own spelling."""

    leading: frozenset[str]
    frequent: frozenset[str]
    spelling: re.Pattern[str] | None


def _language(leading: str, frequent: str = "", spelling: str = "") -> _Language:
    pattern = re.compile(spelling) if spelling else None
    return _Language(frozenset(leading.split()), frozenset(frequent.split()), pattern)


_LANGUAGES = {
    "en": _language(
        "a an the of to in on at by for from with and or but nor as if it its i we you he she they my your "
        "our his her their this that these those is are no not vs into than via per so how why what when",
        "can be your was will do does did use has have every all",
        r"(ing|tion|ness|ity|ment)s?\b",
    ),
    "de": _language(
        "der die das den dem des ein eine einen einem einer eines und oder aber in im am an auf aus bei beim "
        "mit nach seit von vom zu zum zur für durch gegen ohne um als wie wenn dass ich du er sie es wir ihr "
        "mein dein sein unser ist sind nicht kein keine so",
        "man wird werden haben hat auch nur sich was warum",
        r"ß|(ung|heit|keit|schaft|lich|isch)(en|e)?\b|sch|[a-zäöüß]{18,}",
    ),
    "fr": _language(
        "le la les l' un une des du de d' et ou mais à au aux en dans sur sous par pour avec sans chez vers "
        "que qui ne je tu il elle on nous vous ils elles mon ma mes ton ta tes son sa ses notre votre leur ce "
        "cet cette ces est",
        "pas plus comment pourquoi sont être",
        r"[œç]|eux\b|aux\b",
    ),
    "es": _language(
        "el la los las un una unos unas de del a al y e o u en con sin por para sobre entre que se su sus mi "
        "mis tu tus yo él lo le es no si como desde hasta",
        "más cómo qué está son",
        r"[ñ¿¡]|ción\b",
    ),
    "pt": _language(
        "o a os as um uma uns umas de do da dos das e ou em no na nos nas com sem por pelo pela para sobre "
        "entre que se seu sua meu minha eu ele ela é não ao à aos às como",
        "mais você são está",
        r"[ãõ]|ção\b|ções\b",
    ),
    "it": _language(
        "il lo la i gli le l' un uno una di del dello della dei degli delle a al allo alla ai agli alle da "
        "dal dalla e o ed in nel nella nei nelle su sul sulla con senza per tra fra che si mio mia tuo tua "
        "suo sua io è non come",
        "più perché sono",
        r"zione\b|zioni\b",
    ),
    "nl": _language(
        "de het een van voor in op aan bij met naar uit over en of maar dat die dit deze ik je jij hij zij we "
        "wij te om als door zonder tot is zijn niet geen mijn jouw onze",
        "wordt worden hoe waarom ook",
        r"ij\b|ijk|heid\b|aa|oe",
    ),
    "sv": _language(
        "en ett den det de och eller men i på av för med utan till från om som att är inte vi du jag han hon "
        "min din vår",
        "hur varför kan ska",
        r"[å].*[äö]|[äö].*[å]",
    ),
    "nb": _language(
        "en ei et den det de og eller men i på av for med uten til fra om som å at er ikke vi du jeg han hun "
        "min din vår",
        "hvordan hvorfor kan skal",
        r"[æø]",
    ),
    "da": _language(
        "en et den det de og eller men i på af for med uden til fra om som at er ikke vi du jeg min din",
        "",
        r"[æø]",
    ),
    "pl": _language(
        "w we z ze i a o u na do od po za dla przy nad pod oraz lub ale nie że się to jest jak",
        "czy są",
        r"[łąęśźż]",
    ),
    "cs": _language(
        "a i o u k ke s se v ve z ze na do od po za pro při nad pod nebo ale že je jak to",
        "jsou",
        r"[ěřů]",
    ),
    "sk": _language(
        "a i o u k ku s so v vo z zo na do od po za pre pri nad pod alebo ale že je ako to sa",
        "sú",
        r"[ľĺŕô]",
    ),
    "hr": _language(
        "i a u o s sa k ka na do od po za iz pri nad pod ili ali da je se kako to",
        "su",
        r"[đ]",
    ),
    "hu": _language(
        "a az egy és vagy de hogy ha nem is",
        "van",
        r"[őű]",
    ),
    "ro": _language(
        "un o unei unui și sau dar în la pe de din cu fără pentru prin ca că să se este nu cum",
        "sunt",
        r"[șțăţş]",
    ),
    "tr": _language(
        "bir ve ile için bu şu o da de ki",
        "nasıl neden olan",
        r"[ığş]",
    ),
    "fi": _language(
        "ja tai on ei että kun jos",
        "miten miksi",
    ),
    "ca": _language(
        "el la els les l' un una de del dels d' i o a al en amb per que no és",
        "",
        r"l·l",
    ),
    "ru": _language(
        "в во на с со к ко у о об от до из за по под над при для без через и или а но не ни что как я ты он "
        "мы вы их его её это",
        "почему",
        r"[ыэъё]",
    ),
    "uk": _language(
        "в у на з із зі до від за по під над при для без через і й та або а але не що як я ти він ми ви це",
        "чому",
        r"[іїєґ]",
    ),
    "bg": _language(
        "в във на с със към у о от до из за по под над при за без и или а но не че да как се е",
        "",
        r"ъ",
    ),
    "ar": _language(
        "و في من إلى على عن مع أو ثم أن إن لا ما هل كل بين",
        "كيف لماذا هذا هذه التي الذي",
        r"[ةىأإ]",
    ),
    "fa": _language(
        "و در به از که با این آن یا هر بر برای تا یک",
        "است را",
        r"[پچژگ]|می\u200c",
    ),
    "el": _language(
        "ο η το οι τα του της των τον την τους τις ένα ένας μια μία και ή σε στο στη στην στον στα για από με "
        "χωρίς να που δεν θα",
        "πώς",
        r"[α-ω]",
    ),
}

JOINING_SIGNS = frozenset("&+×")
"""Signs that stand for "and" or "by": alone, they belong to what follows."""

_ALONE = re.compile("[\u05d0-\u05ea\u0621-\u064a\u06a9\u06cc]")
"""The letters of Hebrew and Arabic."""
_WORD = re.compile(r"[^\W\d_]+['’]?")


_ALIASES = {"no": "nb", "nn": "nb", "sr": "hr", "bs": "hr", "sh": "hr"}
"""Languages by others that are written like them."""


@functools.lru_cache(maxsize=256)
def guess_language(text: str) -> str | None:
    """Return the language that the title's short words and letters speak for, None without evidence."""
    folded = text.casefold()
    words = [word.replace("’", "'") for word in _WORD.findall(folded)]
    best = max(_LANGUAGES, key=lambda name: _count_evidence(_LANGUAGES[name], words, folded))
    return best if _count_evidence(_LANGUAGES[best], words, folded) else None


def choose_language(tag: str, text: str) -> str | None:
    """Return the language that a tag such as ``de-AT`` names; without a tag, the one that the text speaks for.

    None for a language of which nothing is known here.
    """
    if not tag:
        return guess_language(text)
    name = tag.casefold().partition("-")[0]
    name = _ALIASES.get(name, name)
    return name if name in _LANGUAGES else None


def _count_evidence(language: _Language, words: list[str], text: str) -> int:
    spelling = len(language.spelling.findall(text)) if language.spelling else 0
    return 2 * sum(word in language.leading or word in language.frequent for word in words) + min(spelling, 3)


def leads(word: str, language: str | None) -> bool:
    """Tell if ``word`` belongs to the word after it, so that no line ends on it: an article, a preposition, a pronoun.

    A small letter alone does in every language that has an alphabet, and so does a letter alone of Arabic or Hebrew.
    """
    bare = word.strip("\"'“”„‘’«»‹›([{¿¡")
    if bare in JOINING_SIGNS or (len(bare) == 1 and (bare.islower() or _ALONE.match(bare))):
        return True
    return language is not None and bare.casefold() in _LANGUAGES[language].leading
