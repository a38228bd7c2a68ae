"""Line break opportunities: the parts of a title that stay on one line, and the quality of the breaks between them."""

import functools
import itertools
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import NamedTuple

from imagegen.overlay.text.characters import is_emoji
from imagegen.overlay.text.lines.hyphens import find_hyphenation
from imagegen.overlay.text.lines.languages import JOINING_SIGNS, guess_language, leads
from imagegen.overlay.text.lines.phrases import UNSPACED, detect_language, find_phrase_ends
from imagegen.overlay.text.titles import BREAK_HERE, LINE_BREAK, SOFT_HYPHEN, WORD_JOINER


class Break(Enum):
    """The quality of a line break, from a demanded one to one that hardly reads."""

    FORCED = "a line break in the title"
    LIKED = "after a sign that ends a thought"
    PLAIN = "between words or phrases"
    INSIDE = "inside a word or phrase, at its own hyphen or between its parts"
    HYPHENATED = "inside a word, which gets a hyphen"
    STRANDED = "between a short word and what it belongs to"


class Part(NamedTuple):
    """Clusters that stay on one line, and the break before them."""

    start: int
    end: int
    before: Break = Break.PLAIN


_NOT_AT_LINE_START = frozenset(
    "、。，．・：；？！!?,.:;)]}»›”’…％%‰°」』）】〉》〕〗｝］ー々ゝゞヽヾぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ〜～ๆฯ។ៗ၊။ໆຯ।॥،؛؟۔־"
)
_NOT_AT_LINE_END = frozenset("([{«‹“‘「『（【〈《〔〖｛［#＃$＄¥￥£€＠@")
_ENDS_THOUGHT = frozenset(":.,;!?–—…|·、。，：；！？،؛؟।॥։᠃።៖။၊")
_OWN_HYPHENS = frozenset("-‐–—/")
"""Signs inside a word after which a line may end."""
_SOFT_BREAK_AFTER = frozenset("-‐–—/\\_.,:;?&=+@|~#")
"""Signs after which a word that is too long is broken, so that the names between them stay whole."""
_LEAST_LETTERS = 4
"""The fewest letters on both sides of a word's own hyphen for a line to end there."""
_HYPHENATED_FROM = 9
"""The fewest letters of a word that is hyphenated."""
_MAX_WITH_SIGN = 16
"""The most clusters of a word and its sign; longer ones may not fit a narrow line."""


def split_parts(clusters: Sequence[str], hidden: Mapping[int, str]) -> list[Part]:
    """Split a title into the parts that stay on one line, without the spaces between them.

    A sign on its own, such as a dash or an emoji, stays with the word before it, so that no line begins with it.
    ``hidden`` are the invisible characters before the cluster of an index.
    """
    language = guess_language("".join(clusters))
    han = detect_language("".join(clusters))
    parts: list[Part] = []
    for start, end in _iter_words(clusters):
        inner = list(_split_word(clusters, start, end, hidden, han))
        joins = parts and LINE_BREAK not in hidden.get(start, "")
        if joins and _is_trailing_sign(clusters, parts[-1], inner[0]):
            last = parts.pop()
            inner[0] = Part(last.start, inner[0].end, last.before)
        elif parts:
            inner[0] = inner[0]._replace(before=_rate_space(clusters, parts[-1], start, hidden, language))
        parts += inner
    return parts


@functools.lru_cache(maxsize=64)
def hyphenate(clusters: tuple[str, ...]) -> tuple[int, ...]:
    """Return the places in a title where a hyphen may divide a long word."""
    runs = [
        list(run)
        for is_letter, run in itertools.groupby(range(len(clusters)), lambda at: clusters[at].isalpha())
        if is_letter
    ]
    # Clusters of several characters would shift the places.
    long = [run for run in runs if len(run) >= _HYPHENATED_FROM and all(len(clusters[at]) == 1 for at in run)]
    words = {run[0]: "".join(clusters[at] for at in run) for run in long}
    if not words:
        return ()
    found = find_hyphenation(tuple(sorted(set(words.values()))), guess_language("".join(clusters)))
    return tuple(first + at for first, word in words.items() for at in found.get(word, ()))


def _iter_words(clusters: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the start and the end of each run without spaces."""
    for is_space, group in itertools.groupby(range(len(clusters)), lambda at: clusters[at] == " "):
        run = list(group)
        if not is_space:
            yield run[0], run[-1] + 1


def _rate_space(
    clusters: Sequence[str], before: Part, start: int, hidden: Mapping[int, str], language: str | None
) -> Break:
    """Rate a break at the space between a part and the word that starts at ``start``."""
    if LINE_BREAK in hidden.get(start, ""):
        return Break.FORCED
    word = "".join(clusters[before.start : before.end])
    if word[-1] in _ENDS_THOUGHT and any(char.isalnum() for char in word):
        return Break.LIKED
    return Break.STRANDED if leads(word, language) else Break.PLAIN


def _is_trailing_sign(clusters: Sequence[str], before: Part, own: Part) -> bool:
    """Tell if ``own`` is a sign on its own and the word before it is short enough to keep it."""
    signs = clusters[own.start : own.end]
    return (
        own.end - before.start <= _MAX_WITH_SIGN
        and clusters[before.end - 1][0].isalnum()
        and not any(sign[0].isalnum() or sign in JOINING_SIGNS for sign in signs)
        and unicodedata.category(signs[0][0]) not in ("Ps", "Pi")
        and signs[0][0] not in _NOT_AT_LINE_END
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
        lengths = mark - before - 1, after - mark - 1
        if min(lengths) >= _LEAST_LETTERS and word[mark - 1].isalpha() and word[mark + 1].isalpha():
            found[start + mark + 1] = Break.INSIDE
    return found


def _find_pictures(clusters: Sequence[str], start: int, end: int) -> dict[int, Break]:
    """Find the breaks between the emoji of a row that is long enough to be broken."""
    places = [at for at in range(start + 1, end) if is_emoji(clusters[at]) and is_emoji(clusters[at - 1])]
    return dict.fromkeys(places, Break.INSIDE) if len(places) >= _LONG_ROW else {}


_LONG_ROW = 4
"""The neighbours of emoji from which a row of them is broken."""
_NOT_IN_COMPOUNDS = frozenset(".:@=?&_#\\~")
"""Signs of addresses and paths, which are broken only when they are too long."""


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
    """Tell if a line may end before ``at``: not inside a Latin word or number, and not against kinsoku."""
    before, after = clusters[at - 1], clusters[at]
    inside_word = (before + after).isascii() and before.isalnum() and after.isalnum()
    return not inside_word and obeys_kinsoku(clusters, at)


def obeys_kinsoku(clusters: Sequence[str], at: int) -> bool:
    """Tell if a break before ``at`` obeys kinsoku: no closing sign starts a line and no opening sign ends one."""
    return clusters[at][0] not in _NOT_AT_LINE_START and clusters[at - 1][-1] not in _NOT_AT_LINE_END


def is_soft_break(clusters: Sequence[str], at: int) -> bool:
    """Tell if ``at`` is a good break in a word too long for its line: after a sign, or at a capital in camel case."""
    before, after = clusters[at - 1][-1], clusters[at][0]
    return (before in _SOFT_BREAK_AFTER and after not in _SOFT_BREAK_AFTER) or (before.islower() and after.isupper())
