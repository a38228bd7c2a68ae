"""What a repair makes again at no cost, and what it says of the rest."""

import os
import time
from pathlib import Path

import pytest

from imagegen.library.repair import repair
from imagegen.library.verify import verify
from imagegen.results import BatchResult, LeafResult
from storage import keys
from storage.directory import INCOMING, DirectoryStore
from tests.doubles import s3_servers
from tests.library.test_verify import first, flip, image, original, result, thumbnail


def whole(store: DirectoryStore) -> dict[str, bytes]:
    """Every file of a store."""
    root = Path(store.location)
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_deleted_and_damaged_pictures_come_back_byte_for_byte(store: DirectoryStore, batch: BatchResult) -> None:
    before = whole(store)
    one, other = batch.leaves()
    store.delete(image(one))
    store.delete(thumbnail(other))
    flip(store, image(other))
    flip(store, thumbnail(one))
    repairs = repair(store, verify(store))
    assert len(repairs.mended) == 4
    assert repairs.left == ()
    assert whole(store) == before
    assert verify(store).findings == ()


def test_what_is_in_the_way_of_a_repair_is_named_and_the_rest_goes_on(
    store: DirectoryStore, batch: BatchResult
) -> None:
    one, other = batch.leaves()
    blocked = Path(store.location) / image(one)
    blocked.unlink()
    blocked.mkdir()
    store.delete(image(other))
    store.delete(batch.gallery_key)
    (left,) = repair(store, verify(store)).left
    assert (left.kind, left.key) == ("missing", image(one))
    assert left.message.endswith(f"{blocked} is in the way of the store {store.location}")
    assert [finding.key for finding in verify(store).findings] == [image(one)]


def test_a_temporary_file_that_cannot_be_removed_is_left(
    store: DirectoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = Path(store.location) / INCOMING / "a.part"
    part.parent.mkdir(parents=True)
    part.touch()
    os.utime(part, (0, 0))
    report = verify(store)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(part))

    monkeypatch.setattr(Path, "unlink", refuse)
    (left,) = repair(store, report).left
    assert left.message.endswith("it cannot be removed: Permission denied")


def test_a_lost_result_and_page_come_back_from_the_manifest(store: DirectoryStore, batch: BatchResult) -> None:
    before = whole(store)
    one, other = batch.leaves()
    store.delete(result(one))
    store.replace(result(other), b"{", content_type="application/json")
    store.delete(batch.gallery_key)
    repairs = repair(store, verify(store))
    assert repairs.left == ()
    assert whole(store) == before


def test_a_picture_that_comes_out_different_today_is_stored_under_its_own_name(
    store: DirectoryStore, batch: BatchResult
) -> None:
    leaf = first(batch)
    other_text = leaf.model_copy(update={"title": "As another Pillow would draw it"})
    rows = ((other_text,), *(batch.images or ())[1:])
    for key, record in (
        (result(leaf), other_text.model_dump_json()),
        (batch.manifest_key, batch.model_copy(update={"images": rows}).model_dump_json()),
    ):
        store.replace(key, record.encode(), content_type="application/json")
    store.delete(image(leaf))
    assert repair(store, verify(store)).left == ()
    assert verify(store).findings == ()
    recorded = LeafResult.model_validate_json(store.get(result(leaf)))
    manifest = BatchResult.parse(store.get(batch.manifest_key))
    assert recorded.image != leaf.image
    assert manifest.leaves()[0].image == recorded.image
    assert thumbnail(recorded).encode() in store.get(batch.gallery_key)
    assert thumbnail(leaf).encode() not in store.get(batch.gallery_key)


@pytest.mark.parametrize("damage", ["flip", "delete"])
def test_a_lost_original_is_left_and_its_picture_kept(store: DirectoryStore, batch: BatchResult, damage: str) -> None:
    key = original(first(batch))
    flip(store, key) if damage == "flip" else store.delete(key)
    before = whole(store)
    repairs = repair(store, verify(store))
    assert [finding.key for finding in repairs.left] == [key]
    assert "nothing else holds what was paid for" in repairs.left[0].message
    assert whole(store) == before


def test_a_picture_without_its_original_is_left_with_the_reason(store: DirectoryStore, batch: BatchResult) -> None:
    store.delete(image(first(batch)))
    store.delete(original(first(batch)))
    left = {finding.key: finding.message for finding in repair(store, verify(store)).left}
    assert left[image(first(batch))].endswith("its original is missing or damaged")


def test_a_picture_is_not_made_from_an_original_that_is_damaged_yet_decodes(
    store: DirectoryStore, batch: BatchResult
) -> None:
    store.delete(image(first(batch)))
    store.replace(original(first(batch)), store.get(original(batch.leaves()[1])), content_type="image/png")
    left = [finding.key for finding in repair(store, verify(store)).left]
    assert left == [image(first(batch)), original(first(batch))]


def test_a_thumbnail_comes_back_from_its_picture_when_there_is_no_other_way(
    store: DirectoryStore, batch: BatchResult
) -> None:
    leaf = first(batch)
    picture = store.get(image(leaf))
    store.delete(thumbnail(leaf))
    store.delete(original(leaf))
    assert [finding.key for finding in repair(store, verify(store)).mended] == [thumbnail(leaf)]
    assert store.get(image(leaf)) == picture
    assert [finding.key for finding in verify(store).findings] == [original(leaf)]


def test_a_picture_with_an_unreadable_original_is_left_with_the_reason(
    store: DirectoryStore, batch: BatchResult
) -> None:
    store.delete(image(first(batch)))
    store.replace(original(first(batch)), b"not a picture", content_type="image/png")
    left = {finding.key: finding.message for finding in repair(store, verify(store)).left}
    assert "its original is missing or damaged" in left[image(first(batch))]


def test_a_damaged_picture_that_no_record_describes_is_left(store: DirectoryStore) -> None:
    key = keys.image(keys.content_hash(b"right"))
    store.create(key, b"wrong", content_type="image/jpeg")
    left = repair(store, verify(store)).left
    assert {finding.kind for finding in left} == {"damaged", "orphaned"}
    assert any(finding.message.endswith("says how it was made") for finding in left)
    assert store.get(key) == b"wrong"


def test_objects_too_large_to_be_read_are_made_again_or_left_with_the_reason(
    store: DirectoryStore, batch: BatchResult
) -> None:
    before = whole(store)
    one, other = batch.leaves()
    report = keys.report(batch.batch_id, "0" * 16)
    store.create(report, b"{}", content_type="application/json")
    for key in (image(one), thumbnail(other), result(one), report):
        os.truncate(Path(store.location) / key, keys.max_bytes(key) + 1)
    repairs = repair(store, verify(store))
    assert [finding.key for finding in repairs.left] == [report]
    assert "no picture needs it" in repairs.left[0].message
    store.delete(report)
    assert whole(store) == before


def test_a_damaged_manifest_is_left_to_a_rerun(store: DirectoryStore, batch: BatchResult) -> None:
    store.replace(batch.manifest_key, b"{", content_type="application/json")
    left = {finding.key: finding.message for finding in repair(store, verify(store)).left}
    assert left[batch.manifest_key].count("run its batch file again, which costs nothing, or remove the object") == 1


def test_nothing_is_deleted_but_what_killed_writers_left(store: DirectoryStore, batch: BatchResult) -> None:
    orphan = b"nobody's picture"
    store.create(keys.image(keys.content_hash(orphan)), orphan, content_type="image/jpeg")
    store.delete(batch.manifest_key)
    before = whole(store)
    left = Path(store.location) / INCOMING / "killed.part"
    left.write_bytes(b"half a pict")
    os.utime(left, (time.time() - 7200,) * 2)
    report = verify(store)
    assert [finding.key for finding in repair(store, report).mended] == [str(left)]
    assert whole(store) == before


def test_a_picture_in_a_template_that_is_no_more_is_left_with_the_reason(
    store: DirectoryStore, batch: BatchResult
) -> None:
    leaf = first(batch)
    unknown = leaf.model_copy(update={"template": "no-such-template"})
    store.replace(result(leaf), unknown.model_dump_json().encode(), content_type="application/json")
    store.delete(batch.manifest_key)
    store.delete(image(leaf))
    left = {finding.key: finding.message for finding in repair(store, verify(store)).left}
    assert "cannot be composed again" in left[image(leaf)]


def test_a_bucket_is_verified_and_repaired_like_a_directory(store: DirectoryStore, batch: BatchResult) -> None:
    with s3_servers.moto() as server:
        bucket = server.store()
        for info in store.list("").objects:
            bucket.create(info.key, store.get(info.key), content_type=store.head(info.key).content_type)
        assert verify(bucket).findings == ()
        key = image(first(batch))
        before = bucket.get(key)
        bucket.delete(key)
        assert [(f.kind, f.key) for f in verify(bucket).findings] == [("missing", key)]
        assert repair(bucket, verify(bucket)).left == ()
        assert bucket.get(key) == before
        assert bucket.head(key).metadata["prompt"] == first(batch).prompt
        assert verify(bucket).findings == ()
