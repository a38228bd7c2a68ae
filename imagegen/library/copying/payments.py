"""Paid-for bytes, accounts of requests and finished pictures, carried to another store."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

from imagegen import records
from imagegen.library.copying.selection import Selection
from imagegen.library.copying.tally import Tally
from imagegen.library.verify import find_damage
from imagegen.making.stored import has_original
from imagegen.paying import claim_copies, claims
from imagegen.paying.claims import ClaimRecord, Lease
from imagegen.paying.run_report import LONGEST_RUN
from imagegen.records import Unreadable
from storage import Blocked, ObjectNotFound, Store, keys, mediatypes, transfer

ASKED_FOR = "this picture is being asked for now: copy again afterwards"
REPAIR = "'imagegen verify --repair' may help"


@dataclass(slots=True)
class Payments:
    """Carries one object after the other; ``lease`` and ``pause`` are those of the claims that are waited for."""

    source: Store
    destination: Store
    selected: Selection
    tally: Tally
    lease: Lease
    pause: Callable[[float], None]
    sound: set[str] = field(default_factory=set)
    """The keys under which both stores have the same bytes."""
    differing: set[str] = field(default_factory=set)
    """The keys under which the destination has other bytes, and keeps them."""

    def await_claim(self, request_hash: str) -> None:
        """See to it that nobody can pay for the request in the source any more, unless its original is there."""
        record = self._read_claim(request_hash)
        if record is None or not self._may_be_held(request_hash, record):
            return
        settled = partial(has_original, self.source, request_hash)
        try:
            if not settled():
                claim_copies.await_end(
                    self.source, request_hash, is_settled=settled, lease=self.lease, pause=self.pause
                )
        except TimeoutError:
            self.tally.leave(keys.claim(request_hash), ASKED_FOR)

    def carry_account(self, request_hash: str) -> None:
        """Bring what was spent on a request, once its original is there, if the source has one."""
        record = self._read_claim(request_hash)
        if record is None:
            return
        stored, original = has_original(self.source, request_hash), keys.original(request_hash)
        if not stored and self._may_be_held(request_hash, record):
            self.tally.leave(keys.claim(request_hash), ASKED_FOR)
            return
        if stored and original not in self.sound and original not in self.tally.left:
            self.carry(original)  # it was stored after the originals were listed
        self.tally.count(written=claim_copies.put(self.destination, request_hash, record))

    def carry(self, key: str) -> None:
        """Bring a picture, or bytes that were paid for, if they are what the records say they are."""
        try:
            data, info = records.read_bytes(self.source, key), self.source.head(key)
        except ObjectNotFound:
            if key.startswith(keys.ORIGINALS) and self.selected.expiry.has_expired(key.removeprefix(keys.ORIGINALS)):
                return
            self.tally.leave(key, f"a record leads to it, and it is not there; {REPAIR}")
            return
        except Unreadable as error:
            self.tally.leave(key, str(error))
            return
        if damage := self._find_damage(key, data):
            self.tally.leave(key, f"{damage}; it was not copied. {REPAIR}")
            return
        kind = info.content_type or mediatypes.sniff(data[: mediatypes.SNIFFED])
        metadata = info.metadata or self.selected.metadata.get(key)
        broken = partial(self._is_broken, key, data)
        try:
            outcome = transfer.put(self.destination, key, data, content_type=kind, metadata=metadata, is_broken=broken)
        except Blocked as error:
            self.differing.add(key)
            self.tally.leave(key, str(error))
            return
        if outcome == "differs":
            self.differing.add(key)
            self.tally.leave(key, f"other bytes are under this key in {self.destination.location}, and stay there")
        else:
            self.sound.add(key)
            self.tally.count(written=outcome == "copied", size=len(data))

    def _find_damage(self, key: str, data: bytes) -> str | None:
        """Say what is wrong with bytes; None when nothing is known to be.

        An original that no record leads to is taken as it is: a picture or not, its request is not paid for again.
        """
        recorded = self.selected.hashes.get(key, set())
        if not data:
            return "it is empty"
        if key.startswith(keys.ORIGINALS) and not recorded:
            return None
        return next(find_damage(key, data, recorded), None)

    def _is_broken(self, key: str, data: bytes, there: bytes) -> bool:
        """Tell if other bytes at the destination are damaged, and no more than the beginning of what a record tells of.

        Without a record only a picture's name tells which bytes are right.
        """
        if key.startswith(keys.IMAGES):
            return not keys.is_image_of(key, keys.content_hash(there))
        is_beginning = data.startswith(there) and key in self.selected.hashes
        return is_beginning and any(find_damage(key, there, set()))

    def _may_be_held(self, request_hash: str, record: ClaimRecord) -> bool:
        """Tell if a run may be asking under a claim; no run lasts as long as an old one has not changed."""
        if not claim_copies.may_be_held(record):
            return False
        try:
            changed = self.source.head(keys.claim(request_hash)).modified
        except ObjectNotFound:
            return False
        return datetime.now(UTC) - changed < timedelta(seconds=LONGEST_RUN)

    def _read_claim(self, request_hash: str) -> ClaimRecord | None:
        """Return a request's claim; None when there is none, or none that can be read, which is noted."""
        key = keys.claim(request_hash)
        try:
            record = claims.load(records.read_bytes(self.source, key))
        except ObjectNotFound:
            return None
        except Unreadable as error:
            self.tally.leave(key, str(error))
            return None
        if not record.is_readable:
            self.tally.leave(key, "it cannot be read, so what it accounted for is not known")
            return None
        return record
