"""Formats money, time and counts for people."""

import json


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


def encoded_size(value: object) -> int:
    """Bytes of a value as Render's SDK sends it: JSON in ASCII."""
    return len(json.dumps(value))


def dollars_apart(one: float, other: float) -> tuple[str, str]:
    """Two amounts with as many digits as it takes to tell them apart."""
    for digits in range(2, 7):
        texts = f"${one:,.{digits}f}", f"${other:,.{digits}f}"
        if texts[0] != texts[1] or one == other:
            break
    return texts
