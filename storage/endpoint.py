"""Addresses of endpoints: what is wrong with one, and whose network it crosses."""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")


def find_problem(name: str, address: str) -> str | None:
    """Return what is wrong with an ``http(s)://`` address, if anything, in words that never repeat a password.

    ``name`` is the setting that gave it.
    """
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018 - reading it is what checks it
    except ValueError:
        return f"{name} is not an address: write it like https://minio.example.com:9000"
    if may_hold_secret(address):
        return _explain_secret(name, address)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return f"{name} has to start with https:// or http:// (found {address[:80]!r})"
    if not parts.hostname or any(c.isspace() for c in address):
        return f"{name} is not an address: write it like https://minio.example.com:9000 (found {address[:80]!r})"
    if not is_ip(parts.hostname) and not all(_LABEL.fullmatch(part) for part in parts.hostname.rstrip(".").split(".")):
        return (
            f"{name} has no possible host name: letters, digits and inner hyphens alone (found {parts.hostname[:80]!r})"
        )
    return None


def may_hold_secret(address: str) -> bool:
    """Tell if an address may hold a password or a token, so that no message repeats it."""
    return any(mark in address for mark in "@?#")


def _explain_secret(name: str, address: str) -> str:
    if "@" in address:
        return f"{name} holds a user name or password: give the keys as MINIO_ACCESS_KEY and MINIO_SECRET_KEY"
    return f"{name} is not an address: it holds a query (? or #); write it like https://minio.example.com:9000"


def is_loopback(address: str) -> bool:
    """Tell if the address is this very machine's."""
    return _is_loopback(urlsplit(address))


def is_exposed(address: str) -> bool:
    """Tell if requests to the address cross a network in the clear.

    A name without a dot (``http://minio:9000``) resolves only inside a private network and is not counted.
    """
    parts = urlsplit(address)
    return parts.scheme == "http" and not _is_loopback(parts) and ("." in parts.netloc or ":" in (parts.hostname or ""))


def _is_loopback(parts: SplitResult) -> bool:
    host = (parts.hostname or "").rstrip(".")
    if is_ip(host):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost" or host.endswith(".localhost")


def is_ip(host: str) -> bool:
    """Tell if a host is given as an IP address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
