"""Google's Gemini image models, through the ``google-genai`` SDK's ``generate_content``."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from imagegen.errors import ConfigurationError
from imagegen.providers import Generated, PictureRequest
from imagegen.providers.call import CONNECT_TIMEOUT, Caller
from imagegen.providers.failures import (
    FORBIDDEN,
    OUT_OF_CREDIT,
    REFUSED,
    REJECTED_KEY,
    ErrorReport,
    Row,
    Service,
    list_exception_names,
    list_status_codes,
)
from imagegen.providers.wire.answer import Answer
from imagegen.providers.wire.endpoints import find_endpoint
from imagegen.providers.wire.fields import as_count, as_object, as_objects, as_text
from imagegen.providers.wire.ratelimit import parse_limit, parse_wait
from imagegen.request import catalog
from imagegen.settings import Settings

if TYPE_CHECKING:
    from google.genai import Client

_REFUSALS = (
    *("SAFETY", "PROHIBITED_CONTENT", "RECITATION", "BLOCKLIST", "SPII", "LANGUAGE", "ESCALATION"),
    *("IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION"),
)
"""Finish reasons that stand for a refusal of the content."""

SERVICE = Service(
    "gemini",
    "Gemini",
    key="GOOGLE_API_KEY (or GEMINI_API_KEY)",
    per_minute="GEMINI_IMAGES_PER_MINUTE",
    rows=(
        Row("blocked", REFUSED),
        *(Row(f"finish={reason}", REFUSED) for reason in _REFUSALS),
        Row("finish=PUP_LIMITED_DISABLED", FORBIDDEN),
        Row("429 out-of-credit", OUT_OF_CREDIT),
        Row("400 API_KEY_INVALID", REJECTED_KEY),
    ),
)

_TOO_MANY = 429
_DEFAULT_URL = "https://generativelanguage.googleapis.com"
_COUNT = re.compile(r"[0-9]{1,6}")
_INVALID_KEY = re.compile(r"\bAPI key (?:not valid|expired|not found)", re.IGNORECASE)
_OUT_OF_CREDIT = re.compile(r"\bspending cap\b|\bprepa\w+ credits?\b|\bcredits are depleted\b", re.IGNORECASE)


def find_missing_key(settings: Settings) -> str:
    """Return the variable to set when there is no key; empty when there is one."""
    return "" if settings.find_key(SERVICE.id) else SERVICE.key


def endpoint(_settings: Settings) -> str:
    """Return the base URL that requests go to; empty when it is Google's own."""
    return find_endpoint("GOOGLE_GEMINI_BASE_URL", _DEFAULT_URL)


def connect(settings: Settings) -> "GeminiProvider":
    """Build the provider with one client. Raises ConfigurationError when the key is missing."""
    if missing := find_missing_key(settings):
        raise ConfigurationError(
            f"{missing} is not set, and Gemini's models need it: set it, or run with --offline to do without"
        )
    return GeminiProvider(_build_client(settings), settings)


def _build_client(settings: Settings) -> "Client":
    import ssl

    from google.genai import Client
    from google.genai.types import HttpOptions

    from imagegen.providers.wire.transport import limit_request, limit_response

    connect_timeout = min(CONNECT_TIMEOUT, settings.provider_timeout)

    def reach_soon(request: Any) -> None:
        # The SDK knows a single timeout for every phase; only the answer takes minutes.
        request.extensions["timeout"]["connect"] = connect_timeout

    options = HttpOptions(
        timeout=max(1, round(settings.provider_timeout * 1000)),  # milliseconds
        client_args={"event_hooks": {"request": [reach_soon, limit_request], "response": [limit_response]}},
        # The SDK would read all certificates a second time, 25 ms long, for websockets, which are not used here.
        async_client_args={"ssl": ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)},
    )
    # Set here, the backend is the Developer API, whatever GOOGLE_GENAI_USE_VERTEXAI and its like say.
    return Client(vertexai=False, api_key=settings.find_key(SERVICE.id), http_options=options)


class GeminiProvider:
    """Pictures from Gemini."""

    def __init__(self, sdk: "Client", settings: Settings) -> None:
        self._sdk = sdk
        self._caller = Caller(SERVICE, settings, describe_error)

    def generate(self, request: PictureRequest) -> Generated:
        """Make one picture: see ``Provider.generate``."""
        price = catalog.find_list_price(request.model, request.options)
        document, answer = self._caller.call(lambda: self._send(request), model=request.model, price=price)
        if document is None:
            return Generated(bytes(answer.body), price)
        token_cost = _find_cost(document, request)
        picture = _find_picture(document)
        if not picture:
            report = _describe_refusal(document, answer, cost=token_cost or 0.0)
            raise self._caller.classify(replace(report, data=bytes(answer.body) or None), request.model)
        cost = price if token_cost is None else token_cost
        return Generated(self._caller.decode(answer.find_text(picture), model=request.model, cost_usd=cost), cost)

    def _send(self, request: PictureRequest) -> object:
        from google.genai.types import GenerateContentConfig, ImageConfig

        return self._sdk.models.generate_content(
            model=request.model,
            contents=request.prompt,
            config=GenerateContentConfig(
                response_modalities=["IMAGE"],
                image_config=ImageConfig.model_validate(request.options),
                automatic_continuation=False,  # each continuation would be one more paid call
            ),
        )


def describe_error(error: Exception) -> ErrorReport:
    """Describe an exception of the SDK."""
    from google.genai.errors import APIError

    names = list_exception_names(error)
    if not isinstance(error, APIError):
        return ErrorReport(names, exception=type(error).__name__)
    message, headers = as_text(error.message), getattr(error.response, "headers", {})
    details = _list_details(error.details)
    limited = error.code == _TOO_MANY
    return ErrorReport(
        names | list_status_codes(error.code) | _list_codes(details, message),
        message=message,
        exception=type(error).__name__,
        request_id=as_text(headers.get("x-request-id")),
        retry_after=parse_wait(headers, message, _list_delays(details), limited=limited),
        per_minute=(_find_limit(details) or parse_limit(headers, message)) if limited else None,
    )


def _list_codes(details: list[dict[str, Any]], message: str) -> frozenset[str]:
    codes = {str(detail["reason"]) for detail in details if "reason" in detail}
    if _INVALID_KEY.search(message):
        codes.add("API_KEY_INVALID")
    if _OUT_OF_CREDIT.search(message):
        codes.add("out-of-credit")
    daily = [quota for quota, _ in _list_quotas(details) if "PerDay" in quota]
    if daily:
        codes.add("per-day")
    if daily and all("PerModel" in quota for quota in daily):
        codes.add("per-model")
    return frozenset(codes)


def _list_details(body: object) -> list[dict[str, Any]]:
    """List Google's typed error details, as far as an answer has them."""
    outer = as_object(body)
    return as_objects(as_object(outer.get("error", outer)).get("details"))


def _list_delays(details: list[dict[str, Any]]) -> list[str]:
    """List the waits that Google's ``RetryInfo`` asks for."""
    return [as_text(detail.get("retryDelay")) for detail in details]


def _list_quotas(details: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """List the quotas that are used up: Google's name and the value of each."""
    for detail in details:
        for violation in as_objects(detail.get("violations")):
            name = violation.get("quotaId") or violation.get("quotaMetric") or ""
            yield str(name), str(violation.get("quotaValue", ""))


def _find_limit(details: list[dict[str, Any]]) -> int | None:
    """Return the smallest quota of requests or images a minute that is used up; None when there is none."""
    values = [
        int(value)
        for name, value in _list_quotas(details)
        if "PerMinute" in name and "Token" not in name and _COUNT.fullmatch(value)
    ]
    return min((value for value in values if value), default=None)


def _list_parts(document: object) -> Iterator[dict[str, Any]]:
    for candidate in as_objects(as_object(document).get("candidates")):
        yield from as_objects(as_object(candidate.get("content")).get("parts"))


def _find_picture(document: object) -> str:
    """Return the last picture that is not a thought; where there is none, the last thought: some answers end in one."""
    pictures = [
        (part.get("thought") is True, as_text(data.get("data")))
        for part in _list_parts(document)
        if (data := as_object(part.get("inlineData"))).get("data")
        if (as_text(data.get("mimeType")) or "image/").startswith("image/")
    ]
    final = [data for thought, data in pictures if not thought] or [data for _, data in pictures]
    return final[-1] if final else ""


def _describe_refusal(document: object, answer: Answer, *, cost: float) -> ErrorReport:
    """Describe an answer without a picture: a block of the prompt, finish reasons, text, or nothing."""
    blocked = as_text(as_object(as_object(document).get("promptFeedback")).get("blockReason"))
    candidates = as_objects(as_object(document).get("candidates"))
    finished = [reason for candidate in candidates if (reason := as_text(candidate.get("finishReason")))]
    codes = {"no-picture", *(f"finish={reason}" for reason in finished), *(["blocked"] if blocked else [])}
    reasons = [blocked, *finished] if blocked else finished
    explained = [
        text for candidate in candidates if (text := answer.read_text(as_text(candidate.get("finishMessage"))))
    ]
    texts = [
        answer.read_text(as_text(part.get("text"))) for part in _list_parts(document) if part.get("thought") is not True
    ]
    error = as_text(as_object(as_object(document).get("error")).get("message"))
    message = " ".join([*(f"({reason})" for reason in reasons), *explained, *filter(None, [error, *texts])])
    wait = parse_wait(answer.headers, error, _list_delays(_list_details(document)), limited=False)
    return ErrorReport(frozenset(codes), message=message, retry_after=wait, cost_usd=cost)


def _find_cost(document: object, request: PictureRequest) -> float | None:
    """Return the cost of the tokens reported; None when none are or 0, which no picture takes."""
    usage = as_object(as_object(document).get("usageMetadata"))
    output = as_count(usage.get("candidatesTokenCount"))
    model = catalog.find(request.model)
    if model is None or model.tokens is None or not output:
        return None
    details = as_objects(usage.get("candidatesTokensDetails"))
    images = sum(as_count(count.get("tokenCount")) for count in details if count.get("modality") == "IMAGE")
    image = min(output, images or output)
    return model.tokens.cost(
        text_in=as_count(usage.get("promptTokenCount")),
        text_out=output - image + as_count(usage.get("thoughtsTokenCount")),
        image_out=image,
    )
