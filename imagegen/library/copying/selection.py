"""The part of a store that goes along with some batches, or all of it: every object that a copy has to carry."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from imagegen import cells, records
from imagegen.library.listing import list_batch_ids, load_batch
from imagegen.records import RecordError
from imagegen.results import BatchResult, LeafResult
from storage import ObjectNotFound, Store, keys

_HASH = 64
"""Digits of a request's hash, which follow the first part of the keys of all that belongs to it."""


@dataclass(slots=True)
class Selection:
    """The choice of what is copied: manifests, redone cells by batch, results by leaf hash, requests by hash.

    ``unusable`` are the keys of records that cannot be used, with the reason.
    ``hashes`` are the SHA-256 that the records give for objects, ``metadata`` what is told of them in a bucket.
    ``everything`` says that no batch was named.
    """

    everything: bool
    manifests: list[BatchResult] = field(default_factory=list)
    redone: dict[str, cells.Redone] = field(default_factory=dict)
    results: dict[str, LeafResult] = field(default_factory=dict)
    requests: set[str] = field(default_factory=set)
    unusable: dict[str, str] = field(default_factory=dict)
    hashes: dict[str, set[str]] = field(default_factory=dict)
    metadata: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def list_originals(self, store: Store) -> list[str]:
        """List the originals of the requests that are there, and those that a record leads to."""
        led_to = {keys.original(leaf.request_hash) for leaf in self.results.values()}
        there = self._list(store, keys.ORIGINALS, self.requests - {_read_hash(key) for key in led_to})
        return sorted(led_to.union(there))

    def list_rejected(self, store: Store) -> list[str]:
        """List the answers of the requests that were no usable pictures."""
        return [key for key in self._list(store, keys.REJECTED, self.requests) if _read_hash(key) in self.requests]

    def list_spending(self, store: Store) -> list[str]:
        """List the accounts of what was deleted, which belong to no batch; none when batches were named."""
        found = records.list_keys(store, keys.SPENDING) if self.everything else ()
        return [key for key in found if key != keys.RESERVATIONS]

    @property
    def is_empty(self) -> bool:
        """There is nothing to copy, not even a record that cannot be used."""
        return not (self.manifests or self.results or self.requests or self.unusable)

    def list_pictures(self, *, without: Container[str]) -> list[str]:
        """List the pictures and thumbnails that records lead to, but those ``without`` originals (keys) of theirs."""
        leaves = (*self.results.values(), *(leaf for batch in self.manifests for leaf in batch.holdings()))
        wanted = (leaf for leaf in leaves if keys.original(leaf.request_hash) not in without)
        found = {picture.key for leaf in wanted for picture in records.find_pictures(leaf) or ()}
        return sorted(found)

    def list_reports(self, store: Store) -> list[str]:
        """List the reports of the batches' runs; with everything, also of batches that have no manifest yet."""
        named = {f"{batch.batch_id}." for batch in self.manifests}
        return list(self._list(store, keys.REPORTS, named))

    def _list(self, store: Store, space: str, starts: Iterable[str]) -> Iterator[str]:
        prefixes = [space] if self.everything else [f"{space}{start}" for start in sorted(starts)]
        with ThreadPoolExecutor(records.AT_ONCE, "selection") as pool:
            for found in pool.map(lambda prefix: list(records.list_keys(store, prefix)), prefixes):
                yield from found


def select(store: Store, batch_ids: Sequence[str] | None) -> Selection:
    """Select what belongs to these batches, or everything (None).

    Raises StoreError, and BatchNotFound and ManifestDamaged for a batch that was named.
    """
    selected = Selection(everything=batch_ids is None)
    if batch_ids is None:
        _select_everything(store, selected)
    else:
        selected.manifests = [load_batch(store, name) for name in dict.fromkeys(batch_ids)]
    _add_redone(store, selected)
    asked = [one for redone in selected.redone.values() for one in redone.list_attempts()]
    selected.requests.update(one.request_hash for one in asked)
    leaves = [leaf for batch in selected.manifests for leaf in batch.holdings()]
    named = {leaf.leaf_hash for leaf in leaves} | {one.leaf_hash for one in asked}
    _add_results(store, selected, sorted(named - selected.results.keys()))
    for leaf in leaves:
        selected.requests.add(leaf.request_hash)
        if leaf.succeeded:
            selected.results.setdefault(leaf.leaf_hash, leaf)  # a record that is lost, in the manifest's copy
        _note(selected, leaf)
    for leaf in selected.results.values():
        selected.requests.add(leaf.request_hash)
        _note(selected, leaf)
    return selected


def _select_everything(store: Store, selected: Selection) -> None:
    for batch_id in list_batch_ids(store):
        try:
            selected.manifests.append(records.load_manifest(store, batch_id))
        except RecordError as error:
            selected.unusable[keys.manifest(batch_id)] = f"not copied: {error}"
        except ObjectNotFound:
            continue  # deleted since it was listed
    hashes = [_read_hash(key) for key in records.list_keys(store, keys.RESULTS)]
    _add_results(store, selected, hashes)
    for space in (keys.ORIGINALS, keys.REJECTED, keys.CLAIMS):
        selected.requests.update(_read_hash(key) for key in records.list_keys(store, space))


def _add_redone(store: Store, selected: Selection) -> None:
    def read(batch_id: str) -> cells.Redone | RecordError:
        try:
            return cells.read(store, batch_id)
        except RecordError as error:
            return error

    names = [batch.batch_id for batch in selected.manifests]
    with ThreadPoolExecutor(records.AT_ONCE, "selection") as pool:
        for name, found in zip(names, pool.map(read, names), strict=True):
            if isinstance(found, RecordError):
                selected.unusable[keys.cells(name)] = f"not copied: {found}"
            elif found.cells:
                selected.redone[name] = found


def _add_results(store: Store, selected: Selection, leaf_hashes: Sequence[str]) -> None:
    def read(leaf_hash: str) -> LeafResult | RecordError | None:
        try:
            return records.load_result(store, leaf_hash)
        except RecordError as error:
            return error
        except ObjectNotFound:
            return None  # the pair failed, or its record was deleted

    with ThreadPoolExecutor(records.AT_ONCE, "selection") as pool:
        for leaf_hash, found in zip(leaf_hashes, pool.map(read, leaf_hashes), strict=True):
            if isinstance(found, LeafResult):
                selected.results[leaf_hash] = found
            elif found:
                selected.unusable[keys.result(leaf_hash)] = f"not copied: {found}"


def _note(selected: Selection, leaf: LeafResult) -> None:
    """Note what a record says of the objects that it leads to."""
    original = keys.original(leaf.request_hash)
    told = {"prompt": leaf.prompt, "model": leaf.served_by, "provider": leaf.provider}
    selected.metadata.setdefault(original, told)
    if leaf.original_sha256:
        selected.hashes.setdefault(original, set()).add(leaf.original_sha256)
    for picture in records.find_pictures(leaf) or ():
        selected.metadata.setdefault(picture.key, told)
        selected.hashes.setdefault(picture.key, set()).add(picture.sha256)


def _read_hash(key: str) -> str:
    return key.partition("/")[2][:_HASH]
