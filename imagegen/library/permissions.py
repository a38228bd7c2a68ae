"""Permissions asked for before anything is changed, by requests that change nothing."""

from collections.abc import Iterable

from imagegen.paying.safekeeping import NEVER_WRITTEN
from storage import AccessDenied, Store, keys
from storage.mediatypes import BYTES

_NOBODY = "0" * 64


_NOTHING = {
    keys.BATCHES: keys.manifest(_NOBODY[:16]),
    keys.CLAIMS: keys.claim(_NOBODY),
    keys.IMAGES: keys.image(_NOBODY),
    keys.ORIGINALS: keys.original(_NOBODY),
    keys.REJECTED: keys.rejected(_NOBODY, 0),
    keys.REPORTS: keys.report(_NOBODY[:16], _NOBODY),
    keys.RESULTS: keys.result(_NOBODY),
    keys.THUMBNAILS: keys.thumbnail(_NOBODY),
}
"""The key of an object that is never there, for each space from which something may be deleted."""


def require_deletion(store: Store, planned: Iterable[str]) -> None:
    """Raise AccessDenied where one of the planned keys may not be deleted: in its space an absent object is."""
    try:
        for space in sorted({key[: key.index("/") + 1] for key in planned}):
            store.delete(_NOTHING[space])
    except AccessDenied as error:
        raise AccessDenied(f"nothing was deleted: {error}") from error


def require_writing(store: Store) -> None:
    """Raise AccessDenied where no picture may be written: an object is replaced that is not there."""
    try:
        store.swap(keys.image(_NOBODY), b"", version=NEVER_WRITTEN, content_type=BYTES)
    except AccessDenied as error:
        raise AccessDenied(f"nothing was changed: {error}") from error
