"""The operations of a party: all that it asks of its surroundings, and the only places where it can be interrupted."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from storage import ObjectInfo, ObjectNotFound, StoreUnavailable, Version, Versioned, keys

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

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def create(self, key: str, data: bytes, **_: object) -> Version | None:
        return _version(self._say(Operation("create", key, data)))

    def swap(self, key: str, data: bytes, *, version: Version, **_: object) -> Version | None:
        return _version(self._say(Operation("swap", key, data, version)))

    def fingerprint(self) -> str:
        """Stand for itself in the fingerprints of code: it keeps nothing."""
        return "store"

    def read(self, key: str) -> Versioned:
        answer = self._say(Operation("read", key))
        assert isinstance(answer, tuple)
        return Versioned(answer[0], Version(answer[1]))

    def get(self, key: str) -> bytes:
        return self.read(key).data

    def head(self, key: str) -> ObjectInfo:
        self._say(Operation("head", key))
        return ObjectInfo(key, 1, datetime(2026, 1, 1, tzinfo=UTC))

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
