"""The companions of an object's bytes: how long it may be cached, and metadata that fits into HTTP headers."""

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
    """Return the Cache-Control of what is stored under ``key``."""
    return IMMUTABLE if keys.is_immutable(key) else MUTABLE


def encode_metadata(metadata: Mapping[str, str]) -> dict[str, str]:
    """Return metadata as header values: readable ASCII as it is, the rest percent-encoded UTF-8.

    White space at the ends and in runs is collapsed, because signatures and proxies do the same. Names and values
    have MAX_METADATA bytes together: the longest values are cut, after a whole character, or left out.
    """
    encoded: dict[str, str] = {}
    bytes_left = MAX_METADATA
    for name, value in sorted(metadata.items(), key=lambda item: len(item[1])):
        header = _encode_within(" ".join(filter(None, value.split(" "))), bytes_left - len(name))
        if header:
            encoded[name] = header
            bytes_left -= len(name) + len(header)
    return encoded


def decode_metadata(received: Mapping[str, str]) -> dict[str, str]:
    """Return metadata as it was given, from header values as a server returns them."""
    return {name.lower(): unquote(value, errors="replace") for name, value in received.items()}


def _encode_within(value: str, max_bytes: int) -> str:
    parts: list[str] = []
    bytes_left = max_bytes
    for character in value:
        part = quote(character, safe=_READABLE, errors="replace")
        bytes_left -= len(part)
        if bytes_left < 0:
            break
        parts.append(part)
    return "".join(parts).rstrip()
