"""The address that a provider's requests go to, as a part of what is paid for."""

import ipaddress
import os
import re
from urllib.parse import urlsplit

from imagegen.errors import ConfigurationError

_DEFAULT_PORTS = {"http": 80, "https": 443}
_PLAIN = re.compile(r"https?://[!-~]+", re.IGNORECASE)
"""Printable ASCII without blanks: parsers drop or rewrite the rest, each in its own way."""
_LABEL = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
_NETLOC = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*\.?|\[[0-9a-f:.]+\])(?::[0-9]*)?", re.IGNORECASE)
"""A host's name or IP address, in brackets if it has colons, and a port."""


def find_endpoint(variable: str, default: str) -> str:
    """Return the base URL in an SDK's own variable, normalised; empty when it is the provider's ``default``.

    The variable is read where the SDK reads it, from the environment of the process. Raises ConfigurationError for
    anything but a plain http(s) address, and for one that may hold a secret, without repeating it: what is returned
    reaches messages, claims and results.
    """
    given = os.environ.get(variable, "").strip()
    if not given:
        return ""
    if "@" in given:
        raise ConfigurationError(f"{variable} holds a user name or password: write the address without it")
    if "?" in given or "#" in given:
        raise ConfigurationError(f"{variable} holds a query (? or #): write the address without it")
    url = _normalize(given)
    if url is None:
        raise ConfigurationError(
            f"{variable} is not an address (it is not repeated here): write it like https://gate.example:8443/v1"
        )
    return "" if url == _normalize(default) else url


def _normalize(url: str) -> str | None:
    """Return a plain address in one spelling; None for anything else, as an error's context would repeat it."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        name = f"[{ipaddress.IPv6Address(host)}]" if ":" in host else host
    except ValueError:
        return None
    if not _PLAIN.fullmatch(url) or port == 0 or not _NETLOC.fullmatch(parts.netloc):
        return None
    netloc = name if port in (None, _DEFAULT_PORTS[parts.scheme]) else f"{name}:{port}"
    return f"{parts.scheme}://{netloc}{parts.path}".rstrip("/")
