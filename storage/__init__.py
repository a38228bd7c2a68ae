"""Where bytes live: keys, objects and object stores. Knows nothing of pictures or of Render."""

from storage.store import (
    AccessDenied,
    ObjectInfo,
    ObjectNotFound,
    Page,
    Store,
    StoreError,
    StoreMisconfigured,
    StoreUnavailable,
)

__all__ = [
    "AccessDenied",
    "ObjectInfo",
    "ObjectNotFound",
    "Page",
    "Store",
    "StoreError",
    "StoreMisconfigured",
    "StoreUnavailable",
]
