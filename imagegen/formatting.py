"""Formats values for people: money, time, counts and text of others; and measures values as Render encodes them."""

import json
import unicodedata
from typing import Any

_SHAPING = frozenset("\u200c\u200d")
"""Format characters that belong to the spelling of some scripts and of emoji."""
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories of control characters, marks that reorder text, lone surrogates and line separators."""
_MOST_DECIMALS = 15


def dollars(cost_usd: float | None) -> str:
    """Format US dollars with as many digits as matter; None is "cost unknown", never zero."""
    if cost_usd is None:
        return "cost unknown"
    if cost_usd == 0:
        return "$0"
    if cost_usd < 0.01:  # noqa: PLR2004 - below a cent, two significant digits say more than cents
        return f"${cost_usd:.2g}" if cost_usd >= 0.0001 else "<$0.0001"  # noqa: PLR2004 - as above
    whole_cents = f"{cost_usd:,.2f}"
    exact = f"{cost_usd:,.3f}"
    return f"${whole_cents}" if exact.endswith("0") or cost_usd >= 1 else f"${exact}"


def dollars_apart(one: float, other: float) -> tuple[str, str]:
    """Format two amounts of US dollars with as many digits as it takes to tell them apart.

    Equal amounts, and amounts that differ by less than a float can show, give the same text.
    """
    texts = dollars(one), dollars(other)
    decimals = 2
    while one != other and texts[0] == texts[1] and decimals < _MOST_DECIMALS:
        decimals += 1
        texts = f"${one:,.{decimals}f}", f"${other:,.{decimals}f}"
    return texts


def duration(seconds: float) -> str:
    """Format seconds as ``0.42 s``, ``4.2 s``, ``42 s``, ``5 min 12 s`` or ``1 h 05 min``."""
    if seconds < 0.995:  # noqa: PLR2004 - rounds up to 1.0
        return f"{seconds:.2f} s"
    if seconds < 9.95:  # noqa: PLR2004 - rounds up to 10, from where tenths no longer matter
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:  # noqa: PLR2004
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:  # noqa: PLR2004
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def counted(number: int, noun: str, plural: str = "") -> str:
    """Format a count: ``1 picture``, ``1,000 pictures``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def printable(text: str) -> str:
    """Return ``text`` with its line breaks, but without control characters and marks that reorder text."""
    return "\n".join("".join(map(_replace_unsafe, line)) for line in text.split("\n"))


def one_line(text: str) -> str:
    """Return ``text`` on one line, without control characters and marks that reorder text."""
    return " ".join("".join(map(_replace_unsafe, text)).split())


def encoded_size(value: Any) -> int:
    """Return the bytes of a task's arguments or result as Render's SDK encodes them.

    The SDK calls ``json.dumps`` with its defaults (``render.workflows.client``): ASCII, so that a character outside it
    takes 6 or 12 bytes. The two brackets that it puts around a result are not counted.
    """
    return len(json.dumps(value))


def _replace_unsafe(character: str) -> str:
    if character in _SHAPING or unicodedata.category(character) not in _UNSAFE:
        return character
    return " "
