"""Fetching a picture that a server answered with a link to."""

from tenacity import Retrying, stop_after_attempt, wait_random_exponential

from imagegen.errors import PassingFailure
from imagegen.providers.deadline import run_within

_ATTEMPTS = 3
"""Reading a link is free, and what it leads to has been paid for."""


def download(url: str, *, limit: int, timeout: float, cost_usd: float | None) -> bytes:
    """The bytes behind ``url``, at most ``limit`` of them, within ``timeout`` seconds a try.

    Raises PassingFailure("bad_picture") that accounts for the picture, which cost ``cost_usd``.
    """
    attempts = Retrying(stop=stop_after_attempt(_ATTEMPTS), wait=wait_random_exponential(0.2, max=2), reraise=True)
    try:
        return attempts(lambda: run_within(timeout, lambda: _read(url, limit, timeout)))
    except Exception as error:  # noqa: BLE001 - whatever went wrong, the picture was paid for and is not here
        reason = type(error).__name__
    message = (
        f"the picture was made, but the link that the provider sent could not be read ({reason}). It was paid for."
    )
    raise PassingFailure("bad_picture", message, paid_calls=1, cost_usd=cost_usd)


def _read(url: str, limit: int, timeout: float) -> bytes:
    import httpx2

    data = bytearray()
    with httpx2.stream("GET", url, timeout=timeout, follow_redirects=True) as response:
        response.raise_for_status()
        for chunk in response.iter_bytes():
            data += chunk
            if len(data) > limit:
                raise ValueError(f"more than {limit} bytes")
    return bytes(data)
