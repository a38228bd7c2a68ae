"""The store contract: what every object store promises, and how it says no.

    StoreError
    ├── ObjectNotFound      no object under this key
    ├── AccessDenied        credentials or permissions; final, never retried
    ├── StoreUnavailable    passing: the store's own bounded retries are used up
    └── StoreMisconfigured  endpoint, bucket, key or setting that cannot work; final
        └── Blocked         something that is no object lies under this one key, or in its way

Retries: the store retries, within a bounded total; a caller never repeats a call.
Atomic: ``create``, ``swap`` and ``replace``; a reader sees a whole object or none.
Repeatable: every method; ``create`` and ``swap`` under one key are how racing writers meet.
Not found: reads alone raise ObjectNotFound, a write never does.
All methods are synchronous and safe to call from several threads at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NewType, Protocol


class StoreError(Exception):
    """A store said no; the message names the object, the place and what to do, and holds no secret."""


class ObjectNotFound(StoreError):
    """There is no object under this key."""


class AccessDenied(StoreError):
    """The store knows who asks, or cannot tell, and refuses; trying again will not help."""


class StoreUnavailable(StoreError):
    """The store did not answer, or answered with a passing failure, for as long as we may try."""


class StoreMisconfigured(StoreError):
    """The endpoint, bucket, key or a setting is wrong; nothing was tried, or trying again cannot help."""


class Blocked(StoreMisconfigured):
    """Something that is no object lies under this key or in its way: a directory, for example; nothing goes there."""


Version = NewType("Version", str)
"""An opaque, non-empty name of an object's bytes: other bytes have another one, equal bytes may have the same."""


@dataclass(frozen=True, slots=True)
class Versioned:
    """An object's bytes and the version that they have."""

    data: bytes
    version: Version


@dataclass(frozen=True, slots=True)
class Conditions:
    """The conditional writes that a store honours: ``create`` only if absent, ``replace`` only if unchanged."""

    create: bool
    replace: bool


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """An object as a store knows it without reading it.

    ``list`` fills ``key``, ``size`` (bytes) and ``modified`` (aware, UTC); ``head`` fills the rest too.
    """

    key: str
    size: int
    modified: datetime
    content_type: str = ""
    cache_control: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """Some objects in key order; ``next`` is the ``after`` that fetches the following page, or None."""

    objects: tuple[ObjectInfo, ...]
    next: str | None


URL_LIFE = timedelta(days=7)
"""The life of a presigned link: seven days, the most that SigV4 allows."""


class Store(Protocol):
    """An object store."""

    @property
    def location(self) -> str:
        """The store's place, for people: a directory or ``s3://bucket``; never a credential."""
        ...

    def require_writable(self, *, room: int = 0) -> None:
        """Raise StoreError when this place will take no write, or has no ``room`` for so many bytes.

        A bucket says so to the first request anyway.
        """
        ...

    def create(
        self, key: str, data: bytes, *, content_type: str, metadata: Mapping[str, str] | None = None
    ) -> Version | None:
        """Store a new object and return its version; return None when the key is taken.

        Of any number of racing writers exactly one gets a version; the others get None and find the winner's
        bytes under ``read``. ``metadata`` is free text for people; the store makes it header-safe and bounded.
        """
        ...

    def swap(self, key: str, data: bytes, *, version: Version, content_type: str) -> Version | None:
        """Replace an object that still has ``version`` and return the new version.

        Returns None, and changes nothing, when the object has another version or is gone. Of any number of racing
        writers that give the same ``version`` exactly one gets a new one, as long as all write other bytes than
        those of ``version``. A write whose answer was lost, and which another writer overtook before it could be
        asked again, counts as lost.
        """
        ...

    def replace(self, key: str, data: bytes, *, content_type: str) -> None:
        """Store a mutable object (page, report, repaired record) over what is there; readers see old or new, whole."""
        ...

    def read(self, key: str) -> Versioned:
        """Return the object's bytes and their version.

        Raises ObjectNotFound, and StoreMisconfigured for more bytes than ``keys.max_bytes``.
        """
        ...

    def get(self, key: str) -> bytes:
        """Return the object's bytes alone, as ``read`` does."""
        ...

    def head(self, key: str) -> ObjectInfo:
        """Return what is known of the object. Raises ObjectNotFound."""
        ...

    def list(self, prefix: str, *, after: str | None = None, limit: int = 1000) -> Page:
        """List objects whose keys start with ``prefix``, in key order, at most ``limit`` (1–1000) after ``after``."""
        ...

    def delete(self, key: str) -> None:
        """Remove an object; removing what is not there is fine."""
        ...

    def find_conditions(self) -> Conditions:
        """Find out by trying, once per bucket and server, which conditional writes are honoured.

        A bucket is written to the first time; afterwards one read tells. Until this is called a store takes both to
        be honoured; when one is not, it warns and looks at the object before each write, which is no protection
        against writers that race.
        """
        ...

    def url(self, key: str, *, life: timedelta = URL_LIFE) -> str:
        """Return a link that a browser opens: public, presigned (for ``life``) or ``file://``. Never to be stored."""
        ...
