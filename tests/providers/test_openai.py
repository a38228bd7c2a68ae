"""OpenAI's pictures: what is asked, what is taken, what it cost."""

import base64
import os
from typing import Any

import pytest

from imagegen.errors import ConfigurationError, PassingFailure, PermanentFailure
from imagegen.providers import connect
from imagegen.providers.wire import download
from imagegen.settings import Settings
from tests.doubles.provider import openai_server
from tests.doubles.provider import provider_pictures as pictures
from tests.doubles.provider.openai_server import USAGE_COST
from tests.doubles.provider.scripted_server import Call, Reply
from tests.providers.conftest import OpenDesk, request


def test_one_picture_is_asked_for_in_landscape_with_the_options_of_the_request(desk: OpenDesk) -> None:
    at = desk("openai")
    at.provider.generate(request("openai", prompt="Ein Fuchs läuft 🦊"))
    (call,) = at.server.calls
    assert call.path == "/v1/images/generations"
    assert call.headers["authorization"] == f"Bearer {openai_server.KEY}"
    assert call.body == {
        "model": "gpt-image-2",
        "prompt": "Ein Fuchs läuft 🦊",
        "n": 1,
        "size": "1536x1024",
        "quality": "medium",
        "output_format": "jpeg",
    }


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_bytes_are_taken_untouched(kind: str, desk: OpenDesk) -> None:
    at = desk("openai")
    at.server.always(openai_server.picture(kind=kind))
    assert at.provider.generate(request("openai")).data == pictures.picture(kind)


def test_the_cost_is_that_of_the_tokens_reported(desk: OpenDesk) -> None:
    assert desk("openai").provider.generate(request("openai")).cost_usd == pytest.approx(USAGE_COST)


@pytest.mark.parametrize("usage", [None, {"output_tokens": 0}, {"output_tokens": None}, {"total_tokens": 5}])
def test_without_tokens_the_cost_is_the_list_price(usage: dict[str, Any] | None, desk: OpenDesk) -> None:
    at = desk("openai")
    at.server.always(openai_server.picture(usage=usage))
    assert at.provider.generate(request("openai")).cost_usd == 0.041


def test_the_cost_of_a_model_without_a_price_is_unknown(desk: OpenDesk) -> None:
    at = desk("openai")
    assert at.provider.generate(request("openai", model="gpt-image-9-aurora")).cost_usd is None


def test_a_link_in_place_of_the_picture_is_followed_without_the_key(desk: OpenDesk) -> None:
    at = desk("openai")
    at.server.always(openai_server.linked(f"{at.server.url}/pictures/1"))
    generated = at.provider.generate(request("openai"))
    assert generated.data == pictures.picture()
    assert generated.cost_usd == pytest.approx(USAGE_COST)


def test_a_data_link_is_taken_as_the_picture(desk: OpenDesk) -> None:
    at = desk("openai")
    at.server.always(openai_server.linked("data:image/png;base64," + base64.b64encode(b"picture").decode()))
    assert at.provider.generate(request("openai")).data == b"picture"


@pytest.mark.parametrize("link", ["/missing", "file:///etc/passwd"])
def test_a_dead_link_is_tried_three_times_and_its_answer_is_kept(
    link: str, desk: OpenDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "MAX_PAUSE", 0.01)
    at = desk("openai")
    reply = openai_server.linked(at.server.url + link if link.startswith("/") else link)
    at.server.always(reply)
    caught = at.catch_failure()
    _assert_paid_for(caught)
    assert isinstance(caught, PassingFailure)
    assert caught.data == reply.body
    assert len(at.server.calls) == 1
    assert at.server.connections == (4 if link.startswith("/") else 1)


def test_a_link_that_works_at_the_third_try_costs_nothing_more(desk: OpenDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "MAX_PAUSE", 0.01)
    at = desk("openai")
    routed, failing = at.server.routed, iter([Reply(503), Reply(404)])

    def route(method: str, call: Call) -> Reply | None:
        return next(failing, None) or routed(method, call) if method == "GET" else routed(method, call)

    monkeypatch.setattr(at.server, "routed", route)
    at.server.always(openai_server.linked(f"{at.server.url}/pictures/1"))
    generated = at.provider.generate(request("openai"))
    assert generated.data == pictures.picture()
    assert generated.cost_usd == pytest.approx(USAGE_COST)
    assert len(at.server.calls) == 1


def test_base64_that_is_none_was_paid_for_and_is_kept(desk: OpenDesk) -> None:
    at = desk("openai")
    at.server.always(openai_server.answered([{"b64_json": "a&b"}], usage=openai_server.USAGE))
    caught = at.catch_failure()
    _assert_paid_for(caught)
    assert isinstance(caught, PassingFailure)
    assert caught.data == b"a&b"


def test_json_under_another_name_is_read_as_json(desk: OpenDesk) -> None:
    at = desk("openai")
    at.server.always(Reply(body=openai_server.picture().body, headers={"Content-Type": "text/plain"}))
    assert at.provider.generate(request("openai")).data == pictures.picture()


def test_a_missing_key_is_named_before_anything_is_asked() -> None:
    with pytest.raises(ConfigurationError, match=r"OPENAI_API_KEY.*--offline"):
        connect("openai", Settings())


def test_an_empty_base_url_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", " ")
    provider: Any = connect("openai", Settings(openai_api_key="k"))
    assert "OPENAI_BASE_URL" not in os.environ
    assert provider._sdk.base_url.host == "api.openai.com"


def test_a_wrong_key_is_told_from_the_servers_answer(desk: OpenDesk) -> None:
    at = desk("openai", api_key="the-right-one")
    wrong = connect("openai", Settings(openai_api_key="another"))
    with pytest.raises(PermanentFailure, match="OPENAI_API_KEY"):
        wrong.generate(request("openai"))
    assert at.provider.generate(request("openai")).data


def _assert_paid_for(failure: Exception) -> None:
    assert isinstance(failure, PassingFailure)
    assert failure.kind == "bad_picture"
    assert failure.paid_calls == 1
    assert failure.cost_usd


def test_of_several_entries_the_one_with_the_picture_is_taken(desk: OpenDesk) -> None:
    at = desk("openai")
    picture = base64.b64encode(pictures.picture()).decode()
    entries = [{"b64_json": None}, {"b64_json": "AAAA"}, {"url": "http://127.0.0.1:9/"}, {"b64_json": picture}]
    at.server.always(openai_server.answered(entries))
    assert at.provider.generate(request("openai")).data == pictures.picture()
