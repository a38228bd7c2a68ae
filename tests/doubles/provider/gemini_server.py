"""A fake of the Gemini API's ``generateContent``: pictures, and every way to say no, in the real shapes.

with GeminiServer() as server:
    server.script([blocked("SAFETY")])   # then pictures
    ...
    assert server.models == ["gemini-3-pro-image"]
"""

import base64
import re
from collections.abc import Iterable, Mapping
from typing import Any

from tests.doubles.provider import provider_pictures as pictures
from tests.doubles.provider.scripted_server import Call, Reply, ScriptedServer, json_reply

KEY = "AIzaStandinStandinStandinStandinStandin"
USAGE = {
    "promptTokenCount": 120,
    "candidatesTokenCount": 1120,
    "thoughtsTokenCount": 200,
    "totalTokenCount": 1440,
    "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 120}],
    "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 1120}],
}
USAGE_COST = (120 * 2 + 1120 * 120 + 200 * 12) / 1_000_000
"""What ``USAGE`` costs at the token prices of gemini-3-pro-image, in US dollars."""

_PATH = re.compile(r"/v1(?:beta)?/models/([^/:]+):generateContent")


class GeminiServer(ScriptedServer):
    """Wants ``api_key`` when one is given."""

    def __init__(self, *, api_key: str = "", latency: float = 0.0) -> None:
        super().__init__(latency=latency)
        self._api_key = api_key

    @property
    def environment(self) -> dict[str, str]:
        """The variables that lead a worker here."""
        return {"GOOGLE_GEMINI_BASE_URL": self.url, "GOOGLE_API_KEY": self._api_key or KEY}

    @property
    def models(self) -> list[str]:
        """The model of each call."""
        return [match[1] for call in self.calls if (match := _PATH.fullmatch(call.path))]

    def usual(self, call: Call) -> Reply:
        return picture(subject=call.body["contents"][0]["parts"][0]["text"])

    def routed(self, method: str, call: Call) -> Reply | None:
        if method != "POST" or not _PATH.fullmatch(call.path):
            return error(404, "NOT_FOUND", f"{method} {call.path} was not found")
        if self._api_key and call.headers.get("x-goog-api-key") != self._api_key:
            return rejected_key()
        return None


def image_part(data: bytes, kind: str = "JPEG", *, thought: bool = False) -> dict[str, Any]:
    """A part of an answer that holds a picture."""
    part = {"inlineData": {"mimeType": f"image/{kind.lower()}", "data": base64.b64encode(data).decode()}}
    return part | ({"thought": True} if thought else {})


def text_part(text: str, *, thought: bool = False) -> dict[str, Any]:
    """A part of an answer that holds words."""
    return {"text": text} | ({"thought": True} if thought else {})


def answered(
    parts: Iterable[Mapping[str, Any]] | None,
    *,
    finish: str | None = "STOP",
    usage: Mapping[str, Any] | None = USAGE,
    error: Mapping[str, Any] | None = None,
    **spoilt: Any,
) -> Reply:
    """A 200 with one candidate of these parts; None leaves its content out. An ``error`` may stand beside it."""
    candidate: dict[str, Any] = {"index": 0}
    if parts is not None:
        candidate["content"] = {"role": "model", "parts": list(parts)}
    if finish:
        candidate["finishReason"] = finish
    body = {"candidates": [candidate], "modelVersion": "standin", "responseId": "standin"}
    more = {name: value for name, value in (("usageMetadata", usage), ("error", error)) if value}
    return json_reply(body | more, **spoilt)


def picture(
    data: bytes | None = None,
    *,
    kind: str = "JPEG",
    subject: str = "",
    usage: Mapping[str, Any] | None = USAGE,
    **spoilt: Any,
) -> Reply:
    """An answer with a picture: ``data``, or one of ``kind``. Without ``usage`` no tokens are reported."""
    data = pictures.picture(kind, pictures.WIDE, subject) if data is None else data
    return answered([image_part(data, kind)], usage=usage, **spoilt)


def blocked(reason: str = "PROHIBITED_CONTENT") -> Reply:
    """A 200 that refuses the prompt: no candidates at all."""
    return json_reply({"promptFeedback": {"blockReason": reason}, "usageMetadata": {"promptTokenCount": 120}})


def finished(reason: str, text: str = "") -> Reply:
    """A 200 that ends without a picture."""
    return answered([text_part(text)] if text else None, finish=reason, usage=None)


def error(
    status: int,
    word: str,
    message: str,
    *,
    details: Iterable[Mapping[str, Any]] = (),
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """An error in Google's shape; ``word`` is its ``status``."""
    body = {"error": {"code": status, "message": message, "status": word, "details": list(details)}}
    return json_reply(body, status=status, headers=headers)


def rate_limited(retry_delay: str | None = None, *, period: str = "PerMinute", **headers: str) -> Reply:
    """A 429 with the quota that is used up; ``retry_delay`` such as ``"2s"`` names a wait."""
    google = "type.googleapis.com/google.rpc"
    quota = f"GenerateRequests{period}PerProjectPerModel"
    details: list[dict[str, Any]] = [
        {"@type": f"{google}.QuotaFailure", "violations": [{"quotaId": quota, "quotaValue": "10"}]}
    ]
    if retry_delay:
        details.append({"@type": f"{google}.RetryInfo", "retryDelay": retry_delay})
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    message = "You exceeded your current quota, please check your plan and billing details."
    return error(429, "RESOURCE_EXHAUSTED", message, details=details, headers=named)


def daily_quota() -> Reply:
    return rate_limited("40s", period="PerDay")


def out_of_credit() -> Reply:
    return error(429, "RESOURCE_EXHAUSTED", "Your prepayment credits are depleted. Please top up in AI Studio.")


def rejected_key() -> Reply:
    info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}
    message = "API key not valid. Please pass a valid API key."
    return error(400, "INVALID_ARGUMENT", message, details=[info])


def forbidden() -> Reply:
    return error(403, "PERMISSION_DENIED", "Your API key was reported as leaked. Please use another API key.")


def unknown_model() -> Reply:
    message = "models/gemini-3-pro-image-preview is not found for API version v1."
    return error(404, "NOT_FOUND", message)


def overloaded(status: int = 503) -> Reply:
    return error(status, "UNAVAILABLE", "The model is overloaded. Please try again later.")
