"""Keys, objects and object stores. Knows nothing of pictures or of Render."""

from storage.store import (
    AccessDenied,
    Blocked,
    Conditions,
    ObjectInfo,
    ObjectNotFound,
    Page,
    Store,
    StoreError,
    StoreMisconfigured,
    StoreUnavailable,
    Version,
    Versioned,
)

__all__ = [
    "AccessDenied",
    "Blocked",
    "Conditions",
    "ObjectInfo",
    "ObjectNotFound",
    "Page",
    "Store",
    "StoreError",
    "StoreMisconfigured",
    "StoreUnavailable",
    "Version",
    "Versioned",
]
