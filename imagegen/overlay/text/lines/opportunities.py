"""Line break opportunities: the parts of a title that stay on one line, and the quality of the breaks between them."""

import functools
import itertools
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import NamedTuple

from imagegen.overlay.text.characters import CJK, find_script, is_emoji
from imagegen.overlay.text.lines.bindings import (
    NOT_AT_LINE_END,
    NOT_AT_LINE_START,
    belongs_to_next,
    is_dash,
    names_with_number,
    stays_with_former,
    stays_with_next,
)
from imagegen.overlay.text.lines.hyphens import find_hyphenation
from imagegen.overlay.text.lines.languages import JOINING_SIGNS, choose_language, leads
from imagegen.overlay.text.lines.phrases import UNSPACED, choose_han_language, find_phrase_ends
from imagegen.overlay.text.titles import BREAK_HERE, LINE_BREAK, SOFT_HYPHEN, WORD_JOINER


class Break(Enum):
    """The quality of a line break, from a demanded one to one that hardly reads."""

    FORCED = "a line break in the title"
    LIKED = "after a sign that ends a thought"
    PLAIN = "between words or phrases"
    INSIDE = "inside a word, phrase or name, at its own hyphen or between its parts"
    HYPHENATED = "inside a word, which gets a hyphen"
    STRANDED = "between a short word and what it belongs to"


class Part(NamedTuple):
    """Clusters that stay on one line, and the break before them."""

    start: int
    end: int
    before: Break = Break.PLAIN


_ENDS_THOUGHT = frozenset(":.,;!?–—…|·、。，：；！？،؛؟।॥։᠃።៖။၊")
_OWN_HYPHENS = frozenset("-‐–—/\u05be")
"""Signs inside a word after which a line may end."""
_AMID_NAMES = frozenset("-‐–—\u05be_,:;=+@~#")
_SOFT_BREAK_AFTER = (frozenset("/\\?&|"), _AMID_NAMES, frozenset("."))
"""Signs after which a word that is too long is broken, the best first, so that the names between them stay whole."""
_NOT_AFTER_SOFT_BREAK = frozenset(" ").union(*_SOFT_BREAK_AFTER)
_LEAST_LETTERS = 4
"""The fewest letters on both sides of a word's own hyphen for a line to end there."""
_LONG_COMPOUND = 16
"""The clusters of a compound from which short words between its hyphens do not count: ``Infrastructure-as-code``."""
_HYPHENATED_FROM = 9
"""The fewest letters of a word that is hyphenated."""
_MAX_WITH_SIGN = 16
"""The most clusters of a word and its sign; longer ones may not fit a narrow line."""


def split_parts(clusters: Sequence[str], hidden: Mapping[int, str], tag: str = "") -> list[Part]:
    """Split a title into the parts that stay on one line, without the spaces between them.

    A sign on its own, such as a dash or an emoji, stays with the word before it, so that no line begins with it.
    ``hidden`` are the invisible characters before the cluster of an index, ``tag`` names the title's language.
    """
    language = choose_language(tag, "".join(clusters))
    han = choose_han_language(tag, "".join(clusters))
    parts: list[Part] = []
    former = ""
    words = list(_iter_words(clusters))
    texts = ["".join(clusters[start:end]) for start, end in words]
    for (start, end), word, following in zip(words, texts, [*texts[1:], ""], strict=True):
        inner = list(_split_word(clusters, start, end, hidden, han))
        if LINE_BREAK in hidden.get(start, "") and parts:
            inner[0] = inner[0]._replace(before=Break.FORCED)
        elif parts and _is_bound(clusters, parts[-1], former, inner[0], word):
            last = parts.pop()
            inner[0] = Part(last.start, inner[0].end, last.before)
        elif parts:
            rating = _rate_space(clusters, parts[-1], former, (word, following), language)
            inner[0] = inner[0]._replace(before=rating)
        parts += inner
        former = word
    return parts


@functools.lru_cache(maxsize=64)
def hyphenate(clusters: tuple[str, ...], tag: str = "") -> tuple[int, ...]:
    """Return the places in a title where a hyphen may divide a long word. ``tag`` names its language."""
    runs = [
        list(run)
        for is_letter, run in itertools.groupby(range(len(clusters)), lambda at: clusters[at].isalpha())
        if is_letter
    ]
    runs = [run for run in runs if not _is_in_name(clusters, run[0], run[-1] + 1)]
    # Clusters of several characters would shift the places.
    long = [run for run in runs if len(run) >= _HYPHENATED_FROM and all(len(clusters[at]) == 1 for at in run)]
    words = {run[0]: "".join(clusters[at] for at in run) for run in long}
    if not words:
        return ()
    found = find_hyphenation(tuple(sorted(set(words.values()))), choose_language(tag, "".join(clusters)))
    return tuple(first + at for first, word in words.items() for at in found.get(word, ()))


def _is_in_name(clusters: Sequence[str], start: int, end: int) -> bool:
    """Tell if letters are part of an address or of a file's name, which would not be the same with a hyphen."""
    after = clusters[end : end + 2]
    is_before_sign = len(after) > 1 and after[0] in _IN_NAMES and after[1].isalnum()
    return is_before_sign or (start > 0 and clusters[start - 1] in _IN_NAMES)


def _iter_words(clusters: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the start and the end of each run without spaces."""
    for is_space, group in itertools.groupby(range(len(clusters)), lambda at: clusters[at] == " "):
        run = list(group)
        if not is_space:
            yield run[0], run[-1] + 1


def _rate_space(
    clusters: Sequence[str], before: Part, former: str, words: tuple[str, str], language: str | None
) -> Break:
    """Rate a break at the space between the ``former`` word, which ends with the part ``before`` it, and the next two.

    The last of them is empty at the end of a title.
    """
    word, following = words
    if not following and word == clusters[-1] and is_emoji(word):
        return Break.STRANDED
    if belongs_to_next(former, word):
        return Break.STRANDED
    text = "".join(clusters[before.start : before.end])
    if text[-1] in _ENDS_THOUGHT and any(char.isalnum() for char in text):
        return Break.LIKED
    if leads(text.rpartition(" ")[2], language):
        return Break.STRANDED
    return Break.INSIDE if names_with_number(former, word, following) else Break.PLAIN


def _is_bound(clusters: Sequence[str], before: Part, former: str, own: Part, word: str) -> bool:
    """Tell if no line may end at the space between the ``former`` word and ``word``, of which ``own`` is the start."""
    opens = is_dash(former) and before.end - before.start == len(former)
    return (
        stays_with_former(word, former) or stays_with_next(former) or opens or _is_trailing_sign(clusters, before, own)
    )


def _is_trailing_sign(clusters: Sequence[str], before: Part, own: Part) -> bool:
    """Tell if ``own`` is a sign on its own and the word before it is short enough to keep it."""
    signs = clusters[own.start : own.end]
    return (
        own.end - before.start <= _MAX_WITH_SIGN
        and clusters[before.end - 1][0].isalnum()
        and not any(sign[0].isalnum() or sign in JOINING_SIGNS for sign in signs)
        and unicodedata.category(signs[0][0]) not in ("Ps", "Pi")
        and signs[0][0] not in NOT_AT_LINE_END
    )


def _split_word(clusters: Sequence[str], start: int, end: int, hidden: Mapping[int, str], han: str) -> Iterator[Part]:
    """Yield the parts of a run without spaces; the first one's break is plain."""
    breaks = _find_own_hyphens(clusters, start, end) | _find_phrases(clusters, start, end, han)
    breaks |= _find_pictures(clusters, start, end)
    for at in range(start + 1, end):
        signs = hidden.get(at, "")
        if SOFT_HYPHEN in signs:
            breaks[at] = Break.HYPHENATED
        if BREAK_HERE in signs:
            breaks[at] = Break.PLAIN
        if WORD_JOINER in signs:
            breaks.pop(at, None)
    edges = [start, *sorted(at for at in breaks if start < at < end), end]
    for first, last in itertools.pairwise(edges):
        yield Part(first, last, breaks.get(first, Break.PLAIN))


def _find_own_hyphens(clusters: Sequence[str], start: int, end: int) -> dict[int, Break]:
    """Find the hyphens and slashes inside a compound of words."""
    word = clusters[start:end]
    if any(char in _NOT_IN_COMPOUNDS for char in word):
        return {}
    marks = [at for at, char in enumerate(word) if char in _OWN_HYPHENS]
    edges = [-1, *marks, len(word)]
    found = {}
    for before, mark, after in zip(edges, marks, edges[2:], strict=False):
        is_long = len(word) >= _LONG_COMPOUND
        lengths = (mark, len(word) - mark - 1) if is_long else (mark - before - 1, after - mark - 1)
        if min(lengths) >= _LEAST_LETTERS and word[mark - 1].isalpha() and word[mark + 1].isalpha():
            found[start + mark + 1] = Break.INSIDE
    return found


def _find_pictures(clusters: Sequence[str], start: int, end: int) -> dict[int, Break]:
    """Find the breaks between the emoji of a row that is long enough to be broken."""
    places = [at for at in range(start + 1, end) if is_emoji(clusters[at]) and is_emoji(clusters[at - 1])]
    # Two stay together at both ends, so that no line has one alone.
    return dict.fromkeys(places[1:-1], Break.INSIDE) if len(places) >= _LONG_ROW else {}


_LONG_ROW = 4
"""The neighbours of emoji from which a row of them is broken."""
_NOT_IN_COMPOUNDS = frozenset(".:@=?&_#\\~")
"""Signs of addresses and paths, which are broken only when they are too long."""
_IN_NAMES = _NOT_IN_COMPOUNDS | {"/"}


def _find_phrases(clusters: Sequence[str], start: int, end: int, han: str) -> dict[int, Break]:
    """Find the breaks in a run of a script without spaces."""
    word = "".join(clusters[start:end])
    if not UNSPACED.search(word):
        return {}
    indices = dict(zip(itertools.accumulate(map(len, clusters[start:end])), range(start + 1, end + 1), strict=True))
    return {
        indices[at]: _rate_phrase(clusters, indices[at], is_phrase=is_phrase)
        for at, is_phrase in find_phrase_ends(word, han).items()
        if at in indices and indices[at] < end and _may_break(clusters, indices[at])
    }


def _rate_phrase(clusters: Sequence[str], at: int, *, is_phrase: bool) -> Break:
    if clusters[at - 1] in _ENDS_THOUGHT:
        return Break.LIKED
    return Break.PLAIN if is_phrase else Break.INSIDE


def _may_break(clusters: Sequence[str], at: int) -> bool:
    """Tell if a line may end before ``at``: not inside a Latin word or number, not before a counter, by kinsoku."""
    before, after = clusters[at - 1], clusters[at]
    inside_word = (before + after).isascii() and before.isalnum() and after.isalnum()
    is_number = before.isdigit() or before in _PER_CENT
    before_counter = is_number and find_script(after[0]) == CJK and not _ends_name(clusters, at)
    return not inside_word and not before_counter and obeys_kinsoku(clusters, at)


_PER_CENT = frozenset("%‰％")


def _ends_name(clusters: Sequence[str], at: int) -> bool:
    """Tell if the number before ``at`` is the end of a name in Latin letters, such as ``Python3``."""
    while at and clusters[at - 1].isdigit():
        at -= 1
    return at > 0 and clusters[at - 1].isascii() and clusters[at - 1].isalpha()


def obeys_kinsoku(clusters: Sequence[str], at: int) -> bool:
    """Tell if a break before ``at`` obeys kinsoku: no closing sign starts a line and no opening sign ends one."""
    return clusters[at][0] not in NOT_AT_LINE_START and clusters[at - 1][-1] not in NOT_AT_LINE_END


def find_soft_breaks(clusters: Sequence[str], start: int, end: int) -> list[int]:
    """Find the best places in a word too long for its line: after its slashes, else other signs, else its dots.

    Names in camel case are parted together with the other signs, ``python3.11`` and ``read.me`` last of all.
    """
    for signs in _SOFT_BREAK_AFTER:
        if found := [
            at for at in range(start + 1, end) if _is_soft_break(clusters[at - 1][-1], clusters[at][0], signs)
        ]:
            return found
    return []


def _is_soft_break(before: str, after: str, signs: frozenset[str]) -> bool:
    if signs is _AMID_NAMES and before.islower() and after.isupper():
        return True
    return before in signs and after not in _NOT_AFTER_SOFT_BREAK
