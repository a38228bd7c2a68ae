"""The failure table: every way in which a call can fail, sorted once.

An error report holds codes: the HTTP status (``429``) and its class (``4xx``), error codes and reasons as the
provider spells them, ``finish=`` reasons, codes of this project in lower case for what is told in other ways
(``blocked``, ``per-day``), and the names of the exceptions that an SDK raised. (The transport of both SDKs uses the
names of httpx.) The first row whose codes were all reported decides: the provider's own rows first, then ``ROWS``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from imagegen.errors import Failure, PassingFailure, PermanentFailure, Unanswered
from imagegen.providers.quoting import quote
from imagegen.providers.ratelimit import RateLimited


class Outcome(Enum):
    """The treatment of a failure: see ``imagegen.errors``."""

    PERMANENT = auto()
    PASSING = auto()
    UNANSWERED = auto()


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of failure: its stable name, its treatment, and the advice for people.

    ``advice`` has blanks for the names of the service, its key, its pace setting, the model and the exception.
    """

    name: str
    outcome: Outcome
    advice: str


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

    ``message`` is the provider's own text, ``exception`` the name of the exception, ``retry_after`` the wait asked
    for in seconds, ``cost_usd`` the cost of the call in US dollars.
    """

    codes: frozenset[str]
    message: str = ""
    exception: str = ""
    retry_after: float | None = None
    cost_usd: float = 0.0


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
    "{name}'s daily quota for {model} is used up: run the batch again tomorrow, or raise the quota",
)
RATE_LIMITED = Kind(
    "rate_limited",
    _PASSING,
    "{name} limits the rate and did not let this call in for as long as an attempt may wait: set {per_minute}",
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
    # Money and quota.
    Row("402", OUT_OF_CREDIT),
    Row("429 per-day", DAILY_QUOTA),
    Row("429", RATE_LIMITED),
    # The key, the account, the model, the request.
    Row("401", REJECTED_KEY),
    Row("403", FORBIDDEN),
    Row("404", UNKNOWN_MODEL),
    Row("410", UNKNOWN_MODEL),
    # The provider's own trouble.
    Row("408", REQUEST_TIMEOUT),
    Row("409", CONFLICT),
    Row("504", SILENT),  # a gateway gave up on a model that may be done a moment later
    Row("524", SILENT),  # Cloudflare's status for the same
    Row("5xx", SERVER_ERROR),
    Row("4xx", REJECTED_REQUEST),
    Row("3xx", NOT_THE_API),
    # An answer without a usable picture.
    Row("no-picture", NO_PICTURE),
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
    Row("TransportError", SILENT),  # ReadTimeout, ReadError, RemoteProtocolError …
    Row("DeadlineExceeded", SILENT),
    Row("", UNFORESEEN),
)


def find_row(service: Service, report: ErrorReport) -> Row:
    """Find the first row that matches. The last row matches every report."""
    return next(row for row in (*service.rows, *ROWS) if row.matches(report))


def classify(service: Service, report: ErrorReport, *, model: str, secret: str) -> Failure:
    """Build the failure for a report. Its message holds neither ``secret`` nor text that looks like a key."""
    kind = find_row(service, report).kind
    advice = kind.advice.format(
        name=service.name, key=service.key, per_minute=service.per_minute, model=model, exception=report.exception
    )
    quoted = quote(report.message, secret)
    message = f"{advice}. {service.name} says: {quoted}" if quoted else f"{advice}."
    match kind.outcome:
        case Outcome.UNANSWERED:
            return Unanswered(message)
        case Outcome.PERMANENT:
            return PermanentFailure(kind.name, message, cost_usd=report.cost_usd)
        case Outcome.PASSING if kind is RATE_LIMITED:
            return RateLimited(message, report.retry_after)
        case Outcome.PASSING:
            return PassingFailure(kind.name, message, cost_usd=report.cost_usd)


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
