"""The operations of a party: all that it asks of its surroundings, and the only places where it can be interrupted."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

from storage import Conditions, ObjectInfo, ObjectNotFound, Page, StoreUnavailable, Version, Versioned, keys
from storage.store import URL_LIFE

REQUEST = "ab" * 32
CLAIM, ORIGINAL = keys.claim(REQUEST), keys.original(REQUEST)

Kind = Literal["create", "swap", "read", "head", "connect", "pause", "call", "await", "clock", "end"]


class Operation(NamedTuple):
    """A step of a party. ``data`` is what a write stores, or the outcome with which the party ends."""

    kind: Kind
    key: str = ""
    data: bytes = b""
    version: str = ""


Answer = str | float | tuple[bytes, str] | None
"""An answer that a party gets: a version, a time, (bytes, version) of a read, a size, or one of these two."""
MISSING, UNAVAILABLE = "missing", "unavailable"

Ask = Callable[[Operation], Answer]


class AskingStore:
    """The part of a store that claims use, each operation a step. The rest of the contract is not reached."""

    location = "memory"

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def create(
        self,
        key: str,
        data: bytes,
        *,
        content_type: str,  # noqa: ARG002 - the contract's
        metadata: Mapping[str, str] | None = None,  # noqa: ARG002 - the contract's
    ) -> Version | None:
        return _version(self._say(Operation("create", key, data)))

    def swap(self, key: str, data: bytes, *, version: Version, content_type: str) -> Version | None:  # noqa: ARG002
        return _version(self._say(Operation("swap", key, data, version)))

    def read(self, key: str) -> Versioned:
        answer = self._say(Operation("read", key))
        assert isinstance(answer, tuple)
        return Versioned(answer[0], Version(answer[1]))

    def get(self, key: str) -> bytes:
        return self.read(key).data

    def head(self, key: str) -> ObjectInfo:
        self._say(Operation("head", key))
        return ObjectInfo(key, 1, datetime(2026, 1, 1, tzinfo=UTC))

    def require_writable(self) -> None:
        raise NotImplementedError

    def replace(self, key: str, data: bytes, *, content_type: str) -> None:
        raise NotImplementedError

    def list(self, prefix: str, *, after: str | None = None, limit: int = 1000) -> Page:
        raise NotImplementedError

    def delete(self, key: str) -> None:
        raise NotImplementedError

    def conditions(self) -> Conditions:
        raise NotImplementedError

    def url(self, key: str, *, life: timedelta = URL_LIFE) -> str:
        raise NotImplementedError

    def _say(self, operation: Operation) -> Answer:
        answer = self._ask(operation)
        if answer == UNAVAILABLE:
            raise StoreUnavailable(f"no answer to {operation.kind} {operation.key}")
        if answer == MISSING:
            raise ObjectNotFound(operation.key)
        return answer


def _version(answer: Answer) -> Version | None:
    assert answer is None or isinstance(answer, str)
    return None if answer is None else Version(answer)
