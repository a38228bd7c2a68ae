"""Gemini's pictures: what is asked, which part is taken, what it cost."""

from dataclasses import replace
from typing import Any

import pytest

from imagegen.errors import ConfigurationError, PassingFailure
from imagegen.providers import connect
from imagegen.settings import Settings, from_environment
from tests.doubles.provider import gemini_server
from tests.doubles.provider import provider_pictures as pictures
from tests.doubles.provider.gemini_server import USAGE_COST, answered, image_part, text_part
from tests.doubles.provider.scripted_server import Reply
from tests.providers.conftest import OpenDesk, request


def test_one_wide_picture_is_asked_for_and_no_words(desk: OpenDesk) -> None:
    at = desk("gemini")
    at.provider.generate(request("gemini", prompt="Ein Fuchs läuft 🦊"))
    (call,) = at.server.calls
    assert call.path == "/v1/models/gemini-3-pro-image:generateContent"
    assert call.headers["x-goog-api-key"] == gemini_server.KEY
    assert call.body == {
        "contents": [{"role": "user", "parts": [{"text": "Ein Fuchs läuft 🦊"}]}],
        "generationConfig": {"responseModalities": ["IMAGE"], "imageConfig": {"aspectRatio": "16:9"}},
    }


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_bytes_are_taken_untouched(kind: str, desk: OpenDesk) -> None:
    at = desk("gemini")
    at.server.always(gemini_server.picture(kind=kind))
    assert at.provider.generate(request("gemini")).data == pictures.picture(kind, pictures.WIDE)


@pytest.mark.parametrize(
    ("parts", "taken"),
    [
        ([image_part(b"draft", thought=True), image_part(b"final")], b"final"),
        ([image_part(b"final"), image_part(b"afterthought", thought=True)], b"final"),
        ([text_part("hm", thought=True), image_part(b"one"), text_part("and"), image_part(b"two")], b"two"),
        ([image_part(b"draft 1", thought=True), image_part(b"draft 2", thought=True), text_part("x")], b"draft 2"),
        (
            [image_part(b"picture"), image_part(b""), {"inlineData": {"mimeType": "audio/wav", "data": "AA=="}}],
            b"picture",
        ),
    ],
    ids=["thoughts first", "thoughts last", "the last of two", "thoughts alone", "what is no picture"],
)
def test_the_last_picture_that_is_no_thought_is_taken(parts: list[Any], taken: bytes, desk: OpenDesk) -> None:
    at = desk("gemini")
    at.server.always(answered(parts))
    assert at.provider.generate(request("gemini")).data == taken


def test_a_picture_counts_whatever_the_finish_reason_says(desk: OpenDesk) -> None:
    at = desk("gemini")
    at.server.always(answered([image_part(b"picture")], finish="MAX_TOKENS"))
    assert at.provider.generate(request("gemini")).data == b"picture"


def test_the_cost_is_that_of_the_tokens_reported(desk: OpenDesk) -> None:
    assert desk("gemini").provider.generate(request("gemini")).cost_usd == pytest.approx(USAGE_COST)


@pytest.mark.parametrize("usage", [None, {"totalTokenCount": 5}, {"candidatesTokenCount": 0, "promptTokenCount": 9}])
def test_without_tokens_the_cost_is_the_list_price(usage: dict[str, Any] | None, desk: OpenDesk) -> None:
    at = desk("gemini")
    at.server.always(gemini_server.picture(usage=usage))
    assert at.provider.generate(request("gemini")).cost_usd == 0.134


def test_words_beside_the_picture_cost_what_words_cost(desk: OpenDesk) -> None:
    at = desk("gemini")
    details = [{"modality": "TEXT", "tokenCount": 80}, {"modality": "IMAGE", "tokenCount": 1120}]
    usage = {"promptTokenCount": 0, "candidatesTokenCount": 1200, "candidatesTokensDetails": details}
    at.server.always(gemini_server.picture(usage=usage))
    assert at.provider.generate(request("gemini")).cost_usd == pytest.approx((80 * 12 + 1120 * 120) / 1e6)


def test_the_cost_of_a_model_without_a_price_is_unknown(desk: OpenDesk) -> None:
    at = desk("gemini")
    assert at.provider.generate(request("gemini", model="gemini-nano-banana-9")).cost_usd is None


def test_an_unfinished_answer_is_not_continued_at_further_cost(desk: OpenDesk) -> None:
    at = desk("gemini")
    unfinished = answered(None, finish="CONTINUATION")
    at.server.always(Reply(body=unfinished.body.replace(b'"index"', b'"continuationToken": "AAAA", "index"')))
    assert at.catch_failure().kind == "no_picture"
    assert len(at.server.calls) == 1


@pytest.mark.parametrize("status", [201, 202])
def test_a_picture_under_another_status_of_success_is_a_picture(status: int, desk: OpenDesk) -> None:
    at = desk("gemini")
    at.server.always(replace(gemini_server.picture(), status=status))
    assert at.provider.generate(request("gemini")).data.startswith(b"\xff\xd8")


def test_a_refusal_with_a_status_of_success_says_how_long_to_wait(desk: OpenDesk) -> None:
    at = desk("gemini")
    wait = [{"retryDelay": "2s"}, {"retryDelay": "40s"}, {"retryDelay": "9s"}]
    for status, kind in ((200, "no_picture"), (429, "rate_limited")):
        at.server.always(gemini_server.error(status, "RESOURCE_EXHAUSTED", "Slow down.", details=wait))
        caught = at.catch_failure()
        assert isinstance(caught, PassingFailure)
        assert (caught.kind, caught.retry_after) == (kind, 40.0)
        assert "Slow down." in str(caught)


def test_a_missing_key_is_named_before_anything_is_asked() -> None:
    with pytest.raises(ConfigurationError, match=r"GOOGLE_API_KEY \(or GEMINI_API_KEY\).*--offline"):
        connect("gemini", Settings())


@pytest.mark.parametrize("switch", ["GOOGLE_GENAI_USE_VERTEXAI", "GOOGLE_GENAI_USE_ENTERPRISE"])
def test_an_inherited_switch_to_another_backend_changes_nothing(
    switch: str, desk: OpenDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(switch, "true")
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "someone-elses")
    monkeypatch.setenv("GOOGLE_CLOUD_LOCATION", "us-central1")
    at = desk("gemini")
    at.provider.generate(request("gemini"))
    assert [call.path for call in at.server.calls] == ["/v1/models/gemini-3-pro-image:generateContent"]


def test_the_api_version_is_the_sdks_own_setting(desk: OpenDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_GENAI_API_VERSION", "beta")
    at = desk("gemini")
    at.provider.generate(request("gemini"))
    assert at.server.calls[0].path == "/v1beta/models/gemini-3-pro-image:generateContent"


def test_either_variable_holds_the_key(desk: OpenDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    at = desk("gemini", api_key="AIzaTheRightOne")
    monkeypatch.delenv("GOOGLE_API_KEY")
    connect("gemini", from_environment({"GEMINI_API_KEY": " AIzaTheRightOne\n"})).generate(request("gemini"))
    assert len(at.server.calls) == 1
