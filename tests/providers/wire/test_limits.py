"""An answer is taken within limits, before and after decompression, whatever is sent."""

import base64
import gzip
import itertools
import json
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from imagegen.errors import Failure, PassingFailure
from imagegen.providers.wire.answer import LONG, MAX_ANSWER, MAX_DOCUMENT, MAX_PICTURE, Answer, TooLarge, Unreadable
from tests.doubles.provider import gemini_server, openai_server
from tests.doubles.provider.gemini_server import GeminiServer
from tests.doubles.provider.openai_server import OpenAIServer
from tests.doubles.provider.scripted_server import Reply
from tests.providers.conftest import PROVIDERS, OpenDesk, request

ROOT = Path(__file__).parents[3]
LIMIT = 300_000_000
"""Bytes of memory that a leaf may take."""
SERVERS = {"openai": OpenAIServer, "gemini": GeminiServer}
WHOLE = {"openai": openai_server.picture, "gemini": gemini_server.picture}
GZIP = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
JSON = {"Content-Type": "application/json"}

LEAF = """
import sys
from imagegen.errors import Failure
from imagegen.providers import PictureRequest, connect
from imagegen.request import catalog
from imagegen.settings import from_environment
import botocore.session, render, pydantic  # the rest of a leaf
settings = from_environment()
model = catalog.MODELS[sys.argv[1]]
request = PictureRequest(model.id, "A fox", model.size, catalog.build_options(model, settings))
try:
    print("data", len(connect(model.provider, settings).generate(request).data))
except Failure as failure:
    paid, kept = getattr(failure, "paid_calls", None), getattr(failure, "data", None)
    print(failure.kind, paid, len(kept) if kept else kept)
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def bomb(head: bytes, filler: bytes, size: int) -> Reply:
    """An answer in gzip of ``head`` and ``size`` bytes of ``filler``, made without holding them."""
    packer = zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    block = filler * (1_000_000 // len(filler))
    packed = [packer.compress(head), *(packer.compress(block) for _ in range(size // len(block)))]
    return Reply(body=b"".join([*packed, packer.flush()]), headers=GZIP)


def largest(provider: str) -> Reply:
    """The largest picture that is taken, in base64 that is broken into lines."""
    text = base64.encodebytes(bytes(MAX_PICTURE)).replace(b"\n", b"\\n")
    return Reply(body=WHOLE[provider](b"MARKED").body.replace(b"TUFSS0VE", text), headers=JSON)


HOSTILE: dict[str, Callable[[], Reply]] = {
    "hundreds of megabytes of zeros in gzip": lambda: bomb(b'{"data": "', b"0", 500_000_000),
    "an endless body": lambda: Reply(body=b'{"data": [{"b64_json": "', headers=JSON, endless=b"A" * 65_536),
    "an endless error": lambda: Reply(500, b'{"error": {"message": "', JSON, endless=b"A" * 65_536),
    "gzip that never says anything": lambda: Reply(body=b"", headers=GZIP, endless=gzip.compress(b"") * 1_000),
    "many small values": lambda: bomb(b"[", b"[],{},", 60_000_000),
    "an error of many small values": lambda: replace(bomb(b"[", b"[],", 60_000_000), status=400),
    "astral characters": lambda: bomb(b'{"data": "', "🦊".encode(), 60_000_000),
    "escaped quotes": lambda: bomb(b'{"data": "', b'\\"', 60_000_000),
}
SLOW = ("astral characters", "escaped quotes", "an error of many small values", "gzip that never says anything")
BOTH = [("gemini", "hundreds of megabytes of zeros in gzip"), ("openai", "an endless body")]
"""The worst for the other provider, too; the limits themselves are the same code for both."""
FREE = {"an endless error": "server_error 0 None", "an error of many small values": "rejected_request 0 None"}


def _run(provider: str, reply: Reply) -> tuple[str, int]:
    """Run a leaf's request in a process of its own; return its outcome and its peak memory in bytes."""
    with SERVERS[provider]() as server:
        server.always(reply)
        model = {"openai": "gpt-image-2", "gemini": "gemini-3-pro-image"}[provider]
        environment = {**server.environment, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", LEAF, model]
        ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100, check=False)
    assert ran.returncode == 0, ran.stderr
    outcome, peak = ran.stdout.splitlines()
    return outcome, int(peak) * 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc to read a peak from")
@pytest.mark.parametrize(
    ("provider", "name"),
    [
        *(
            pytest.param(provider, name, marks=[pytest.mark.slow] * (name in SLOW))
            for provider, name in zip(itertools.cycle(PROVIDERS), HOSTILE, strict=False)
        ),
        *BOTH,
    ],
)
def test_a_leaf_stays_small_whatever_is_sent(provider: str, name: str) -> None:
    outcome, peak = _run(provider, HOSTILE[name]())
    assert peak < LIMIT
    assert outcome == FREE.get(name, "bad_picture 1 None")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc to read a peak from")
@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_largest_picture_is_taken_within_the_memory_of_a_leaf(provider: str) -> None:
    outcome, peak = _run(provider, largest(provider))
    assert outcome == f"data {MAX_PICTURE}"
    assert peak < LIMIT


def test_a_link_is_read_within_the_limits(desk: OpenDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imagegen.providers.wire.download.MAX_PAUSE", 0.01)
    at = desk("openai")
    routed, endless = at.server.routed, Reply(body=b"", endless=b"A" * 65_536)
    at.server.always(openai_server.linked(f"{at.server.url}/pictures/1"))
    for link in (endless, bomb(b"", b"A", 100_000_000)):
        monkeypatch.setattr(
            at.server, "routed", lambda method, call, link=link: link if method == "GET" else routed(method, call)
        )
        caught = at.catch_failure()
        assert isinstance(caught, PassingFailure)
        assert (caught.kind, caught.paid_calls) == ("bad_picture", 1)
        assert "TooLarge" in str(caught)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_gzip_is_decoded_and_nothing_else_is_asked_for(provider: str, desk: OpenDesk) -> None:
    at = desk(provider)
    usual = WHOLE[provider]()
    at.server.script([Reply(body=gzip.compress(usual.body), headers=GZIP)])
    assert at.provider.generate(request(provider)).data
    assert at.server.calls[0].headers["accept-encoding"] == "gzip"


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "gzip"])
@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_encoding_that_cannot_be_read_is_an_answer_that_cannot_be_read(
    provider: str, encoding: str, desk: OpenDesk
) -> None:
    at = desk(provider)
    at.server.always(Reply(body=b"\x1f\x8bno gzip", headers={"Content-Encoding": encoding}))
    caught = at.catch_failure()
    assert (caught.kind, caught.possible_extra_charges) == ("unanswered", 1)


def too_large(kind: str) -> bytes:
    """An answer (of "any" provider), or a picture in a provider's answer, that is larger than what is taken."""
    if kind == "any":
        return b'{"a": "%s"}' % (b"b" * MAX_ANSWER)
    picture = b"A" * (MAX_PICTURE // 3 * 4 + 8)
    if kind == "openai":
        return b'{"data": [{"b64_json": "%s"}]}' % picture
    return b'{"candidates": [{"content": {"parts": [{"inlineData": {"data": "%s"}}]}}]}' % picture


@pytest.mark.parametrize(("provider", "body"), [(p, body) for p in PROVIDERS for body in ("any", p)])
def test_an_answer_over_the_limit_costs_the_list_price(provider: str, body: str, desk: OpenDesk) -> None:
    at = desk(provider)
    at.server.always(Reply(body=too_large(body)))
    caught: Failure = at.catch_failure()
    assert (caught.kind, caught.retryable, caught.paid_calls) == ("bad_picture", True, 1)
    assert caught.cost_usd == {"openai": 0.041, "gemini": 0.134}[provider]


@pytest.mark.parametrize("length", [LONG - 2, LONG - 1, LONG, 3 * LONG])
@pytest.mark.parametrize("escape", ["", "\\n", '\\"', "\\\\", "\\u002f", "é"])
def test_a_string_is_found_again_whatever_its_length(length: int, escape: str) -> None:
    text = "x" * length + escape
    answer = Answer(bytearray(f'{{"a": "{text}", "b": [1, "{text}"], "c": "short"}}'.encode()))
    document = answer.parse()
    assert document["c"] == "short"
    for value in (document["a"], document["b"][1]):
        found = bytes(answer.find_text(value))
        assert found in (text.encode(), json.loads(f'"{text}"').encode())


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"a": "', b'{"a": "' + b"x" * 9_000, b"[" * 100_000])
def test_what_is_no_json_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        Answer(bytearray(body)).parse()


def test_strings_that_are_not_long_count_as_the_document() -> None:
    strings = ",".join(itertools.repeat('"' + "x" * (LONG - 10) + '"', MAX_DOCUMENT // LONG + 10))
    with pytest.raises(TooLarge):
        Answer(bytearray(f"[{strings}]".encode())).parse()


@pytest.mark.parametrize("piece", [b'["a",', b'{"a":', b'"', b"["])
def test_an_answer_of_many_small_things_is_refused_before_all_of_them_are_looked_at(piece: bytes) -> None:
    answer = Answer(bytearray(piece * (30_000_000 // len(piece))))
    started = time.process_time()
    with pytest.raises(TooLarge):
        answer.parse()
    assert time.process_time() - started < 10.0  # it took 18 to 31 seconds
