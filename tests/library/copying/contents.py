"""What a store holds, and random stores whose batches share originals."""

import random
from dataclasses import dataclass, field

from imagegen import cells, gallery, records
from imagegen.paying.account import Account, Entry
from imagegen.paying.claim_record import ClaimRecord, dump
from imagegen.paying.money import Ledger
from imagegen.results import BatchResult, LeafResult, StoredPicture
from storage import Store, keys
from tests.doubles.batches import batch, digest, failed, jpeg, leaf


def read_all(store: Store, *spaces: str) -> dict[str, bytes]:
    """Every object by key, of these spaces or of all but the one that is about the store itself."""
    wanted = spaces or tuple(space for space in keys.SPACES if space != keys.PROBES)
    return {key: store.get(key) for space in wanted for key in records.list_keys(store, space)}


def besides_pages(found: dict[str, bytes]) -> dict[str, bytes]:
    """All but the pages, which a private bucket has with their thumbnails inside."""
    return {key: data for key, data in found.items() if not key.endswith("/index.html")}


def put(store: Store, key: str, data: bytes) -> None:
    store.replace(key, data, content_type="application/octet-stream")


def leave_account(store: Store, request_hash: str, ledger: Ledger, *, run: str = "leaf", parent: str = "run") -> None:
    """Leave a released claim with an account."""
    account = Account((Entry(run, parent, ledger),))
    record = ClaimRecord("token", run, parent, held=False, asking=False, account=account)
    put(store, keys.claim(request_hash), dump(record))


@dataclass
class RandomStore:
    """Fills a store, by a seed, with batches that share requests. All hashes are right; pictures are no real ones."""

    store: Store
    dice: random.Random
    batches: list[BatchResult] = field(default_factory=list)

    def fill(self) -> "RandomStore":
        requests = [f"request {number}" for number in range(self.dice.randint(1, 5))]
        for name in requests:
            self._pay(name)
        for number in range(self.dice.randint(1, 3)):
            rows = [[self._pair(name)] for name in self.dice.sample(requests, self.dice.randint(1, len(requests)))]
            made = batch(rows, name=f"batch {number}", created_at=f"2026-11-2{self.dice.randint(0, 9)}T00:00:00+00:00")
            if not made.summary.succeeded:
                made = made.model_copy(update={"status": "failed"})
            if self.dice.random() < 0.5:
                made = self._redo(made, requests)
            put(self.store, made.manifest_key, made.model_dump_json().encode())
            put(self.store, made.gallery_key, gallery.render(made, link=gallery.from_page))
            self.batches.append(made)
        return self

    def _redo(self, made: BatchResult, requests: list[str]) -> BatchResult:
        """Let a cell have shown a picture of another request before, which it can show again."""
        shown, former = made.leaves()[0], self._pair(self.dice.choice(requests))
        if not (shown.succeeded and former.succeeded) or shown.leaf_hash == former.leaf_hash:
            return made
        attempts = [
            cells.Attempt(variant=variant, request_hash=one.request_hash, leaf_hash=one.leaf_hash, status="made")
            for variant, one in enumerate((former, shown))
        ]
        cell = cells.Cell(row=0, column=0, shown=1, attempts=tuple(attempts))
        cells.update(self.store, made.batch_id, lambda redone: redone.put(cell))
        former_ones = () if former in made.leaves() else (former,)
        return made.model_copy(update={"former": former_ones})

    def _pay(self, name: str) -> None:
        request_hash = digest(name)
        put(self.store, keys.original(request_hash), jpeg(request_hash, (64, 48)))
        for number in range(self.dice.randint(0, 2)):
            put(self.store, keys.rejected(request_hash, number), f"rejected {number} of {name}".encode())
        if self.dice.random() < 0.8:
            leave_account(self.store, request_hash, Ledger(attempts=1, paid_calls=self.dice.randint(0, 2)))

    def _pair(self, name: str) -> LeafResult:
        look = self.dice.choice(("bottom-bar", "left-panel"))
        own = {"request_hash": digest(name), "leaf_hash": digest(f"{name} {look}"), "template": look}
        if self.dice.random() < 0.2:
            return failed(name, **own | {"leaf_hash": digest(f"{name} failed")})
        image, thumbnail = f"image of {name} in {look}".encode(), jpeg(digest(f"{name} {look}"), (40, 21))
        content = keys.content_hash(image)
        put(self.store, keys.image(content), image)
        put(self.store, keys.thumbnail(content), thumbnail)
        done = leaf(
            name,
            **own,
            image=StoredPicture(key=keys.image(content), sha256=content, bytes=len(image), width=1200, height=630),
            thumbnail=StoredPicture(
                key=keys.thumbnail(content),
                sha256=keys.content_hash(thumbnail),
                bytes=len(thumbnail),
                width=400,
                height=210,
            ),
            original_sha256=keys.content_hash(jpeg(digest(name), (64, 48))),
        )
        put(self.store, keys.result(done.leaf_hash), done.model_dump_json().encode())
        return done
