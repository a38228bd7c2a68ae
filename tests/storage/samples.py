"""Objects to store, and how many of them, for the contract's tests."""

import os
import random
from hashlib import sha256

from storage import Store, keys

WRITERS = 32
SWAPPERS = 16
ROUNDS = {"directory": 30}
"""Rounds of the race by store; one on the others, where it takes up to three seconds."""
FULL = os.environ.get("STORAGE_TESTS") == "full"
"""Set STORAGE_TESTS=full for the long proof: 200 rounds, which is 6,400 racing writes, on every store."""
PAGED = 250
"""Objects that are listed in pages of 100; in the long proof 2,500 in a store's own pages of 1,000."""

JPEG = "image/jpeg"
JSON = "application/json"
START = b"\xff\xd8\xff\xe0"


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def picture(text: str, size: int = 20_000) -> bytes:
    return START + random.Random(text).randbytes(size)


def put(store: Store, data: bytes) -> str:
    key = keys.image(keys.content_hash(data))
    assert store.create(key, data, content_type=JPEG)
    return key
