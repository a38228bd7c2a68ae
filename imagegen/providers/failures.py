"""Every way in which a call can fail, sorted once.

What a provider said is put as words: the status (``429`` and its class ``4xx``), error codes and reasons as the
provider spells them, ``finish=`` reasons, words of ours in lower case for what is said in other ways (``blocked``,
``per-day``), and the names of the exceptions that an SDK let through (both SDKs' transport has httpx's names for
them). The first row all of whose words were said decides.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto

from imagegen.errors import Failure, PassingFailure, PermanentFailure, Unanswered
from imagegen.providers.ratelimit import RateLimited

MAX_QUOTED = 300
"""Characters of a provider's own sentence that are passed on."""


@dataclass(frozen=True, slots=True)
class Service:
    """A provider as people know it: its name, and the variables that hold its key and its pace."""

    id: str
    name: str
    key: str
    per_minute: str


@dataclass(frozen=True, slots=True)
class Said:
    """What a provider said: the words that rows match, and its own sentence.

    ``error`` names the exception that told of it, ``retry_after`` is the wait asked for in seconds, ``cost_usd``
    what the call cost all the same, in US dollars.
    """

    words: frozenset[str]
    sentence: str = ""
    error: str = ""
    retry_after: float | None = None
    cost_usd: float = 0.0


class Class(Enum):
    """What becomes of a failure: see ``imagegen.errors``."""

    PERMANENT = auto()
    PASSING = auto()
    UNANSWERED = auto()


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. An empty ``service`` stands for every provider.

    ``advice`` is what people are told, with the service's, the model's and the exception's names filled in.
    """

    service: str
    words: str
    kind: str
    outcome: Class
    advice: str

    def matches(self, service: Service, said: Said) -> bool:
        """Whether this is what was said."""
        return self.service in ("", service.id) and said.words.issuperset(self.words.split())


PERMANENT, PASSING, UNANSWERED = Class.PERMANENT, Class.PASSING, Class.UNANSWERED

_REWORD = "{name} refuses this prompt for {model}; asking again will not help: change its wording, context or style"
_PAY = "{name} refuses because the account's credit or spending limit is used up: add credit or raise the limit"
_TOMORROW = "{name}'s daily quota for {model} is used up: run the batch again tomorrow, or raise the quota"
_KEY = "{name} rejects the key: set {key} to a valid one"
_FORBIDDEN = "{name} does not let this account use {model}: check the key's permissions, region and verification"
_MODEL = "{name} does not serve {model} (retired, misspelt or not open to this account): choose another model"
_REQUEST = "{name} rejects the request for {model} as it stands: change what it objects to"
_SETUP = "no request can be sent to {name}: check {key} and the base URL for stray characters and for http(s)://"
_ELSEWHERE = "what answers in {name}'s place is not its API: check the base URL"
_LIMIT = "{name} limits the rate and did not let this call in for as long as an attempt may wait: set {per_minute}"
_SLOW = "{name} did not get the request in time: run the batch again later"
_BUSY = "{name} is busy with a conflicting request: run the batch again later"
_FAULT = "{name} has a fault of its own: run the batch again later"
_REACH = "{name} cannot be reached, and nothing was spent: check the network and the base URL, or run again later"
_SILENT = "{name} was asked, but its answer did not come, or not whole; it may have charged for the picture"
_GARBLED = "{name} answered with something that cannot be read; it may have charged for the picture"
_NOTHING = "{name} answered without a picture and without a lasting reason: run the batch again, or change the prompt"
_UNFORESEEN = "{name}'s answer was more than its SDK could take ({error}); it may have charged for the picture"

ROWS: tuple[Row, ...] = (
    # Refusals of the content.
    Row("openai", "400 moderation_blocked", "refused", PERMANENT, _REWORD),
    Row("openai", "400 content_policy_violation", "refused", PERMANENT, _REWORD),
    Row("gemini", "blocked", "refused", PERMANENT, _REWORD),
    Row("gemini", "finish=SAFETY", "refused", PERMANENT, _REWORD),
    Row("gemini", "finish=PROHIBITED_CONTENT", "refused", PERMANENT, _REWORD),
    Row("gemini", "finish=RECITATION", "refused", PERMANENT, _REWORD),
    Row("gemini", "finish=BLOCKLIST", "refused", PERMANENT, _REWORD),
    Row("gemini", "finish=SPII", "refused", PERMANENT, _REWORD),
    Row("gemini", "finish=LANGUAGE", "refused", PERMANENT, _REWORD),
    Row("gemini", "finish=ESCALATION", "refused", PERMANENT, _REWORD),
    Row("gemini", "finish=IMAGE_SAFETY", "refused", PERMANENT, _REWORD),
    Row("gemini", "finish=IMAGE_PROHIBITED_CONTENT", "refused", PERMANENT, _REWORD),
    Row("gemini", "finish=IMAGE_RECITATION", "refused", PERMANENT, _REWORD),
    Row("gemini", "finish=PUP_LIMITED_DISABLED", "forbidden", PERMANENT, _FORBIDDEN),
    # Money and quota.
    Row("openai", "400 billing_hard_limit_reached", "out_of_credit", PERMANENT, _PAY),
    Row("openai", "429 billing_hard_limit_reached", "out_of_credit", PERMANENT, _PAY),
    Row("openai", "429 insufficient_quota", "out_of_credit", PERMANENT, _PAY),
    Row("openai", "429 billing_not_active", "out_of_credit", PERMANENT, _PAY),
    Row("gemini", "429 out-of-credit", "out_of_credit", PERMANENT, _PAY),
    Row("", "402", "out_of_credit", PERMANENT, _PAY),
    Row("", "429 per-day", "daily_quota", PERMANENT, _TOMORROW),
    Row("", "429", "rate_limited", PASSING, _LIMIT),
    # The key, the account, the model, the request.
    Row("gemini", "400 API_KEY_INVALID", "rejected_key", PERMANENT, _KEY),
    Row("openai", "400 model_not_found", "unknown_model", PERMANENT, _MODEL),
    Row("", "401", "rejected_key", PERMANENT, _KEY),
    Row("", "403", "forbidden", PERMANENT, _FORBIDDEN),
    Row("openai", "404 unknown_url", "misconfigured", PERMANENT, _ELSEWHERE),
    Row("", "404", "unknown_model", PERMANENT, _MODEL),
    Row("", "410", "unknown_model", PERMANENT, _MODEL),
    # The provider's own trouble.
    Row("", "408", "request_timeout", PASSING, _SLOW),
    Row("", "409", "conflict", PASSING, _BUSY),
    Row("", "504", "unanswered", UNANSWERED, _SILENT),  # a gateway gave up on a model that may be done a moment later
    Row("", "524", "unanswered", UNANSWERED, _SILENT),  # Cloudflare's word for the same
    Row("", "5xx", "server_error", PASSING, _FAULT),
    Row("", "4xx", "rejected_request", PERMANENT, _REQUEST),
    Row("", "3xx", "misconfigured", PERMANENT, _ELSEWHERE),
    # An answer that is no picture.
    Row("", "no-picture", "no_picture", PASSING, _NOTHING),
    Row("", "unreadable", "unanswered", UNANSWERED, _GARBLED),
    Row("", "JSONDecodeError", "unanswered", UNANSWERED, _GARBLED),
    Row("", "ValidationError", "unanswered", UNANSWERED, _GARBLED),
    Row("", "DecodingError", "unanswered", UNANSWERED, _GARBLED),
    # No answer: never sent, or sent and lost.
    Row("", "LocalProtocolError", "misconfigured", PERMANENT, _SETUP),
    Row("", "UnsupportedProtocol", "misconfigured", PERMANENT, _SETUP),
    Row("", "InvalidURL", "misconfigured", PERMANENT, _SETUP),
    Row("", "UnicodeEncodeError", "misconfigured", PERMANENT, _SETUP),
    Row("", "TooManyRedirects", "misconfigured", PERMANENT, _ELSEWHERE),
    Row("", "ConnectError", "unreachable", PASSING, _REACH),
    Row("", "ConnectTimeout", "unreachable", PASSING, _REACH),
    Row("", "PoolTimeout", "unreachable", PASSING, _REACH),
    Row("", "ProxyError", "unreachable", PASSING, _REACH),
    Row("", "WriteTimeout", "unreachable", PASSING, _REACH),  # the request was never whole, so nobody can serve it
    Row("", "WriteError", "unreachable", PASSING, _REACH),
    Row("", "TransportError", "unanswered", UNANSWERED, _SILENT),  # ReadTimeout, ReadError, RemoteProtocolError …
    Row("", "DeadlinePassed", "unanswered", UNANSWERED, _SILENT),
    Row("", "", "unanswered", UNANSWERED, _UNFORESEEN),
)


def failure(service: Service, said: Said, *, model: str, secret: str) -> Failure:
    """The failure that ``said`` amounts to. Its message holds neither ``secret`` nor anything that looks like one."""
    row = next(row for row in ROWS if row.matches(service, said))
    advice = row.advice.format(
        name=service.name, key=service.key, per_minute=service.per_minute, model=model, error=said.error
    )
    quoted = _quotable(said.sentence, secret)
    message = f"{advice}. {service.name} says: {quoted}" if quoted else f"{advice}."
    match row.outcome:
        case Class.UNANSWERED:
            return Unanswered(message)
        case Class.PERMANENT:
            return PermanentFailure(row.kind, message, cost_usd=said.cost_usd)
        case Class.PASSING if row.kind == "rate_limited":
            return RateLimited(message, said.retry_after)
        case Class.PASSING:
            return PassingFailure(row.kind, message, cost_usd=said.cost_usd)


def status_words(status: int) -> frozenset[str]:
    """The words for an HTTP status: itself and its class."""
    return frozenset({str(status), f"{status // 100}xx"})


def exception_words(error: BaseException) -> frozenset[str]:
    """The names of an exception, of its base classes, and of the exceptions that caused it."""
    return frozenset(cls.__name__ for link in _causes(error) for cls in type(link).__mro__)


def _causes(error: BaseException | None) -> Iterable[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


_LOOKS_SECRET = re.compile(r"\b(?:sk-|AIza|AQ\.|Bearer\s+)[\w*.\-]{4,}|[A-Za-z0-9+/_\-]{40,}={0,2}")
_MARKUP = re.compile(r"\s*[<{\[]")


def _quotable(sentence: str, secret: str) -> str:
    """A provider's sentence, safe to show: one line, bounded, without keys and base64. Empty for markup."""
    if not sentence or _MARKUP.match(sentence):
        return ""
    known = sentence.replace(secret, "…") if secret else sentence
    line = " ".join("".join(c if c.isprintable() else " " for c in known[: MAX_QUOTED * 10]).split())
    shown = _LOOKS_SECRET.sub("…", line)
    return shown if len(shown) <= MAX_QUOTED else shown[: MAX_QUOTED - 1] + "…"
