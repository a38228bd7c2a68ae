"""The invariants after every batch, whatever went wrong while it ran, checked from the outside.

An oracle of its own: it reads the store's objects and the fakes' call_log, and asks ``imagegen verify`` only last.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO

from PIL import Image

from imagegen.library.verify import verify
from imagegen.making.plan import Planned
from imagegen.results import BatchResult, LeafResult, StoredPicture
from storage import ObjectNotFound, Store, keys
from tests.reliability.batches import Ran
from tests.reliability.fake_providers import CallLog

PICTURE, THUMBNAIL = (1200, 630), (400, 210)


@dataclass(frozen=True)
class Violation:
    """One promise broken: ``promise`` is a stable word, ``what`` says by which object or call."""

    promise: str
    what: str


def is_stored(store: Store, request_hash: str) -> bool:
    """Return True when a request's original is stored."""
    return get_or_none(store, keys.original(request_hash)) is not None


def check_calls(call_log: CallLog) -> Iterator[Violation]:
    """No request is generated again after its original was stored."""
    for seen in call_log.calls:
        if seen.stored:
            yield Violation("paid twice", f"request {seen.request_hash[:12]} was asked for after it was stored")


def check_ledgers(call_log: CallLog, store: Store) -> Iterator[Violation]:
    """Each call that may have been charged is in the claims that the store holds."""
    for request_hash in set(call_log.requests.values()):
        charged, known = call_log.count_charged(request_hash), count_claimed(store, request_hash)
        if known < charged:
            yield Violation(
                "unaccounted", f"request {request_hash[:12]}: {charged} calls may be charged, {known} known"
            )


def check_report(call_log: CallLog, result: BatchResult) -> Iterator[Violation]:
    """The result owns up to every call that may have been charged, and invents no paid one."""
    charged = sum(seen.may_be_charged for seen in call_log.calls)
    reported = result.summary.paid_calls + result.summary.possible_extra_charges
    if reported < charged:
        yield Violation("unaccounted", f"{charged} calls may be charged, the result names {reported}")
    if result.summary.paid_calls > charged:
        yield Violation("invented", f"{result.summary.paid_calls} paid calls reported, {charged} can have been charged")


def check_result(result: BatchResult, store: Store, call_log: CallLog | None) -> Iterator[Violation]:
    """Every picture that is reported is there, whole, and made from what was sent for this very request."""
    for leaf in result.leaves():
        if not leaf.succeeded:
            continue
        for picture, size in ((leaf.image, PICTURE), (leaf.thumbnail, THUMBNAIL)):
            yield from _check_picture(picture, size, store)
        data = get_or_none(store, keys.original(leaf.request_hash))
        if call_log and (data is None or data not in call_log.list_pictures(leaf.request_hash)):
            yield Violation("lost", f"the original of {leaf.title!r} by {leaf.model} is not what was sent for it")


def check_store(store: Store, planned: Iterable[Planned], call_log: CallLog | None) -> Iterator[Violation]:
    """Every stored object is whole, is what its key says, and holds no link."""
    requests = {item.request_hash for item in planned}
    for key in list_all_keys(store):
        data = store.get(key)
        space, name = key.split("/", 1)
        if b"X-Amz-Signature=" in data:
            yield Violation("leaked", f"{key} holds a presigned link")
        if space == "images" and f"{sha256(data).hexdigest()}.jpg" != name:
            yield Violation("torn", f"{key} does not hash to its name")
        if space in ("images", "thumbnails") and _size(data) != (PICTURE if space == "images" else THUMBNAIL):
            yield Violation("torn", f"{key} is no whole picture of its size")
        if space == "originals" and (name not in requests or (call_log and data not in call_log.list_pictures(name))):
            yield Violation("wrong", f"{key} is not what was sent for this request")
        if key.endswith(".json") and not _is_json(data):
            yield Violation("torn", f"{key} is not whole JSON")
        if space == "results":
            leaf = LeafResult.model_validate_json(data)
            for picture, size in ((leaf.image, PICTURE), (leaf.thumbnail, THUMBNAIL)):
                yield from _check_picture(picture, size, store)
        if name.endswith("index.html") and not data.rstrip().endswith(b"</html>"):
            yield Violation("torn", f"{key} is not a whole page")


def check_verify(store: Store) -> Iterator[Violation]:
    """``imagegen verify`` finds nothing wrong."""
    for problem in verify(store).problems:
        yield Violation("damaged", f"{problem.kind} {problem.key}: {problem.message}")


def check_completion(ran: Ran) -> Iterator[Violation]:
    """A run without faults has every picture."""
    if ran.result is None:
        yield Violation("incomplete", f"the run without faults failed: {ran.error}")
    elif ran.result.status != "complete":
        why = {leaf.error.message for leaf in ran.result.leaves() if leaf.error}
        yield Violation("incomplete", f"the run without faults lacks pictures: {why}")


def count_claimed(store: Store, request_hash: str) -> int:
    """Calls that a request's claim owns up to; its holder may have made one more."""
    data = get_or_none(store, keys.claim(request_hash))
    if data is None:
        return 0
    claim = json.loads(data)
    ledgers = [entry["ledger"] for entry in claim["account"]["entries"]]
    spent = sum(ledger["paid_calls"] + ledger["possible_extra_charges"] for ledger in ledgers)
    return int(spent) + int(claim["held"] and claim["asking"])


def _check_picture(picture: StoredPicture | None, size: tuple[int, int], store: Store) -> Iterator[Violation]:
    if picture is None:
        yield Violation("lost", "a picture that succeeded has no key")
        return
    data = get_or_none(store, picture.key)
    if data is None:
        yield Violation("lost", f"{picture.key} is reported, and not there")
    elif sha256(data).hexdigest() != picture.sha256 or _size(data) != size:
        yield Violation("torn", f"{picture.key} is not the picture that is reported")


def list_all_keys(store: Store, prefix: str = "") -> Iterator[str]:
    after: str | None = None
    while True:
        page = store.list(prefix, after=after)
        yield from (found.key for found in page.objects)
        if page.next is None:
            return
        after = page.next


def get_or_none(store: Store, key: str) -> bytes | None:
    try:
        return store.get(key)
    except ObjectNotFound:
        return None


def _size(data: bytes) -> tuple[int, int] | None:
    try:
        with Image.open(BytesIO(data)) as picture:
            picture.load()
            return picture.size
    except (OSError, SyntaxError, ValueError):
        return None


def _is_json(data: bytes) -> bool:
    try:
        json.loads(data)
    except ValueError:
        return False
    return True
