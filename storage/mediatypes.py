"""The media types of what is stored, each written once."""

JPEG = "image/jpeg"
PNG = "image/png"
WEBP = "image/webp"
AVIF = "image/avif"
JSON = "application/json"
HTML = "text/html; charset=utf-8"
BYTES = "application/octet-stream"

SNIFFED = 12
"""Bytes from the start of an object that tell its type."""

_BY_ENDING = {
    "jpg": JPEG,
    "webp": WEBP,
    "avif": AVIF,
    "png": PNG,
    "json": JSON,
    "html": HTML,
}
_BY_MARK = (
    (0, b"\x89PNG\r\n\x1a\n", PNG),
    (0, b"\xff\xd8\xff", JPEG),
    (0, b"GIF8", "image/gif"),
    (8, b"WEBP", WEBP),
    (4, b"ftypavif", AVIF),
    (4, b"ftypavis", AVIF),
    *((0, mark, "image/tiff") for mark in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")),
    (0, b"\0\0\0\x0cjP  \r\n\x87\n", "image/jp2"),
    (0, b"\xff\x4f\xff\x51", "image/jp2"),
    (0, b"BM", "image/bmp"),
)
"""The marks of picture formats: where each stands, its bytes, and the type."""


def guess_by_ending(key: str) -> str | None:
    """Return the type of what a key with this ending holds; None for a key without one."""
    return _BY_ENDING.get(key.rpartition(".")[2])


def sniff(start: bytes) -> str:
    """Return the type of a picture by its first SNIFFED bytes, BYTES when they are of none that is known."""
    return next((kind for at, mark, kind in _BY_MARK if start.startswith(mark, at)), BYTES)
