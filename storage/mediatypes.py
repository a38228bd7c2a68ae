"""The media types of what is stored, each written once."""

JPEG = "image/jpeg"
JSON = "application/json"
HTML = "text/html; charset=utf-8"
BYTES = "application/octet-stream"

SNIFFED = 12
"""Bytes from the start of an object that tell its type."""

_BY_ENDING = {"jpg": JPEG, "json": JSON, "html": HTML}
_BY_START = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", JPEG), (b"GIF8", "image/gif"))


def guess_by_ending(key: str) -> str | None:
    """Return the type of what a key with this ending holds; None for a key without one."""
    return _BY_ENDING.get(key.rpartition(".")[2])


def sniff(start: bytes) -> str:
    """Return the type of a picture by its first SNIFFED bytes, BYTES when they are of none that is known."""
    if start.startswith(b"RIFF") and start[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for mark, kind in _BY_START if start.startswith(mark)), BYTES)
