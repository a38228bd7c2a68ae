"""Refusals that ask for a wait: what they ask for is passed on, and nobody waits or asks again here."""

import time
from email.utils import formatdate

import pytest

from imagegen.errors import PassingFailure, RateLimited
from imagegen.providers.wire.ratelimit import parse_duration, parse_limit, parse_wait
from tests.doubles.provider import gemini_server, openai_server
from tests.doubles.provider.scripted_server import Reply
from tests.providers.conftest import PROVIDERS, OpenDesk

SENTENCE = (
    "Rate limit reached for gpt-image-2 on input-images per min: Limit 5, Used 5, Requested 1. Please try again in"
)


def limited(message: str, **headers: str) -> Reply:
    """OpenAI's 429 with a message of one's own."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return openai_server.error(429, "rate_limit_exceeded", message, kind="input-images", headers=named)


@pytest.mark.parametrize(
    ("provider", "refusal", "wait", "per_minute"),
    [
        ("openai", openai_server.rate_limited(), None, 5),
        ("openai", openai_server.rate_limited(retry_after="200"), 200.0, 5),
        ("openai", openai_server.rate_limited(retry_after_ms="40000"), 40.0, 5),
        ("openai", limited(f"{SENTENCE} 52s. Visit"), 52.0, 5),
        ("openai", limited(f"{SENTENCE} 1m2s.", retry_after="2"), 62.0, 5),
        ("openai", limited("Slow down.", x_ratelimit_reset_requests="1m2.5s"), 62.5, None),
        ("gemini", gemini_server.rate_limited("34.07s"), 34.07, 10),
        ("gemini", gemini_server.rate_limited(retry_after="34"), 34.0, 10),
        ("gemini", gemini_server.error(429, "RESOURCE_EXHAUSTED", "Please retry in 34.07s."), 34.07, None),
    ],
)
def test_a_refusal_costs_one_request_and_says_how_long_to_wait(
    provider: str, refusal: Reply, wait: float | None, per_minute: int | None, desk: OpenDesk
) -> None:
    at = desk(provider)
    at.server.always(refusal)
    started = time.monotonic()
    caught = at.catch_failure()
    assert time.monotonic() - started < 1.5
    assert len(at.server.calls) == 1
    assert isinstance(caught, RateLimited)
    assert (caught.kind, caught.retry_after, caught.per_minute) == ("rate_limited", wait, per_minute)
    assert (caught.retryable, caught.possible_extra_charges) == (True, 0)
    assert f"{provider.upper()}_IMAGES_PER_MINUTE" in str(caught)


@pytest.mark.parametrize("status", [408, 409, 500, 503, 504])
@pytest.mark.parametrize("provider", PROVIDERS)
def test_any_passing_failure_says_how_long_to_wait(provider: str, status: int, desk: OpenDesk) -> None:
    at = desk(provider)
    at.server.always(Reply(status, b'{"error": {"message": "Busy."}}', {"Retry-After": "5"}))
    caught = at.catch_failure()
    assert isinstance(caught, PassingFailure)
    assert caught.retry_after == 5.0
    assert len(at.server.calls) == 1


@pytest.mark.parametrize(
    ("headers", "retry_delay", "seconds"),
    [
        ({}, "", None),
        ({"retry-after": "2"}, "", 2.0),
        ({"retry-after": " 1.5 "}, "", 1.5),
        ({"retry-after": "0"}, "", 0.0),
        ({"ratelimit-reset": "6"}, "", 6.0),
        ({"retry-after": "9s"}, "", 9.0),
        ({"retry-after": "5, 9"}, "", 9.0),
        ({"retry-after": "9s, 5 sec"}, "", 9.0),
        ({"retry-after": "7, Mon, 01 Jan 2001 00:00:00 GMT"}, "", 7.0),
        ({"retry-after": "Monday, 01-Jan-01 00:00:00 GMT"}, "", 0.0),
        ({"retry-after-ms": "250"}, "", 0.25),
        ({"retry-after": "1", "retry-after-ms": "2500"}, "", 2.5),
        ({}, "34.074824224s", 34.074824224),
        ({"retry-after": "40"}, "2s", 40.0),
        ({"retry-after": "soon"}, "a while", None),
        ({"retry-after": "-5"}, "-5s", None),
        ({"retry-after": "nan", "retry-after-ms": "inf"}, "1e9s", None),
        ({"retry-after": "Mon, 01 Jan 2001 00:00:00 GMT"}, "", 0.0),
        ({"x-ratelimit-reset-images": "12s", "x-ratelimit-remaining-images": "0"}, "", 12.0),
        (
            {
                "x-ratelimit-reset-images": "12s",
                "x-ratelimit-remaining-images": "0",
                "x-ratelimit-reset-tokens": "6m0s",
                "x-ratelimit-remaining-tokens": "99000",
            },
            "",
            12.0,
        ),
        ({"x-ratelimit-reset-tokens": "6m0s", "x-ratelimit-remaining-tokens": "99", "retry-after": "3"}, "", 3.0),
        ({"x-ratelimit-reset-tokens": "6ms", "x-ratelimit-remaining-tokens": "99"}, "", 0.006),
    ],
)
def test_the_longest_wait_that_an_answer_names_counts(
    headers: dict[str, str], retry_delay: str, seconds: float | None
) -> None:
    assert parse_wait(headers, retry_delays=[retry_delay]) == seconds


def test_a_limit_that_is_not_used_up_delays_nothing_but_a_refusal() -> None:
    headers = {"x-ratelimit-reset-tokens": "6m0s", "x-ratelimit-remaining-tokens": "99"}
    assert parse_wait(headers, limited=False) is None


@pytest.mark.parametrize(
    ("message", "seconds"),
    [
        ("Please try again in 52s.", 52.0),
        ("please try again in 1m2s. Visit https://x to learn more", 62.0),
        ("Please try again in 350ms.", 0.35),
        ("Please retry in 34.074824224s.", 34.074824224),
        ("Try again in 20 seconds, or retry after 2 minutes", 120.0),
        ("Please try again in 7h12m0s.", 25_920.0),
        ("Try again in 0 minutes and 4 seconds.", 4.0),
        ("Try again in 1 hour, 2 minutes, and 3 seconds", 3_723.0),
        ("Your quota resets in 4s.", 4.0),
        ("The model is available again in 4 seconds", 4.0),
        ("Please try again later. Limit 5s", None),
        ("retry in " + "9" * 5000 + "s", None),
    ],
)
def test_a_sentence_names_a_wait(message: str, seconds: float | None) -> None:
    assert parse_wait({}, message) == seconds


def test_a_date_is_a_wait_until_then() -> None:
    asked = parse_wait({"retry-after": formatdate(time.time() + 30, usegmt=True)})
    assert asked is not None
    assert 28 < asked <= 30


def test_a_date_is_measured_by_the_clock_of_who_sent_it() -> None:
    headers = {"retry-after": "Mon, 01 Jan 2001 00:00:20 GMT", "date": "Mon, 01 Jan 2001 00:00:00 GMT"}
    assert parse_wait(headers) == 20.0


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("body", [b"{}", b"<p>queued</p>", b'{"error": {"message": "Busy."}}'])
def test_an_answer_of_success_without_a_picture_may_ask_for_a_wait(provider: str, body: bytes, desk: OpenDesk) -> None:
    at = desk(provider)
    at.server.always(Reply(200, body, {"Retry-After": "7"}))
    caught = at.catch_failure()
    assert isinstance(caught, PassingFailure)
    assert caught.retry_after == 7.0


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_refusal_whose_body_is_cut_off_is_a_refusal_all_the_same(provider: str, desk: OpenDesk) -> None:
    at = desk(provider)
    at.server.always(Reply(429, b'{"error": {"message": "Slow down."}}', {"Retry-After": "4"}, cut=9))
    caught = at.catch_failure()
    assert isinstance(caught, RateLimited)
    assert (caught.retry_after, caught.possible_extra_charges) == (4.0, 0)


def test_a_refusal_in_plain_words_names_its_wait(desk: OpenDesk) -> None:
    at = desk("openai")
    at.server.always(Reply(503, b"Overloaded, try again in 4 seconds", {"Content-Type": "text/plain"}))
    caught = at.catch_failure()
    assert isinstance(caught, PassingFailure)
    assert caught.retry_after == 4.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1m2.5s", 62.5), ("6ms", 0.006), ("20s", 20.0), ("1d2h", 93_600.0), ("", None), ("20", None), ("1x", None)],
)
def test_durations(text: str, seconds: float | None) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    ("headers", "message", "limit"),
    [
        ({}, f"{SENTENCE} 12s.", 5),
        ({}, "Rate limit reached on requests per minute (RPM): Limit 20, Used 20", 20),
        ({}, "Rate limit reached. Limit: 3 / min. Please try again in 20s.", 3),
        ({}, "Rate limit reached on tokens per min (TPM): Limit 100000, Used 99999", None),
        ({}, "Rate limit reached on requests per day (RPD): Limit 200", None),
        ({}, "Limit 0 on images per minute", None),
        ({"x-ratelimit-limit-images": "5", "x-ratelimit-remaining-images": "0"}, "", 5),
        ({"x-ratelimit-limit-images": "5", "x-ratelimit-remaining-images": "3"}, "", None),
        ({"x-ratelimit-limit-requests": "200", "x-ratelimit-reset-requests": "7h"}, "", None),
        ({"x-ratelimit-limit-tokens": "100000", "x-ratelimit-remaining-tokens": "0"}, "", None),
        ({"x-ratelimit-limit-images": "²"}, "", None),
    ],
)
def test_the_limit_a_minute_is_the_one_that_the_provider_states(
    headers: dict[str, str], message: str, limit: int | None
) -> None:
    assert parse_limit(headers, message) == limit
