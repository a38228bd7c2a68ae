"""What goes along with an object's bytes: how long it may be cached, and metadata that fits into HTTP headers."""

from collections.abc import Mapping
from urllib.parse import quote, unquote

from storage import keys

IMMUTABLE = "public, max-age=31536000, immutable"
"""A year, the most that caches honour (RFC 9111), for bytes that never change (RFC 8246)."""
MUTABLE = "no-cache"

MAX_METADATA = 1_800
"""Bytes of metadata names and values together: S3 allows 2 KB, and the store adds a little of its own."""

_READABLE = " !\"#$&'()*+,-./:;<=>?@[\\]^_`{|}~"


def cache_control(key: str) -> str:
    """The Cache-Control of what is stored under ``key``."""
    return IMMUTABLE if keys.immutable(key) else MUTABLE


def encoded(metadata: Mapping[str, str]) -> dict[str, str]:
    """Metadata as header values: readable ASCII as it is, the rest percent-encoded UTF-8, within MAX_METADATA.

    White space at the ends and in runs is collapsed, because signatures and proxies do the same. A value that
    is too long, the longest first, is cut after a whole character; one for which there is no room is left out.
    """
    headers: dict[str, str] = {}
    room = MAX_METADATA
    for name, value in sorted(metadata.items(), key=lambda item: len(item[1])):
        header = _fitting(" ".join(filter(None, value.split(" "))), room - len(name))
        if header:
            headers[name] = header
            room -= len(name) + len(header)
    return headers


def decoded(headers: Mapping[str, str]) -> dict[str, str]:
    """Metadata as it was given, from header values as a server returns them."""
    return {name.lower(): unquote(value, errors="replace") for name, value in headers.items()}


def _fitting(value: str, room: int) -> str:
    parts: list[str] = []
    for character in value:
        part = quote(character, safe=_READABLE, errors="replace")
        room -= len(part)
        if room < 0:
            break
        parts.append(part)
    return "".join(parts).rstrip()
