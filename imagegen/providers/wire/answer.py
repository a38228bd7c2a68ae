"""A provider's answer, taken within limits: a small JSON document, and the long strings that stood in it.

Base64 makes up nearly all of an answer. JSON decoders and the SDKs' models copy it several times, and a hostile
answer could grow in them to gigabytes. So long strings are cut out of an answer before anything parses it, and each
is decoded on its own.
"""

import json
import re
import secrets
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from storage import keys

MAX_PICTURE = keys.MAX_PICTURE
MAX_ANSWER = 72_000_000
"""Bytes of an answer: the largest picture in base64, a tenth for line breaks and escapes, and the words around it."""
MAX_DOCUMENT = 1_000_000
"""Bytes of an answer beside its long strings. Parsed, they take up to fifty times as much memory."""
MAX_ERROR = 65_536
"""Bytes of an error's body that are read."""
LONG = 4_096
"""Bytes from which a string is cut out of an answer."""

_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)


class Unreadable(Exception):
    """The answer is no JSON, or in an encoding that was not asked for."""


class TooLarge(Exception):
    """The answer exceeds a limit."""


@dataclass
class Answer:
    """A successful answer as it comes in: its ``headers`` and its ``body``, ``whole`` once it has come.

    ``problem`` says why the body was not taken.
    """

    body: bytearray = field(default_factory=bytearray)
    whole: bool = False
    problem: type[Unreadable | TooLarge] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    _marker: str = field(default_factory=lambda: f"long-string-{secrets.token_hex(8)}-")
    _strings: list[tuple[int, int]] = field(default_factory=list)

    def shorten(self) -> bytes:
        """Return the body with a short marker in place of each long string. Sets ``problem`` when it is too large."""
        short = bytearray()
        kept = start = 0
        while (start := self.body.find(b'"', start)) >= 0 and (found := _STRING.match(self.body, start)):
            if found.end() - start > LONG:
                short += self.body[kept:start] + f'"{self._marker}{len(self._strings)}"'.encode()
                self._strings.append((start + 1, found.end() - 1))
                kept = found.end()
            start = found.end()
            if len(short) + start - kept > MAX_DOCUMENT:
                break  # looking at every string of such an answer takes half a minute
        if len(short) + len(self.body) - kept > MAX_DOCUMENT:
            self.problem = TooLarge
            return b"{}"
        return bytes(short + self.body[kept:])

    def parse(self) -> Any:
        """Parse the shortened body. Raises TooLarge or Unreadable."""
        document = self.shorten() if self.problem is None else b""
        if self.problem:
            raise self.problem
        try:
            return json.loads(document)
        except (ValueError, RecursionError):
            raise Unreadable from None

    def find_text(self, value: str) -> memoryview:
        """Return the bytes of a string of the document, as they stand in the body when the string is a long one."""
        number = value.removeprefix(self._marker)
        if number == value:
            return memoryview(value.encode(errors="replace"))
        start, end = self._strings[int(number)]
        return memoryview(self.body)[start:end]

    def read_text(self, value: str) -> str:
        """Return a string of the document; of a long one, its beginning."""
        return bytes(self.find_text(value)[:LONG]).decode(errors="replace")


current: ContextVar[Answer | None] = ContextVar("answer", default=None)
"""The answer that the call in progress fills; None outside such a call."""
