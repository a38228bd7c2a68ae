"""A provider's own text, made safe to show."""

import re

MAX_QUOTED = 300
"""Characters of a provider's text that are passed on."""

_LOOKS_SECRET = re.compile(r"\b(?:sk-|AIza|AQ\.|Bearer\s+)[\w*.\-]{4,}|[A-Za-z0-9+/_\-]{40,}={0,2}")
_MARKUP = re.compile(r"\s*[<{\[]")


def quote(text: str, secret: str) -> str:
    """Return ``text`` on one line, bounded, without keys and without base64. Markup gives an empty string."""
    if not text or _MARKUP.match(text):
        return ""
    known = text.replace(secret, "…") if secret else text
    line = " ".join("".join(c if c.isprintable() else " " for c in known[: MAX_QUOTED * 10]).split())
    shown = _LOOKS_SECRET.sub("…", line)
    return shown if len(shown) <= MAX_QUOTED else shown[: MAX_QUOTED - 1] + "…"
