"""Rate-limit answers: how long a provider asks to wait, and waiting that long.

A refused call costs nothing, so waiting one out inside the attempt repeats no paid call.
"""

import random
import re
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception

from imagegen.errors import PassingFailure

T = TypeVar("T")

_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)s")
_NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,9})?")
_FIRST_FLOOR = 0.5
"""Seconds that the first wait takes at least, doubled for each further one: a provider that keeps asking for less
than it needs is not asked more often for it."""


class RateLimited(PassingFailure):
    """Refused for now, at no cost. ``retry_after`` is the wait that was asked for in seconds (None: no word)."""

    def __init__(self, message: str, retry_after: float | None) -> None:
        super().__init__("rate_limited", message)
        self.retry_after = retry_after


def parse_wait(headers: Mapping[str, str], retry_delay: str = "") -> float | None:
    """Parse the longest wait in seconds that an answer asks for; None when it names none.

    ``headers`` are the answer's, ``retry_delay`` is Google's ``RetryInfo`` duration such as ``"34.07s"``.
    """
    asked = [
        _parse_milliseconds(headers.get("retry-after-ms", "")),
        _parse_seconds_or_date(headers.get("retry-after", "")),
        float(found[1]) if (found := _DURATION.fullmatch(retry_delay)) else None,
    ]
    return max((seconds for seconds in asked if seconds is not None), default=None)


def wait_out(call: Callable[[], T], *, budget: float, sleep: Callable[[float], None] = time.sleep) -> T:
    """Return what ``call`` returns, waiting out RateLimited answers that name a wait for ``budget`` seconds in all.

    The next call comes no sooner than was asked, and a random while later, so that siblings refused at one instant
    do not come back at one instant. The last RateLimited is raised when the wait that it asks for exceeds the rest
    of the budget.
    """
    return Retrying(
        retry=retry_if_exception(lambda error: isinstance(error, RateLimited) and error.retry_after is not None),
        wait=lambda state: _choose_wait(state, _find_rest(state, budget)),
        stop=lambda state: _read_wait(state) > _find_rest(state, budget),
        sleep=sleep,
        reraise=True,
    )(call)


def _choose_wait(state: RetryCallState, left: float) -> float:
    asked = _read_wait(state)
    wanted = max(asked, _FIRST_FLOOR * 2.0 ** (state.attempt_number - 1))
    spread = random.uniform(0, max(0.5, wanted / 4))  # noqa: S311 - spreads waits, guards nothing
    return min(wanted + spread, max(asked, left))


def _read_wait(state: RetryCallState) -> float:
    refusal = state.outcome.exception() if state.outcome else None
    return (refusal.retry_after or 0.0) if isinstance(refusal, RateLimited) else 0.0


def _find_rest(state: RetryCallState, budget: float) -> float:
    return budget - (state.seconds_since_start or 0.0)


def _parse_milliseconds(text: str) -> float | None:
    return float(text) / 1000 if _NUMBER.fullmatch(text.strip()) else None


def _parse_seconds_or_date(text: str) -> float | None:
    if _NUMBER.fullmatch(text.strip()):
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None
