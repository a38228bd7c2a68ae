"""The failure table: every way in which a call can fail, sorted once.

An error report holds codes: the HTTP status (``429``) and its class (``4xx``), error codes and reasons as the
provider spells them, ``finish=`` reasons, codes of this project in lower case for what is told in other ways
(``blocked``, ``per-day``), and the names of the exceptions that an SDK raised. (The transport of both SDKs uses the
names of httpx.) The first row whose codes were all reported decides: the provider's own rows first, then ``ROWS``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from imagegen.errors import Failure, PassingFailure, PermanentFailure, RateLimited, Unanswered
from imagegen.providers.wire.quoting import find_request_id, quote


class Outcome(Enum):
    """The treatment of a failure: see ``imagegen.errors``."""

    PERMANENT = auto()
    PASSING = auto()
    UNANSWERED = auto()


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of failure: its stable name, its treatment, and the advice for people.

    ``advice`` has blanks for the names of the service, its key, its pace setting, the model and the exception, and for
    the time limit. ``paid_calls`` is 1 when the call was answered and charged.
    """

    name: str
    outcome: Outcome
    advice: str
    paid_calls: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: ``codes``, separated by blanks, that have to be reported together for ``kind``."""

    codes: str
    kind: Kind

    def matches(self, report: "ErrorReport") -> bool:
        """Tell whether all of the row's codes were reported."""
        return report.codes.issuperset(self.codes.split())


@dataclass(frozen=True, slots=True)
class Service:
    """A provider as people know it: its name, and the variables that hold its key and its pace.

    ``rows`` are the provider's own lines of the failure table. They come before those of every provider.
    """

    id: str
    name: str
    key: str
    per_minute: str
    rows: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class ErrorReport:
    """A failed call as the provider or its SDK reports it.

    ``message`` is the provider's own text, ``exception`` the name of the exception, ``request_id`` the provider's name
    for the call. ``retry_after`` is the wait asked for in seconds, ``per_minute`` the number of calls a minute that
    the provider says it allows. ``cost_usd`` is the cost of the call in US dollars (None: unknown), ``data`` the bytes
    that came.
    """

    codes: frozenset[str]
    message: str = ""
    exception: str = ""
    request_id: str = ""
    retry_after: float | None = None
    per_minute: int | None = None
    cost_usd: float | None = 0.0
    data: bytes | None = None


_PERMANENT, _PASSING, _UNANSWERED = Outcome.PERMANENT, Outcome.PASSING, Outcome.UNANSWERED

REFUSED = Kind(
    "refused",
    _PERMANENT,
    "{name} refuses this prompt for {model}; asking again will not help: change its wording, context or style",
)
OUT_OF_CREDIT = Kind(
    "out_of_credit",
    _PERMANENT,
    "{name} refuses because the account's credit or spending limit is used up: add credit or raise the limit",
)
DAILY_QUOTA = Kind(
    "daily_quota",
    _PERMANENT,
    "{name}'s daily quota of this account is used up: run the batch again tomorrow, or raise the quota",
)
DAILY_QUOTA_OF_MODEL = Kind(
    "daily_quota",
    _PERMANENT,
    "{name}'s daily quota for the model {model} is used up: run the batch again tomorrow, raise the quota, or choose "
    "another model",
)
RATE_LIMITED = Kind(
    "rate_limited",
    _PASSING,
    "{name} limits the rate and did not let this call in: run the batch again later, or set {per_minute}",
)
REJECTED_KEY = Kind("rejected_key", _PERMANENT, "{name} rejects the key: set {key} to a valid one")
FORBIDDEN = Kind(
    "forbidden",
    _PERMANENT,
    "{name} does not let this account use {model}: check the key's permissions, region and verification",
)
UNKNOWN_MODEL = Kind(
    "unknown_model",
    _PERMANENT,
    "{name} does not serve {model} (retired, misspelt or not open to this account): choose another model",
)
REJECTED_REQUEST = Kind(
    "rejected_request",
    _PERMANENT,
    "{name} rejects the request for {model} as it stands: change what it objects to",
)
NOT_THE_API = Kind(
    "misconfigured",
    _PERMANENT,
    "what answers in {name}'s place is not its API: check the base URL",
)
NOT_SENDABLE = Kind(
    "misconfigured",
    _PERMANENT,
    "no request can be sent to {name}: check {key} and the base URL for stray characters and for http(s)://",
)
REQUEST_TIMEOUT = Kind("request_timeout", _PASSING, "{name} did not get the request in time: run the batch again later")
CONFLICT = Kind("conflict", _PASSING, "{name} is busy with a conflicting request: run the batch again later")
SERVER_ERROR = Kind("server_error", _PASSING, "{name} has a fault of its own: run the batch again later")
UNREACHABLE = Kind(
    "unreachable",
    _PASSING,
    "{name} cannot be reached, and nothing was spent: check the network and the base URL, or run again later",
)
NO_PICTURE = Kind(
    "no_picture",
    _PASSING,
    "{name} answered without a picture and without a lasting reason: run the batch again, or change the prompt",
)
SILENT = Kind(
    "unanswered",
    _UNANSWERED,
    "{name} was asked, but its answer did not come, or not whole; it may have charged for the picture",
)
TIMED_OUT = Kind(
    "unanswered",
    _UNANSWERED,
    "{name} did not answer within {timeout:g} s (PROVIDER_TIMEOUT_SECONDS); it may have charged for the picture",
)
BAD_PICTURE = Kind(
    "bad_picture",
    _PASSING,
    "{name}'s answer holds no base64 and no link that can be read; it was paid for: run the batch again",
    paid_calls=1,
)
TOO_LARGE = Kind(
    "bad_picture",
    _PASSING,
    "{name}'s answer is larger than a picture can be and was not taken; it was paid for: run the batch again",
    paid_calls=1,
)
DEAD_LINK = Kind(
    "bad_picture",
    _PASSING,
    "{name} made the picture, but its link to it could not be read ({exception}); it was paid for: run the batch again",
    paid_calls=1,
)
UNREADABLE = Kind(
    "unanswered",
    _UNANSWERED,
    "{name} answered with something that cannot be read; it may have charged for the picture",
)
UNFORESEEN = Kind(
    "unanswered",
    _UNANSWERED,
    "{name}'s answer was more than its SDK could take ({exception}); it may have charged for the picture",
)

ROWS: tuple[Row, ...] = (
    Row("402", OUT_OF_CREDIT),
    Row("429 per-day per-model", DAILY_QUOTA_OF_MODEL),
    Row("429 per-day", DAILY_QUOTA),
    Row("429", RATE_LIMITED),
    Row("401", REJECTED_KEY),
    Row("403", FORBIDDEN),
    Row("404", UNKNOWN_MODEL),
    Row("410", UNKNOWN_MODEL),
    Row("408", REQUEST_TIMEOUT),
    Row("409", CONFLICT),
    Row("504", SILENT),  # a gateway gave up on a model that may be done a moment later
    Row("524", SILENT),  # Cloudflare's status for the same
    Row("5xx", SERVER_ERROR),
    Row("4xx", REJECTED_REQUEST),
    Row("3xx", NOT_THE_API),
    Row("no-picture", NO_PICTURE),
    Row("too-large", TOO_LARGE),
    Row("dead-link", DEAD_LINK),
    Row("bad-picture", BAD_PICTURE),
    Row("unreadable", UNREADABLE),
    Row("JSONDecodeError", UNREADABLE),
    Row("ValidationError", UNREADABLE),
    Row("DecodingError", UNREADABLE),
    # No answer: the request was never sent, or it was sent and the answer was lost.
    Row("LocalProtocolError", NOT_SENDABLE),
    Row("UnsupportedProtocol", NOT_SENDABLE),
    Row("InvalidURL", NOT_SENDABLE),
    Row("UnicodeEncodeError", NOT_SENDABLE),
    Row("TooManyRedirects", NOT_THE_API),
    Row("ConnectError", UNREACHABLE),
    Row("ConnectTimeout", UNREACHABLE),
    Row("PoolTimeout", UNREACHABLE),
    Row("ProxyError", UNREACHABLE),
    Row("WriteTimeout", UNREACHABLE),  # the request was never whole, so nobody can serve it
    Row("WriteError", UNREACHABLE),
    Row("ReadTimeout", TIMED_OUT),
    Row("DeadlineExceeded", TIMED_OUT),
    Row("TransportError", SILENT),  # ReadError, RemoteProtocolError …
    Row("", UNFORESEEN),
)


def find_row(service: Service, report: ErrorReport) -> Row:
    """Find the first row that matches. The last row matches every report."""
    return next(row for row in (*service.rows, *ROWS) if row.matches(report))


def classify(service: Service, report: ErrorReport, *, model: str, secret: str, timeout: float = 0.0) -> Failure:
    """Build the failure for a report. Its message holds neither ``secret`` nor text that looks like a key.

    ``timeout`` is the time limit of the call in seconds.
    """
    kind = find_row(service, report).kind
    advice = kind.advice.format(
        name=service.name,
        key=service.key,
        per_minute=service.per_minute,
        model=model,
        exception=report.exception,
        timeout=timeout,
    )
    quoted = quote(report.message, secret)
    message = f"{advice}. {service.name} says: {quoted}" if quoted else advice
    message = message if message.endswith((".", "!", "?", "…")) else f"{message}."
    return _build_failure(kind, message, report, find_request_id(report.request_id, report.message, secret))


def _build_failure(kind: Kind, message: str, report: ErrorReport, request_id: str) -> Failure:
    name, wait = kind.name, report.retry_after
    match kind.outcome:
        case Outcome.UNANSWERED:
            return Unanswered(message, retry_after=wait, data=report.data, request_id=request_id)
        case Outcome.PERMANENT:
            return PermanentFailure(name, message, cost_usd=report.cost_usd, request_id=request_id)
        case Outcome.PASSING if kind is RATE_LIMITED:
            return RateLimited(message, wait, report.per_minute, request_id=request_id)
        case Outcome.PASSING:
            # An answer without a picture that reports tokens was paid for; without a report it may have been.
            answered = kind is NO_PICTURE
            paid = report.cost_usd is None or report.cost_usd > 0
            return PassingFailure(
                name,
                message,
                paid_calls=int(paid) if answered else kind.paid_calls,
                possible_extra_charges=int(answered and not paid),
                cost_usd=report.cost_usd,
                request_id=request_id,
                retry_after=wait,
                data=report.data,
            )


def list_status_codes(status: int) -> frozenset[str]:
    """List the codes of an HTTP status: itself and its class."""
    return frozenset({str(status), f"{status // 100}xx"})


def list_exception_names(error: BaseException) -> frozenset[str]:
    """List the names of an exception, of its base classes, and of the exceptions that caused it."""
    return frozenset(cls.__name__ for link in _follow_causes(error) for cls in type(link).__mro__)


def _follow_causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__
