"""Google's Gemini image models, through the ``google-genai`` SDK's ``generate_content``."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from imagegen.errors import ConfigurationError, PassingFailure
from imagegen.providers import Generated, PictureRequest
from imagegen.providers.call import CONNECT_TIMEOUT, MAX_PICTURE, call_provider
from imagegen.providers.failures import (
    FORBIDDEN,
    OUT_OF_CREDIT,
    REFUSED,
    REJECTED_KEY,
    ErrorReport,
    Row,
    Service,
    classify,
    list_exception_names,
    list_status_codes,
)
from imagegen.providers.ratelimit import parse_wait
from imagegen.request import catalog
from imagegen.settings import Settings

if TYPE_CHECKING:
    from google.genai import Client
    from google.genai.types import GenerateContentResponse, Part

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

_INVALID_KEY = re.compile(r"\bAPI key (?:not valid|expired|not found)", re.IGNORECASE)
_OUT_OF_CREDIT = re.compile(r"\bspending cap\b|\bprepa\w+ credits?\b|\bcredits are depleted\b", re.IGNORECASE)


def find_missing_key(settings: Settings) -> str:
    """Return the variable to set when there is no key; empty when there is one."""
    return "" if settings.find_key(SERVICE.id) else SERVICE.key


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

    connect_timeout = min(CONNECT_TIMEOUT, settings.provider_timeout)

    def reach_soon(request: Any) -> None:
        # The SDK knows a single timeout for every phase; only the answer takes minutes.
        request.extensions["timeout"]["connect"] = connect_timeout

    options = HttpOptions(
        timeout=max(1, round(settings.provider_timeout * 1000)),  # milliseconds
        client_args={"event_hooks": {"request": [reach_soon]}},
        # The SDK would read all certificates a second time, 25 ms long, for websockets, which are not used here.
        async_client_args={"ssl": ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)},
    )
    # Set here, the backend is the Developer API, whatever GOOGLE_GENAI_USE_VERTEXAI and its like say.
    return Client(vertexai=False, api_key=settings.find_key(SERVICE.id), http_options=options)


class GeminiProvider:
    """Pictures from Gemini."""

    def __init__(self, sdk: "Client", settings: Settings) -> None:
        self._sdk = sdk
        self._settings = settings

    def generate(self, request: PictureRequest) -> Generated:
        """Make one picture: see ``Provider.generate``."""
        answer = call_provider(
            SERVICE,
            lambda: self._request(request),
            describe_error=describe_error,
            model=request.model,
            secret=self._settings.find_key(SERVICE.id),
            settings=self._settings,
        )
        tokens = _cost_of_tokens(answer, request)
        data = _picture(answer)
        if data is None:
            report = _report_refusal(answer, cost=tokens or 0.0)
            raise classify(SERVICE, report, model=request.model, secret=self._settings.find_key(SERVICE.id))
        cost = catalog.find_list_price(request.model, request.options) if tokens is None else tokens
        if len(data) > MAX_PICTURE:
            raise PassingFailure("bad_picture", "Gemini's picture is too large to take", paid_calls=1, cost_usd=cost)
        return Generated(data, cost)

    def _request(self, request: PictureRequest) -> "GenerateContentResponse":
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
    """What an exception of the SDK says."""
    from google.genai.errors import APIError

    names = list_exception_names(error)
    if not isinstance(error, APIError):
        return ErrorReport(names, exception=type(error).__name__)
    sentence = error.message if isinstance(error.message, str) else ""
    details = _details(error.details)
    reasons = {str(detail["reason"]) for detail in details if "reason" in detail}
    if _INVALID_KEY.search(sentence):
        reasons.add("API_KEY_INVALID")
    if _OUT_OF_CREDIT.search(sentence):
        reasons.add("out-of-credit")
    if any("PerDay" in quota for quota in _quotas(details)):
        reasons.add("per-day")
    delay = next((str(detail["retryDelay"]) for detail in details if "retryDelay" in detail), "")
    return ErrorReport(
        names | list_status_codes(error.code) | reasons,
        message=sentence,
        exception=type(error).__name__,
        retry_after=parse_wait(getattr(error.response, "headers", {}), delay),
    )


def _details(body: Any) -> list[dict[str, Any]]:
    """Google's typed error details, as far as an answer has them."""
    inner = body.get("error", body) if isinstance(body, dict) else {}
    return _objects(inner.get("details")) if isinstance(inner, dict) else []


def _quotas(details: list[dict[str, Any]]) -> Iterator[str]:
    """The quotas that are used up, by Google's names for them."""
    for detail in details:
        for violation in _objects(detail.get("violations")):
            yield str(violation.get("quotaId") or violation.get("quotaMetric") or "")


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _parts(answer: "GenerateContentResponse") -> "Iterator[Part]":
    for candidate in answer.candidates or ():
        yield from (candidate.content and candidate.content.parts) or ()


def _picture(answer: "GenerateContentResponse") -> bytes | None:
    """The last picture that is not a thought; where there is none, the last thought: some answers end in one."""
    pictures = [
        (bool(part.thought), part.inline_data.data)
        for part in _parts(answer)
        if part.inline_data and part.inline_data.data and (part.inline_data.mime_type or "image/").startswith("image/")
    ]
    final = [data for thought, data in pictures if not thought] or [data for _, data in pictures]
    return final[-1] if final else None


def _report_refusal(answer: "GenerateContentResponse", *, cost: float) -> ErrorReport:
    """What an answer without a picture says: a block of the prompt, finish reasons, words, or nothing."""
    blocked = answer.prompt_feedback and answer.prompt_feedback.block_reason
    finished = [_name(candidate.finish_reason) for candidate in answer.candidates or () if candidate.finish_reason]
    reasons = [_name(blocked), *finished] if blocked else finished
    codes = {"no-picture", *(f"finish={reason}" for reason in finished), *(["blocked"] if blocked else [])}
    texts = [part.text for part in _parts(answer) if part.text and not part.thought]
    sentence = " ".join([*(f"({reason})" for reason in reasons), *texts])
    return ErrorReport(frozenset(codes), message=sentence, cost_usd=cost)


def _name(reason: Any) -> str:
    return str(getattr(reason, "value", reason))


def _cost_of_tokens(answer: "GenerateContentResponse", request: PictureRequest) -> float | None:
    """What the tokens reported cost; None when none are: a picture takes some, so a report of 0 says nothing."""
    usage = answer.usage_metadata
    model = catalog.find(request.model)
    if usage is None or model is None or model.tokens is None or not usage.candidates_token_count:
        return None
    output = usage.candidates_token_count
    counts = [(_name(count.modality), count.token_count or 0) for count in usage.candidates_tokens_details or ()]
    image = min(output, sum(count for modality, count in counts if modality == "IMAGE") or output)
    return model.tokens.cost(
        text_in=usage.prompt_token_count or 0,
        text_out=output - image + (usage.thoughts_token_count or 0),
        image_out=image,
    )
