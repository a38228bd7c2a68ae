"""The look at the prompts before anything is spent."""

from collections.abc import Iterator

import pytest

from imagegen.errors import ConfigurationError, PassingFailure
from imagegen.providers import moderation
from imagegen.settings import Settings, from_environment
from tests.doubles.provider.openai_server import OpenAIServer
from tests.doubles.provider.scripted_server import HTML, HUNG_UP_AFTER, Reply

PLANTED = "sk-proj-planted5ecret"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIServer]:
    flags = {"blood": ("violence", "harassment/threatening"), "nude": ("sexual",)}
    with OpenAIServer(api_key=PLANTED, flagged=flags) as standin:
        monkeypatch.setenv("OPENAI_BASE_URL", standin.environment["OPENAI_BASE_URL"])
        yield standin


def _settings(key: str = PLANTED) -> Settings:
    return from_environment({"OPENAI_API_KEY": key})


def test_each_distinct_prompt_is_asked_about_once(server: OpenAIServer) -> None:
    assert moderation.flag_prompts(["a", "b", "a", "c", "b"], _settings()) == {}
    assert sorted(server.moderations) == ["a", "b", "c"]
    assert server.calls == []


def test_a_flagged_prompt_comes_with_its_categories_and_what_to_do(server: OpenAIServer) -> None:
    found = moderation.flag_prompts(["a lamb", "a nude", "blood and nude"], _settings())
    assert list(found) == ["a nude", "blood and nude"]
    assert "(sexual)" in found["a nude"]
    assert "(harassment/threatening, sexual, violence)" in found["blood and nude"]
    assert "change its wording" in found["a nude"]
    assert len(server.moderations) == 3


def test_no_prompts_need_no_answer(server: OpenAIServer) -> None:
    assert moderation.flag_prompts([], _settings()) == {}
    assert server.connections == 0


def test_a_missing_or_refused_key_is_the_users_to_fix(server: OpenAIServer) -> None:
    with pytest.raises(ConfigurationError, match="OPENAI_API_KEY is not set"):
        moderation.flag_prompts(["a"], _settings(""))
    with pytest.raises(ConfigurationError, match="OPENAI_API_KEY"):
        moderation.flag_prompts(["a"], _settings("another"))
    assert server.moderations == []


@pytest.mark.parametrize("reply", [Reply(503, b"{}"), HTML, HUNG_UP_AFTER], ids=["503", "HTML", "hung up"])
def test_no_answer_now_is_passing_and_costs_nothing(
    reply: Reply, server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moderation, "RETRIES", 0)
    monkeypatch.setattr(server, "routed", lambda *_: reply)
    with pytest.raises(PassingFailure, match="nothing was paid for") as caught:
        moderation.flag_prompts(["a"], _settings())
    assert caught.value.kind == "moderation_unavailable"
    assert caught.value.possible_extra_charges == 0
    assert PLANTED not in str(caught.value)


def test_a_question_that_went_unanswered_is_asked_again(server: OpenAIServer, monkeypatch: pytest.MonkeyPatch) -> None:
    answered = server.routed
    replies = iter([Reply(503, b"{}", {"retry-after-ms": "10"})])
    monkeypatch.setattr(server, "routed", lambda method, call: next(replies, None) or answered(method, call))
    assert list(moderation.flag_prompts(["a nude"], _settings())) == ["a nude"]
    assert server.connections == 2
