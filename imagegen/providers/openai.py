"""OpenAI's image models, through the ``openai`` SDK's ``images.generate``."""

import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from imagegen.errors import ConfigurationError
from imagegen.providers import Generated, PictureRequest
from imagegen.providers.call import CONNECT_TIMEOUT, Caller
from imagegen.providers.failures import (
    NOT_THE_API,
    OUT_OF_CREDIT,
    REFUSED,
    UNKNOWN_MODEL,
    ErrorReport,
    Row,
    Service,
    list_exception_names,
    list_status_codes,
)
from imagegen.providers.wire.answer import MAX_PICTURE, Answer
from imagegen.providers.wire.download import download
from imagegen.providers.wire.endpoints import find_endpoint
from imagegen.providers.wire.fields import as_count, as_object, as_objects, as_text
from imagegen.providers.wire.ratelimit import parse_limit, parse_wait
from imagegen.request import catalog
from imagegen.settings import Settings

if TYPE_CHECKING:
    from openai import OpenAI

SERVICE = Service(
    "openai",
    "OpenAI",
    key="OPENAI_API_KEY",
    per_minute="OPENAI_IMAGES_PER_MINUTE",
    rows=(
        Row("400 moderation_blocked", REFUSED),
        Row("400 content_policy_violation", REFUSED),
        *(Row(f"{status} out-of-credit", OUT_OF_CREDIT) for status in (400, 403, 429)),
        Row("400 model_not_found", UNKNOWN_MODEL),
        Row("404 unknown_url", NOT_THE_API),
    ),
)

_TOO_MANY = 429
_DEFAULT_URL = "https://api.openai.com/v1"
_PER_DAY = re.compile(r"\bper day\b|\bRPD\b|\bIPD\b")
_OUT_OF_CREDIT = re.compile(
    r"insufficient_quota|^billing_|spend(?:ing)?_limit|payment_required"
    r"|credit.*(?:exhaust|deplet|insufficient)|(?:exhaust|deplet|insufficient).*(?:credit|balance|funds)"
)
"""Codes of an account without credit. OpenAI keeps adding to them, with types that differ."""


def find_missing_key(settings: Settings) -> str:
    """Return the variable to set when there is no key; empty when there is one."""
    return "" if settings.find_key(SERVICE.id) else SERVICE.key


def endpoint(_settings: Settings) -> str:
    """Return the base URL that requests go to; empty when it is OpenAI's own."""
    return find_endpoint("OPENAI_BASE_URL", _DEFAULT_URL)


def connect(settings: Settings) -> "OpenAIProvider":
    """Build the provider with one client. Raises ConfigurationError when the key is missing."""
    return OpenAIProvider(build_client(settings), settings)


def build_client(settings: Settings) -> "OpenAI":
    """Build the SDK's client, which sends one request per call. Raises ConfigurationError."""
    if missing := find_missing_key(settings):
        raise ConfigurationError(
            f"{missing} is not set, and OpenAI's models need it: set it, or run with --offline to do without"
        )
    if not os.environ.get("OPENAI_BASE_URL", "set").strip():
        del os.environ["OPENAI_BASE_URL"]  # the SDK takes an empty one at its word and asks nobody
    from openai import DefaultHttpxClient, OpenAI, Timeout

    from imagegen.providers.wire.transport import limit_request, limit_response

    timeout = Timeout(settings.provider_timeout, connect=min(CONNECT_TIMEOUT, settings.provider_timeout))
    hooks: dict[str, list[Any]] = {"request": [limit_request], "response": [limit_response]}
    return OpenAI(
        api_key=settings.find_key(SERVICE.id),
        max_retries=0,
        timeout=timeout,
        http_client=DefaultHttpxClient(timeout=timeout, event_hooks=hooks),
    )


class OpenAIProvider:
    """Pictures from OpenAI."""

    def __init__(self, sdk: "OpenAI", settings: Settings) -> None:
        self._sdk = sdk
        self._settings = settings
        self._caller = Caller(SERVICE, settings, describe_error)

    def generate(self, request: PictureRequest) -> Generated:
        """Make one picture: see ``Provider.generate``."""
        price = catalog.find_list_price(request.model, request.options)
        document, answer = self._caller.call(lambda: self._send(request), model=request.model, price=price)
        if document is None:
            return Generated(bytes(answer.body), price)
        tokens = _find_cost(document, request)
        # One picture was asked for; of several entries the longest holds it, and a link only when none holds any.
        pictures = sorted(_list_pictures(document), key=lambda entry: (not entry[0], -len(answer.find_text(entry[0]))))
        if not pictures:
            message = as_text(
                as_object(as_object(document).get("error")).get("message")
            )  # some servers' way of refusing
            report = ErrorReport(
                frozenset({"no-picture"}),
                message=message,
                retry_after=parse_wait(answer.headers, message, limited=False),
                cost_usd=tokens or 0.0,
                data=bytes(answer.body) or None,
            )
            raise self._caller.classify(report, request.model)
        cost = price if tokens is None else tokens
        return Generated(self._read_picture(*pictures[0], answer, request.model, cost), cost)

    def _send(self, request: PictureRequest) -> object:
        width, height = request.size
        return self._sdk.images.with_raw_response.generate(
            model=request.model,
            prompt=request.prompt,
            n=1,
            size=f"{width}x{height}",
            extra_body=dict(request.options),
        )

    def _read_picture(self, inline: str, url: str, answer: Answer, model: str, cost: float | None) -> bytes:
        """Return the picture's bytes: inline, as OpenAI sends them, or behind the link that others send instead."""
        text = answer.find_text(inline or url)
        if inline or bytes(text[:5]).lower() == b"data:":
            return self._caller.decode(text, model=model, cost_usd=cost)
        try:
            return download(url, timeout=self._settings.provider_timeout)
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the picture was paid for and is not here
            name = type(error).__name__
        body = bytes(answer.body[:MAX_PICTURE])
        report = ErrorReport(frozenset({"dead-link"}), exception=name, cost_usd=cost, data=body)
        raise self._caller.classify(report, model)


def describe_error(error: Exception) -> ErrorReport:
    """Describe an exception of the SDK."""
    from openai import APIStatusError

    names = list_exception_names(error)
    if not isinstance(error, APIStatusError):
        return ErrorReport(names, exception=type(error).__name__)
    message = as_text(as_object(error.body).get("message")) or as_text(error.body)
    headers, limited = error.response.headers, error.status_code == _TOO_MANY
    return ErrorReport(
        names | list_status_codes(error.status_code) | _list_codes(error.code, error.type, message),
        message=message,
        exception=type(error).__name__,
        request_id=as_text(error.request_id),
        retry_after=parse_wait(headers, message, limited=limited),
        per_minute=parse_limit(headers, message) if limited else None,
    )


def _list_codes(code: object, kind: object, message: str) -> frozenset[str]:
    codes = {str(value) for value in (code, kind) if value}
    if any(_OUT_OF_CREDIT.search(value.lower()) for value in codes):
        codes.add("out-of-credit")
    if _PER_DAY.search(message):
        codes |= {"per-day", "per-model"}  # OpenAI counts a day's requests by model
    return frozenset(codes)


def _list_pictures(document: object) -> Iterator[tuple[str, str]]:
    """List the pictures of an answer as (base64, link), one of them empty."""
    for image in as_objects(as_object(document).get("data")):
        inline, url = as_text(image.get("b64_json")), as_text(image.get("url"))
        if inline or url:
            yield inline, "" if inline else url


def _find_cost(document: object, request: PictureRequest) -> float | None:
    """Return the cost of the tokens reported; None when none are or 0, which no picture takes."""
    usage = as_object(as_object(document).get("usage"))
    output = as_count(usage.get("output_tokens"))
    model = catalog.find(request.model)
    if model is None or model.tokens is None or not output:
        return None
    return model.tokens.cost(text_in=as_count(usage.get("input_tokens")), text_out=0, image_out=output)
