"""Waiting out a rate limit inside the attempt."""

import time
from email.utils import formatdate
from itertools import pairwise

import pytest

from imagegen.providers.ratelimit import RateLimited, parse_wait, wait_out
from tests.doubles import gemini_server, openai_server
from tests.doubles.scripted_server import Reply
from tests.providers.conftest import OpenDesk, request


@pytest.mark.parametrize(
    ("provider", "refusal"),
    [
        ("openai", openai_server.rate_limited(retry_after="2")),
        ("gemini", gemini_server.rate_limited("2s")),
    ],
)
def test_the_next_call_comes_no_sooner_than_asked_and_the_attempt_is_not_lost(
    provider: str, refusal: Reply, desk: OpenDesk
) -> None:
    at = desk(provider)
    at.server.script([refusal])
    assert at.provider.generate(request(provider)).data
    first, second = at.server.calls
    assert 2.0 <= second.at - first.at < 2.8


@pytest.mark.parametrize(
    ("provider", "refusal"),
    [
        ("openai", openai_server.rate_limited(retry_after_ms="40000")),
        ("openai", openai_server.rate_limited(retry_after="31")),
        ("gemini", gemini_server.rate_limited("34.07s")),
        ("gemini", gemini_server.rate_limited(retry_after="34")),
    ],
)
def test_a_wait_longer_than_allowed_is_not_begun(provider: str, refusal: Reply, desk: OpenDesk) -> None:
    at = desk(provider, rate_limit_wait_seconds=30)
    at.server.always(refusal)
    started = time.monotonic()
    caught = at.catch_failure()
    assert time.monotonic() - started < 5
    assert (caught.kind, caught.retryable, caught.possible_extra_charges) == ("rate_limited", True, 0)
    assert f"{provider.upper()}_IMAGES_PER_MINUTE" in str(caught)
    assert len(at.server.calls) == 1


def test_all_waits_together_stay_within_the_budget() -> None:
    calls: list[float] = []

    def refused() -> None:
        calls.append(time.monotonic())
        raise RateLimited("not now", 0.0)

    with pytest.raises(RateLimited):
        wait_out(refused, budget=1.6)
    assert calls[-1] - calls[0] < 1.8
    gaps = [later - earlier for earlier, later in pairwise(calls)]
    assert len(gaps) in (2, 3)
    assert gaps[0] >= 0.5


def test_siblings_refused_at_one_instant_come_back_at_different_ones() -> None:
    waits = {_first_wait(retry_after=4) for _ in range(20)}
    assert len(waits) == 20
    assert all(4 <= wait <= 5 for wait in waits)


def test_a_refusal_that_names_no_wait_is_not_waited_out() -> None:
    with pytest.raises(RateLimited):
        _first_wait(retry_after=None)


@pytest.mark.parametrize(
    ("headers", "retry_delay", "seconds"),
    [
        ({}, "", None),
        ({"retry-after": "2"}, "", 2.0),
        ({"retry-after": " 1.5 "}, "", 1.5),
        ({"retry-after": "0"}, "", 0.0),
        ({"retry-after-ms": "250"}, "", 0.25),
        ({"retry-after": "1", "retry-after-ms": "2500"}, "", 2.5),
        ({}, "34.074824224s", 34.074824224),
        ({"retry-after": "40"}, "2s", 40.0),
        ({"retry-after": "soon"}, "a while", None),
        ({"retry-after": "-5"}, "-5s", None),
        ({"retry-after": "nan", "retry-after-ms": "inf"}, "1e9s", None),
        ({"retry-after": "Mon, 01 Jan 2001 00:00:00 GMT"}, "", 0.0),
    ],
)
def test_what_an_answer_asks_for(headers: dict[str, str], retry_delay: str, seconds: float | None) -> None:
    assert parse_wait(headers, retry_delay) == seconds


def test_a_date_is_a_wait_until_then() -> None:
    asked = parse_wait({"retry-after": formatdate(time.time() + 30, usegmt=True)})
    assert asked is not None
    assert 28 < asked <= 30


def _first_wait(retry_after: float | None) -> float:
    """How long a call that is refused once is waited out."""
    waits: list[float] = []

    def call() -> float:
        if not waits:
            raise RateLimited("not now", retry_after)
        return waits[0]

    return wait_out(call, budget=60, sleep=lambda seconds: waits.append(float(seconds)))
