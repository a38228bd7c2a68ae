"""A provider's own text, made safe to show."""

import re

MAX_QUOTED = 300
"""Characters of a provider's text that are passed on."""
SHORT_SECRET = 8
"""Characters below which a secret may be part of an ordinary word."""

_LOOKS_SECRET = re.compile(r"\b(?:sk-|AIza|AQ\.|Bearer\s+)[\w*.\-]{4,}|[A-Za-z0-9+/_\-]{40,}={0,2}")
_MARKUP = re.compile(r"\s*[<{\[]")
_REQUEST_ID = re.compile(r"\breq_[A-Za-z0-9]{6,}\b")
_PLAIN_ID = re.compile(r"[A-Za-z0-9][\w.:/=+-]{0,99}")


def quote(text: str, secret: str) -> str:
    """Return ``text`` on one line, bounded, without keys, base64 and request ids. Markup gives an empty string."""
    if not text or _MARKUP.match(text):
        return ""
    known = mask(text[: MAX_QUOTED * 100], secret)
    line = " ".join("".join(c if c.isprintable() else " " for c in known[: MAX_QUOTED * 10]).split())
    shown = _REQUEST_ID.sub("…", _LOOKS_SECRET.sub("…", line))
    return shown if len(shown) <= MAX_QUOTED else shown[: MAX_QUOTED - 1] + "…"


def mask(text: str, secret: str) -> str:
    """Return ``text`` without ``secret``. A short secret is masked where it stands alone, not inside a word."""
    if not secret:
        return text
    if len(secret) >= SHORT_SECRET:
        return text.replace(secret, "…")
    return re.sub(rf"(?<![\w-]){re.escape(secret)}(?![\w-])", "…", text)


def find_request_id(header: str, message: str, secret: str) -> str:
    """Return the request id of a header or, failing that, of a message; empty when neither holds a plain one."""
    found = _REQUEST_ID.search(message)
    candidate = header.strip() or (found[0] if found else "")
    plain = _PLAIN_ID.fullmatch(candidate) and not _LOOKS_SECRET.search(candidate)
    return candidate if plain and mask(candidate, secret) == candidate else ""
