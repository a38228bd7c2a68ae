"""Permissions asked for before anything is changed, by requests that change nothing."""

from storage import AccessDenied, Store, Version, keys
from storage.mediatypes import BYTES

_NOBODY = "0" * 64
_NEVER_WRITTEN = Version('"00000000000000000000000000000000"')


def require_deletion(store: Store) -> None:
    """Raise AccessDenied where nothing may be deleted: an object is deleted that is not there."""
    try:
        store.delete(keys.result(_NOBODY))
    except AccessDenied as error:
        raise AccessDenied(f"nothing was deleted: {error}") from error


def require_writing(store: Store) -> None:
    """Raise AccessDenied where no picture may be written: an object is replaced that is not there."""
    try:
        store.swap(keys.image(_NOBODY), b"", version=_NEVER_WRITTEN, content_type=BYTES)
    except AccessDenied as error:
        raise AccessDenied(f"nothing was changed: {error}") from error
