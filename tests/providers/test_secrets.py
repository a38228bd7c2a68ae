"""No key and no picture ever stands in a message or in the traceback below it."""

import base64
import traceback

import pytest

from imagegen.errors import Failure
from imagegen.providers import connect, failures
from imagegen.providers.wire.quoting import MAX_QUOTED
from imagegen.settings import Settings
from tests.doubles import gemini_server, openai_server
from tests.doubles.scripted_server import Reply
from tests.providers.conftest import PROVIDERS, OpenDesk, request

PLANTED = "sk-proj-planted5ecretplanted5ecret"


def _told(error: BaseException) -> str:
    return "".join(traceback.format_exception(error)) + repr(error) + repr(error.__context__)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 429, 500])
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_server_that_echoes_the_key_is_not_quoted_with_it(provider: str, status: int, desk: OpenDesk) -> None:
    at = desk(provider, api_key=PLANTED)
    sentence = f"Header was 'Bearer {PLANTED}', key={PLANTED}, sk-other-key-1234567, AIzaSyOther1234567"
    shapes: dict[str, Reply] = {
        "openai": openai_server.error(status, None, sentence),
        "gemini": gemini_server.error(status, "UNKNOWN", sentence),
    }
    at.server.always(shapes[provider])
    told = _told(at.catch_failure())
    assert "Header was" in told
    assert not [secret for secret in (PLANTED, "planted5ecret", "other-key", "SyOther") if secret in told]


@pytest.mark.parametrize("key", [f"{PLANTED}\r\nX-Evil: 1", f"{PLANTED}…", f"{PLANTED}\x00"])
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_key_that_no_header_can_hold_is_permanent_and_not_shown(provider: str, key: str, desk: OpenDesk) -> None:
    at = desk(provider)
    with pytest.raises(Failure) as caught:
        connect(provider, Settings(openai_api_key=key, google_api_key=key)).generate(request(provider))
    assert caught.value.kind == "misconfigured"
    assert not caught.value.retryable
    assert "planted5ecret" not in _told(caught.value)
    assert at.server.calls == []


def test_base64_is_never_quoted(desk: OpenDesk) -> None:
    at = desk("openai")
    picture = base64.b64encode(bytes(range(256)) * 8).decode()
    at.server.always(openai_server.error(400, None, f"cannot take {picture} as a picture"))
    told = str(at.catch_failure())
    assert "cannot take … as a picture" in told
    assert len(told) < 600


def test_broken_base64_in_an_answer_is_never_quoted(desk: OpenDesk) -> None:
    at = desk("gemini")
    broken = gemini_server.picture(b"\x89PNG").body.replace(base64.b64encode(b"\x89PNG"), b"%%%iVBORw0KGgo")
    at.server.always(Reply(body=broken))
    assert "iVBORw0KGgo" not in _told(at.catch_failure())


def test_a_long_sentence_is_cut_and_set_on_one_line() -> None:
    report = failures.ErrorReport(
        frozenset({"500"}) | failures.list_status_codes(500), message="so it goes\n\x1b[31m" * 500
    )
    message = str(failures.classify(failures.Service("x", "X", key="K", per_minute="P"), report, model="m", secret=""))
    assert len(message) < MAX_QUOTED + 100
    assert message.isprintable()


def test_the_settings_do_not_show_their_keys_either() -> None:
    assert PLANTED not in repr(Settings(openai_api_key=PLANTED, google_api_key=PLANTED))
