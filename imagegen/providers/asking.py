"""One call to a provider: in time, with its rate limit waited out, and with every failure sorted."""

from collections.abc import Callable
from typing import TypeVar

from imagegen.providers.deadline import within
from imagegen.providers.failures import Said, Service, failure
from imagegen.providers.ratelimit import patiently
from imagegen.settings import Settings

T = TypeVar("T")

CONNECT_TIMEOUT = 10.0
"""Seconds to reach a provider; nothing is spent before."""
MAX_PICTURE = 48_000_000
"""Bytes of a picture that are taken: ten times the largest that a model makes at these sizes."""


def ask(
    service: Service,
    call: Callable[[], T],
    *,
    heard: Callable[[Exception], Said],
    model: str,
    secret: str,
    settings: Settings,
) -> T:
    """What ``call`` returns, which sends one request each time it is called.

    ``heard`` turns an exception of the SDK into what was said. Raises Failure; only a refusal that asks for a wait
    is followed by another call.
    """

    def once() -> T:
        try:
            return within(settings.provider_timeout, call)
        except Exception as error:  # noqa: BLE001 - the table has a row for every exception
            said = heard(error)
        # Raised out here so that the SDK's exception, which may hold the key, does not come along as its context.
        raise failure(service, said, model=model, secret=secret)

    return patiently(once, budget=settings.rate_limit_wait)
