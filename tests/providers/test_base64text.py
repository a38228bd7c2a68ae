"""Base64 in every spelling."""

import base64
import json

import pytest

from imagegen.providers.wire.answer import MAX_PICTURE, TooLarge
from imagegen.providers.wire.base64text import decode_base64
from tests.doubles import gemini_server, openai_server
from tests.doubles.scripted_server import Reply
from tests.providers.conftest import PROVIDERS, OpenDesk, request

DATA = bytes(range(256)) * 3_001 + b"\xff\xfb"
PLAIN = base64.b64encode(DATA).decode()
SPELLINGS = {
    "plain": PLAIN,
    "line breaks": base64.encodebytes(DATA).decode(),
    "CRLF": base64.encodebytes(DATA).decode().replace("\n", "\r\n"),
    "blanks": f" {PLAIN[:7]} {PLAIN[7:]}\t",
    "URL-safe": base64.urlsafe_b64encode(DATA).decode(),
    "no padding": PLAIN.rstrip("="),
    "URL-safe without padding": base64.urlsafe_b64encode(DATA).decode().rstrip("="),
    "data URL": "data:image/png;base64," + PLAIN,
    "data URL in capitals": "DATA:image/png;charset=utf-8;BASE64," + PLAIN.replace("+", "%2B").replace("=", "%3D"),
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_every_common_spelling_is_read(name: str) -> None:
    assert decode_base64(memoryview(SPELLINGS[name].encode())) == DATA


@pytest.mark.parametrize("name", SPELLINGS)
@pytest.mark.parametrize(
    "escaped", [json.dumps, lambda text: json.dumps(text).replace("/", "\\/").replace("+", "\\u002b")]
)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_common_spelling_is_read_from_an_answer(
    provider: str, escaped: object, name: str, desk: OpenDesk
) -> None:
    assert callable(escaped)
    at = desk(provider)
    usual = {"openai": openai_server.picture, "gemini": gemini_server.picture}[provider](b"MARKED").body
    at.server.always(Reply(body=usual.replace(b'"TUFSS0VE"', escaped(SPELLINGS[name]).encode())))
    assert at.provider.generate(request(provider)).data == DATA


@pytest.mark.parametrize("text", ["", "a", "a&b", "QUJD=QUJD", "QUJDé", "=", "https://x/y.png", "AAAAA", "QUJD\\u0041"])
def test_what_is_none_is_not_read(text: str) -> None:
    assert decode_base64(memoryview(text.encode())) is None


def test_more_than_a_picture_is_not_decoded() -> None:
    with pytest.raises(TooLarge):
        decode_base64(memoryview(b"A" * (MAX_PICTURE // 3 * 4 + 400_000)))
