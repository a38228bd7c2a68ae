"""What a verification finds in a store that is sound, damaged or left behind by a killed run."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from imagegen.library.verify import Finding, verify
from imagegen.paying.claim_record import ClaimRecord, dump
from imagegen.paying.run_report import Report
from imagegen.results import BatchResult, LeafResult
from storage import keys
from storage.directory import INCOMING, DirectoryStore
from tests.doubles.batches import digest

JPEG = "image/jpeg"


def found(store: DirectoryStore) -> list[tuple[str, str]]:
    return [(finding.kind, finding.key) for finding in verify(store).findings]


def first(batch: BatchResult) -> LeafResult:
    return batch.leaves()[0]


def flip(store: DirectoryStore, key: str, position: int = 100) -> None:
    """Flip one bit on the disk."""
    path = Path(store.location) / key
    data = bytearray(path.read_bytes())
    data[position] ^= 1
    path.write_bytes(data)


def image(leaf: LeafResult) -> str:
    assert leaf.image
    return leaf.image.key


def thumbnail(leaf: LeafResult) -> str:
    assert leaf.thumbnail
    return leaf.thumbnail.key


def original(leaf: LeafResult) -> str:
    return keys.original(leaf.request_hash)


def result(leaf: LeafResult) -> str:
    return keys.result(leaf.leaf_hash)


def rejected(leaf: LeafResult) -> str:
    return keys.rejected(leaf.request_hash, 0)


@pytest.mark.usefixtures("batch")
def test_a_sound_store_has_nothing_to_find_and_is_counted(store: DirectoryStore) -> None:
    report = verify(store)
    assert report.findings == ()
    assert report.location == store.location
    assert report.objects == {
        "originals": 2,
        "rejected": 0,
        "images": 2,
        "thumbnails": 2,
        "results": 2,
        "claims": 0,
        "reports": 0,
        "spending": 0,
        "batches": 1,
    }


def test_an_empty_store_is_sound(store: DirectoryStore) -> None:
    assert verify(store).findings == ()


@pytest.mark.parametrize("key_of", [image, thumbnail, original])
def test_a_flipped_bit_in_a_picture_is_named(
    store: DirectoryStore, batch: BatchResult, key_of: Callable[[LeafResult], str]
) -> None:
    key = key_of(first(batch))
    flip(store, key)
    assert found(store) == [("damaged", key)]


def test_an_original_whose_hash_nobody_recorded_is_decoded(store: DirectoryStore) -> None:
    key = keys.original(digest("cut"))
    store.create(key, b"\x89PNG\r\n\x1a\n and no more", content_type="image/png")
    assert ("damaged", key) in found(store)


@pytest.mark.parametrize("key_of", [image, thumbnail, original, result])
def test_a_deleted_object_is_named(
    store: DirectoryStore, batch: BatchResult, key_of: Callable[[LeafResult], str]
) -> None:
    key = key_of(first(batch))
    store.delete(key)
    assert found(store) == [("missing", key)]


def test_a_deleted_page_is_named(store: DirectoryStore, batch: BatchResult) -> None:
    store.delete(batch.gallery_key)
    assert found(store) == [("missing", batch.gallery_key)]


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"leaf_hash": 1}', b"\xff\xfe", b"null"])
def test_a_record_that_cannot_be_read_is_damaged(store: DirectoryStore, batch: BatchResult, data: bytes) -> None:
    for key in (result(first(batch)), batch.manifest_key):
        store.replace(key, data, content_type="application/json")
    kinds = {key: kind for kind, key in found(store)}
    assert kinds[result(first(batch))] == "damaged"
    assert kinds[batch.manifest_key] == "damaged"


def test_a_record_under_another_ones_key_is_damaged(store: DirectoryStore, batch: BatchResult) -> None:
    one, other = batch.leaves()
    store.replace(result(one), store.get(result(other)), content_type="application/json")
    assert found(store) == [("damaged", result(one))]


def test_a_record_that_leads_to_another_place_is_damaged(store: DirectoryStore, batch: BatchResult) -> None:
    leaf = first(batch)
    astray = leaf.model_copy(update={"image": batch.leaves()[1].image})
    store.replace(result(leaf), astray.model_dump_json().encode(), content_type="application/json")
    assert found(store) == [("damaged", result(leaf))]


def test_pictures_and_pages_that_nothing_leads_to_are_orphaned(store: DirectoryStore) -> None:
    data = b"nobody's picture"
    orphan = keys.image(keys.content_hash(data))
    page = keys.gallery("0123456789abcdef")
    store.create(orphan, data, content_type=JPEG)
    store.replace(page, b"<html></html>", content_type="text/html")
    assert found(store) == [("orphaned", page), ("orphaned", orphan)]
    assert len(verify(store).problems) == 2


def test_an_original_that_waits_for_its_rerun_is_told_but_no_problem(store: DirectoryStore, batch: BatchResult) -> None:
    key = keys.original(digest("paid for, then killed"))
    store.create(key, store.get(original(first(batch))), content_type="image/png")
    report = verify(store)
    assert [(finding.kind, finding.key) for finding in report.findings] == [("unused", key)]
    assert report.problems == ()


@pytest.mark.usefixtures("batch")
def test_a_killed_writers_file_is_told_once_it_is_old_but_no_problem(store: DirectoryStore) -> None:
    left, fresh = (Path(store.location) / INCOMING / f"{n}.part" for n in range(2))
    left.write_bytes(b"half a pict")
    fresh.write_bytes(b"half a pict")
    os.utime(left, (time.time() - 7200,) * 2)
    report = verify(store)
    assert report.findings == (Finding("unfinished", str(left), "a writer was killed; nothing needs it"),)
    assert report.problems == ()


@pytest.mark.parametrize(
    "key_of", [image, thumbnail, original, result, lambda leaf: keys.rejected(leaf.request_hash, 0)]
)
def test_an_object_too_large_to_be_read_is_told_and_the_rest_is_looked_at(
    store: DirectoryStore, batch: BatchResult, key_of: Callable[[LeafResult], str]
) -> None:
    one, other = batch.leaves()
    key = key_of(one)
    store.create(key, b"", content_type=JPEG)
    os.truncate(Path(store.location) / key, keys.max_bytes(key) + 1)
    flip(store, original(other))
    assert sorted(found(store)) == sorted([("unreadable", key), ("damaged", original(other))])
    assert len(verify(store).problems) == 2


def test_a_manifest_too_large_to_be_read_is_told_and_the_rest_is_looked_at(
    store: DirectoryStore, batch: BatchResult
) -> None:
    os.truncate(Path(store.location) / batch.manifest_key, keys.max_bytes(batch.manifest_key) + 1)
    flip(store, original(first(batch)))
    kinds = {key: kind for kind, key in found(store)}
    assert kinds[batch.manifest_key] == "unreadable"
    assert kinds[original(first(batch))] == "damaged"


def test_what_was_rejected_claimed_and_reported_is_counted_and_is_no_finding(store: DirectoryStore) -> None:
    store.create(keys.rejected(digest("request"), 0), b"no picture", content_type=JPEG)
    claimed = dump(ClaimRecord("token", "run"))
    reported = Report(batch_id="0" * 16, run_id="run", started_at=1.0).model_dump_json().encode()
    store.create(keys.claim(digest("request")), claimed, content_type="application/json")
    store.create(keys.claim(digest("request"), 0), b"{}", content_type="application/json")
    store.create(keys.report("0" * 16, digest("run")), reported, content_type="application/json")
    store.create(keys.CONDITIONS, b"{}", content_type="application/json")
    report = verify(store)
    assert report.findings == ()
    assert {space: number for space, number in report.objects.items() if number} == {
        "rejected": 1,
        "claims": 2,
        "reports": 1,
    }


ACCOUNTS = [keys.report("0" * 16, digest("run")), keys.claim(digest("request"))]


@pytest.mark.parametrize("key", [*ACCOUNTS, keys.claim(digest("request"), 0)])
def test_an_account_that_is_torn_is_damaged(store: DirectoryStore, key: str) -> None:
    store.create(key, b"{", content_type="application/json")
    assert found(store) == [("damaged", key)]


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"token": "", "run": "x"}'])
@pytest.mark.parametrize("key", ACCOUNTS)
def test_an_account_that_is_none_is_damaged(store: DirectoryStore, key: str, data: bytes) -> None:
    store.create(key, data, content_type="application/json")
    assert found(store) == [("damaged", key)]


@pytest.mark.parametrize("data", [b"", b"<!doctype html>", b"\xff\xfe"])
def test_a_page_that_is_cut_off_is_damaged(store: DirectoryStore, batch: BatchResult, data: bytes) -> None:
    store.replace(batch.gallery_key, data, content_type="text/html")
    assert found(store) == [("damaged", batch.gallery_key)]


@pytest.mark.usefixtures("batch")
def test_claims_and_foreign_files_are_not_findings(store: DirectoryStore) -> None:
    store.replace(keys.claim(digest("claim"), 1), b"{}", content_type="application/json")
    (Path(store.location) / "images" / "holiday.jpg").write_bytes(b"mine")
    (Path(store.location) / "notes.txt").write_text("mine")
    assert verify(store).findings == ()


def test_archived_spending_is_what_its_name_says(store: DirectoryStore) -> None:
    data = b"[]"
    key = keys.spending(keys.content_hash(data))
    store.create(key, data, content_type="application/json")
    assert (found(store), verify(store).objects["spending"]) == ([], 1)
    store.replace(key, b"{}", content_type="application/json")
    assert found(store) == [("damaged", key)]
