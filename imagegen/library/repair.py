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

from imagegen import records
from imagegen.errors import Failure, RequestError
from imagegen.library.listing import list_batch_ids
from imagegen.library.permissions import require_writing
from imagegen.library.verify import Finding, Report
from imagegen.making.changes.stored_page import write_page
from imagegen.pictures import Described, build_design, build_output, describe, find_least_side, load_brand
from imagegen.results import BatchResult, LeafResult, StoredPicture
from storage import Store, StoreError, keys
from storage.mediatypes import BYTES, JSON, guess_by_ending

if TYPE_CHECKING:
    from imagegen.overlay.compose import Composed
    from imagegen.overlay.design import Output
    from imagegen.overlay.encoding import Provenance


@dataclass(frozen=True, slots=True)
class Repairs:
    """The findings that were repaired, and those that were left, with the reason in their messages."""

    mended: tuple[Finding, ...]
    left: tuple[Finding, ...]


class _Beyond(Exception):
    """The reason for which something cannot be repaired."""


def repair(store: Store, report: Report, *, brands: Path = Path("brands")) -> Repairs:
    """Repair what can be made again from what is stored; nothing that was paid for is ever deleted.

    ``brands`` is the folder of the brands. A picture whose brand has changed since is left to its batch's next run.
    Run it while no batch is running. Raises StoreError when the store as a whole does not answer, or takes no picture.
    """
    if any(finding.kind in ("damaged", "missing") for finding in report.findings):
        require_writing(store)
    repaired, left = [], []
    repairer = _Repairer(store, report, brands)
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


@dataclass(frozen=True, slots=True)
class _Recipe:
    """A picture, by its name in the record that says how it was made."""

    leaf: LeafResult
    name: str
    picture: StoredPicture
    batch_id: str = ""
    """The batch whose manifest holds the record; empty for a record that only a result holds."""

    @property
    def is_first(self) -> bool:
        """The record's thumbnail is this picture's."""
        return self.leaf.image is not None and self.leaf.image.key == self.picture.key

    def select_output(self) -> "Output":
        """Return the part of the record's output that makes this picture alone. Raises KeyError."""
        whole = build_output(self.leaf)
        for picture_format in whole.formats:
            for size in whole.sizes:
                if self.name in ("", whole.name_picture(size, picture_format)):
                    return replace(whole, sizes=(size,), formats=(picture_format,))
        raise KeyError(self.name)


class _Repairer:
    def __init__(self, store: Store, report: Report, brands: Path) -> None:
        self._store = store
        self._brands = brands
        self._broken = {f.key for f in report.findings if f.kind in ("damaged", "missing", "unreadable")}
        self._expired = {f.key for f in report.findings if f.kind == "expired"}
        self._remade: set[str] = set()
        """The content hashes whose picture and thumbnail are in order again."""

    def repair(self, finding: Finding) -> None:
        """Repair one finding. Raises _Beyond when that cannot be done."""
        if finding.kind == "unfinished":
            Path(finding.key).unlink(missing_ok=True)
        elif finding.kind in ("unused", "orphaned", "expired"):
            raise _Beyond
        elif finding.key.startswith((keys.IMAGES, keys.THUMBNAILS)):
            self._remake(Path(finding.key).stem)
        elif finding.key.startswith(keys.RESULTS):
            self._copy_result(finding.key)
        elif finding.key.endswith("/index.html"):
            self._render(finding.key)
        else:
            raise _Beyond(_explain_no_remedy(finding))

    def _remake(self, content: str) -> None:
        """Compose a picture again, and its thumbnail when it is the first of its pair."""
        if content in self._remade:
            return
        recipe = self._recipes.get(content)
        if recipe is None:
            raise _Beyond("no readable result or manifest says how it was made")
        made = self._make(recipe)
        self._correct(recipe, self._store_made(recipe, made))
        self._remade.add(content)

    def _make(self, recipe: "_Recipe") -> "Composed":
        """Make the picture as it was, when it comes out so today; a sound picture is kept in any case."""
        sound = recipe.picture.key not in self._broken
        try:
            made = self._compose(recipe)
        except _Beyond:
            if not sound:
                raise
        else:
            if not sound or describe(made).image.sha256 == recipe.picture.sha256:
                return made
        return self._add_thumbnail(recipe)

    def _compose(self, recipe: "_Recipe") -> "Composed":
        from imagegen.overlay import compose

        leaf = recipe.leaf
        original = keys.original(leaf.request_hash)
        if original in self._broken:
            raise _Beyond("its original is missing or damaged")
        if original in self._expired:
            raise _Beyond(
                "its original has expired (ORIGINALS_EXPIRE_DAYS): another run of its batch pays for it again"
            )
        try:
            brand = load_brand(leaf.brand, self._brands)
            if brand and brand.digest != leaf.brand_digest:
                former = f" (imagegen delete {recipe.batch_id[:12]})" if recipe.batch_id else ""
                raise _Beyond(
                    f"its brand, {brand.name}, has changed since: run its batch again, which costs nothing, and delete "
                    f"the batch as it was{former}"
                )
            return compose.compose(
                compose.decode(self._store.get(original), least=find_least_side(build_output(leaf))),
                build_design(leaf, brand),
                provenance=_read_provenance(leaf),
                output=recipe.select_output(),
            )
        except RequestError as error:
            raise _Beyond(f"it cannot be composed again ({'; '.join(map(str, error.problems))})") from error
        except (Failure, KeyError) as error:
            raise _Beyond(f"it cannot be composed again ({error})") from error

    def _add_thumbnail(self, recipe: "_Recipe") -> "Composed":
        from imagegen.overlay import compose, encoding

        picture = recipe.picture
        image = self._store.get(picture.key)
        decoded = compose.decode(image, least=max(picture.width, picture.height)).image
        small = encoding.encode_thumbnail(decoded, _read_provenance(recipe.leaf))
        return compose.Composed(
            {recipe.name: compose.Encoded(image, picture.width, picture.height, keys.find_format(picture.key))},
            small,
        )

    def _store_made(self, recipe: "_Recipe", made: "Composed") -> Described:
        """Put a picture in its place, and its thumbnail when it is the first of its pair."""
        leaf, described = recipe.leaf, describe(made)
        metadata = {"prompt": leaf.prompt, "model": leaf.served_by, "provider": leaf.provider}
        placed = [(described.image.key, next(iter(made.pictures.values())).data)]
        if recipe.is_first:
            placed.append((described.thumbnail.key, made.thumbnail.data))
        for key, data in placed:
            if key in self._broken:
                self._store.delete(key)
            self._store.create(key, data, content_type=guess_by_ending(key) or BYTES, metadata=metadata)
        return described

    def _correct(self, recipe: "_Recipe", made: Described) -> None:
        """Let every record that led to a picture lead to what was made instead."""
        old, new = recipe.picture, made.image
        if new == old and not (recipe.is_first and made.thumbnail != recipe.leaf.thumbnail):
            return

        def corrected(leaf: LeafResult) -> LeafResult:
            changes: dict[str, object] = {
                "pictures": {name: new if one.key == old.key else one for name, one in leaf.pictures.items()}
            }
            if leaf.image and leaf.image.key == old.key:
                changes |= {"image": new, "thumbnail": made.thumbnail}
            return leaf.model_copy(update=changes)

        for result in self._read_results():
            if (mended := corrected(result)) != result:
                self._store.replace(keys.result(mended.leaf_hash), mended.model_dump_json().encode(), content_type=JSON)
        for manifest in self._read_manifests():
            rows = tuple(tuple(corrected(leaf) for leaf in row) for row in manifest.images or ())
            former = tuple(corrected(leaf) for leaf in manifest.former)
            if (rows, former) != (manifest.images, manifest.former):
                self._rewrite(manifest.model_copy(update={"images": rows, "former": former}))
        if new.key != old.key:
            self._store.delete(old.key)
            self._store.delete(keys.thumbnail(old.sha256))

    def _rewrite(self, manifest: BatchResult) -> None:
        key = keys.manifest(manifest.batch_id)
        self._store.replace(key, manifest.model_dump_json().encode(), content_type=JSON)
        self._render(keys.gallery(manifest.batch_id))

    def _render(self, key: str) -> None:
        manifest = next((m for m in self._read_manifests() if keys.gallery(m.batch_id) == key), None)
        if manifest is None or manifest.images is None:
            raise _Beyond("its manifest cannot be read; run its batch file again, which costs nothing")
        write_page(self._store, manifest)

    def _copy_result(self, key: str) -> None:
        """Write a result anew from the copy that a manifest holds."""
        copies = (leaf for m in self._read_manifests() for leaf in m.holdings() if keys.result(leaf.leaf_hash) == key)
        leaf = next(filter(records.find_pictures, copies), None)
        if leaf is None:
            raise _Beyond("no manifest has a copy of it")
        self._store.replace(key, leaf.model_dump_json().encode(), content_type=JSON)

    @cached_property
    def _recipes(self) -> dict[str, "_Recipe"]:
        """For the content hash of each broken picture, a record of how it was made.

        A record in which it is the first picture comes before others, because that one has its thumbnail, too.
        """
        wanted = {Path(key).stem for key in self._broken if key.startswith((keys.IMAGES, keys.THUMBNAILS))}
        found: dict[str, _Recipe] = {}
        of_batches = ((leaf, m.batch_id) for m in self._read_manifests() for leaf in m.holdings())
        for leaf, batch_id in chain(of_batches, ((leaf, "") for leaf in self._read_results())):
            if not records.find_pictures(leaf):
                continue
            for name, picture in zip(leaf.pictures or ("",), records.list_images(leaf), strict=True):
                recipe = _Recipe(leaf, name, picture, batch_id)
                known = found.get(picture.sha256)
                if picture.sha256 in wanted and (known is None or (recipe.is_first and not known.is_first)):
                    found[picture.sha256] = recipe
        return found

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


def _explain_no_remedy(finding: Finding) -> str:
    key = finding.key
    if key.startswith(keys.ORIGINALS):
        again = "run its batch" if finding.kind == "missing" else "delete it"
        return f"nothing else holds what was paid for: {again} to have it made, and paid for, again"
    if key.startswith((keys.REJECTED, keys.CLAIMS, keys.REPORTS, keys.SPENDING)):
        return "nothing else holds it, and no picture needs it"
    if key.endswith("/cells.json"):
        return "nothing else holds it"
    return records.REMEDY
