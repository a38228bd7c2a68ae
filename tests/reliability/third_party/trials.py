"""The trials: what a fake server does to ``imagegen run``, and what has to come of it."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.doubles.provider import gemini_server, openai_server
from tests.doubles.provider import provider_pictures as pictures
from tests.doubles.provider.scripted_server import Reply

Provider = Literal["openai", "gemini"]
PICTURE = base64.b64encode(pictures.picture()).decode()
WIDE = base64.b64encode(pictures.picture(size=pictures.WIDE)).decode()
RESET = {"fault": "CONNECTION_RESET_BY_PEER"}
GARBAGE = {"fault": "RANDOM_DATA_THEN_CLOSE"}


@dataclass(frozen=True)
class Trial:
    """One batch of one picture against one fake server.

    ``script`` is what the server is told, in its own words: llmock's behaviours, aimock's fixtures, mountebank's
    responses. ``flags`` are aimock's. The server has to be sent ``calls`` calls, of which the result reports ``paid``
    and ``possible`` ones; ``kept`` answers lie under ``rejected/``. ``timeout`` is PROVIDER_TIMEOUT_SECONDS.
    """

    server: Literal["llmock", "aimock", "mountebank"]
    name: str
    calls: int
    provider: Provider = "openai"
    script: tuple[Mapping[str, Any], ...] = ()
    flags: tuple[str, ...] = ()
    paid: int = 0
    possible: int = 0
    kept: int = 0
    made: bool = False
    timeout: float = 20.0
    settings: Mapping[str, str] = field(default_factory=dict)


def _fail(status: int, times: int | None = 1, **more: Any) -> Mapping[str, Any]:
    return {"type": "fail", "status": status, "times": times, **more}


def _image(response: Mapping[str, Any], **match: Any) -> Mapping[str, Any]:
    return {"match": {"endpoint": "image", **match}, "response": response}


def _served(reply: Reply, **more: Any) -> Mapping[str, Any]:
    body = reply.body.decode()
    return {"is": {"statusCode": reply.status, "headers": dict(reply.headers), "body": body}, **more}


_LIMITED = {"error": {"message": "slow down", "type": "requests", "code": "rate_limit_exceeded"}, "status": 429}
_AS_PICTURE = {"match": {}, "response": {"audio": {"b64Json": WIDE, "contentType": "image/jpeg"}}}
"""aimock has no pictures for Gemini; its audio is inline data of any type."""

# llmock paints SVG, which no decoder here takes: each picture is bought, kept, and bought once more.
_SVG: dict[str, Any] = {"paid": 2, "kept": 2}
LLMOCK = (
    Trial("llmock", "a picture in SVG", 2, **_SVG),
    Trial("llmock", "429 twice with Retry-After: 1", 4, script=(_fail(429, 2, retry_after=1),), **_SVG),
    Trial("llmock", "429 with Retry-After: 5", 3, script=(_fail(429, retry_after=5),), **_SVG),
    Trial("llmock", "503 with Retry-After: 2", 3, script=(_fail(503, retry_after=2),), **_SVG),
    Trial("llmock", "500 once", 3, script=(_fail(500),), **_SVG),
    Trial("llmock", "503 for ever", 4, script=(_fail(503, None),)),
    Trial("llmock", "429 for ever, without a time", 4, script=(_fail(429, None),)),
    Trial("llmock", "429 for ever with Retry-After: 1", 4, script=(_fail(429, None, retry_after=1),)),
    *(
        Trial("llmock", f"{status} for ever", 1, script=(_fail(status, None),))
        for status in (400, 401, 402, 403, 404, 422)
    ),
    Trial(
        "llmock",
        "a delay over the time limit",
        3,
        script=({"type": "delay", "seconds": 4},),
        possible=1,
        timeout=1,
        **_SVG,
    ),
    Trial("llmock", "words in place of a picture", 2, "gemini", kept=2, paid=2),
    Trial("llmock", "429 with Retry-After: 1", 3, "gemini", script=(_fail(429, retry_after=1),), kept=2, paid=2),
    Trial("llmock", "503 for ever", 4, "gemini", script=(_fail(503, None),)),
    Trial("llmock", "403 for ever", 1, "gemini", script=(_fail(403, None),)),
)

_ONE: dict[str, Any] = {"paid": 1, "made": True}
_LINK = f"data:image/jpeg;base64,{PICTURE}"
_GOOD = _image({"image": {"b64Json": PICTURE}})
AIMOCK = (
    Trial("aimock", "a picture", 1, script=(_GOOD,), **_ONE),
    Trial("aimock", "a picture behind a data link", 1, script=(_image({"image": {"url": _LINK}}),), **_ONE),
    # Its refusals say, too, that the limit of tokens is used up and is reset in six minutes. That is waited out.
    Trial(
        "aimock",
        "429 for six minutes, then a picture",
        2,
        script=(_image({**_LIMITED, "retryAfter": 2}, sequenceIndex=0), _GOOD),
        **_ONE,
    ),
    Trial("aimock", "no fixture: 404", 1, script=(_image(_LIMITED, model="another"),)),
    Trial(
        "aimock", "malformed JSON for ever", 4, script=(_GOOD,), flags=("--chaos-malformed", "1"), possible=4, kept=4
    ),
    Trial("aimock", "disconnected for ever", 4, script=(_GOOD,), flags=("--chaos-disconnect", "1"), possible=4),
    Trial("aimock", "dropped with a 500 for ever", 4, script=(_GOOD,), flags=("--chaos-drop", "1")),
    # It counts no call whose caller has left.
    Trial("aimock", "late for ever", 0, script=(_GOOD,), flags=("--chaos-latency", "3000"), possible=4, timeout=1),
    Trial("aimock", "a picture", 1, "gemini", script=(_AS_PICTURE,), **_ONE),
    Trial("aimock", "disconnected for ever", 4, "gemini", (_AS_PICTURE,), ("--chaos-disconnect", "1"), possible=4),
)

_OPENAI, _GEMINI = _served(openai_server.picture()), _served(gemini_server.picture())
_TWICE: dict[str, Any] = {"paid": 1, "possible": 1, "made": True}
_LATER = {"repeat": 1, "behaviors": [{"wait": 4000}]}
MOUNTEBANK = (
    Trial("mountebank", "a picture", 1, script=(_OPENAI,), **_ONE),
    Trial("mountebank", "a connection reset, then a picture", 2, script=(RESET, _OPENAI), **_TWICE),
    Trial("mountebank", "random bytes, then a picture", 2, script=(GARBAGE, _OPENAI), **_TWICE),
    Trial(
        "mountebank", "a late answer, then a picture", 2, script=({**_OPENAI, **_LATER}, _OPENAI), timeout=1, **_TWICE
    ),
    Trial(
        "mountebank",
        "429 with Retry-After: 3, then a picture",
        2,
        script=(_served(openai_server.rate_limited(retry_after="3")), _OPENAI),
        **_ONE,
    ),
    Trial("mountebank", "connections reset for ever", 4, script=(RESET,), possible=4),
    Trial(
        "mountebank",
        "connections reset for ever, none to be repeated",
        1,
        script=(RESET,),
        possible=1,
        settings={"RETRY_UNANSWERED": "0"},
    ),
    Trial(
        "mountebank",
        "a useless picture under a cap of one call",
        1,
        script=(_served(openai_server.picture(pictures.picture("PNG", (1, 1)))),),
        paid=1,
        kept=1,
        settings={"MAX_BATCH_COST_USD": "0.05"},
    ),
    Trial("mountebank", "a picture", 1, "gemini", script=(_GEMINI,), **_ONE),
    Trial("mountebank", "a connection reset, then a picture", 2, "gemini", script=(RESET, _GEMINI), **_TWICE),
    Trial(
        "mountebank",
        "429 with a RetryInfo of 3 s, then a picture",
        2,
        "gemini",
        script=(_served(gemini_server.rate_limited("3s")), _GEMINI),
        **_ONE,
    ),
)
