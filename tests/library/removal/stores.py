"""Random stores with everything that batches, redos, kills, and older versions leave behind."""

import os
import random
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from imagegen import cells, gallery
from imagegen.paying.account import Account, Entry
from imagegen.paying.claim_record import ClaimRecord, dump
from imagegen.paying.money import Ledger
from imagegen.paying.run_report import Report
from imagegen.results import BatchResult, LeafResult, StoredPicture, Summary
from storage import keys
from storage.directory import DirectoryStore
from tests.doubles.batches import batch, digest, failed, leaf, summary
from tests.library.copying.contents import put
from tests.making.requests import ended_life

DAY = timedelta(days=1)
NOW = datetime.now(UTC)


def age(store: DirectoryStore, key: str, how: timedelta) -> None:
    """Let an object be this old."""
    then = time.time() - how.total_seconds()
    os.utime(Path(store.location) / key, (then, then))


def claim(*, run: str = "leaf", parent: str = "run", held: bool = False, cost: float = 0.04) -> bytes:
    """A claim as a run leaves it: released, or held by a process of another machine."""
    account = Account((Entry(run, parent, Ledger(attempts=1, paid_calls=int(cost > 0), cost_usd=cost)),))
    return dump(ClaimRecord("token", run, parent, held=held, asking=held, account=account))


def report(batch_id: str, run: str, status: str, paid: Summary | None = None) -> bytes:
    """The report of a run that is over."""
    fields = {"batch_id": batch_id, "run_id": run, "started_at": time.time(), "life": ended_life(), "status": status}
    return Report.model_validate(fields | {"summary": paid}).model_dump_json().encode()


@dataclass
class Scene:
    """A random store, and the keys in it that are superfluous at the age of a day and an hour.

    Pictures are a few bytes, and everything was last written two days ago, but what is ``young``.
    """

    store: DirectoryStore
    dice: random.Random
    batches: list[BatchResult] = field(default_factory=list)
    superfluous: set[str] = field(default_factory=set)
    young: set[str] = field(default_factory=set)
    unfinished: set[str] = field(default_factory=set)
    """What a killed first run of a batch has left: its report, claims, results and pictures, and its originals."""
    alone: list[LeafResult] = field(default_factory=list)

    def fill(self) -> "Scene":
        names = [f"request {number}" for number in range(self.dice.randint(2, 6))]
        for name in names:
            self._pay(name)
        for number in range(self.dice.randint(1, 4)):
            self._add_batch(number, names)
        for name in self.dice.sample(names, self.dice.randint(0, 2)):
            self.alone.append(self._pair(name, "alone", made_alone=True))
        needed, is_young = self._list_needed(), self.dice.random() < 0.2
        for name in self.dice.sample([*names, "unknown"], self.dice.randint(0, 3)):
            self._supersede(name, needed, is_young=is_young)
        for number in range(self.dice.randint(0, 2)):
            self._kill(f"killed {number}")
        self._leave_pictures()
        self._leave_claims(names)
        self._leave_never_made()
        for found in self.store.list("").objects:
            age(self.store, found.key, 2 * DAY if found.key not in self.young else timedelta(hours=3))
        return self

    def _pay(self, name: str) -> None:
        request, kind = digest(name), self.dice.choice(("paid", "rejected", "failed"))
        if kind == "paid" or self.dice.random() < 0.7:
            put(self.store, keys.original(request), f"original of {name}".encode())
        if kind == "rejected":
            put(self.store, keys.rejected(request, 0), b"rejected")

    def _has_original(self, name: str) -> bool:
        return (Path(self.store.location) / keys.original(digest(name))).exists()

    def _pair(self, name: str, look: str, **changes: object) -> LeafResult:
        """Make a picture, recorded. In some looks requests have the same picture."""
        if not self._has_original(name):
            return failed(name, request_hash=digest(name), leaf_hash=digest(f"{name} failed"))
        content = f"{'shared' if digest(f'{name} {look}')[0] in '012' else name} in {look}".encode()
        sha, small = keys.content_hash(content), b"thumbnail"
        put(self.store, keys.image(sha), content)
        put(self.store, keys.thumbnail(sha), small)
        thumbnail = StoredPicture(
            key=keys.thumbnail(sha), sha256=keys.content_hash(small), bytes=len(small), width=400, height=210
        )
        own = {
            "request_hash": digest(name),
            "leaf_hash": digest(f"{name} {look}"),
            "image": StoredPicture(key=keys.image(sha), sha256=sha, bytes=len(content), width=1200, height=630),
            "thumbnail": thumbnail,
            "run_id": "run",
            "original_sha256": keys.content_hash(f"original of {name}".encode()),
        }
        made = leaf(name, **own | changes)
        put(self.store, keys.result(made.leaf_hash), made.model_dump_json().encode())
        return made

    def _add_batch(self, number: int, names: list[str]) -> None:
        rows = [[self._pair(name, f"look {self.dice.randint(0, 1)}")] for name in self.dice.sample(names, 2)]
        written = NOW - self.dice.choice((1, 50, 200)) * DAY
        made = batch(rows, name=f"batch {number}", created_at=written.isoformat(timespec="seconds"))
        if self.dice.random() < 0.5:
            made = self._redo(made, names)
        put(self.store, made.manifest_key, made.model_dump_json().encode())
        put(self.store, made.gallery_key, gallery.render(made, link=gallery.from_page))
        self.batches.append(made)
        for run in range(self.dice.randint(0, 3)):
            paid = summary(rows[0]) if self.dice.random() < 0.5 else None
            ended = report(made.batch_id, f"run {run}", "ended" if paid else "adopted", paid)
            key = keys.report(made.batch_id, digest(f"{made.batch_id} {run}"))
            put(self.store, key, ended)
            if paid is None or not (paid.cost_usd or paid.paid_calls):
                self.superfluous.add(key)

    def _redo(self, made: BatchResult, names: list[str]) -> BatchResult:
        """Let a cell show another picture, whose former one is in the manifest, and one that was asked for and not."""
        shown, others = made.leaves()[0], [name for name in names if self._has_original(name)]
        if not (shown.succeeded and others):
            return made
        other = self._pair(self.dice.choice(others), "redone")
        told: list[tuple[int, LeafResult, cells.Status]] = [(0, other, "made"), (1, shown, "made")]
        told += [(2, self._pair(self.dice.choice(others), "asked for"), "asked")] if self.dice.random() < 0.5 else []
        attempts = [
            cells.Attempt(variant=at, request_hash=one.request_hash, leaf_hash=one.leaf_hash, status=status)
            for at, one, status in told
        ]
        cell = cells.Cell(row=0, column=0, shown=1, attempts=tuple(attempts))
        cells.update(self.store, made.batch_id, lambda redone: redone.put(cell))
        return made.model_copy(update={"former": () if other in made.leaves() else (other,)})

    def _list_needed(self) -> set[str]:
        """All that is there by now is needed: batches, redone cells and pictures made alone lead to it."""
        return {found.key for found in self.store.list("").objects}

    def _supersede(self, name: str, needed: set[str], *, is_young: bool) -> None:
        """Leave a result that nothing leads to any more, as a renderer upgrade or a deleted manifest does."""
        if not self._has_original(name):
            return
        made = self._pair(name, f"superseded {self.dice.randint(0, 1)}")
        own = {keys.result(made.leaf_hash)}
        own |= {picture.key for picture in (made.image, made.thumbnail) if picture}
        self.superfluous |= own - needed
        self.young |= own - needed if is_young else set()

    def _kill(self, name: str) -> None:
        """Leave what the first run of a batch leaves that was killed, and never run again."""
        batch_id, run = digest(name)[:16], f"run of {name}"
        put(self.store, keys.original(digest(name)), f"original of {name}".encode())
        made = self._pair(name, "killed", run_id=run)
        put(self.store, keys.claim(digest(name)), claim(run=f"leaf of {name}", parent=run, held=True))
        put(self.store, keys.original(digest(f"{name} too")), b"paid for, and not composed")
        put(self.store, keys.claim(digest(f"{name} too")), claim(parent=run, held=True))
        put(self.store, keys.report(batch_id, "d" * 16), report(batch_id, run, "running"))
        self.unfinished |= {keys.original(digest(name)), keys.original(digest(f"{name} too"))}
        self.unfinished |= {keys.claim(digest(name)), keys.claim(digest(f"{name} too"))}
        self.unfinished |= {keys.report(batch_id, "d" * 16), keys.result(made.leaf_hash)}

    def _leave_pictures(self) -> None:
        """Leave pictures without a record, as a leaf does that dies before it writes one."""
        for number in range(self.dice.randint(0, 3)):
            own = {keys.image(digest(f"lost {number}")), keys.thumbnail(digest(f"lost {number}"))}
            for key in own:
                put(self.store, key, b"lost")
            self._note(own)

    def _leave_claims(self, names: list[str]) -> None:
        """Leave claims: with their originals stored they are done; without, they are in use as long as referred to."""
        wanted = {pair.request_hash for one in self.batches for pair in one.holdings()}
        for name in names:
            if self.dice.random() < 0.7:
                put(self.store, keys.claim(digest(name)), claim(held=self.dice.random() < 0.5))
                rejected = (Path(self.store.location) / keys.rejected(digest(name), 0)).exists()
                asked = digest(name) in wanted or rejected
                if self._has_original(name) or not asked:
                    self._note({keys.claim(digest(name))})
        for number in range(self.dice.randint(0, 2)):
            key = keys.claim(digest(f"nobody's {number}"))
            put(self.store, key, claim(held=self.dice.random() < 0.5))
            self._note({key})

    def _leave_never_made(self) -> None:
        if self.dice.random() < 0.3:
            key = keys.gallery(digest("never made")[:16])
            put(self.store, key, b"<html></html>")
            self._note({key})

    def _note(self, superfluous: set[str]) -> None:
        """Note what is superfluous, unless it is too young to tell."""
        if self.dice.random() < 0.2:
            self.young |= superfluous
        self.superfluous |= superfluous
