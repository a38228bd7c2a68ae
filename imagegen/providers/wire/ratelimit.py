"""The waits and the limits that a provider's answer names, in all the forms that providers use."""

import re
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

_NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,9})?")
_UNIT = r"(?:ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)(?![A-Za-z])"
_PART = re.compile(rf"({_NUMBER.pattern})\s?({_UNIT})", re.IGNORECASE)
_SPAN = rf"(?:{_NUMBER.pattern}\s?{_UNIT}(?:,? and |, |\s)?)+"
_DURATION = re.compile(_SPAN, re.IGNORECASE)
_SENTENCE = re.compile(
    rf"\b(?:try again|retry|wait|resets?|available(?: again)?)(?: (?:in|after|for))? ({_SPAN})", re.IGNORECASE
)
_PER_MINUTE = re.compile(r"\b(?:images?|requests?) per min|\b[IR]PM\b|\blimit:? ?\d+ ?/ ?min\b", re.IGNORECASE)
_LIMIT = re.compile(r"\blimit:? ?(\d{1,6})\b", re.IGNORECASE)
_BETWEEN_WAITS = re.compile(r",(?!\s*\d{1,2}[ -](?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b)", re.IGNORECASE)
"""A comma, but not the one after a date's day of the week."""
_RESET = "x-ratelimit-reset-"
_MINUTE = 60.0


def parse_wait(
    headers: Mapping[str, str], message: str = "", retry_delays: Iterable[str] = (), *, limited: bool = True
) -> float | None:
    """Return the longest wait in seconds that an answer asks for; None when it names none.

    ``headers`` and ``message`` are the answer's, ``retry_delays`` are the durations of Google's ``RetryInfo``. The
    time at which a limit is reset counts when nothing remains of that limit or, in an answer that was ``limited``
    (429), when the answer names no other wait.
    """
    named = [
        _parse_milliseconds(headers.get("retry-after-ms", "")),
        _parse_retry_after(headers.get("retry-after", ""), headers.get("date", "")),
        _parse_seconds(headers.get("ratelimit-reset", "")),
        *map(parse_duration, retry_delays),
        *(parse_duration(found[1]) for found in _SENTENCE.finditer(message)),
        *(parse_duration(reset) for remaining, reset in _list_resets(headers) if remaining == "0"),
    ]
    resets = [parse_duration(reset) for _, reset in _list_resets(headers)] if limited else []
    return _find_longest(named, default=_find_longest(resets))


def parse_duration(text: str) -> float | None:
    """Parse a duration such as ``1m2.5s``, ``6ms``, ``20 seconds`` into seconds; None when it is none."""
    if not _DURATION.fullmatch(text.strip()):
        return None
    seconds = {"ms": 0.001, "mi": 60.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "s": 1.0}
    return round(sum(float(number) * seconds[_abbreviate(unit)] for number, unit in _PART.findall(text)), 9)


def parse_limit(headers: Mapping[str, str], message: str = "") -> int | None:
    """Return the number of images or requests a minute that a refusal says it allows; None when it says none.

    A header's limit counts when nothing remains of it and it is reset within a minute. Limits of tokens do not count.
    """
    if _PER_MINUTE.search(message) and (found := _LIMIT.search(message)):
        return int(found[1]) or None
    limits = [
        int(value)
        for name, value in headers.items()
        if (limit := name.lower()).startswith("x-ratelimit-limit-") and limit.endswith(("images", "requests"))
        if value.strip().isascii() and value.strip().isdigit() and len(value) < len("1000000")
        if headers.get(limit.replace("-limit-", "-remaining-", 1), "0").strip() == "0"
        if (parse_duration(headers.get(limit.replace("-limit-", "-reset-", 1), "")) or 0.0) <= _MINUTE
    ]
    return min((limit for limit in limits if limit), default=None)


def _list_resets(headers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """List the limits that an answer describes: what remains of each, and the time until it is reset."""
    for name, reset in headers.items():
        if name.lower().startswith(_RESET):
            remaining = headers.get(name.lower().replace("-reset-", "-remaining-", 1), "")
            yield remaining.strip(), reset


def _find_longest(waits: list[float | None], default: float | None = None) -> float | None:
    return max((seconds for seconds in waits if seconds is not None), default=default)


def _abbreviate(unit: str) -> str:
    lower = unit.lower()
    if lower.startswith("milli"):
        return "ms"
    return lower[:2] if lower.startswith(("ms", "mi")) else lower[0]


def _parse_milliseconds(text: str) -> float | None:
    return float(text) / 1000 if _NUMBER.fullmatch(text.strip()) else None


def _parse_retry_after(text: str, date: str) -> float | None:
    """Parse seconds, a duration or a date; of several, as two headers of this name become one, the longest.

    A date is measured from the ``date`` of the answer, so that the server's clock need not agree with this machine's.
    """
    now = _parse_date(date) or time.time()
    waits: list[float | None] = []
    for part in _BETWEEN_WAITS.split(text):
        seconds = _parse_seconds(part)
        moment = _parse_date(part) if seconds is None else None
        waits.append(seconds if moment is None else max(0.0, moment - now))
    return _find_longest(waits)


def _parse_seconds(text: str) -> float | None:
    """Parse seconds or a duration."""
    return float(text) if _NUMBER.fullmatch(text.strip()) else parse_duration(text)


def _parse_date(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
