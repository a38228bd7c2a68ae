"""Repair of what a verification found, at no cost: pictures are composed again from their stored originals.

A picture that comes out with other bytes than before, because Pillow or a font has changed since, is stored under
its own name, and the results, manifests and pages that led to the old one are corrected.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from imagegen import gallery, records
from imagegen.errors import Failure
from imagegen.library.listing import list_batch_ids
from imagegen.library.verify import Finding, Report
from imagegen.results import BatchResult, LeafResult, StoredPicture
from storage import Store, StoreError, keys
from storage.mediatypes import HTML, JPEG, JSON

if TYPE_CHECKING:
    from imagegen.overlay.compose import Composed
    from imagegen.overlay.encoding import Provenance


@dataclass(frozen=True, slots=True)
class Repairs:
    """The findings that were repaired, and those that were left, with the reason in their messages."""

    mended: tuple[Finding, ...]
    left: tuple[Finding, ...]


class _Beyond(Exception):
    """The reason for which something cannot be repaired."""


def repair(store: Store, report: Report) -> Repairs:
    """Repair what can be made again from what is stored; nothing that was paid for is ever deleted.

    Run it while no batch is running. Raises StoreError when the store as a whole does not answer.
    """
    repaired, left = [], []
    repairer = _Repairer(store, report)
    for finding in report.findings:
        try:
            repairer.repair(finding)
        except _Beyond as reason:
            left.append(_add_reason(finding, str(reason)))
        except StoreError as error:
            store.list(keys.RESULTS, limit=1)
            left.append(_add_reason(finding, str(error)))
        except OSError as error:
            left.append(_add_reason(finding, f"it cannot be removed: {error.strerror}"))
        else:
            repaired.append(finding)
    return Repairs(tuple(repaired), tuple(left))


def _add_reason(finding: Finding, reason: str) -> Finding:
    if not reason or reason in finding.message:
        return finding
    return replace(finding, message=f"{finding.message}; {reason}")


class _Repairer:
    def __init__(self, store: Store, report: Report) -> None:
        self._store = store
        self._broken = {f.key for f in report.findings if f.kind in ("damaged", "missing", "unreadable")}
        self._remade: set[str] = set()
        """The content hashes whose picture and thumbnail are in order again."""

    def repair(self, finding: Finding) -> None:
        """Repair one finding. Raises _Beyond when that cannot be done."""
        if finding.kind == "unfinished":
            Path(finding.key).unlink(missing_ok=True)
        elif finding.kind in ("unused", "orphaned"):
            raise _Beyond
        elif finding.key.startswith((keys.IMAGES, keys.THUMBNAILS)):
            self._remake(Path(finding.key).stem)
        elif finding.key.startswith(keys.RESULTS):
            self._copy_result(finding.key)
        elif finding.key.endswith("/index.html"):
            self._render(finding.key)
        else:
            raise _Beyond(_explain_no_remedy(finding.key))

    def _remake(self, content: str) -> None:
        """Compose a picture and its thumbnail again."""
        if content in self._remade:
            return
        leaf = self._recipes.get(content)
        if leaf is None:
            raise _Beyond("no readable result or manifest says how it was made")
        changes = self._store_pictures(leaf, self._make(leaf, content))
        if changes["image"] != leaf.image or changes["thumbnail"] != leaf.thumbnail:
            self._correct(content, changes)
        self._remade.add(content)

    def _make(self, leaf: LeafResult, content: str) -> "Composed":
        """Make the picture as it was, when it comes out so today; a sound picture is kept in any case."""
        sound = keys.image(content) not in self._broken
        try:
            made = self._compose(leaf)
        except _Beyond:
            if not sound:
                raise
        else:
            if not sound or keys.content_hash(made.image) == content:
                return made
        return self._add_thumbnail(self._store.get(keys.image(content)), leaf)

    def _compose(self, leaf: LeafResult) -> "Composed":
        from imagegen.overlay import compose

        original = keys.original(leaf.request_hash)
        if original in self._broken:
            raise _Beyond("its original is missing or damaged")
        try:
            return compose.compose(
                compose.decode(self._store.get(original)),
                title=leaf.title,
                template=leaf.template,
                font=leaf.font,
                focus=leaf.focus,
                provenance=_read_provenance(leaf),
            )
        except (Failure, KeyError) as error:
            raise _Beyond(f"it cannot be composed again ({error})") from error

    def _add_thumbnail(self, image: bytes, leaf: LeafResult) -> "Composed":
        from imagegen.overlay import compose, encoding

        return compose.Composed(image, encoding.encode_thumbnail(compose.decode(image).image, _read_provenance(leaf)))

    def _store_pictures(self, leaf: LeafResult, made: "Composed") -> dict[str, StoredPicture]:
        """Put a picture and its thumbnail in their places."""
        from imagegen.overlay import compose

        content = keys.content_hash(made.image)
        image = _describe(keys.image(content), made.image, (compose.WIDTH, compose.HEIGHT))
        thumbnail = _describe(keys.thumbnail(content), made.thumbnail, compose.THUMBNAIL)
        metadata = {"prompt": leaf.prompt, "model": leaf.served_by, "provider": leaf.provider}
        for picture, data in ((image, made.image), (thumbnail, made.thumbnail)):
            if picture.key in self._broken:
                self._store.delete(picture.key)
            self._store.create(picture.key, data, content_type=JPEG, metadata=metadata)
        return {"image": image, "thumbnail": thumbnail}

    def _correct(self, content: str, changes: dict[str, StoredPicture]) -> None:
        """Let every record that led to ``content`` lead to what was made instead."""

        def corrected(leaf: LeafResult) -> LeafResult:
            return leaf.model_copy(update=changes) if leaf.image and leaf.image.sha256 == content else leaf

        for result in self._read_results():
            if (new := corrected(result)) != result:
                self._store.replace(keys.result(new.leaf_hash), new.model_dump_json().encode(), content_type=JSON)
        for manifest in self._read_manifests():
            rows = tuple(tuple(corrected(leaf) for leaf in row) for row in manifest.images or ())
            if rows != manifest.images:
                self._rewrite(manifest.model_copy(update={"images": rows}))
        if changes["image"].sha256 != content:
            self._store.delete(keys.image(content))
            self._store.delete(keys.thumbnail(content))

    def _rewrite(self, manifest: BatchResult) -> None:
        key = keys.manifest(manifest.batch_id)
        self._store.replace(key, manifest.model_dump_json().encode(), content_type=JSON)
        self._render(keys.gallery(manifest.batch_id))

    def _render(self, key: str) -> None:
        manifest = next((m for m in self._read_manifests() if keys.gallery(m.batch_id) == key), None)
        if manifest is None or manifest.images is None:
            raise _Beyond("its manifest cannot be read; run its batch file again, which costs nothing")
        self._store.replace(key, gallery.render(manifest, link=gallery.from_page), content_type=HTML)

    def _copy_result(self, key: str) -> None:
        """Write a result anew from the copy that a manifest holds."""
        copies = (leaf for m in self._read_manifests() for leaf in m.leaves() if keys.result(leaf.leaf_hash) == key)
        leaf = next(filter(records.find_pictures, copies), None)
        if leaf is None:
            raise _Beyond("no manifest has a copy of it")
        self._store.replace(key, leaf.model_dump_json().encode(), content_type=JSON)

    @cached_property
    def _recipes(self) -> dict[str, LeafResult]:
        """For the content hash of each broken picture, a record of how it was made."""
        wanted = {Path(key).stem for key in self._broken if key.startswith((keys.IMAGES, keys.THUMBNAILS))}
        leaves = chain((leaf for m in self._read_manifests() for leaf in m.leaves()), self._read_results())
        return {
            leaf.image.sha256: leaf
            for leaf in leaves
            if records.find_pictures(leaf) and leaf.image and leaf.image.sha256 in wanted
        }

    def _read_results(self) -> Iterator[LeafResult]:
        for key in records.list_keys(self._store, keys.RESULTS):
            leaf_hash = key.removeprefix(keys.RESULTS).removesuffix(".json")
            if leaf := records.find_result(self._store, leaf_hash):
                yield leaf

    def _read_manifests(self) -> Iterator[BatchResult]:
        for batch_id in list_batch_ids(self._store):
            if manifest := records.find_manifest(self._store, batch_id):
                yield manifest


def _read_provenance(leaf: LeafResult) -> "Provenance":
    from imagegen.overlay.encoding import Provenance

    return Provenance(leaf.provider, leaf.served_by, leaf.offline)


def _describe(key: str, data: bytes, size: tuple[int, int]) -> StoredPicture:
    return StoredPicture(key=key, sha256=keys.content_hash(data), bytes=len(data), width=size[0], height=size[1])


def _explain_no_remedy(key: str) -> str:
    if key.startswith(keys.ORIGINALS):
        return "nothing else holds what was paid for: delete it to have it made, and paid for, again"
    if key.startswith((keys.REJECTED, keys.CLAIMS, keys.REPORTS)):
        return "nothing else holds it, and no picture needs it"
    return records.REMEDY
