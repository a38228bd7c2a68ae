"""Bytes that were paid for, put in safety: as the request's original, or beside it when they cannot be used."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import tenacity

from imagegen.errors import PermanentFailure
from storage import ObjectNotFound, Store, StoreError, Version, keys
from storage.mediatypes import BYTES

NEVER_WRITTEN = Version('"00000000000000000000000000000000"')
"""A version that no object has: a swap from it writes nothing, and is permitted or not as any write is."""


def require_permission(store: Store, *, of_batch: bool = False) -> None:
    """Raise StoreError where a bucket does not take what is paid for or made of it, before anything is paid.

    ``of_batch``: a manifest and a page are to be written, too. The replacement of an object that is not there needs the
    same permission as a new one, and writes nothing.
    """
    nobody = "0" * 64
    wanted = [keys.original(nobody), keys.rejected(nobody, 0), keys.image(nobody), keys.thumbnail(nobody)]
    wanted += [keys.result(nobody), *([keys.manifest(nobody[:16])] if of_batch else [])]
    with ThreadPoolExecutor(len(wanted), "permission") as pool:
        for _ in pool.map(lambda key: store.swap(key, b"", version=NEVER_WRITTEN, content_type=BYTES), wanted):
            pass


@dataclass(frozen=True, slots=True)
class Safekeeping:
    """The places of one request's bytes. ``patience`` is how many seconds they are offered to a store that fails.

    Any failure may pass: a disk that is read-only is mounted anew, and a permission is given back.
    """

    store: Store
    request_hash: str
    metadata: Mapping[str, str]
    patience: float
    is_paid: bool = True

    def put_original(self, data: bytes, media_type: str) -> bool:
        """Store an original; return False when another one is there.

        Raises PermanentFailure("not_stored") when patience has run out: a store that does not take what was paid for
        would lose the next picture as well. Raises StoreError for an original that cost nothing.
        """
        try:
            return self._patiently(partial(self._create_original, data, media_type))
        except StoreError as error:
            if not self.is_paid:
                raise
            lost = f"the picture was paid for, and the store did not take it in {self.patience:.0f} s: {error}"
            raise PermanentFailure("not_stored", lost) from error

    def put_rejected(self, data: bytes, media_type: str, *, number: int) -> None:
        """Store bytes that cannot be used, under the first number from ``number`` that is free."""
        for free in range(number, keys.REJECTED_KEPT):
            if self._patiently(partial(self._create, keys.rejected(self.request_hash, free), data, media_type)):
                return

    def _create_original(self, data: bytes, media_type: str) -> bool:
        """Create the original. An empty object in its place holds nothing that was paid for, and is replaced."""
        key = keys.original(self.request_hash)
        if self._create(key, data, media_type):
            return True
        with suppress(ObjectNotFound):
            there = self.store.read(key)
            if not there.data:
                return self.store.swap(key, data, version=there.version, content_type=media_type) is not None
        return False

    def _create(self, key: str, data: bytes, media_type: str) -> bool:
        return self.store.create(key, data, content_type=media_type, metadata=self.metadata) is not None

    def _patiently(self, store: Callable[[], bool]) -> bool:
        patient: Callable[[], bool] = tenacity.retry(
            retry=tenacity.retry_if_exception_type(StoreError),
            stop=tenacity.stop_after_delay(self.patience),
            wait=tenacity.wait_random_exponential(multiplier=0.5, max=15),
            reraise=True,
        )(store)
        return patient()
