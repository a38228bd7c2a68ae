"""Messages for people: groupable, with the setting to change, and without anything that is not plain text."""

import pytest

from imagegen.errors import PermanentFailure
from imagegen.providers.wire.quoting import find_request_id, mask
from tests.doubles import gemini_server, openai_server
from tests.doubles.scripted_server import Reply
from tests.providers.conftest import PROVIDERS, OpenDesk


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_time_out_names_the_seconds_and_the_setting(provider: str, desk: OpenDesk) -> None:
    at = desk(provider, provider_timeout_seconds=0.5)
    at.server.always(Reply(delay=20))
    assert "0.5 s (PROVIDER_TIMEOUT_SECONDS)" in str(at.catch_failure())


@pytest.mark.parametrize("where", ["header", "message"])
def test_failures_that_differ_in_their_request_id_have_one_message(where: str, desk: OpenDesk) -> None:
    at = desk("openai")
    told = set()
    for number in (1, 2):
        name = f"req_abcdef{number}"
        headers = {"x-request-id": name} if where == "header" else {"x-request-id": ""}
        message = "An error." if where == "header" else f"An error. Include the request ID {name} in your message."
        at.server.always(openai_server.error(400, "invalid_value", message, headers=headers))
        caught = at.catch_failure()
        assert caught.request_id == name
        told.add(str(caught))
    assert len(told) == 1


@pytest.mark.parametrize("header", ["\x1b[31mred", "two words", "sk-proj-0123456789abcdef", "x" * 200, "the-key", ""])
def test_a_request_id_is_a_plain_word_or_none(header: str) -> None:
    assert find_request_id(header, "", "the-key") == ""


@pytest.mark.parametrize(
    ("secret", "text", "masked"),
    [
        ("k", "key k is bad, k.", "key … is bad, …."),
        ("test", "the latest test failed", "the latest … failed"),
        ("long-enough-key", "xlong-enough-keyx", "x…x"),
        ("", "nothing", "nothing"),
    ],
)
def test_a_short_secret_is_masked_where_it_stands_alone(secret: str, text: str, masked: str) -> None:
    assert mask(text, secret) == masked


def test_a_models_daily_quota_is_told_from_the_accounts(desk: OpenDesk) -> None:
    at = desk("gemini")
    at.server.always(gemini_server.daily_quota())
    ofmodel = at.catch_failure()
    assert isinstance(ofmodel, PermanentFailure)
    assert ofmodel.kind == "daily_quota"
    assert "quota for the model gemini-3-pro-image" in str(ofmodel)
    body = gemini_server.daily_quota().body.replace(b"PerProjectPerModel", b"PerProject")
    at.server.always(Reply(429, body))
    account = at.catch_failure()
    assert account.kind == "daily_quota"
    assert "of this account" in str(account)
    openai = desk("openai")
    openai.server.always(openai_server.daily_quota())
    assert "quota for the model gpt-image-2" in str(openai.catch_failure())


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_providers_escape_sequences_are_never_printed(provider: str, desk: OpenDesk) -> None:
    at = desk(provider)
    evil = "red \x1b[31m\x07\x9b2J\u202e words"
    replies = {
        "openai": [openai_server.error(400, evil, evil), openai_server.error(500, None, evil)],
        "gemini": [
            gemini_server.error(400, evil, evil),
            gemini_server.blocked(evil),
            gemini_server.finished(evil, evil),
        ],
    }
    for reply in replies[provider]:
        at.server.always(reply)
        caught = at.catch_failure()
        assert str(caught).isprintable()
        assert caught.request_id.isprintable()


def test_gemini_s_finish_message_is_passed_on(desk: OpenDesk) -> None:
    at = desk("gemini")
    reply = gemini_server.finished("NO_IMAGE")
    at.server.always(Reply(body=reply.body.replace(b'"index"', b'"finishMessage": "Try other words.", "index"')))
    assert "Gemini says: (NO_IMAGE) Try other words." in str(at.catch_failure())
