"""The address and the signature of a notification, as Standard Webhooks has them."""

import base64
import hashlib
import hmac
from urllib.parse import urlsplit

from storage.endpoint import is_exposed

PREFIX = "whsec_"
"""The start of a secret that is written in base64; any other secret counts as it stands."""
_EXAMPLE = "write it like https://example.com/hooks/pictures (it is not repeated here: it may hold a secret)"


def find_problem(url: str, secret: str) -> str:
    """Return what is wrong with ``NOTIFY_URL`` and ``NOTIFY_SECRET``; an empty string when nothing is.

    The words repeat neither: a path and a query may be a credential, as a user name may.
    """
    try:
        read_secret(secret)
    except ValueError:
        return f"NOTIFY_SECRET starts with {PREFIX} and does not go on in base64"
    if not url:
        return ""
    if problem := _find_address_problem(url):
        return problem
    if not secret:
        return (
            "NOTIFY_URL needs NOTIFY_SECRET, which signs what is sent; make one: echo whsec_$(openssl rand -base64 32)"
        )
    return ""


def _find_address_problem(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return f"NOTIFY_URL is not an address: {_EXAMPLE}"
    if parts.scheme not in ("http", "https") or not host or port == 0 or not (url.isascii() and url.isprintable()):
        return f"NOTIFY_URL is not an address: {_EXAMPLE}"
    if " " in url:
        return f"NOTIFY_URL holds a blank: {_EXAMPLE}"
    if is_exposed(f"{parts.scheme}://[{host}]" if ":" in host else f"{parts.scheme}://{host}"):
        return (
            "NOTIFY_URL has to start with https://; http:// is for this computer and for names of a private network, "
            "which have no dot"
        )
    return ""


def read_secret(secret: str) -> bytes:
    """Return the bytes of a secret. Raises ValueError for one that says that it is in base64 and is not."""
    if not secret.startswith(PREFIX):
        return secret.encode()
    found = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    if not found:
        raise ValueError("an empty secret")
    return found


def build_headers(secret: str, *, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the three headers of Standard Webhooks; ``timestamp`` is in whole seconds since the epoch."""
    signed = b".".join((message_id.encode(), str(timestamp).encode(), body))
    signature = base64.b64encode(hmac.digest(read_secret(secret), signed, hashlib.sha256)).decode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{signature}",
    }
