"""Results and batches as a store holds them, read in one place. What is read back is untrusted.

Four words say that something is there, each in one sense:
*taken*: the key exists (``look``). *usable*: the bytes decode as a picture (``overlay.compose.decode``).
*recorded*: a result leads to a picture (``find_pictures``). *present*: the pictures that a result leads to are there,
too, whole by their sizes (``is_present``). An object without bytes is taken, and neither usable nor present.
"""

from collections.abc import Iterator
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from imagegen.errors import ImagegenError
from imagegen.results import BatchResult, LeafResult, StoredPicture
from storage import Blocked, ObjectInfo, ObjectNotFound, Store, StoreError, keys

AT_ONCE = 16
"""Reads in flight: enough to hide a store's latency, few enough for half a CPU."""
REMEDY = "run its batch file again, which costs nothing, or remove the object"
"""The ways out for a record that cannot be used: a run writes it anew, and without it nothing else is lost."""

T = TypeVar("T", bound=BaseModel)


class RecordError(ImagegenError):
    """An object of the store is there and cannot be used as what its key says."""


class Unreadable(RecordError):
    """An object is there, and the store gives no bytes of it: too large, not permitted, on a damaged disk."""


class Damaged(RecordError):
    """An object can be read, and it is not the record that its key names."""


def list_objects(store: Store, prefix: str) -> Iterator[ObjectInfo]:
    """List the objects whose keys start with ``prefix``, in key order, page by page."""
    after: str | None = None
    while True:
        page = store.list(prefix, after=after)
        yield from page.objects
        if page.next is None:
            return
        after = page.next


def list_keys(store: Store, prefix: str) -> Iterator[str]:
    """List the keys that start with ``prefix``, in order."""
    return (found.key for found in list_objects(store, prefix))


def look(store: Store, key: str) -> ObjectInfo | None:
    """Return what the store knows of the object under ``key``; None when there is none."""
    try:
        return store.head(key)
    except ObjectNotFound:
        return None


def has_bytes(store: Store, key: str) -> bool:
    """Tell if there is an object under ``key`` that is not empty."""
    info = look(store, key)
    return info is not None and info.size > 0


def find_pictures(leaf: LeafResult) -> tuple[StoredPicture, ...] | None:
    """Return what a result leads to: the first picture, its thumbnail, then the pictures in other sizes and formats.

    None when the pair failed, or when the result names any of them by another key than that of the picture's content.
    """
    image, thumbnail = leaf.image, leaf.thumbnail
    if not leaf.succeeded or image is None or thumbnail is None or thumbnail.key != keys.thumbnail(image.sha256):
        return None
    named = list_images(leaf)
    if image not in named or not all(keys.is_image_of(one.key, one.sha256) for one in named):
        return None
    return image, thumbnail, *(one for one in named if one.key != image.key)


def list_images(leaf: LeafResult) -> tuple[StoredPicture, ...]:
    """Return a result's pictures in every size and format; an older record has one."""
    if leaf.pictures:
        return tuple(leaf.pictures.values())
    return (leaf.image,) if leaf.image else ()


def is_present(store: Store, leaf: LeafResult) -> bool:
    """Tell if all pictures and the thumbnail that a result leads to are there, in the sizes that it says."""
    pictures = find_pictures(leaf)
    return pictures is not None and all(is_whole(store, picture.key, picture.bytes) for picture in pictures)


def is_whole(store: Store, key: str, size: int) -> bool:
    """Tell if there is an object of ``size`` bytes under ``key``."""
    try:
        info = look(store, key)
    except Blocked:
        return False
    return info is not None and info.size == size


def read_bytes(store: Store, key: str) -> bytes:
    """Return an object's bytes.

    Raises ObjectNotFound; Unreadable when this object alone cannot be read; StoreError when the whole store cannot.
    """
    try:
        return store.get(key)
    except ObjectNotFound:
        raise
    except StoreError as error:
        store.list(key, limit=1)
        raise Unreadable(str(error)) from error


def load_result(store: Store, leaf_hash: str) -> LeafResult:
    """Return the recorded outcome of a pair. Raises ObjectNotFound, RecordError and StoreError."""
    key = keys.result(leaf_hash)
    result = _load(store, key, LeafResult)
    if result.leaf_hash != leaf_hash:
        raise Damaged(f"{key} in {store.location} is the result of another pair")
    return result


def load_manifest(store: Store, batch_id: str) -> BatchResult:
    """Return a batch's manifest. Raises ObjectNotFound, RecordError and StoreError."""
    key = keys.manifest(batch_id)
    manifest = _load(store, key, BatchResult)
    if manifest.batch_id != batch_id or manifest.images is None:
        raise Damaged(f"{key} in {store.location} is not the manifest of this batch; {REMEDY}")
    return manifest


def find_result(store: Store, leaf_hash: str) -> LeafResult | None:
    """Return the recorded outcome of a pair; None when there is none that can be used."""
    try:
        return load_result(store, leaf_hash)
    except (ObjectNotFound, RecordError):
        return None


def find_manifest(store: Store, batch_id: str) -> BatchResult | None:
    """Return a batch's manifest; None when there is none that can be used."""
    try:
        return load_manifest(store, batch_id)
    except (ObjectNotFound, RecordError):
        return None


def _load(store: Store, key: str, shape: type[T]) -> T:
    try:
        return shape.model_validate_json(read_bytes(store, key))
    except ValidationError as error:
        raise Damaged(f"{key} in {store.location} is not a record of its kind; {REMEDY}") from error
