"""Records as they are read back, and the senses in which something is there."""

from functools import partial
from pathlib import Path

import pytest

from imagegen import records
from imagegen.results import BatchResult
from storage import ObjectNotFound, StoreUnavailable, keys
from storage.directory import DirectoryStore
from tests.doubles import s3_servers
from tests.doubles.fault_proxy import Fault, Request, fault_proxy
from tests.library.test_verify import first, flip, image, result, thumbnail

JSON = "application/json"


def test_a_finished_pair_is_taken_recorded_and_present(store: DirectoryStore, batch: BatchResult) -> None:
    leaf = records.load_result(store, first(batch).leaf_hash)
    assert leaf == records.find_result(store, leaf.leaf_hash) == first(batch)
    assert records.look(store, result(leaf))
    assert records.find_pictures(leaf) == (leaf.image, leaf.thumbnail)
    assert records.is_present(store, leaf)
    assert records.find_manifest(store, batch.batch_id) == batch


def test_a_damaged_picture_is_taken_and_a_deleted_one_is_not_present(store: DirectoryStore, batch: BatchResult) -> None:
    leaf = first(batch)
    flip(store, image(leaf))
    assert records.look(store, image(leaf))
    assert records.is_present(store, leaf)
    store.delete(thumbnail(leaf))
    assert records.look(store, thumbnail(leaf)) is None
    assert not records.is_present(store, leaf)
    assert records.find_result(store, leaf.leaf_hash) == leaf


def test_a_picture_that_was_cut_short_or_whose_place_is_taken_is_not_present(
    store: DirectoryStore, batch: BatchResult
) -> None:
    for leaf, key in zip(batch.leaves(), (image(batch.leaves()[0]), thumbnail(batch.leaves()[1])), strict=True):
        path = Path(store.location) / key
        whole = path.read_bytes()
        for cut in (whole[:-1], b""):
            path.write_bytes(cut)
            assert not records.is_present(store, leaf)
        path.write_bytes(whole)
        assert records.is_present(store, leaf)
        path.unlink()
        path.mkdir()
        assert not records.is_present(store, leaf)


def test_a_failed_pair_and_one_that_leads_astray_lead_to_no_picture(batch: BatchResult) -> None:
    one, other = batch.leaves()
    assert records.find_pictures(one.model_copy(update={"status": "failed"})) is None
    assert records.find_pictures(one.model_copy(update={"thumbnail": None})) is None
    assert records.find_pictures(one.model_copy(update={"thumbnail": other.thumbnail})) is None


def test_what_is_not_there_or_is_not_its_record_is_not_found(store: DirectoryStore, batch: BatchResult) -> None:
    one, other = batch.leaves()
    store.replace(result(one), store.get(result(other)), content_type=JSON)
    store.replace(keys.manifest("0" * 16), store.get(batch.manifest_key), content_type=JSON)
    store.replace(keys.manifest("1" * 16), b"{", content_type=JSON)
    assert records.find_result(store, one.leaf_hash) is None
    assert records.find_result(store, "0" * 64) is None
    with pytest.raises(ObjectNotFound):
        records.load_result(store, "0" * 64)
    for batch_id in ("0" * 16, "1" * 16):
        assert records.find_manifest(store, batch_id) is None
        with pytest.raises(records.Damaged, match="run its batch file again"):
            records.load_manifest(store, batch_id)


def on_objects(fault: Fault, request: Request) -> Fault | None:
    return fault if request.path.endswith(".json") else None


def test_an_object_that_cannot_be_read_is_told_from_a_store_that_cannot_be_read() -> None:
    with s3_servers.moto() as server, fault_proxy(server.endpoint) as network:
        store, key = server.store(endpoint=network.url, patience=0), keys.result("0" * 64)
        store.create(key, b"{}", content_type=JSON)
        for fault in (Fault.FORBIDDEN, Fault.SERVER_ERROR):
            network.schedule = partial(on_objects, fault)
            with pytest.raises(records.Unreadable, match=key):
                records.read_bytes(store, key)
        network.schedule = lambda _: Fault.SERVER_ERROR
        with pytest.raises(StoreUnavailable):
            records.read_bytes(store, key)
