"""The records that lead to pictures, carried to another store once all that they lead to is there."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from imagegen import cells, records
from imagegen.library.copying.payments import Payments
from imagegen.library.copying.tally import Tally
from imagegen.making.changes.manifest import bear_spending, combine, save
from imagegen.paying import run_report
from imagegen.records import Damaged, Unreadable
from imagegen.results import BatchResult, LeafResult
from storage import ObjectNotFound, Store, keys
from storage.mediatypes import JSON


@dataclass(slots=True)
class Guides:
    """Carries results, reports and manifests; ``payments`` tells which pictures are at the destination.

    ``redone`` has the redone cells of the batches that are carried, by batch.
    """

    source: Store
    destination: Store
    payments: Payments
    tally: Tally
    redone: Mapping[str, cells.Redone]
    _led_to: set[str] = field(default_factory=set)
    """The hashes of the leaves whose results are at the destination."""

    def carry_result(self, leaf: LeafResult) -> None:
        """Bring a result whose pictures are there, unless the destination has one that leads to pictures."""
        key = keys.result(leaf.leaf_hash)
        if reason := self._find_lack(leaf):
            if self._find_own(leaf) is None and records.find_result(self.destination, leaf.leaf_hash) != leaf:
                self.tally.leave(key, reason)
            return
        while True:
            there = records.find_result(self.destination, leaf.leaf_hash)
            kept = leaf
            if there and records.is_present(self.destination, there):
                kept = there.model_copy(update={"made_alone": there.made_alone or leaf.made_alone})
            if kept == there or self._write(key, kept.model_dump_json().encode()):
                self._led_to.add(leaf.leaf_hash)
                self.tally.count(written=kept != there)
                return

    def carry_report(self, key: str) -> None:
        """Bring a run's report. That the run is over is known here, and is said there."""
        try:
            report = run_report.parse(records.read_bytes(self.source, key))
        except (ObjectNotFound, Unreadable):
            report = None
        if report is None or report.may_run:
            reason = "its run may be running" if report else "it cannot be read"
            self.tally.leave(key, f"not copied: {reason}")
            return
        brought = report.model_copy(update={"over": True})
        while True:
            there = run_report.parse(self._read(key) or b"")
            written = there is None or (there.is_open and not brought.is_open)
            if not written or self._write(key, brought.model_dump_json().encode()):
                self.tally.count(written=written)
                return

    def carry_batch(self, batch: BatchResult) -> None:
        """Bring a page and its manifest when all that they lead to is there. Of two manifests the newer one counts.

        Neither loses a picture: where one pair failed, the other manifest's picture of it stands, and a cell that was
        redone in one of the stores is redone in the other. What both have paid for stays as it is in each of them.
        """
        batch, own = self._take_own(batch)
        key = keys.manifest(batch.batch_id)
        before, there = self._read(key), records.find_manifest(self.destination, batch.batch_id)
        wanted = {leaf.leaf_hash: leaf for leaf in batch.holdings() if leaf.succeeded and leaf.leaf_hash not in own}
        if wanted.keys() - self._led_to or any(map(self._find_lack, wanted.values())):
            reason = (
                f"not copied, because not all of its {len(wanted)} pictures were; repair the source and copy again, or "
                "run its batch file there, which makes them from what was copied"
            )
            if there != batch:
                self.tally.leave(key, reason)
            return
        is_older = there is not None and there.created_at >= batch.created_at
        try:
            self._carry_cells(batch.batch_id, is_older=is_older)
            save(self.destination, combine(self.destination, there, batch) if there and is_older else batch)
        except Damaged as error:
            self.tally.leave(keys.cells(batch.batch_id), str(error))
            return
        self.tally.count(written=self._read(key) != before)

    def _carry_cells(self, batch_id: str, *, is_older: bool) -> None:
        """Bring what is known of a batch's redone cells. One redone in both stores shows what the newer batch shows.

        Raises Damaged for what is at the destination.
        """
        brought = self.redone.get(batch_id)
        if brought is None:
            return
        key = keys.cells(batch_id)
        before = self._read(key)
        cells.update(self.destination, batch_id, lambda there: there.join(brought) if is_older else brought.join(there))
        self.tally.count(written=self._read(key) != before)

    def _find_own(self, leaf: LeafResult) -> LeafResult | None:
        """Return the destination's own outcome of a pair for whose request it has paid as well, if it has one."""
        if keys.original(leaf.request_hash) not in self.payments.differing:
            return None
        own = records.find_result(self.destination, leaf.leaf_hash)
        return own if own and records.is_present(self.destination, own) else None

    def _take_own(self, batch: BatchResult) -> tuple[BatchResult, set[str]]:
        """Return a batch with such outcomes in the place of its own, and their hashes."""
        found = {leaf.leaf_hash: self._find_own(leaf) for leaf in batch.holdings() if leaf.succeeded}
        own = {name: leaf for name, leaf in found.items() if leaf}
        if not own:
            return batch, set()

        def take(leaf: LeafResult) -> LeafResult:
            return bear_spending(own[leaf.leaf_hash], leaf) if leaf.leaf_hash in own else leaf

        images = tuple(tuple(map(take, row)) for row in batch.images or ())
        return batch.model_copy(update={"images": images, "former": tuple(map(take, batch.former))}), set(own)

    def _find_lack(self, leaf: LeafResult) -> str:
        """Return the reason for which a record would lead astray at the destination; empty when there is none."""
        pictures = records.find_pictures(leaf)
        if pictures is None:
            return "it leads to no picture"
        lost = [picture.key for picture in pictures if picture.key not in self.payments.sound]
        if keys.original(leaf.request_hash) in self.payments.differing:
            lost.append(keys.original(leaf.request_hash))
        return f"not copied, because {lost[0]} was not; run its batch there, or copy again" if lost else ""

    def _write(self, key: str, data: bytes) -> bool:
        """Write a record in the place of what is there now; return False when somebody else does at the same time."""
        try:
            version = self.destination.read(key).version
        except ObjectNotFound:
            return self.destination.create(key, data, content_type=JSON) is not None
        return self.destination.swap(key, data, version=version, content_type=JSON) is not None

    def _read(self, key: str) -> bytes | None:
        try:
            return self.destination.get(key)
        except ObjectNotFound:
            return None
