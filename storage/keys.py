"""The key scheme: every key is built from hashes alone, so no text of a user's ever reaches a path or a header.

An *action* is named by the hash of its inputs (``originals/``, ``rejected/``, ``results/``, ``claims/``, ``batches/``,
``reports/``), a *content* by the hash of its bytes (``images/``, ``thumbnails/``, ``spending/``). ``probes/`` holds
what is known of the store itself.
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
REJECTED = "rejected/"
REPORTS = "reports/"
SPENDING = "spending/"
PROBES = "probes/"
SPENDING = "spending/"
SPACES = (BATCHES, CLAIMS, IMAGES, ORIGINALS, PROBES, REJECTED, REPORTS, RESULTS, SPENDING, THUMBNAILS)
"""The first parts of all keys, in key order."""

CONDITIONS = f"{PROBES}conditions.json"
"""The key under which a bucket remembers which conditional writes its server honours."""
RESERVATIONS = f"{SPENDING}reservations.json"
"""The key of what running batches and leaves may still spend in a month that has a limit."""

PACE = f"{PROBES}pace.json"
"""The key under which batches that run at the same time find one another."""

MAX_PICTURE = 48_000_000
"""Bytes of a picture that are taken: ten times the largest that a model makes at these sizes."""
_RECORD, _MANIFEST = 1_000_000, 256_000_000
"""Bytes of a record, and of a manifest of 100,000 pictures, the most that a batch may have."""
REJECTED_KEPT = 100
"""Rejected answers of one request that can be kept: their numbers have two digits."""
_MAX_BYTES = {
    ORIGINALS: MAX_PICTURE,
    REJECTED: MAX_PICTURE,
    IMAGES: MAX_PICTURE,
    THUMBNAILS: MAX_PICTURE,
    RESULTS: _RECORD,
    CLAIMS: _RECORD,
    PROBES: _RECORD,
    BATCHES: _MANIFEST,
    REPORTS: _MANIFEST,
    SPENDING: _MANIFEST,
}

PICTURE_FORMATS = {"jpeg": "jpg", "webp": "webp", "avif": "avif", "png": "png"}
"""The formats of finished pictures, each with the ending of its keys."""

_HASH = re.compile(r"[0-9a-f]{64}")
_SHORT = re.compile(r"[0-9a-f]{16}")
_KEY = re.compile(
    r"originals/[0-9a-f]{64}"
    r"|images/[0-9a-f]{64}\.(?:jpg|webp|avif|png)"
    r"|thumbnails/[0-9a-f]{64}\.jpg"
    r"|results/[0-9a-f]{64}\.json"
    r"|rejected/[0-9a-f]{64}\.[0-9]{1,2}"
    r"|claims/[0-9a-f]{64}(?:\.[0-9]{1,4})?\.json"
    r"|batches/[0-9a-f]{16}/(?:batch\.json|cells\.json|index\.html)"
    r"|reports/[0-9a-f]{16}\.[0-9a-f]{16}\.json"
    r"|spending/(?:reservations|[0-9a-f]{64})\.json"
    r"|probes/(?:conditions\.json|pace\.json|[0-9a-f]{16})"
)


def content_hash(data: bytes) -> str:
    """Return the SHA-256 of ``data`` as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def original(request_hash: str) -> str:
    """Return the key of the provider's bytes for a request, untouched."""
    return ORIGINALS + _check_hash(request_hash)


def image(sha256: str, picture_format: str = "jpeg") -> str:
    """Return the key of the finished picture with this content, in one of ``PICTURE_FORMATS``."""
    return f"{IMAGES}{_check_hash(sha256)}.{PICTURE_FORMATS[picture_format]}"


def is_image_of(key: str, sha256: str) -> bool:
    """Tell if ``key`` is that of the finished picture with this content, in whatever format."""
    return any(key == image(sha256, picture_format) for picture_format in PICTURE_FORMATS)


def find_format(key: str) -> str:
    """Return the format of the finished picture under ``key``."""
    ending = key.rpartition(".")[2]
    return next(name for name, known in PICTURE_FORMATS.items() if known == ending)


def thumbnail(sha256: str) -> str:
    """Return the key of a finished picture's thumbnail; the hash is the picture's, so that they pair up."""
    return f"{THUMBNAILS}{_check_hash(sha256)}.jpg"


def result(leaf_hash: str) -> str:
    """Return the key of a leaf's recorded outcome."""
    return f"{RESULTS}{_check_hash(leaf_hash)}.json"


def rejected(request_hash: str, number: int) -> str:
    """Return the key of the ``number``-th bytes (0 to 99) that were paid for and are no usable picture."""
    return f"{REJECTED}{_check_hash(request_hash)}.{number}"


def claim(request_hash: str, generation: int | None = None) -> str:
    """Return the key of the claim on a request: who may pay now, and what was spent.

    ``generation`` gives the key of an older version's ``generation``-th claim, which is only listed and deleted.
    """
    return f"{CLAIMS}{_check_hash(request_hash)}{'' if generation is None else f'.{generation}'}.json"


def manifest(batch_id: str) -> str:
    """Return the key of a batch's result."""
    return f"{BATCHES}{_check_batch_id(batch_id)}/batch.json"


def cells(batch_id: str) -> str:
    """Return the key of what is known of a batch's redone cells."""
    return f"{BATCHES}{_check_batch_id(batch_id)}/cells.json"


def gallery(batch_id: str) -> str:
    """Return the key of a batch's page."""
    return f"{BATCHES}{_check_batch_id(batch_id)}/index.html"


def report(batch_id: str, run_hash: str) -> str:
    """Return the key of the report on one run of a batch; of the run's hash the first sixteen digits count."""
    return f"{REPORTS}{_check_batch_id(batch_id)}.{_check_short(run_hash[:16])}.json"


def reports_of(batch_id: str) -> str:
    """The prefix of the reports of a batch's runs."""
    return f"{REPORTS}{_check_batch_id(batch_id)}."


def spending(sha256: str) -> str:
    """Return the key of accounts that were kept when their claims were deleted, named by their content."""
    return f"{SPENDING}{_check_hash(sha256)}.json"


def probe(name: str) -> str:
    """Return the key of an object of no meaning, by which a server is tried; ``name`` has sixteen digits."""
    return PROBES + _check_short(name)


def is_key(key: str) -> bool:
    """Tell if ``key`` follows the scheme; what does not is somebody else's, and no store lists it."""
    return _KEY.fullmatch(key) is not None


def check(key: str) -> str:
    """Return ``key`` when it follows the scheme; every store calls this first. Raises StoreMisconfigured."""
    if is_key(key):
        return key
    raise StoreMisconfigured(f"{key[:80]!r} is not a key of this store: keys are built from hashes alone")


def max_bytes(key: str) -> int:
    """Return the most bytes of an object under ``key``; what is larger is somebody else's, and is not read."""
    return _MAX_BYTES[key[: key.index("/") + 1]]


def check_size(key: str, size: int) -> None:
    """Raise StoreMisconfigured when an object of ``size`` bytes is too large to be what ``key`` says."""
    if size > max_bytes(key):
        raise StoreMisconfigured(f"{key} has {size:,} bytes, and can have {max_bytes(key):,} at most; remove it")


def is_public(key: str) -> bool:
    """Tell if everybody may read what is under ``key`` in a bucket that is open: pictures and pages, nothing else."""
    return key.startswith((IMAGES, THUMBNAILS)) or (key.startswith(BATCHES) and key.endswith("/index.html"))


def is_immutable(key: str) -> bool:
    """Tell if what is stored under ``key`` never changes, so that browsers and CDNs may keep it for ever."""
    return key.startswith((ORIGINALS, REJECTED, IMAGES, THUMBNAILS)) or (
        key.startswith(SPENDING) and key != RESERVATIONS
    )


def _check_hash(value: str) -> str:
    if _HASH.fullmatch(value):
        return value
    raise StoreMisconfigured(f"{value[:80]!r} is not a SHA-256 in lower-case hexadecimal digits")


def _check_batch_id(value: str) -> str:
    if _SHORT.fullmatch(value):
        return value
    raise StoreMisconfigured(f"{value[:80]!r} is not a batch id: sixteen lower-case hexadecimal digits")


def _check_short(value: str) -> str:
    if _SHORT.fullmatch(value):
        return value
    raise StoreMisconfigured(f"{value[:80]!r} does not begin with sixteen lower-case hexadecimal digits")
