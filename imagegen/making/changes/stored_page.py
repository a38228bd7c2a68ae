"""The page that lies in the store beside its batch; in a private bucket it holds its thumbnails itself."""

import base64
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from imagegen.records import AT_ONCE, find_pictures
from imagegen.results import BatchResult, StoredPicture
from storage import AccessDenied, Store, StoreError, StoreUnavailable, keys
from storage.links import read_expiry
from storage.mediatypes import HTML, guess_by_ending

MOST_HELD = 4_000_000
"""Bytes of the thumbnails that a page holds. They have 10 to 25 kB each, so that 160 to 400 fit, several times the
fifty of an ordinary batch. As base64 they take a third more: a page of 5.3 MB is there in five seconds at 10 Mbit/s.
On S3, reading 400 of them costs $0.00016."""


def opens_by_itself(store: Store, batch_id: str) -> bool:
    """Tell if a page that links to its pictures shows them when it is opened by its own link.

    False in a private bucket: there the page opens by a presigned link, but the pictures that it names do not.
    """
    return read_expiry(store.url(keys.gallery(batch_id))) is None


def write_page(store: Store, batch: BatchResult) -> None:
    """Write the batch's page, with the thumbnails inside where its links would not show them. Raises StoreError."""
    from imagegen import gallery

    hold = None if opens_by_itself(store, batch.batch_id) else _hold(_read(store, _choose(batch)))
    page = gallery.render(batch, link=gallery.from_page, hold=hold)
    store.replace(keys.gallery(batch.batch_id), page, content_type=HTML)


def _choose(batch: BatchResult) -> list[StoredPicture]:
    """Return the thumbnails of the first rows that fit into the page, each once."""
    chosen: dict[str, StoredPicture] = {}
    left = MOST_HELD
    for row in batch.images or ():
        small = [found[1] for leaf in row if (found := find_pictures(leaf))]
        left -= sum(picture.bytes for picture in small)
        if left < 0:
            break
        chosen.update((picture.key, picture) for picture in small)
    return list(chosen.values())


def _read(store: Store, chosen: Iterable[StoredPicture]) -> dict[str, bytes]:
    """Return the thumbnails that can be read and have the size of their record; a store that fails is not asked on."""
    failing = threading.Event()

    def read(picture: StoredPicture) -> bytes:
        if failing.is_set():
            return b""
        try:
            data = store.get(picture.key)
        except (StoreUnavailable, AccessDenied):
            failing.set()  # each further one would take as long to fail
            return b""
        except StoreError:
            return b""
        return data if len(data) == picture.bytes else b""

    with ThreadPoolExecutor(AT_ONCE, "thumbnails") as pool:
        found = pool.map(lambda picture: (picture.key, read(picture)), chosen)
        return {key: data for key, data in found if data}


def _hold(thumbnails: dict[str, bytes]) -> Callable[[str], str]:
    """Return a function from a thumbnail's key to a ``data:`` URL; to nothing when it is not here, or the page full.

    A thumbnail that a batch shows in several cells counts in each of them.
    """
    left = MOST_HELD

    def hold(key: str) -> str:
        nonlocal left
        data = thumbnails.get(key, b"")
        if not data or len(data) > left:
            return ""
        left -= len(data)
        return f"data:{guess_by_ending(key)};base64,{base64.b64encode(data).decode()}"

    return hold
