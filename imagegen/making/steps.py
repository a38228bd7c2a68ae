"""The events of one pair and of a batch: a log line and a span for each, and one line for each failure.

A failure is told where it happens, by the attempt that met it; the batch tells of what no leaf could tell.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from imagegen import logs, tracing
from imagegen.errors import Failure, PassingFailure
from imagegen.formatting import counted, dollars, duration
from imagegen.making.runtime import ATTEMPTS
from imagegen.request.batch import Leaf
from imagegen.results import BatchResult, LeafResult

if TYPE_CHECKING:
    from imagegen.making.prepare import Prepared

MAX_PROMPT_SHOWN = 80
ID_SHOWN = 16
"""Characters of a leaf's hash in a line: as many as a batch's id has."""
OF_THE_REQUEST = frozenset({"refused", "rejected_request", "moderation", "title_not_drawable", "cap_reached"})
"""Failures for which the sender of a request has a remedy, and nobody on call does."""

_NO_IDS: dict[str, str] = {}


class Steps:
    """The steps of one attempt at a pair, timed. ``seconds`` holds them by name.

    ``ids`` stand in every line: the batch's, the run's, its parent's and the leaf's. ``count_attempts`` returns the
    number of this attempt, as far as it is known.
    """

    def __init__(
        self, leaf: Leaf, ids: Mapping[str, str] = _NO_IDS, count_attempts: Callable[[], int] = lambda: 1
    ) -> None:
        self.seconds: dict[str, float] = {}
        self._pair: dict[str, Any] = {"prompt": leaf.prompt[:MAX_PROMPT_SHOWN], "model": leaf.model}
        self._ids = dict(ids)
        self._count_attempts = count_attempts
        self._clock = time.monotonic()
        self._span = tracing.OFF

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time the body as ``name``; a step done twice adds up."""
        start = time.monotonic()
        failed = None
        try:
            with self._span.step(name):
                yield
        except BaseException as error:
            failed = type(error).__name__
            raise
        finally:
            took = time.monotonic() - start
            self.seconds[name] = round(self.seconds.get(name, 0.0) + took, 4)
            how = f"failed after {duration(took)}" if failed else f"took {duration(took)}"
            self._tell("step", f"{name} {how}", step=name, **self._pair, seconds=round(took, 3), failed=failed)

    def warn(self, text: str) -> None:
        """Log a fact about the pair that somebody should know."""
        self._tell("note", text, level=logging.WARNING, **self._pair)

    @contextmanager
    def attempt(self, trace: str | None) -> Iterator[None]:
        """Record the body as an attempt at the pair, below the batch's ``trace``, and tell of the error that ends it.

        ``trace`` is None for a leaf that was started alone: nobody else tells of its last attempt.
        """
        with tracing.leaf(trace) as self._span:
            self._span.set(**self._ids, **self._pair)
            try:
                yield
            except Exception as error:
                self._tell_raised(error, alone=trace is None)
                logs.mark_told(error)
                raise
            finally:
                self._span.set(attempt=self._count_attempts())

    def tell_wait(self, failure: PassingFailure, seconds: float) -> None:
        """Tell of a refusal that this attempt waits out."""
        message = f"the provider refused; asked again in {duration(seconds)}"
        self._fail(message, failure.kind, str(failure), logging.WARNING, "wait", failure.request_id, wait=seconds)
        self._span.count("waits", model=self._pair["model"])

    def end(self, outcome: LeafResult, *, alone: bool) -> None:
        """Tell of the outcome that this attempt came to."""
        spent: dict[str, Any] = {
            "cost_usd": outcome.cost_usd,
            "possible_extra_charges": outcome.possible_extra_charges or None,
        }
        facts: dict[str, Any] = {
            "status": describe_status(outcome),
            "provider": outcome.provider,
            "served_by": outcome.served_by,
        }
        self._span.set(**facts, **spent)
        if alone:
            count(self._span, outcome)
        if error := outcome.error:
            waits = error.retryable and not alone
            level = logging.WARNING if waits or error.kind in OF_THE_REQUEST else logging.ERROR
            message = "no picture yet: the batch starts this pair again after a wait" if waits else _GIVEN_UP
            follows = "wait" if waits else "nothing"
            self._fail(
                message, error.kind, error.message, level, follows, error.request_id, wait=error.retry_after, **spent
            )
        else:
            seconds = time.monotonic() - self._clock
            message = f"the pair's pictures are stored, after {duration(seconds)}"
            self._tell("leaf_ended", message, **facts, **self._pair, seconds=round(seconds, 3), **spent)

    def _tell_raised(self, error: Exception, *, alone: bool) -> None:
        last = self._count_attempts() >= ATTEMPTS
        kind, request_id = "unexpected", ""
        spent: dict[str, Any] = {}
        if isinstance(error, Failure):
            kind, request_id = error.kind, error.request_id
            spent = {"cost_usd": error.cost_usd, "possible_extra_charges": error.possible_extra_charges or None}
        if not last:
            # An attempt may be the last one and not know it: its claim does not count those that never got so far.
            level = logging.WARNING if isinstance(error, Failure) else logging.ERROR
            message, follows = "this attempt failed; another one follows", "retry"
        elif alone:
            level, message, follows = logging.ERROR, "the last attempt failed; there is no picture", "nothing"
        else:
            level, message, follows = logging.INFO, "the last attempt failed; the batch tells of it", "nothing"
        place = logs.find_place(error)
        self._fail(message, kind, logs.describe(error), level, follows, request_id, at=place, **spent)

    def _fail(
        self, message: str, kind: str, reason: str, level: int, follows: str, request_id: str, **fields: Any
    ) -> None:
        """Log a failure: the one line by which a person learns of it."""
        self._span.fail(kind, logs.shorten(reason))
        self._span.set(request_id=request_id)
        seconds = round(time.monotonic() - self._clock, 3)
        about = {"kind": kind, "reason": reason, "follows": follows, "request_id": request_id, "seconds": seconds}
        self._tell("leaf_failed", message, level=level, **about, **fields, **self._pair)

    def _tell(self, name: str, message: str, *, level: int = logging.INFO, **fields: Any) -> None:
        logs.event(name, message, level=level, **self._ids, attempt=self._count_attempts(), **fields)


_GIVEN_UP = "there is no picture of this pair, and asking again as it is will not help"


def describe_status(outcome: LeafResult) -> str:
    """Return an outcome's status as logs and metrics call it."""
    return "failed" if not outcome.succeeded else "reused" if outcome.reused else "generated"


def count(span: tracing.Span, outcome: LeafResult) -> None:
    """Count an outcome in the metrics."""
    whose: dict[str, Any] = {"model": outcome.served_by, "provider": outcome.provider}
    kind = outcome.error.kind if outcome.error else None
    span.count("pictures", **whose, status=describe_status(outcome), kind=kind)
    span.count("cost", outcome.known_cost_usd, **whose)
    span.count("calls", outcome.timing.get("provider", 0.0) if not outcome.reused else 0.0, **whose)


@dataclass
class BatchEvents:
    """The events of one batch run, in the process of ``generateBatch``.

    A reason that ends many pairs is told once: by the leaf that met it or, when none did, for the first pair.
    """

    _told: set[tuple[str, str]] = field(default_factory=set)

    def settled(self, leaf: Leaf, outcome: LeafResult) -> None:
        """Tell of a pair that failed, unless its leaf did so."""
        error = outcome.error
        if error is None:
            return
        ran, reason = bool(outcome.started_at), (error.kind, error.message)
        died = ran and not outcome.leaf_run_id and error.kind != "cancelled"
        by_leaf = ran and not died and not error.retryable
        if died:
            level, message = logging.ERROR, "the pair's leaf run ended without an outcome, its retries used up"
        elif by_leaf or reason in self._told or error.kind == "cancelled":
            level, message = logging.INFO, "there is no picture of this pair, for a reason that has its own line"
        else:
            level = logging.WARNING if error.kind in OF_THE_REQUEST else logging.ERROR
            message = "the provider refused too often; the pairs that wait for it are given up" if ran else _NOT_BEGUN
        self._told.add(reason)
        said = error.message if level > logging.INFO else None
        about = {"kind": error.kind, "reason": said, "follows": "nothing", "request_id": error.request_id}
        logs.event("pair_failed", message, level=level, **about, **_describe_pair(leaf, outcome))

    def postponed(self, leaf: Leaf, outcome: LeafResult, seconds: float) -> None:
        """Tell that a pair waits; its leaf has told of the refusal."""
        message = f"the pair is started again in {duration(seconds)}, or later"
        logs.event("pair_waits", message, wait=round(seconds, 3), **_describe_pair(leaf, outcome))
        tracing.current().count("waits", model=outcome.served_by, provider=outcome.provider)


_NOT_BEGUN = "the pair was not begun"


def _describe_pair(leaf: Leaf, outcome: LeafResult) -> dict[str, Any]:
    return {
        "leaf": outcome.leaf_hash[:ID_SHOWN],
        "attempts": outcome.attempts,
        "cost_usd": outcome.cost_usd,
        "possible_extra_charges": outcome.possible_extra_charges or None,
        "prompt": leaf.prompt[:MAX_PROMPT_SHOWN],
        "model": leaf.model,
    }


def tell_start(prepared: "Prepared", run: str, started: float) -> None:
    """Log the start of a batch run that began to prepare at ``started`` (epoch seconds). May wait a second."""
    pairs, missing = len(prepared.planned), len(prepared.list_missing())
    cost = prepared.cost_usd()
    logs.identify(batch=prepared.batch_id, run=run)
    message = (
        f"{counted(pairs, 'pair')}, {pairs - missing} of them stored; the others cost {dollars(cost)} at list price"
    )
    logs.event("batch_started", message, pairs=pairs, stored=pairs - missing, to_make=missing, list_price_usd=cost)
    span = tracing.current()
    span.set(batch=prepared.batch_id, run=run, pairs=pairs, stored=pairs - missing)
    span.add_step("prepare", started)
    span.probe()


def tell_end(result: BatchResult) -> None:
    """Log the end of a batch run."""
    s = result.summary
    message = (
        f"{counted(s.requested, 'picture')}: {s.generated} generated, {s.reused} reused, {s.failed} failed, in "
        f"{duration(s.seconds)}, for {dollars(s.cost_usd)}"
    )
    figures = s.model_dump(include=_FIGURES)
    logs.event("batch_ended", message, status=result.status, **figures)
    span = tracing.current()
    span.set(status=result.status, **figures)
    if result.status == "failed":
        span.fail("batch_failed")
    for outcome in result.leaves():
        count(span, outcome)


_FIGURES = {
    *("requested", "generated", "reused", "failed", "seconds"),
    *("cost_usd", "known_cost_usd", "paid_calls", "possible_extra_charges"),
}
