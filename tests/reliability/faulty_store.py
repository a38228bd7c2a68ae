"""A store whose operations fail by schedule, as a store does when its own retries are used up."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TypeVar

from storage import Conditions, ObjectInfo, Page, Store, StoreUnavailable, Version, Versioned
from storage.store import URL_LIFE
from tests.reliability.faults import StoreFault

T = TypeVar("T")
Schedule = Callable[[str, str, int], StoreFault | None]


class FaultyStore:
    """``store`` with faults: ``schedule`` is asked about each (operation, key, how many-th such operation)."""

    def __init__(self, store: Store, schedule: Schedule) -> None:
        self._store = store
        self._schedule = schedule
        self._numbers: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    @property
    def location(self) -> str:
        return self._store.location

    def require_writable(self, *, room: int = 0) -> None:
        self._store.require_writable(room=room)

    def create(
        self, key: str, data: bytes, *, content_type: str, metadata: Mapping[str, str] | None = None
    ) -> Version | None:
        return self._do(
            "create", key, lambda: self._store.create(key, data, content_type=content_type, metadata=metadata)
        )

    def swap(self, key: str, data: bytes, *, version: Version, content_type: str) -> Version | None:
        return self._do("swap", key, lambda: self._store.swap(key, data, version=version, content_type=content_type))

    def replace(self, key: str, data: bytes, *, content_type: str) -> None:
        self._do("replace", key, lambda: self._store.replace(key, data, content_type=content_type))

    def read(self, key: str) -> Versioned:
        return self._do("read", key, lambda: self._store.read(key))

    def get(self, key: str) -> bytes:
        return self._do("get", key, lambda: self._store.get(key))

    def head(self, key: str) -> ObjectInfo:
        return self._do("head", key, lambda: self._store.head(key))

    def list(self, prefix: str, *, after: str | None = None, limit: int = 1000) -> Page:
        return self._do("list", prefix, lambda: self._store.list(prefix, after=after, limit=limit))

    def delete(self, key: str) -> None:
        self._do("delete", key, lambda: self._store.delete(key))

    def find_conditions(self) -> Conditions:
        return self._store.find_conditions()

    def url(self, key: str, *, life: timedelta = URL_LIFE) -> str:
        return self._store.url(key, life=life)

    def _do(self, operation: str, key: str, work: Callable[[], T]) -> T:
        with self._lock:
            self._numbers[operation, key] += 1
            fault = self._schedule(operation, key, self._numbers[operation, key])
        if fault is StoreFault.BEFORE:
            raise StoreUnavailable(f"injected: {operation} {key} was not done")
        done = work()
        if fault is StoreFault.AFTER:
            raise StoreUnavailable(f"injected: {operation} {key} was done, the answer was lost")
        return done
