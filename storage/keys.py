"""The key scheme: every key is built from hashes alone, so no text of a user's ever reaches a path or a header.

An *action* is named by the hash of its inputs (``originals/``, ``results/``, ``claims/``, ``batches/``),
a *content* by the hash of its bytes (``images/``, ``thumbnails/``).
"""

import hashlib
import re

from storage.store import StoreMisconfigured

ORIGINALS = "originals/"
IMAGES = "images/"
THUMBNAILS = "thumbnails/"
RESULTS = "results/"
CLAIMS = "claims/"
BATCHES = "batches/"

_PICTURE, _RECORD = 48_000_000, 1_000_000
_MOST = {
    ORIGINALS: _PICTURE,  # as much as is taken from a provider
    IMAGES: _PICTURE,
    THUMBNAILS: _PICTURE,
    RESULTS: _RECORD,
    CLAIMS: _RECORD,
    BATCHES: 256_000_000,  # a manifest of 100,000 pictures, the most that a batch may be set to
}

_HASH = re.compile(r"[0-9a-f]{64}")
_BATCH_ID = re.compile(r"[0-9a-f]{16}")
_KEY = re.compile(
    r"originals/[0-9a-f]{64}"
    r"|(?:images|thumbnails)/[0-9a-f]{64}\.jpg"
    r"|results/[0-9a-f]{64}\.json"
    r"|claims/[0-9a-f]{64}\.[0-9]{1,4}\.json"
    r"|batches/[0-9a-f]{16}/(?:batch\.json|index\.html)"
)


def content_hash(data: bytes) -> str:
    """The SHA-256 of ``data`` as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def original(request_hash: str) -> str:
    """Where the provider's bytes for a request are kept, untouched."""
    return ORIGINALS + _hash(request_hash)


def image(sha256: str) -> str:
    """Where the finished picture with this content is."""
    return f"{IMAGES}{_hash(sha256)}.jpg"


def thumbnail(sha256: str) -> str:
    """Where the thumbnail of the finished picture with this content is (the picture's hash, so that they pair up)."""
    return f"{THUMBNAILS}{_hash(sha256)}.jpg"


def result(leaf_hash: str) -> str:
    """Where a leaf's outcome is recorded."""
    return f"{RESULTS}{_hash(leaf_hash)}.json"


def claim(request_hash: str, generation: int) -> str:
    """Where the right to pay for a request is claimed for the ``generation``-th time."""
    return f"{CLAIMS}{_hash(request_hash)}.{generation}.json"


def manifest(batch_id: str) -> str:
    """Where a batch's result is kept."""
    return f"{BATCHES}{_batch_id(batch_id)}/batch.json"


def gallery(batch_id: str) -> str:
    """Where a batch's page is kept."""
    return f"{BATCHES}{_batch_id(batch_id)}/index.html"


def is_key(key: str) -> bool:
    """Whether ``key`` follows the scheme: what does not is somebody else's, and no store lists it."""
    return _KEY.fullmatch(key) is not None


def checked(key: str) -> str:
    """``key`` itself when it follows the scheme; StoreMisconfigured otherwise. Every store calls it first."""
    if is_key(key):
        return key
    raise StoreMisconfigured(f"{key[:80]!r} is not a key of this store: keys are built from hashes alone")


def most_bytes(key: str) -> int:
    """How large an object under ``key`` may be; what is larger was put there by somebody else, and is not read."""
    return _MOST[key[: key.index("/") + 1]]


def bounded(key: str, size: int) -> None:
    """Raise StoreMisconfigured when an object of ``size`` bytes is too large to be what ``key`` says."""
    if size > most_bytes(key):
        raise StoreMisconfigured(f"{key} has {size:,} bytes, and can have {most_bytes(key):,} at most; remove it")


def immutable(key: str) -> bool:
    """Whether what is stored under ``key`` never changes, so that browsers and CDNs may keep it for ever."""
    return key.startswith((ORIGINALS, IMAGES, THUMBNAILS))


def _hash(value: str) -> str:
    if _HASH.fullmatch(value):
        return value
    raise StoreMisconfigured(f"{value[:80]!r} is not a SHA-256 in lower-case hexadecimal digits")


def _batch_id(value: str) -> str:
    if _BATCH_ID.fullmatch(value):
        return value
    raise StoreMisconfigured(f"{value[:80]!r} is not a batch id: sixteen lower-case hexadecimal digits")
