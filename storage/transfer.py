"""One object into another store, and proof that it is there: what was written is read back and compared."""

from collections.abc import Callable, Mapping
from typing import Literal

from storage.store import ObjectNotFound, Store, StoreUnavailable, Version, Versioned

ATTEMPTS = 5
"""Looks at an object that others change or delete at the same time."""

Outcome = Literal["copied", "there", "differs"]


def put(
    store: Store,
    key: str,
    data: bytes,
    *,
    content_type: str,
    metadata: Mapping[str, str] | None = None,
    is_broken: Callable[[bytes], bool] = lambda _there: False,
) -> Outcome:
    """Make sure that ``key`` holds these bytes, and read them back.

    Other bytes that are there stay ("differs"), unless there are none of them or ``is_broken`` says that they are no
    use. Raises StoreError.
    """
    written: Version | None = None
    for _ in range(ATTEMPTS):
        there = _read(store, key)
        if there and there.data == data:
            return "copied" if written else "there"
        if there and there.version == written:
            raise StoreUnavailable(f"{store.location} gives other bytes of {key} than those that were written")
        if there is None:
            written = store.create(key, data, content_type=content_type, metadata=metadata)
        elif not there.data or is_broken(there.data):
            written = store.swap(key, data, version=there.version, content_type=content_type)
        else:
            return "differs"
    raise StoreUnavailable(f"{key} in {store.location} is changed by others again and again")


def _read(store: Store, key: str) -> Versioned | None:
    try:
        return store.read(key)
    except ObjectNotFound:
        return None
