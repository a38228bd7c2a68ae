"""Base64 in every spelling that servers send a picture in."""

import binascii
import io
import re

from imagegen.providers.wire.answer import MAX_PICTURE, TooLarge

_CHUNK = 262_144
"""Bytes that are decoded at a time: the text is never copied as a whole."""
_DATA_URL = re.compile(rb"\s*data:[^,]{0,200},", re.IGNORECASE)
_CUT_ESCAPE = re.compile(rb"[\\%][^\\%]{0,4}\Z")
_ESCAPES = {
    **dict.fromkeys((rb"\/", rb"\u002f", rb"\u002F", b"%2f", b"%2F"), b"/"),
    **dict.fromkeys((rb"\u002b", rb"\u002B", b"%2b", b"%2B"), b"+"),
    **dict.fromkeys((rb"\u003d", rb"\u003D", b"%3d", b"%3D"), b"="),
    **dict.fromkeys((rb"\n", rb"\r", rb"\t", rb"\u000a", rb"\u000A", rb"\u000d", rb"\u000D", b"%0a", b"%0A"), b""),
}
"""JSON's and URLs' spellings of the characters of base64 and of line breaks."""
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_BLANKS = b" \t\r\n\v\f"


def decode_base64(text: memoryview) -> bytes | None:
    """Decode base64 with or without line breaks, blanks, padding and a ``data:`` prefix, in either alphabet.

    JSON escapes may stand in the text. Returns None when it is not base64. Raises TooLarge for more than a picture.
    """
    head = _DATA_URL.match(text[:256])
    out, rest, padded = io.BytesIO(), b"", False
    start, held = head.end() if head else 0, b""
    while start < len(text):
        part = held + bytes(text[start : start + _CHUNK])
        start += _CHUNK
        cut = _CUT_ESCAPE.search(part) if start < len(text) else None
        part, held = (part[: cut.start()], part[cut.start() :]) if cut else (part, b"")
        digits = _clean(part)
        bare = digits.rstrip(b"=")
        if bare.translate(None, _ALPHABET) or (bare and padded):
            return None
        padded = padded or bare != digits
        rest += bare
        whole = len(rest) // 4 * 4
        out.write(binascii.a2b_base64(rest[:whole]))
        rest = rest[whole:]
        if out.tell() > MAX_PICTURE:
            raise TooLarge
    if len(rest) == 1:
        return None
    out.write(binascii.a2b_base64(rest + b"=" * (-len(rest) % 4)))
    return out.getvalue() or None


def _clean(part: bytes) -> bytes:
    if b"\\" in part or b"%" in part:
        for escape, character in _ESCAPES.items():
            part = part.replace(escape, character)
    return part.translate(_URL_SAFE, _BLANKS)
