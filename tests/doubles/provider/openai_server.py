"""A fake of OpenAI's API: pictures, moderation, and every way to say no, in the real shapes.

with OpenAIServer() as server:
    server.script([rate_limited(retry_after="2")])   # then pictures
    ...
    assert len(server.calls) == 2
"""

import base64
from collections.abc import Mapping
from typing import Any

from tests.doubles.provider import provider_pictures as pictures
from tests.doubles.provider.scripted_server import Call, Reply, ScriptedServer, json_reply

KEY = "sk-proj-standinstandinstandin1234"
USAGE = {
    "input_tokens": 120,
    "input_tokens_details": {"image_tokens": 0, "text_tokens": 120},
    "output_tokens": 1360,
    "output_tokens_details": {"image_tokens": 1360, "text_tokens": 0},
    "total_tokens": 1480,
}
USAGE_COST = (120 * 5 + 1360 * 30) / 1_000_000
"""What ``USAGE`` costs at the token prices of gpt-image-2, in US dollars."""


class OpenAIServer(ScriptedServer):
    """Wants ``api_key`` when one is given; flags texts that hold a key of ``flagged`` for its categories.

    ``moderations`` holds the texts that were put to the moderation endpoint.
    """

    def __init__(
        self,
        *,
        api_key: str = "",
        flagged: Mapping[str, tuple[str, ...]] | None = None,
        latency: float = 0.0,
    ) -> None:
        super().__init__(latency=latency)
        self.moderations: list[str] = []
        self._api_key = api_key
        self._flagged = flagged or {}

    @property
    def environment(self) -> dict[str, str]:
        """The variables that lead a worker here."""
        return {"OPENAI_BASE_URL": f"{self.url}/v1", "OPENAI_API_KEY": self._api_key or KEY}

    def usual(self, call: Call) -> Reply:
        return picture(subject=call.body["prompt"])

    def routed(self, method: str, call: Call) -> Reply | None:
        if method == "GET" and call.path.startswith("/pictures/"):
            return Reply(body=pictures.picture(), headers={"Content-Type": "image/jpeg"})
        if self._api_key and call.headers.get("authorization") != f"Bearer {self._api_key}":
            return rejected_key()
        if call.path == "/v1/moderations":
            return self._moderation(call)
        if call.path == "/v1/images/generations":
            return None
        return error(404, "unknown_url", f"Invalid URL ({method} {call.path})")

    def _moderation(self, call: Call) -> Reply:
        texts = [call.body["input"]] if isinstance(call.body["input"], str) else call.body["input"]
        self.moderations += texts
        return json_reply({"id": "modr-1", "model": call.body["model"], "results": [self._verdict(t) for t in texts]})

    def _verdict(self, text: str) -> dict[str, Any]:
        hits = {name for mark, names in self._flagged.items() if mark in text for name in names}
        names = {"violence", "sexual", "harassment/threatening"} | hits
        return {
            "flagged": bool(hits),
            "categories": {name: name in hits for name in sorted(names)},
            "category_scores": {name: 0.9 if name in hits else 0.01 for name in sorted(names)},
        }


def picture(
    data: bytes | None = None,
    *,
    kind: str = "JPEG",
    subject: str = "",
    usage: Mapping[str, Any] | None = USAGE,
    **spoilt: Any,
) -> Reply:
    """An answer with a picture: ``data``, or one of ``kind``. Without ``usage`` no tokens are reported."""
    data = pictures.picture(kind, subject=subject) if data is None else data
    body = {
        "created": 1_795_000_000,
        "background": "opaque",
        "output_format": kind.lower(),
        "quality": "medium",
        "size": "1536x1024",
        "data": [{"b64_json": base64.b64encode(data).decode()}],
    }
    return json_reply(body | ({"usage": usage} if usage else {}), headers={"x-request-id": "req_standin"}, **spoilt)


def answered(data: object, *, usage: Mapping[str, Any] | None = None, error: Mapping[str, Any] | None = None) -> Reply:
    """A 200 whose ``data`` is anything, with an ``error`` beside it, as some servers refuse."""
    more = {name: value for name, value in (("usage", usage), ("error", error)) if value}
    return json_reply({"created": 1_795_000_000, "data": data} | more)


def linked(url: str) -> Reply:
    """A 200 with a link in place of the picture, as other servers of this API send it."""
    return answered([{"url": url}], usage=USAGE)


def error(
    status: int,
    code: str | None,
    message: str,
    *,
    kind: str = "invalid_request_error",
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """An error in OpenAI's shape; ``kind`` is its ``type``."""
    body = {"error": {"message": message, "type": kind, "param": None, "code": code}}
    return json_reply(body, status=status, headers={"x-request-id": "req_standin", **(headers or {})})


def rate_limited(**headers: str) -> Reply:
    """A 429; ``rate_limited(retry_after="2")`` names a wait."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    message = "Rate limit reached for gpt-image-2 on images per minute (IPM): Limit 5, Used 5, Requested 1."
    return error(429, "rate_limit_exceeded", message, kind="input-images", headers=named)


def daily_quota() -> Reply:
    message = "Rate limit reached for gpt-image-2 on requests per day (RPD): Limit 200, Used 200, Requested 1."
    return error(429, "rate_limit_exceeded", message, kind="requests", headers={"retry-after": "432"})


def out_of_credit() -> Reply:
    message = "You exceeded your current quota, please check your plan and billing details."
    return error(429, "insufficient_quota", message, kind="insufficient_quota", headers={"retry-after": "1"})


def billing_cap() -> Reply:
    message = "Billing hard limit has been reached."
    return error(400, "billing_hard_limit_reached", message, kind="billing_limit_user_error")


def refused() -> Reply:
    message = "Your request was rejected by the safety system. safety_violations=[violence]."
    return error(400, "moderation_blocked", message, kind="image_generation_user_error")


def rejected_key(echoed: str = "sk-proj-********************1234") -> Reply:
    message = f"Incorrect API key provided: {echoed}. You can find your API key in your account."
    return error(401, "invalid_api_key", message)


def unverified() -> Reply:
    message = "Your organization must be verified to use the model `gpt-image-2`."
    return error(403, None, message)


def unknown_model(status: int = 404) -> Reply:
    return error(status, "model_not_found", "The model `gpt-image-1` has been deprecated and is not available.")


def server_error(status: int = 500) -> Reply:
    message = "The server had an error while processing your request. Sorry about that!"
    return error(status, None, message, kind="server_error")
