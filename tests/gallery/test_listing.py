import os

import pytest

from imagegen.library import listing
from imagegen.library.listing import BatchNotFound, ManifestDamaged
from storage import keys
from storage.directory import DirectoryStore
from tests.doubles.batches import batch, leaf
from tests.gallery.conftest import keep


def test_batches_are_listed_newest_first(store: DirectoryStore) -> None:
    days = [21, 23, 22]
    made = [
        keep(store, batch([[leaf("a")]], name=str(day), created_at=f"2026-11-{day}T09:00:00+00:00"), b"page")
        for day in days
    ]
    found = listing.list_batches(store)
    assert found.batches == (made[1], made[2], made[0])
    assert found.damaged == ()


def test_an_empty_store_has_no_batches(store: DirectoryStore) -> None:
    assert listing.list_batches(store) == listing.Listing((), ())


def test_a_damaged_manifest_is_named_and_hides_no_other(store: DirectoryStore) -> None:
    made = keep(store, batch([[leaf("a")]]))
    store.replace(keys.manifest("0" * 16), b"{", content_type="application/json")
    store.replace(keys.manifest("1" * 16), made.model_dump_json().encode(), content_type="application/json")
    found = listing.list_batches(store)
    assert found.batches == (made,)
    assert found.damaged == ("0" * 16, "1" * 16)
    with pytest.raises(ManifestDamaged, match="run its batch file again"):
        listing.load_batch(store, "0" * 16)


def test_a_manifest_too_large_to_be_read_is_named_and_hides_no_other(store: DirectoryStore) -> None:
    made = keep(store, batch([[leaf("a")]]))
    key = keys.manifest("0" * 16)
    store.replace(key, b"", content_type="application/json")
    os.truncate(store._path(key), keys.max_bytes(key) + 1)
    assert listing.list_batches(store) == listing.Listing((made,), ("0" * 16,))
    with pytest.raises(ManifestDamaged, match="remove it"):
        listing.load_batch(store, "0" * 16)


def test_more_batches_than_fit_one_page_of_a_listing_are_all_found(store: DirectoryStore) -> None:
    names = [f"{number:016x}" for number in range(1001)]
    for name in names:
        (path := store._path(keys.manifest(name))).parent.mkdir(parents=True)
        path.touch()
    assert list(listing.list_batch_ids(store)) == names


def test_the_start_of_an_id_names_a_batch_as_long_as_it_is_the_only_one(store: DirectoryStore) -> None:
    for name in ("aaaa000000000000", "aaaa111111111111", "bbbb000000000000"):
        store.replace(keys.manifest(name), b"{}", content_type="application/json")
    assert listing.resolve(store, "BBBB") == "bbbb000000000000"
    assert listing.resolve(store, " aaaa1 ") == "aaaa111111111111"
    assert listing.resolve(store, "aaaa000000000000") == "aaaa000000000000"
    with pytest.raises(BatchNotFound, match="2 batch ids: aaaa000000000000, aaaa111111111111"):
        listing.resolve(store, "aaaa")
    with pytest.raises(BatchNotFound, match="no batch cccc"):
        listing.resolve(store, "cccc")


@pytest.mark.parametrize("name", ["", "abc", "../batches", "xyz0", "a" * 4 + "/"])
def test_what_cannot_be_an_id_is_said_to_be_none(name: str, store: DirectoryStore) -> None:
    with pytest.raises(BatchNotFound, match="is not a batch id"):
        listing.resolve(store, name)


def test_a_batch_without_a_manifest_is_not_found(store: DirectoryStore) -> None:
    with pytest.raises(BatchNotFound, match="there is no batch"):
        listing.load_batch(store, "0" * 16)
