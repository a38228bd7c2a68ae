"""The download of a picture that a server answered with a link to."""

from tenacity import Retrying, stop_after_attempt, wait_random_exponential

from imagegen.providers.wire.answer import MAX_PICTURE
from imagegen.providers.wire.deadline import run_within

ATTEMPTS = 3
"""Reading a link is free, and the picture behind it has been paid for."""
MAX_SECONDS = 60.0
"""Seconds for all attempts together."""

MAX_PAUSE = 2.0
"""Seconds between two attempts, at most."""


def download(url: str, *, timeout: float) -> bytes:
    """Return the bytes behind ``url``, at most a picture's, within ``timeout`` seconds and ``MAX_SECONDS``.

    Raises the last attempt's exception, of whatever kind.
    """
    limit = min(timeout, MAX_SECONDS)
    attempts = Retrying(
        stop=stop_after_attempt(ATTEMPTS), wait=wait_random_exponential(0.2, max=MAX_PAUSE), reraise=True
    )
    return run_within(limit, lambda: attempts(_read, url, limit))


def _read(url: str, timeout: float) -> bytes:
    import httpx2

    from imagegen.providers.wire.transport import limit_request, read_limited

    hooks = {"request": [limit_request]}
    with (
        httpx2.Client(timeout=timeout, follow_redirects=True, event_hooks=hooks) as client,
        client.stream("GET", url) as response,
    ):
        response.raise_for_status()
        return read_limited(response, MAX_PICTURE)
