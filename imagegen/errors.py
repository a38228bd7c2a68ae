"""Everything that can go wrong, sorted by who can fix it.

    ImagegenError
    ├── RequestError         the batch is wrong: nothing was spent; the user fixes the batch
    ├── ConfigurationError   a setting is missing or wrong: nothing was spent; the user fixes the environment
    ├── BatchFailed          no picture of a batch could be made; each leaf's reason is in the message
    └── Failure              one picture could not be made
        ├── PassingFailure   raised, so that the task's Retry tries again
        │   ├── RateLimited  refused for now, at no cost; the provider may say for how long
        │   └── Unanswered   sent, never answered: retried too, but it may have been charged
        └── PermanentFailure returned as a failed outcome: trying again cannot help
            └── WaitAsked    not before a wait is over, which is longer than this attempt waits

Only ``str(error)`` leaves a worker process, so every message stands on its own and none holds a secret.
"""

from dataclasses import dataclass


class ImagegenError(Exception):
    """Something that a person has to know; the message says what, and what to do."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a request: where, what was found (shortened) and what was expected.

    ``bare`` is the same without a text of the request or of a brand, where ``field`` or ``expected`` has one.
    """

    field: str
    value: str
    expected: str
    bare: "Problem | None" = None

    def __str__(self) -> str:
        found = f" (found {self.value})" if self.value else ""
        return f"{self.field}: {self.expected}{found}"


class RequestError(ImagegenError):
    """A request that cannot be run as written; ``problems`` holds all that is wrong with it.

    ``count`` is how many problems there are, when not all of them are listed.
    """

    def __init__(self, problems: tuple[Problem, ...], *, count: int | None = None) -> None:
        self.problems = problems
        self.count = len(problems) if count is None else count
        told = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        lines = "".join(f"\n  - {problem}" for problem in problems)
        super().__init__(f"the request has {told}; nothing was spent:{lines}")


class ConfigurationError(ImagegenError):
    """A setting that is missing, wrong or at odds with another."""


class BatchFailed(ImagegenError):
    """Not one picture of a batch could be made."""


class Failure(ImagegenError):
    """One picture could not be made.

    ``kind`` is a stable word for programs; ``paid_calls``, ``cost_usd`` (None: unknown) and
    ``possible_extra_charges`` say what the failed call cost or may have cost. ``request_id`` is the provider's name
    for the call, which its support asks for; it is never in the message, so that equal failures have equal messages.
    """

    retryable = False

    def __init__(
        self,
        kind: str,
        message: str,
        *,
        paid_calls: int = 0,
        cost_usd: float | None = 0.0,
        possible_extra_charges: int = 0,
        request_id: str = "",
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.paid_calls = paid_calls
        self.cost_usd = cost_usd
        self.possible_extra_charges = possible_extra_charges
        self.request_id = request_id


class PassingFailure(Failure):
    """A failure that may pass. It is raised, so that the task's three retries apply.

    ``retry_after`` is the wait that the provider asks for, in seconds (None: it names none). ``data`` holds the bytes
    of an answer that was paid for and is no usable picture.
    """

    retryable = True

    def __init__(
        self,
        kind: str,
        message: str,
        *,
        paid_calls: int = 0,
        cost_usd: float | None = 0.0,
        possible_extra_charges: int = 0,
        request_id: str = "",
        retry_after: float | None = None,
        data: bytes | None = None,
    ) -> None:
        super().__init__(
            kind,
            message,
            paid_calls=paid_calls,
            cost_usd=cost_usd,
            possible_extra_charges=possible_extra_charges,
            request_id=request_id,
        )
        self.retry_after = retry_after
        self.data = data


class RateLimited(PassingFailure):
    """Refused for now, at no cost.

    ``per_minute`` is the number of calls a minute that the provider says it allows (None: it names none).
    """

    def __init__(
        self,
        message: str,
        retry_after: float | None = None,
        per_minute: int | None = None,
        *,
        request_id: str = "",
    ) -> None:
        super().__init__("rate_limited", message, retry_after=retry_after, request_id=request_id)
        self.per_minute = per_minute


class Unanswered(PassingFailure):
    """The request went out and no answer came back: the provider may have charged for it."""

    def __init__(
        self,
        message: str,
        *,
        retry_after: float | None = None,
        data: bytes | None = None,
        request_id: str = "",
    ) -> None:
        super().__init__(
            "unanswered",
            message,
            possible_extra_charges=1,
            retry_after=retry_after,
            data=data,
            request_id=request_id,
        )


class PermanentFailure(Failure):
    """Will not go away by itself: returned as a failed outcome, never retried."""


class WaitAsked(PermanentFailure):
    """The provider wants no call for ``seconds`` (None: it does not say), which is longer than this leaf waits.

    What the call behind it cost has been entered already, so it costs nothing itself.
    """

    def __init__(self, cause: PassingFailure, seconds: float | None) -> None:
        super().__init__(cause.kind, str(cause), request_id=cause.request_id)
        self.seconds = seconds
        self.per_minute = cause.per_minute if isinstance(cause, RateLimited) else None


class LeafRunFailed(Exception):
    """A leaf's run failed with all its retries used up, or was cancelled."""


CLOSES_ALL = frozenset({"not_stored"})
"""Failures that every other pair would meet as well, once it is paid for."""
NOT_ASKED = "not asked for, because the store did not take another picture that was paid for; mend it and run again"
"""The message of the pairs that such a failure keeps from being paid for."""
CLOSES_PROVIDER = frozenset({"rejected_key", "out_of_credit", "misconfigured"})
"""Failures that every other pair of the provider would meet as well."""
CLOSES_MODEL = frozenset({"daily_quota", "unknown_model", "forbidden"})
"""Failures that every other pair of the model would meet as well."""


def closes(kind: str, model: tuple[str, str], other: tuple[str, str]) -> bool:
    """Tell if every pair of the ``other`` model (provider, name) would meet this kind of failure of ``model``, too."""
    if kind in CLOSES_ALL or model == other:
        return kind in CLOSES_ALL | CLOSES_PROVIDER | CLOSES_MODEL
    return kind in CLOSES_PROVIDER and model[0] == other[0]


OF_ONE_PAIR = frozenset({"title_not_drawable", "configuration", "storage", "damaged_original", "run_failed"})
"""Failures of one pair that say nothing about the others that share its request."""
