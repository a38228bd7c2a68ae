"""One call to a provider: within its time limit, with its answer taken within limits and its failures classified."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from imagegen.errors import Failure
from imagegen.providers.failures import ErrorReport, Service, classify
from imagegen.providers.wire.answer import MAX_PICTURE, Answer, TooLarge, Unreadable, current
from imagegen.providers.wire.base64text import decode_base64
from imagegen.providers.wire.deadline import run_within
from imagegen.providers.wire.ratelimit import parse_wait
from imagegen.settings import Settings
from storage import mediatypes

CONNECT_TIMEOUT = 10.0
"""Seconds to reach a provider; nothing is spent before."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Sends requests to one service and classifies their failures.

    ``describe_error`` turns an exception of the SDK into a report.
    """

    service: Service
    settings: Settings
    describe_error: Callable[[Exception], ErrorReport]

    def call(self, send: Callable[[], object], *, model: str, price: float | None) -> tuple[Any, Answer]:
        """Send one request and return its answer, parsed and as it came; None and a picture's bytes when it came bare.

        ``send`` sends the request through an SDK whose client has the hooks of ``transport``; its result is not used.
        ``price`` is the list price of the picture in US dollars. Raises Failure.
        """
        answer = Answer()

        def fill_answer() -> None:
            current.set(answer)  # in the context of this call alone
            try:
                send()
            except Exception:
                if not answer.whole:  # else the SDK objects to a status such as 201, and what came was paid for
                    raise

        try:
            run_within(self.settings.provider_timeout, fill_answer)
            return answer.parse(), answer
        except TooLarge:
            report = ErrorReport(frozenset({"too-large"}), cost_usd=price)
        except Unreadable:
            if mediatypes.sniff(bytes(answer.body[: mediatypes.SNIFFED])) != mediatypes.BYTES:
                return None, answer
            data, wait = bytes(answer.body[:MAX_PICTURE]) or None, parse_wait(answer.headers, limited=False)
            report = ErrorReport(frozenset({"unreadable"}), data=data, retry_after=wait)
        except Exception as error:  # noqa: BLE001 - the table has a row for every exception
            report = self.describe_error(error)
        # Raised out here so that the SDK's exception, which may hold the key, does not come along as its context.
        raise self.classify(report, model)

    def decode(self, text: memoryview, *, model: str, cost_usd: float | None) -> bytes:
        """Decode a picture's base64. Raises PassingFailure that accounts for the picture and keeps what came."""
        try:
            if data := decode_base64(text):
                return data
            report = ErrorReport(frozenset({"bad-picture"}), cost_usd=cost_usd, data=bytes(text[:MAX_PICTURE]))
        except TooLarge:
            report = ErrorReport(frozenset({"too-large"}), cost_usd=cost_usd)
        raise self.classify(report, model)

    def classify(self, report: ErrorReport, model: str) -> Failure:
        """Build the failure for a report."""
        secret = self.settings.find_key(self.service.id)
        timeout = self.settings.provider_timeout
        return classify(self.service, report, model=model, secret=secret, timeout=timeout)
