"""Hyphenation by Liang's algorithm, with the patterns of the package ``pyphen``.

The patterns are read here and not by the package, which takes a second for German: a title needs a few of them.
"""

import functools
import importlib.util
import re
from collections.abc import Collection, Mapping
from itertools import compress
from pathlib import Path

from imagegen.errors import ConfigurationError

_FILES = {
    "en": "en_US", "de": "de_DE", "fr": "fr", "es": "es", "pt": "pt_PT", "it": "it_IT", "nl": "nl_NL", "sv": "sv",
    "nb": "nb_NO", "da": "da_DK", "pl": "pl_PL", "cs": "cs_CZ", "sk": "sk_SK", "hr": "hr_HR", "hu": "hu_HU",
    "ro": "ro_RO", "ca": "ca", "ru": "ru_RU", "uk": "uk_UA", "bg": "bg_BG", "el": "el_GR",
}  # fmt: skip
"""The pattern file of each language."""
_LEAST_LETTERS = 4
"""The fewest letters before a hyphen and after it: a title is no column of a newspaper."""


@functools.lru_cache(maxsize=64)
def find_hyphenation(words: tuple[str, ...], language: str | None) -> dict[str, list[int]]:
    """Return, for each of ``words``, the places where a hyphen may divide it. The words are all letters."""
    fit = [word for word in words if word.isalpha() and not word.isupper()]
    if language not in _FILES or not fit:
        return {}
    parts = {part for word in fit for part in _list_parts(f".{word.lower()}.")}
    patterns = _read_patterns(_FILES[language], parts)
    return {word: _divide(word, patterns) for word in fit}


def _list_parts(dotted: str) -> list[str]:
    """List every part of a word that may be a pattern."""
    length = len(dotted)
    return [dotted[start:end] for start in range(length) for end in range(start + 1, min(start + _LONGEST, length) + 1)]


def _divide(word: str, patterns: Mapping[str, str]) -> list[int]:
    """Apply the patterns: at each place the highest value counts, and an odd one allows a hyphen."""
    dotted = f".{word.lower()}."
    values = [0] * (len(dotted) + 1)
    for start in range(len(dotted)):
        for end in range(start + 1, min(start + _LONGEST, len(dotted)) + 1):
            for offset, value in enumerate(_parse_values(patterns.get(dotted[start:end], ""))):
                values[start + offset] = max(values[start + offset], value)
    return [at for at in range(_LEAST_LETTERS, len(word) - _LEAST_LETTERS + 1) if values[at + 1] % 2]


_LONGEST = 24
"""No pattern has more letters."""


def _read_patterns(name: str, parts: Collection[str]) -> dict[str, str]:
    """Read the patterns of a language whose letters are among ``parts``. Nothing else is kept: German has 78,000.

    Raises ConfigurationError when the package is not installed: without hyphens the picture would be another one.
    """
    spec = importlib.util.find_spec("pyphen")
    if spec is None or spec.origin is None:
        raise ConfigurationError("hyphenation needs the package pyphen, which is not installed: reinstall imagegen")
    data = (Path(spec.origin).parent / "dictionaries" / f"hyph_{name}.dic").read_bytes().replace(b"\r", b"")
    encoding = data.partition(b"\n")[0].strip().decode().replace("microsoft-cp", "cp")
    wanted = {part.encode(encoding, "ignore") for part in parts}
    # Each step runs in C: a loop over the lines would take three times as long.
    letters = data.translate(None, b"0123456789").split(b"\n")
    chosen = list(map(wanted.__contains__, letters))
    found = zip(compress(letters, chosen), compress(data.split(b"\n"), chosen), strict=True)
    return {own.decode(encoding): pattern.decode(encoding) for own, pattern in found}


_GAP = re.compile(r"(\d?)(?:\D|$)")


def _parse_values(pattern: str) -> list[int]:
    """Return the values between the letters of a pattern: ``a1b2`` has 0, 1 and 2."""
    return [int(value or 0) for value in _GAP.findall(pattern)]
