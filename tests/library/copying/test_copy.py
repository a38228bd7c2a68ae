"""A copy has everything, gets nothing wrong that was right, and is whole or not to be seen."""

from datetime import datetime
from pathlib import Path

import pytest

from imagegen.library.copy import copy
from imagegen.library.verify import verify
from imagegen.making.changes.stored_page import opens_by_itself
from imagegen.records import find_manifest, find_result
from imagegen.results import BatchResult
from storage import Store, StoreUnavailable, keys
from storage.directory import DirectoryStore
from tests.doubles.batches import failed, jpeg
from tests.doubles.s3_servers import S3Server
from tests.library.copying.contents import besides_pages, put, read_all


def touched(store: Store) -> dict[str, datetime]:
    return {key: store.head(key).modified for key in read_all(store)}


def test_a_copy_holds_the_same_bytes_verifies_and_is_not_written_again(
    store: DirectoryStore, batch: BatchResult, other: Store
) -> None:
    done = copy(store, other, [batch.batch_id])
    assert (done.left, done.there) == ({}, 0)
    assert besides_pages(read_all(other)) == besides_pages(read_all(store))
    assert (b'id="sealed"' in other.get(batch.gallery_key)) != opens_by_itself(other, batch.batch_id)
    assert verify(other).findings == ()
    before = touched(other)
    again = copy(store, other, None)
    assert (again.written, again.size, again.left) == (0, 0, {})
    assert again.there == done.written
    assert touched(other) == before


def test_there_and_back_again_are_the_same_bytes(
    store: DirectoryStore, batch: BatchResult, other: Store, second: DirectoryStore
) -> None:
    copy(store, other, None)
    copy(other, second, [batch.batch_id])
    assert read_all(second) == read_all(store)


def test_a_bucket_is_told_what_its_pictures_are(store: DirectoryStore, batch: BatchResult, moto: S3Server) -> None:
    bucket = moto.store()
    copy(store, bucket, [batch.batch_id])
    leaf = batch.leaves()[0]
    assert leaf.image is not None
    for key, kind in ((keys.original(leaf.request_hash), "image/png"), (leaf.image.key, "image/jpeg")):
        info = bucket.head(key)
        assert (info.content_type, info.metadata["prompt"]) == (kind, leaf.prompt)
    again = moto.store()
    copy(bucket, again, None)
    assert again.head(leaf.image.key).metadata == bucket.head(leaf.image.key).metadata


@pytest.mark.parametrize("space", [keys.IMAGES, keys.THUMBNAILS])
def test_a_damaged_picture_is_named_and_neither_it_nor_what_leads_to_it_is_copied(
    space: str, store: DirectoryStore, batch: BatchResult, second: DirectoryStore
) -> None:
    broken, sound = batch.leaves()
    assert broken.image is not None
    key = next(key for key in read_all(store, space) if broken.image.sha256 in key)
    put(store, key, store.get(key)[:-1] + b"x")
    left = copy(store, second, None).left
    assert left.keys() == {key, keys.result(broken.leaf_hash), batch.manifest_key}
    assert "bytes are not those" in left[key]
    assert second.get(keys.original(broken.request_hash)) == store.get(keys.original(broken.request_hash))
    assert find_result(second, sound.leaf_hash)
    assert not read_all(second, keys.BATCHES)
    assert [found.kind for found in verify(second).problems if found.kind != "orphaned"] == []


@pytest.mark.parametrize("damage", ["changed", "emptied", "gone"])
def test_a_damaged_original_is_named_and_its_picture_still_goes_along_so_that_it_is_not_paid_for_again(
    damage: str, store: DirectoryStore, batch: BatchResult, second: DirectoryStore
) -> None:
    leaf = batch.leaves()[0]
    key = keys.original(leaf.request_hash)
    if damage == "gone":
        store.delete(key)
    else:
        put(store, key, b"" if damage == "emptied" else b"something else")
    left = copy(store, second, [batch.batch_id]).left
    assert left.keys() == {key}
    assert key not in read_all(second)
    assert find_result(second, leaf.leaf_hash)
    assert find_manifest(second, batch.batch_id)


def test_a_record_that_is_lost_is_made_from_the_manifest_that_has_a_copy(
    store: DirectoryStore, batch: BatchResult, second: DirectoryStore
) -> None:
    store.delete(keys.result(batch.leaves()[0].leaf_hash))
    put(store, keys.result(batch.leaves()[1].leaf_hash), b"{")
    assert copy(store, second, None).left.keys() == {keys.result(batch.leaves()[1].leaf_hash)}
    assert verify(second).findings == ()


def test_objects_that_a_copy_by_hand_cut_off_are_made_whole(
    store: DirectoryStore, batch: BatchResult, second: DirectoryStore
) -> None:
    for key, data in read_all(store, keys.ORIGINALS, keys.IMAGES, keys.THUMBNAILS).items():
        put(second, key, data[: len(data) // 2])
    assert copy(store, second, None).left == {}
    assert read_all(second) == read_all(store)


def test_an_original_that_was_paid_for_elsewhere_stays_and_nothing_leads_to_it_wrongly(
    store: DirectoryStore, batch: BatchResult, second: DirectoryStore
) -> None:
    leaf = batch.leaves()[0]
    key = keys.original(leaf.request_hash)
    bought = jpeg("1" * 64, (64, 48))
    put(second, key, bought)
    left = copy(store, second, None).left
    assert left.keys() == {key, keys.result(leaf.leaf_hash), batch.manifest_key}
    assert second.get(key) == bought
    assert find_result(second, leaf.leaf_hash) is None
    assert [found.kind for found in verify(second).findings] == ["unused"]  # what was bought there


def test_a_sound_original_stays_where_the_source_has_more_bytes_that_no_record_tells_of(
    store: DirectoryStore, batch: BatchResult, second: DirectoryStore
) -> None:
    originals = read_all(store, keys.ORIGINALS)
    for key, data in originals.items():
        put(second, key, data + b"garbage")
    assert copy(second, store, None).left.keys() == originals.keys()
    assert read_all(store, keys.ORIGINALS) == originals


def test_a_sound_original_stays_where_the_sources_records_tell_of_more_bytes(
    store: DirectoryStore, batch: BatchResult, second: DirectoryStore
) -> None:
    copy(store, second, None)
    key = keys.original(batch.leaves()[0].request_hash)
    longer = store.get(key) + bytes(100)
    put(store, key, longer)
    rows = [[one.model_copy(update={"original_sha256": keys.content_hash(longer)})] for one in batch.leaves()[:1]]
    for (leaf,) in rows:
        put(store, keys.result(leaf.leaf_hash), leaf.model_dump_json().encode())
    sound = second.get(key)
    assert key in copy(store, second, None).left
    assert second.get(key) == sound


def test_what_blocks_the_place_of_an_original_keeps_all_that_leads_to_it_away(
    store: DirectoryStore, batch: BatchResult, second: DirectoryStore
) -> None:
    leaf = batch.leaves()[0]
    key = keys.original(leaf.request_hash)
    Path(second.location, key).mkdir(parents=True)
    left = copy(store, second, None).left
    assert left.keys() == {key, keys.result(leaf.leaf_hash), batch.manifest_key}
    assert leaf.image
    assert leaf.image.key not in read_all(second, keys.IMAGES)


def test_records_that_are_there_already_are_not_named_for_an_original_that_differs(
    store: DirectoryStore, batch: BatchResult, second: DirectoryStore
) -> None:
    copy(store, second, None)
    key = keys.original(batch.leaves()[0].request_hash)
    put(second, key, b"damaged")
    assert copy(store, second, None).left.keys() == {key}


def with_failure(batch: BatchResult, row: int, created_at: str) -> BatchResult:
    """The batch as a run left it that failed to make one pair."""
    rows = [list(cells) for cells in batch.images or ()]
    there = rows[row][0]
    rows[row][0] = failed(there.prompt, leaf_hash=there.leaf_hash, request_hash=there.request_hash)
    summary = batch.summary.model_copy(update={"succeeded": 1, "failed": 1})
    images = tuple(tuple(cells) for cells in rows)
    return batch.model_copy(
        update={"images": images, "created_at": created_at, "status": "partial", "summary": summary}
    )


@pytest.mark.parametrize("when", ["2026-11-20T00:00:00+00:00", "2026-11-28T00:00:00+00:00"], ids=["older", "newer"])
def test_a_manifest_never_gets_worse_by_a_copy(
    when: str, store: DirectoryStore, batch: BatchResult, second: DirectoryStore
) -> None:
    copy(store, second, None)
    worse = with_failure(batch, 0, when)
    put(store, batch.manifest_key, worse.model_dump_json().encode())
    copy(store, second, None)
    found = find_manifest(second, batch.batch_id)
    assert found is not None
    assert found.status == "complete"
    assert verify(second).findings == ()


def test_a_worse_manifest_gets_the_pictures_that_it_lacks(
    store: DirectoryStore, batch: BatchResult, second: DirectoryStore
) -> None:
    worse = with_failure(batch, 1, "2026-11-28T00:00:00+00:00")
    put(second, batch.manifest_key, worse.model_dump_json().encode())
    copy(store, second, None)
    found = find_manifest(second, batch.batch_id)
    assert found is not None
    assert (found.status, found.created_at) == ("complete", "2026-11-28T00:00:00+00:00")


def test_what_was_made_alone_stays_so(store: DirectoryStore, batch: BatchResult, second: DirectoryStore) -> None:
    copy(store, second, None)
    leaf = batch.leaves()[0].model_copy(update={"made_alone": True})
    put(store, keys.result(leaf.leaf_hash), leaf.model_dump_json().encode())
    copy(store, second, None)
    assert find_result(second, leaf.leaf_hash) == leaf
    copy(second, store, None)
    assert find_result(store, leaf.leaf_hash) == leaf


class Breaking(DirectoryStore):
    """A directory that takes some writes, and then no more."""

    left = 0

    def _count(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise StoreUnavailable("the disk is full")

    def create(self, *args, **named):  # type: ignore[no-untyped-def]  # noqa: ANN002, ANN003, ANN201
        self._count()
        return super().create(*args, **named)

    def swap(self, *args, **named):  # type: ignore[no-untyped-def]  # noqa: ANN002, ANN003, ANN201
        self._count()
        return super().swap(*args, **named)

    def replace(self, *args, **named):  # type: ignore[no-untyped-def]  # noqa: ANN002, ANN003, ANN201
        self._count()
        super().replace(*args, **named)


def test_wherever_a_copy_is_broken_off_nothing_leads_to_what_is_not_there_and_the_next_one_goes_on(
    store: DirectoryStore, batch: BatchResult, tmp_path: Path
) -> None:
    for writes in range(len(read_all(store))):
        broken = Breaking(tmp_path / f"broken {writes}")
        broken.left = writes
        with pytest.raises(StoreUnavailable):
            copy(store, broken, None)
        # Until the page and the manifest come, pictures that nothing leads to yet are all that can be found.
        kinds = {found.kind for found in verify(broken).problems}
        assert kinds <= {"orphaned"}
        whole = DirectoryStore(tmp_path / f"broken {writes}")
        assert copy(store, whole, None).left == {}
        assert read_all(whole) == read_all(store)
        assert verify(whole).findings == ()


def test_paid_for_bytes_that_this_version_cannot_read_go_along(store: DirectoryStore, second: DirectoryStore) -> None:
    put(store, keys.original("1" * 64), b"no picture that is known today")
    assert copy(store, second, None).left == {}
    assert second.get(keys.original("1" * 64)) == store.get(keys.original("1" * 64))


def test_an_original_of_no_bytes_is_named(store: DirectoryStore, batch: BatchResult, second: DirectoryStore) -> None:
    put(store, keys.original("1" * 64), b"")
    left = copy(store, second, None).left
    assert left == {keys.original("1" * 64): "it is empty; it was not copied. 'imagegen verify --repair' may help"}


def test_what_a_bucket_says_of_an_object_goes_along_where_no_record_does(moto: S3Server) -> None:
    key, bucket, again = keys.original("1" * 64), moto.store(), moto.store()
    bucket.create(key, b"paid for", content_type="image/png", metadata={"prompt": "Ein Füchslein"})
    copy(bucket, again, None)
    assert again.head(key).metadata == {"prompt": "Ein Füchslein"}
