"""A check of a whole store: every object is read, every hash compared, every reference followed.

Run it while no batch is running: what a run has stored and not yet recorded looks as if nothing led to it.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Literal

from imagegen import cells, records
from imagegen.errors import PassingFailure
from imagegen.paying import claim_record, month, run_report, spending
from imagegen.records import Damaged, Unreadable
from imagegen.results import BatchResult, LeafResult
from storage import ObjectNotFound, Store, keys
from storage.directory import DirectoryStore

AT_ONCE = 4
"""Objects read and checked at once, and so the most that are in memory: a few MB each."""

_COUNTED = (
    keys.ORIGINALS,
    keys.REJECTED,
    keys.IMAGES,
    keys.THUMBNAILS,
    keys.RESULTS,
    keys.CLAIMS,
    keys.REPORTS,
    keys.BATCHES,
    keys.SPENDING,
)
"""All spaces but the one that holds what is known of the store itself."""
_ACCOUNTS = (keys.CLAIMS, keys.REPORTS, keys.SPENDING)
_READ = (keys.IMAGES, keys.THUMBNAILS, keys.ORIGINALS, keys.REJECTED, *_ACCOUNTS, keys.BATCHES)
"""Spaces whose objects are checked by their bytes alone; of batches, the pages."""

_HASH = 64
"""Digits of a request's hash."""

Kind = Literal["damaged", "missing", "unreadable", "orphaned", "unused", "unfinished"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be: its kind, the object's key (or the file's path) and plain words.

    ``damaged``, ``missing``, ``unreadable`` (the store gives no bytes of it) and ``orphaned`` are problems.
    ``unused`` (what waits for its batch to be run again) and ``unfinished`` (a temporary file of a killed writer) are
    what an interrupted run leaves behind.
    """

    kind: Kind
    key: str
    message: str

    @property
    def is_problem(self) -> bool:
        """The store is not sound because of it."""
        return self.kind not in ("unused", "unfinished")


@dataclass(frozen=True, slots=True)
class Report:
    """The objects that were looked at, and the findings.

    ``objects`` counts them by the first part of their keys; of batches it counts the batches.
    """

    location: str
    objects: Mapping[str, int]
    findings: tuple[Finding, ...]

    @property
    def problems(self) -> tuple[Finding, ...]:
        """The findings that make the store unsound."""
        return tuple(finding for finding in self.findings if finding.is_problem)

    def explain(self, left: Iterable[Finding]) -> "Report":
        """Return the report with the messages of what a repair left, which say why it was left."""
        messages = {(finding.kind, finding.key): finding.message for finding in left}
        findings = (replace(f, message=messages.get((f.kind, f.key), f.message)) for f in self.findings)
        return replace(self, findings=tuple(findings))


def verify(store: Store) -> Report:
    """Look at everything in a store. Raises StoreError when the store as a whole cannot be read."""
    there = {space: frozenset(records.list_keys(store, space)) for space in _COUNTED}
    references = _References()
    findings = [*_check_records(store, there, references), *_check_contents(store, there, references)]
    everything = frozenset().union(*there.values())
    findings += [
        Finding("missing", key, f"{source} leads to it")
        for key, source in references.needed.items()
        if key not in everything
    ]
    findings += _find_leftovers(there, references)
    if isinstance(store, DirectoryStore):
        findings += [
            Finding("unreadable", key, "what lies in its place is no file: a directory, a pipe or a link to nowhere")
            for key in store.list_blocked()
            if key not in references.needed
        ]
        unfinished = store.list_unfinished()
        findings += [Finding("unfinished", str(path), "a writer was killed; nothing needs it") for path in unfinished]
    counts = {space.rstrip("/"): len(there[space]) for space in _COUNTED}
    counts["batches"] = len({key.rpartition("/")[0] for key in there[keys.BATCHES]})
    return Report(store.location, counts, tuple(sorted(findings, key=lambda finding: (finding.key, finding.kind))))


@dataclass(slots=True)
class _References:
    """The objects that the records lead to."""

    needed: dict[str, str] = field(default_factory=dict)
    """Each key that has to be there, with the first record that leads to it."""
    hashes: dict[str, set[str]] = field(default_factory=dict)
    """The SHA-256 that the records give for what is not named by its own content."""

    def follow(self, source: str, leaf: LeafResult) -> None:
        """Note what a record's leaf leads to. Raises Damaged when that makes no sense."""
        if not leaf.succeeded:
            return
        pictures = records.find_pictures(leaf)
        if pictures is None:
            raise Damaged(f"{source} leads to no picture")
        thumbnail = pictures[1]
        original = keys.original(leaf.request_hash)
        for key in (*(picture.key for picture in pictures), original):
            self.needed.setdefault(key, source)
        self.hashes.setdefault(thumbnail.key, set()).add(thumbnail.sha256)
        if leaf.original_sha256:
            self.hashes.setdefault(original, set()).add(leaf.original_sha256)

    def follow_manifest(self, key: str, manifest: BatchResult) -> None:
        """Note what a manifest leads to. Raises Damaged when that makes no sense."""
        page = keys.gallery(manifest.batch_id)
        if manifest.gallery_key != page:
            raise Damaged(f"{key} leads to another batch's page")
        self.needed.setdefault(page, key)
        for leaf in manifest.holdings():
            self.follow(key, leaf)
            if leaf.succeeded:
                self.needed.setdefault(keys.result(leaf.leaf_hash), key)


def _check_records(store: Store, there: Mapping[str, frozenset[str]], references: _References) -> Iterator[Finding]:
    """Read every result, manifest and note of redone cells, and note what they lead to."""

    def follow_result(key: str) -> None:
        leaf_hash = key.removeprefix(keys.RESULTS).removesuffix(".json")
        references.follow(key, records.load_result(store, leaf_hash))

    def follow_manifest(key: str) -> None:
        batch_id = key.removeprefix(keys.BATCHES).partition("/")[0]
        references.follow_manifest(key, records.load_manifest(store, batch_id))

    def follow_cells(key: str) -> None:
        batch_id = key.removeprefix(keys.BATCHES).partition("/")[0]
        redone = cells.load(records.read_bytes(store, key), store, batch_id)
        for one in redone.list_attempts():
            if one.status == "made":
                references.needed.setdefault(keys.original(one.request_hash), key)

    for key in sorted(there[keys.RESULTS]):
        yield from _check(key, follow_result, "it is not this pair's record; run its batch again, which costs nothing")
    for key in sorted(there[keys.BATCHES]):
        if key.endswith("/batch.json"):
            yield from _check(key, follow_manifest, f"it is not this batch's manifest; {records.REMEDY}")
        elif key.endswith("/cells.json"):
            yield from _check(key, follow_cells, f"it does not say which cells were redone; {cells.REMEDY}")


def _check(key: str, use: Callable[[str], None], damaged: str) -> Iterator[Finding]:
    """Use one object, and find what keeps it from being used."""
    try:
        use(key)
    except Damaged:
        yield Finding("damaged", key, damaged)
    except Unreadable as error:
        yield Finding("unreadable", key, str(error))
    except ObjectNotFound:
        yield Finding("missing", key, "it was deleted while the store was being verified")


def _check_contents(store: Store, there: Mapping[str, frozenset[str]], references: _References) -> Iterator[Finding]:
    """Read every picture and compare it with its name, or with what the records say of it."""

    def check(key: str) -> list[Finding]:
        wrong: list[str] = []

        def use(key: str) -> None:
            wrong.extend(find_damage(key, records.read_bytes(store, key), references.hashes.get(key, set())))

        found = list(_check(key, use, ""))
        return found + [Finding("damaged", key, message) for message in wrong]

    records_of_batches = ("/batch.json", "/cells.json")
    contents = (key for space in _READ for key in sorted(there[space]) if not key.endswith(records_of_batches))
    with ThreadPoolExecutor(AT_ONCE, "verify") as pool:
        for findings in pool.map(check, contents):
            yield from findings


def find_damage(key: str, data: bytes, recorded: set[str]) -> Iterator[str]:
    """Say what is wrong with an object's bytes; ``recorded`` are the SHA-256 that the records give for them."""
    sha256 = keys.content_hash(data)
    if key.startswith(keys.IMAGES):
        if not keys.is_image_of(key, sha256):
            yield f"its {len(data):,} bytes are not those that it is named after"
    elif key.startswith(_ACCOUNTS):
        if not _is_account(key, data):
            yield "it cannot be read, so what it accounted for is lost; no picture needs it: remove the object"
    elif key.startswith(keys.BATCHES):
        if not data.rstrip().endswith(b"</html>"):
            yield "the page is truncated, or is not HTML"
    elif recorded:
        if sha256 not in recorded:
            yield f"its {len(data):,} bytes are not those that were recorded"
    elif not key.startswith(keys.REJECTED):
        yield from _find_why_unusable(data)


def _find_why_unusable(data: bytes) -> Iterator[str]:
    from imagegen.overlay import compose

    try:
        compose.decode(data)
    except PassingFailure as failure:
        yield str(failure)


def _is_account(key: str, data: bytes) -> bool:
    if key.startswith(keys.REPORTS):
        return run_report.parse(data) is not None
    if key == keys.RESERVATIONS:
        return month.parse(data) is not None
    if key.startswith(keys.SPENDING):
        return key == keys.spending(keys.content_hash(data)) and spending.parse(data) is not None
    if key == keys.claim(key.removeprefix(keys.CLAIMS)[:_HASH]):
        return claim_record.load(data).is_readable
    try:  # an older version's claim, of which nothing is read
        json.loads(data)
    except ValueError:
        return False
    return True


def _find_leftovers(there: Mapping[str, frozenset[str]], references: _References) -> Iterator[Finding]:
    """Find what is there although no record leads to it."""
    for space in (keys.IMAGES, keys.THUMBNAILS):
        for key in there[space] - references.needed.keys():
            yield Finding("orphaned", key, "no readable result or manifest leads to it")
    for key in there[keys.ORIGINALS] - references.needed.keys():
        yield Finding(
            "unused", key, "paid for and not made into a picture yet; run its batch or redo again, which costs nothing"
        )
    for key in there[keys.BATCHES] - references.needed.keys():
        if key.endswith("/index.html"):
            yield Finding("orphaned", key, "no readable manifest leads to it")
        elif key.endswith("/cells.json") and keys.manifest(key.split("/")[1]) not in there[keys.BATCHES]:
            yield Finding("unused", key, "its batch was not made yet; restyle again, which costs nothing, or remove it")
