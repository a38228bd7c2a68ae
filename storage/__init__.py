"""Keys, objects and object stores. Knows nothing of pictures or of Render."""

from storage.store import (
    AccessDenied,
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
