"""One call to a provider: within its time limit, with its rate limit waited out, and with every failure classified."""

from collections.abc import Callable
from typing import TypeVar

from imagegen.providers.deadline import run_within
from imagegen.providers.failures import ErrorReport, Service, classify
from imagegen.providers.ratelimit import wait_out
from imagegen.settings import Settings

T = TypeVar("T")

CONNECT_TIMEOUT = 10.0
"""Seconds to reach a provider; nothing is spent before."""
MAX_PICTURE = 48_000_000
"""Bytes of a picture that are taken: ten times the largest that a model makes at these sizes."""


def call_provider(
    service: Service,
    send: Callable[[], T],
    *,
    describe_error: Callable[[Exception], ErrorReport],
    model: str,
    secret: str,
    settings: Settings,
) -> T:
    """Return what ``send`` returns, which sends one request each time it is called.

    ``describe_error`` turns an exception of the SDK into a report. Raises Failure; only a refusal that asks for a
    wait is followed by another call.
    """

    def send_once() -> T:
        try:
            return run_within(settings.provider_timeout, send)
        except Exception as error:  # noqa: BLE001 - the table has a row for every exception
            report = describe_error(error)
        # Raised out here so that the SDK's exception, which may hold the key, does not come along as its context.
        raise classify(service, report, model=model, secret=secret)

    return wait_out(send_once, budget=settings.rate_limit_wait)
