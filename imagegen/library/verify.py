"""Whether a store holds what its records say: every object is read, every name rehashed, every reference followed.

Run it while no batch is running: what a run has stored and not yet recorded looks as if nothing led to it.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from pydantic import BaseModel, ValidationError

from imagegen.errors import PassingFailure
from imagegen.results import BatchResult, LeafResult
from storage import ObjectNotFound, Store, keys
from storage.directory import DirectoryStore

T = TypeVar("T", bound=BaseModel)

AT_ONCE = 4
"""Objects read and checked at once, and so the most that are in memory: a few MB each."""

_SPACES = (keys.ORIGINALS, keys.IMAGES, keys.THUMBNAILS, keys.RESULTS, keys.CLAIMS, keys.BATCHES)

Kind = Literal["damaged", "missing", "orphaned", "unused", "unfinished"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be: what it is, the object's key (or the file's path) and plain words.

    ``damaged``, ``missing`` and ``orphaned`` are problems. ``unused`` (an original that waits for its batch to be
    run again) and ``unfinished`` (a temporary file of a killed writer) are what an interrupted run leaves behind.
    """

    kind: Kind
    key: str
    message: str

    @property
    def is_problem(self) -> bool:
        """Whether the store is not sound because of it."""
        return self.kind in ("damaged", "missing", "orphaned")


@dataclass(frozen=True, slots=True)
class Report:
    """What was looked at, as numbers of objects by the first part of their keys, and what was found."""

    location: str
    objects: Mapping[str, int]
    findings: tuple[Finding, ...]

    @property
    def problems(self) -> tuple[Finding, ...]:
        """The findings that make the store unsound."""
        return tuple(finding for finding in self.findings if finding.is_problem)


def verify(store: Store) -> Report:
    """Look at everything in a store. Raises StoreError when the store cannot be read."""
    there = {space: frozenset(listed(store, space)) for space in _SPACES}
    references = _References()
    findings = [*_records(store, there, references), *_contents(store, there, references)]
    everything = frozenset().union(*there.values())
    findings += [
        Finding("missing", key, f"{source} leads to it")
        for key, source in references.needed.items()
        if key not in everything
    ]
    findings += _leftovers(there, references)
    if isinstance(store, DirectoryStore):
        findings += [
            Finding("unfinished", str(path), "a writer was killed; nothing needs it")
            for path in store.list_unfinished()
        ]
    counts = {space.rstrip("/"): len(there[space]) for space in _SPACES}
    return Report(store.location, counts, tuple(sorted(findings, key=lambda finding: (finding.key, finding.kind))))


def listed(store: Store, prefix: str) -> Iterator[str]:
    """The keys with a prefix, page by page."""
    after: str | None = None
    while True:
        page = store.list(prefix, after=after)
        yield from (info.key for info in page.objects)
        if page.next is None:
            return
        after = page.next


def parsed(store: Store, key: str, shape: type[T]) -> T | None:
    """The record under a key; None when there is none, or when it is not one. What a store holds is untrusted."""
    try:
        return shape.model_validate_json(store.get(key))
    except (ObjectNotFound, ValidationError):
        return None


def leads_to_pictures(leaf: LeafResult) -> bool:
    """Whether a record of a success names an image and a thumbnail, each under the key of the image's content."""
    return bool(
        leaf.image
        and leaf.thumbnail
        and leaf.image.key == keys.image(leaf.image.sha256)
        and leaf.thumbnail.key == keys.thumbnail(leaf.image.sha256)
    )


@dataclass(slots=True)
class _References:
    """What the records lead to."""

    needed: dict[str, str] = field(default_factory=dict)
    """Each key that has to be there, with the first record that leads to it."""
    hashes: dict[str, set[str]] = field(default_factory=dict)
    """The SHA-256 that the records give for what is not named by its own content."""

    def follow(self, source: str, leaf: LeafResult) -> bool:
        """Note what a record's leaf leads to; whether it makes sense."""
        if not leaf.succeeded:
            return True
        if not leads_to_pictures(leaf) or leaf.image is None or leaf.thumbnail is None:
            return False
        original = keys.original(leaf.request_hash)
        for key in (leaf.image.key, leaf.thumbnail.key, original):
            self.needed.setdefault(key, source)
        self.hashes.setdefault(leaf.thumbnail.key, set()).add(leaf.thumbnail.sha256)
        if leaf.original_sha256:
            self.hashes.setdefault(original, set()).add(leaf.original_sha256)
        return True


def _records(store: Store, there: Mapping[str, frozenset[str]], references: _References) -> Iterator[Finding]:
    """Read every result and manifest, and note what they lead to."""
    for key in sorted(there[keys.RESULTS]):
        leaf = parsed(store, key, LeafResult)
        if leaf is None or key != keys.result(leaf.leaf_hash) or not references.follow(key, leaf):
            yield Finding("damaged", key, "it is not this pair's record; run its batch again, which costs nothing")
    for key in sorted(there[keys.BATCHES]):
        if not key.endswith("/batch.json"):
            continue
        manifest = parsed(store, key, BatchResult)
        if manifest is None or not _follow(key, manifest, references):
            yield Finding("damaged", key, "it is not this batch's manifest; run the batch again, which costs nothing")


def _follow(key: str, manifest: BatchResult, references: _References) -> bool:
    page = keys.gallery(manifest.batch_id)
    if key != keys.manifest(manifest.batch_id) or manifest.gallery_key != page or manifest.images is None:
        return False
    references.needed.setdefault(page, key)
    for leaf in manifest.leaves():
        if not references.follow(key, leaf):
            return False
        if leaf.succeeded:
            references.needed.setdefault(keys.result(leaf.leaf_hash), key)
    return True


def _contents(store: Store, there: Mapping[str, frozenset[str]], references: _References) -> Iterator[Finding]:
    """Read every picture and compare it with its name, or with what the records say of it."""

    def check(key: str) -> Finding | None:
        try:
            data = store.get(key)
        except ObjectNotFound:
            return Finding("missing", key, "it was deleted while the store was being verified")
        wrong = _wrong(key, data, references.hashes.get(key, set()))
        return Finding("damaged", key, wrong) if wrong else None

    pictures = (key for space in (keys.IMAGES, keys.THUMBNAILS, keys.ORIGINALS) for key in sorted(there[space]))
    with ThreadPoolExecutor(AT_ONCE, "verify") as pool:
        yield from filter(None, pool.map(check, pictures))


def _wrong(key: str, data: bytes, recorded: set[str]) -> str | None:
    """What is wrong with a picture's bytes."""
    sha256 = keys.content_hash(data)
    if key.startswith(keys.IMAGES):
        return None if key == keys.image(sha256) else f"its {len(data):,} bytes are not those that it is named after"
    if recorded:
        return None if sha256 in recorded else f"its {len(data):,} bytes are not those that were recorded"
    from imagegen.overlay import compose

    try:
        compose.decode(data)
    except PassingFailure as failure:
        return str(failure)
    return None


def _leftovers(there: Mapping[str, frozenset[str]], references: _References) -> Iterator[Finding]:
    """What is there although no record leads to it."""
    for space in (keys.IMAGES, keys.THUMBNAILS):
        for key in there[space] - references.needed.keys():
            yield Finding("orphaned", key, "no readable result or manifest leads to it")
    for key in there[keys.ORIGINALS] - references.needed.keys():
        yield Finding(
            "unused", key, "paid for and not made into a picture yet; run its batch again, which costs nothing"
        )
    for key in there[keys.BATCHES] - references.needed.keys():
        if key.endswith("/index.html"):
            yield Finding("orphaned", key, "no readable manifest leads to it")
