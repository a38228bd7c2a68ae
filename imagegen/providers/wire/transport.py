"""Limits on what an SDK's HTTP client takes from a server, set by its event hooks.

The SDKs stay as they are: a hook names the encodings that are accepted, and another puts a stream with limits between
the network and the SDK. It decodes gzip itself, because a decoder without a limit turns a megabyte into gigabytes.
"""

import zlib
from collections.abc import Iterable, Iterator
from typing import cast

import httpx2

from imagegen.providers.wire.answer import MAX_ANSWER, MAX_ERROR, Answer, TooLarge, Unreadable, current

_STEP = 65_536
"""Bytes that are decoded at a time."""
_GZIP = zlib.MAX_WBITS | 16
_MAX_MEMBERS = 100
"""Members of a gzip body: servers send one; a body of empty ones would take minutes to say nothing."""
_ENCODINGS = ("", "identity", "gzip", "x-gzip")


def limit_request(request: httpx2.Request) -> None:
    """Ask for an encoding that can be decoded within limits."""
    request.headers["accept-encoding"] = "gzip"


def limit_response(response: httpx2.Response) -> None:
    """Put the limits between the network and whoever reads the response. Raises TooManyRedirects for a redirect.

    A request that is paid for goes to one address, and the key with it.
    """
    if response.has_redirect_location:
        raise httpx2.TooManyRedirects("the request is not repeated elsewhere", request=response.request)
    encoding = response.headers.pop("content-encoding", "").strip().lower()
    raw = cast("httpx2.SyncByteStream", response.stream)  # both SDKs' clients are synchronous
    answer = current.get() if response.is_success else None
    if answer:
        answer.headers = response.headers.copy()
    response.stream = _LimitedStream(raw, encoding, answer)


def read_limited(response: httpx2.Response, limit: int) -> bytes:
    """Read a streamed response of at most ``limit`` bytes. Raises TooLarge or Unreadable."""
    data = bytearray()
    for chunk in decode(response.iter_raw(), response.headers.get("content-encoding", "").strip().lower(), limit):
        data += chunk
    return bytes(data)


def decode(chunks: Iterable[bytes], encoding: str, limit: int) -> Iterator[bytes]:
    """Yield a body's decoded bytes. Raises TooLarge when there are more than ``limit`` before or after decoding."""
    if encoding not in _ENCODINGS:
        raise Unreadable
    inflater = _Inflater() if "gzip" in encoding else None
    received = decoded = 0
    for chunk in chunks:
        received += len(chunk)
        for piece in inflater.inflate(chunk) if inflater else (chunk,):
            decoded += len(piece)
            if decoded > limit:
                raise TooLarge
            yield piece
        if received > limit:
            raise TooLarge


class _Inflater:
    """Decodes gzip a step at a time, so that no input makes more than a step at once."""

    def __init__(self) -> None:
        self._decoder = zlib.decompressobj(_GZIP)
        self._members = 1

    def inflate(self, chunk: bytes) -> Iterator[bytes]:
        try:
            while chunk:
                while piece := self._decoder.decompress(chunk, _STEP):
                    yield piece
                    chunk = self._decoder.unconsumed_tail
                chunk = self._decoder.unused_data
                if self._decoder.eof and chunk:
                    self._begin_member()
        except zlib.error:
            raise Unreadable from None

    def _begin_member(self) -> None:
        self._members += 1
        if self._members > _MAX_MEMBERS:
            raise TooLarge
        self._decoder = zlib.decompressobj(_GZIP)


class _LimitedStream(httpx2.SyncByteStream):
    """Fills ``answer`` with the body and hands on its shortened form; hands on a part of the body without one."""

    def __init__(self, raw: httpx2.SyncByteStream, encoding: str, answer: Answer | None) -> None:
        self._raw = raw
        self._encoding = encoding
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        if self._answer is None:
            yield self._read_part()
            return
        try:
            for piece in decode(self._raw, self._encoding, MAX_ANSWER):
                self._answer.body += piece
            self._answer.whole = True
        except (TooLarge, Unreadable) as error:
            self._answer.problem = type(error)
            self._answer.body.clear()
        yield b"{}"

    def close(self) -> None:
        self._raw.close()

    def _read_part(self) -> bytes:
        part = bytearray()
        try:
            for piece in decode(self._raw, self._encoding, MAX_ERROR):
                part += piece
        except (TooLarge, Unreadable, httpx2.TransportError):
            pass  # the status, the headers and the beginning say enough
        return bytes(part)
