"""The address that a provider's requests go to, as a part of what is paid for."""

import os
from urllib.parse import urlsplit

from imagegen.errors import ConfigurationError

_DEFAULT_PORTS = {"http": 80, "https": 443}


def find_endpoint(variable: str, default: str) -> str:
    """Return the base URL in an SDK's own variable, normalised; empty when it is the provider's ``default``.

    The variable is read where the SDK reads it, from the environment of the process. User names, passwords, queries
    and fragments are left out, since they may hold secrets. Raises ConfigurationError for an address that holds one.
    """
    given = os.environ.get(variable, "").strip()
    if "@" in given.partition("://")[2].partition("/")[0]:
        raise ConfigurationError(f"{variable} holds a user name or password: write the address without it")
    url = _normalize(given)
    return "" if url == _normalize(default) else url


def _normalize(url: str) -> str:
    text = url.strip().rpartition("@")[2] if "://" not in url else url.strip()
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return text.rpartition("@")[2].partition("?")[0].rstrip("/")
    if not host:
        return text.partition("?")[0].rstrip("/")
    name = f"[{host}]" if ":" in host else host
    netloc = name if port in (None, _DEFAULT_PORTS.get(parts.scheme)) else f"{name}:{port}"
    return f"{parts.scheme}://{netloc}{parts.path}".rstrip("/")
