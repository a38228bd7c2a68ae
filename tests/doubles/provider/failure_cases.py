"""The failure table as it comes over the wire: one case per row and provider.

A server that answers with ``reply`` for ever is called once per attempt: once in all for a permanent failure, and
once more per retry for a passing one. (What asks for a wait, or is not HTTP at all, is tested beside.)
"""

from dataclasses import dataclass

from tests.doubles.provider import gemini_server as gemini
from tests.doubles.provider import openai_server as openai
from tests.doubles.provider.scripted_server import CUT_BODY, CUT_JSON, HTML, HUNG_UP_AFTER, HUNG_UP_BEFORE, Reply

MODELS = {"openai": "gpt-image-2", "gemini": "gemini-3-pro-image"}
"""The model that each provider's cases are meant for."""


@dataclass(frozen=True)
class Case:
    """``reply`` from ``provider`` is a failure of this ``kind``; ``passing`` ones are retried."""

    name: str
    provider: str
    reply: Reply
    kind: str
    passing: bool = False
    possible_extra_charges: int = 0
    paid_calls: int = 0

    def __str__(self) -> str:
        return f"{self.provider}: {self.name}"


def _lost(name: str, provider: str, reply: Reply) -> Case:
    return Case(name, provider, reply, "unanswered", passing=True, possible_extra_charges=1)


def _nothing(name: str, provider: str, reply: Reply) -> Case:
    return Case(name, provider, reply, "no_picture", passing=True, possible_extra_charges=1)


def _useless(name: str, provider: str, reply: Reply) -> Case:
    return Case(name, provider, reply, "bad_picture", passing=True, paid_calls=1)


_OUT_OF_CREDIT = (
    (400, "credit_balance_exhausted", "invalid_request_error"),
    (402, "credit_balance_exhausted", "billing_error"),
    (403, "organization_spend_limit_exceeded", "insufficient_permissions"),
    (429, "project_spend_limit_exceeded", "requests"),
    (429, "credit_balance_exhausted", "rate_limit_error"),
    (429, "prepaid_credits_exhausted", "tokens"),
    (429, "monthly_spending_limit_reached", "requests"),
    (403, "billing_suspended", "access_terminated"),
    (429, None, "insufficient_quota"),
)

OPENAI = (
    Case("moderation", "openai", openai.refused(), "refused"),
    Case("content policy", "openai", openai.error(400, "content_policy_violation", "Rejected."), "refused"),
    Case("billing cap", "openai", openai.billing_cap(), "out_of_credit"),
    Case("out of credit", "openai", openai.out_of_credit(), "out_of_credit"),
    Case("inactive billing", "openai", openai.error(429, "billing_not_active", "Inactive."), "out_of_credit"),
    Case("payment required", "openai", openai.error(402, None, "Payment required."), "out_of_credit"),
    *(
        Case(f"{status} {code}, {kind}", "openai", openai.error(status, code, "No.", kind=kind), "out_of_credit")
        for status, code, kind in _OUT_OF_CREDIT
    ),
    Case("daily quota", "openai", openai.daily_quota(), "daily_quota"),
    Case("rate limit without a wait", "openai", openai.rate_limited(), "rate_limited", passing=True),
    Case("rejected key", "openai", openai.rejected_key(), "rejected_key"),
    Case("unverified organisation", "openai", openai.unverified(), "forbidden"),
    Case("unknown model", "openai", openai.unknown_model(), "unknown_model"),
    Case("retired model as 400", "openai", openai.unknown_model(400), "unknown_model"),
    Case("wrong base URL", "openai", openai.error(404, "unknown_url", "Invalid URL."), "misconfigured"),
    Case("bad request", "openai", openai.error(400, "invalid_value", "Invalid size."), "rejected_request"),
    Case("unprocessable", "openai", openai.error(422, None, "Unprocessable."), "rejected_request"),
    Case("request timeout", "openai", openai.error(408, None, "Timed out."), "request_timeout", passing=True),
    Case("conflict", "openai", openai.error(409, None, "Conflict."), "conflict", passing=True),
    Case("500", "openai", openai.server_error(500), "server_error", passing=True),
    Case("502 in HTML", "openai", Reply(502, HTML.body, HTML.headers), "server_error", passing=True),
    Case("503", "openai", openai.server_error(503), "server_error", passing=True),
    Case("redirect to nowhere", "openai", Reply(304), "misconfigured"),
    _nothing("no data", "openai", openai.answered([])),
    _nothing("null data", "openai", openai.answered(None)),
    Case(
        "null b64_json",
        "openai",
        openai.answered([{"b64_json": None}]),
        "no_picture",
        passing=True,
        possible_extra_charges=1,
    ),
    _useless("base64 that is none", "openai", openai.answered([{"b64_json": "!!!!"}])),
    _lost("gateway timeout", "openai", openai.server_error(504)),
    _lost("Cloudflare timeout", "openai", Reply(524, HTML.body, HTML.headers)),
    _lost("HTML in a 200", "openai", HTML),
    _lost("cut JSON in a 200", "openai", CUT_JSON),
    _lost("a body shorter than announced", "openai", CUT_BODY),
    _lost("hung up before the request", "openai", HUNG_UP_BEFORE),
    _lost("hung up after the request", "openai", HUNG_UP_AFTER),
)

_REFUSALS = (
    "SAFETY",
    "PROHIBITED_CONTENT",
    "RECITATION",
    "BLOCKLIST",
    "SPII",
    "LANGUAGE",
    "ESCALATION",
    "IMAGE_SAFETY",
    "IMAGE_PROHIBITED_CONTENT",
    "IMAGE_RECITATION",
)

GEMINI = (
    *(Case(f"prompt blocked: {r}", "gemini", gemini.blocked(r), "refused") for r in ("SAFETY", "OTHER", "BLOCKLIST")),
    *(Case(f"picture refused: {r}", "gemini", gemini.finished(r), "refused") for r in _REFUSALS),
    Case("account limited", "gemini", gemini.finished("PUP_LIMITED_DISABLED"), "forbidden"),
    Case("out of credit", "gemini", gemini.out_of_credit(), "out_of_credit"),
    Case("daily quota", "gemini", gemini.daily_quota(), "daily_quota"),
    Case("rate limit without a wait", "gemini", gemini.rate_limited(), "rate_limited", passing=True),
    Case("rejected key as 400", "gemini", gemini.rejected_key(), "rejected_key"),
    Case("rejected key as 401", "gemini", gemini.error(401, "UNAUTHENTICATED", "Who?"), "rejected_key"),
    Case("forbidden", "gemini", gemini.forbidden(), "forbidden"),
    Case("unknown model", "gemini", gemini.unknown_model(), "unknown_model"),
    Case("bad request", "gemini", gemini.error(400, "INVALID_ARGUMENT", "Bad aspect."), "rejected_request"),
    Case("request timeout", "gemini", gemini.error(408, "UNKNOWN", "Slow."), "request_timeout", passing=True),
    Case("conflict", "gemini", gemini.error(409, "ABORTED", "Conflict."), "conflict", passing=True),
    Case("500", "gemini", gemini.overloaded(500), "server_error", passing=True),
    Case("502 in HTML", "gemini", Reply(502, HTML.body, HTML.headers), "server_error", passing=True),
    Case("503", "gemini", gemini.overloaded(503), "server_error", passing=True),
    Case("redirect to nowhere", "gemini", Reply(304), "misconfigured"),
    _nothing("nothing at all", "gemini", Reply()),
    Case(
        "no candidates",
        "gemini",
        Reply(body=b'{"candidates": []}'),
        "no_picture",
        passing=True,
        possible_extra_charges=1,
    ),
    _nothing("JSON of another kind", "gemini", Reply(body=b"[1, 2]")),
    Case("no parts", "gemini", gemini.answered([]), "no_picture", passing=True, paid_calls=1),
    Case("no content", "gemini", gemini.answered(None), "no_picture", passing=True, paid_calls=1),
    Case(
        "words only",
        "gemini",
        gemini.finished("STOP", "Here you are!"),
        "no_picture",
        passing=True,
        possible_extra_charges=1,
    ),
    _nothing("NO_IMAGE", "gemini", gemini.finished("NO_IMAGE")),
    _nothing("IMAGE_OTHER", "gemini", gemini.finished("IMAGE_OTHER")),
    _lost("deadline exceeded", "gemini", gemini.error(504, "DEADLINE_EXCEEDED", "Deadline expired.")),
    _lost("HTML in a 200", "gemini", HTML),
    _lost("cut JSON in a 200", "gemini", CUT_JSON),
    _useless("base64 that is none", "gemini", Reply(body=gemini.picture(b"x").body.replace(b"eA==", b"!!!!"))),
    _lost("a body shorter than announced", "gemini", CUT_BODY),
    _lost("hung up before the request", "gemini", HUNG_UP_BEFORE),
    _lost("hung up after the request", "gemini", HUNG_UP_AFTER),
)

CASES = OPENAI + GEMINI
