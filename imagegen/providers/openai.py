"""OpenAI's image models, through the ``openai`` SDK's ``images.generate``."""

import base64
import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from imagegen.errors import ConfigurationError, PassingFailure
from imagegen.providers import Generated, PictureRequest
from imagegen.providers.call import CONNECT_TIMEOUT, MAX_PICTURE, call_provider
from imagegen.providers.download import download
from imagegen.providers.failures import (
    NOT_THE_API,
    OUT_OF_CREDIT,
    REFUSED,
    UNKNOWN_MODEL,
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
    from openai import OpenAI
    from openai.types import ImagesResponse

SERVICE = Service(
    "openai",
    "OpenAI",
    key="OPENAI_API_KEY",
    per_minute="OPENAI_IMAGES_PER_MINUTE",
    rows=(
        Row("400 moderation_blocked", REFUSED),
        Row("400 content_policy_violation", REFUSED),
        Row("400 billing_hard_limit_reached", OUT_OF_CREDIT),
        Row("429 billing_hard_limit_reached", OUT_OF_CREDIT),
        Row("429 insufficient_quota", OUT_OF_CREDIT),
        Row("429 billing_not_active", OUT_OF_CREDIT),
        Row("400 model_not_found", UNKNOWN_MODEL),
        Row("404 unknown_url", NOT_THE_API),
    ),
)

_PER_DAY = re.compile(r"\bper day\b|\bRPD\b|\bIPD\b")


def find_missing_key(settings: Settings) -> str:
    """Return the variable to set when there is no key; empty when there is one."""
    return "" if settings.find_key(SERVICE.id) else SERVICE.key


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
    from openai import OpenAI, Timeout

    timeout = Timeout(settings.provider_timeout, connect=min(CONNECT_TIMEOUT, settings.provider_timeout))
    return OpenAI(api_key=settings.find_key(SERVICE.id), max_retries=0, timeout=timeout)


class OpenAIProvider:
    """Pictures from OpenAI."""

    def __init__(self, sdk: "OpenAI", settings: Settings) -> None:
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
        found = next(_pictures(answer), None)
        if found is None:
            # Where the answer is not JSON the SDK hands out its text.
            code = "no-picture" if hasattr(answer, "data") else "unreadable"
            report = ErrorReport(frozenset({code}), cost_usd=tokens or 0.0)
            raise classify(SERVICE, report, model=request.model, secret=self._settings.find_key(SERVICE.id))
        cost = catalog.find_list_price(request.model, request.options) if tokens is None else tokens
        return Generated(self._bytes(*found, cost), cost)

    def _request(self, request: PictureRequest) -> "ImagesResponse":
        width, height = request.size
        return self._sdk.images.generate(
            model=request.model,
            prompt=request.prompt,
            n=1,
            size=f"{width}x{height}",
            extra_body=dict(request.options),
        )

    def _bytes(self, inline: str, url: str, cost: float | None) -> bytes:
        """The picture's bytes: inline, as OpenAI sends them, or behind the link that other servers send instead."""
        if not inline and not url.startswith("data:"):
            return download(url, limit=MAX_PICTURE, timeout=self._settings.provider_timeout, cost_usd=cost)
        encoded = (inline or url).rpartition(",")[2]
        try:
            if len(encoded) <= MAX_PICTURE * 4 // 3:
                return base64.b64decode(encoded, validate=True)
        except ValueError:  # binascii.Error, or not ASCII
            pass
        message = "OpenAI's picture is not whole: what came is not base64 of a reasonable size. It was paid for."
        raise PassingFailure("bad_picture", message, paid_calls=1, cost_usd=cost)


def _pictures(answer: object) -> Iterator[tuple[str, str]]:
    """What an answer holds as (base64, link), one of them empty. The SDK does not check what types it was sent."""
    images = getattr(answer, "data", None)
    for image in images if isinstance(images, list) else ():
        inline, url = getattr(image, "b64_json", None), getattr(image, "url", None)
        if isinstance(inline, str) and inline:
            yield inline, ""
        elif isinstance(url, str) and url:
            yield "", url


def describe_error(error: Exception) -> ErrorReport:
    """What an exception of the SDK says."""
    from openai import APIStatusError

    names = list_exception_names(error)
    if not isinstance(error, APIStatusError):
        return ErrorReport(names, exception=type(error).__name__)
    body = error.body if isinstance(error.body, dict) else {}
    sentence = body.get("message")
    sentence = sentence if isinstance(sentence, str) else ""
    codes = {str(code) for code in (error.code, error.type) if code}
    if _PER_DAY.search(sentence):
        codes.add("per-day")
    return ErrorReport(
        names | list_status_codes(error.status_code) | codes,
        message=f"{sentence} (request {error.request_id})" if sentence and error.request_id else sentence,
        exception=type(error).__name__,
        retry_after=parse_wait(error.response.headers),
    )


def _cost_of_tokens(answer: "ImagesResponse", request: PictureRequest) -> float | None:
    """What the tokens reported cost; None when none are: a picture takes some, so a report of 0 says nothing."""
    usage = getattr(answer, "usage", None)
    output, text = getattr(usage, "output_tokens", None), getattr(usage, "input_tokens", None)
    model = catalog.find(request.model)
    if model is None or model.tokens is None or not isinstance(output, int) or output <= 0:
        return None
    return model.tokens.cost(text_in=text if isinstance(text, int) else 0, text_out=0, image_out=output)
