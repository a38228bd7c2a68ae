import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from imagegen.errors import ImagegenError
from imagegen.library.listing import BatchNotFound, ManifestDamaged
from imagegen.library.removal.delete import plan_removal, remove
from imagegen.paying.claim_record import ClaimRecord, dump
from imagegen.results import BatchResult, LeafResult
from storage import Store, keys
from storage.directory import DirectoryStore
from tests.doubles.batches import batch, failed, leaf, pictures
from tests.gallery.conftest import keep

JSON = "application/json"


def stored(store: Store, made: BatchResult, *, claims: int = 2) -> BatchResult:
    """All that a run leaves behind."""
    keep(store, made, b"page")
    for pair in made.leaves():
        for number in range(claims):
            store.replace(keys.claim(pair.request_hash, number), b"{}", content_type="application/json")
        if pair.succeeded:
            store.create(keys.original(pair.request_hash), b"bytes", content_type="image/png")
            store.create(keys.result(pair.leaf_hash), b"{}", content_type="application/json")
    return made


def contents(store: Store) -> Mapping[str, bytes]:
    return {found.key: store.get(found.key) for found in store.list("").objects}


def of(pair: LeafResult) -> set[str]:
    """The keys of one pair that was made."""
    assert pair.image
    return {
        keys.original(pair.request_hash),
        keys.result(pair.leaf_hash),
        keys.claim(pair.request_hash, 0),
        keys.claim(pair.request_hash, 1),
        keys.image(pair.image.sha256),
        keys.thumbnail(pair.image.sha256),
    }


def test_the_only_batch_leaves_nothing_behind(store: DirectoryStore) -> None:
    made = stored(store, batch([[leaf("a"), failed("a", "gemini-3-pro-image")]]))
    remove(store, plan_removal(store, made.batch_id))
    assert set(contents(store)) == set()


def test_what_another_batch_refers_to_stays(store: DirectoryStore) -> None:
    shared, own = leaf("shared"), leaf("own")
    stored(store, batch([[shared]], name="other"))
    before = contents(store)
    made = stored(store, batch([[shared, own]], name="mine"))
    removal = plan_removal(store, made.batch_id)
    assert {found.key for found in removal.objects} == of(own) | {made.manifest_key, made.gallery_key}
    assert removal.kept == 4
    remove(store, removal)
    assert contents(store) == before


def test_an_original_that_another_title_was_composed_from_stays(store: DirectoryStore) -> None:
    plain = leaf("a")
    titled = leaf("a", title="b").model_copy(
        update={"leaf_hash": leaf("c").leaf_hash, "image": leaf("c").image, "thumbnail": leaf("c").thumbnail}
    )
    stored(store, batch([[titled]], name="other"))
    made = stored(store, batch([[plain]], name="mine"))
    remove(store, plan_removal(store, made.batch_id))
    assert of(titled) <= set(contents(store))
    assert keys.result(plain.leaf_hash) not in contents(store)


def test_planning_removes_nothing_and_counts_the_bytes(store: DirectoryStore) -> None:
    made = stored(store, batch([[leaf("a")]]))
    before = contents(store)
    removal = plan_removal(store, made.batch_id)
    assert contents(store) == before
    assert removal.size == sum(map(len, before.values()))


def test_the_page_goes_first_claims_after_their_originals_and_the_manifest_last(store: DirectoryStore) -> None:
    pair = leaf("a")
    made = stored(store, batch([[pair]]))
    report = keys.report(made.batch_id, "1" * 16)
    store.replace(report, b"{}", content_type=JSON)
    assert pair.image
    assert [found.key for found in plan_removal(store, made.batch_id).objects] == [
        made.gallery_key,
        keys.result(pair.leaf_hash),
        keys.thumbnail(pair.image.sha256),
        keys.image(pair.image.sha256),
        keys.original(pair.request_hash),
        keys.claim(pair.request_hash, 1),
        keys.claim(pair.request_hash, 0),
        report,
        made.manifest_key,
    ]


def test_wherever_a_removal_stops_another_one_goes_on(store: DirectoryStore) -> None:
    made = stored(store, batch([[leaf("a")]]))
    while made.manifest_key in contents(store):
        store.delete(plan_removal(store, made.batch_id).objects[0].key)
    assert contents(store) == {}


def test_what_will_not_go_is_named_and_the_rest_goes_but_the_manifest(store: DirectoryStore) -> None:
    pair = leaf("a")
    made = stored(store, batch([[pair]]))
    assert pair.image
    path = Path(store.location) / pair.image.key
    path.unlink()
    path.mkdir()
    stayed = remove(store, plan_removal(store, made.batch_id))
    assert list(stayed) == [pair.image.key, made.manifest_key]
    assert str(path) in stayed[pair.image.key]
    assert set(contents(store)) == {made.manifest_key}
    path.rmdir()
    assert remove(store, plan_removal(store, made.batch_id)) == {}
    assert contents(store) == {}


def test_a_manifest_with_keys_that_are_not_its_own_deletes_nothing_else(store: DirectoryStore) -> None:
    pair = leaf("a")
    assert pair.image
    victim = stored(store, batch([[leaf("b")]], name="victim"))
    forged = pair.model_copy(update={"image": pair.image.model_copy(update={"key": victim.manifest_key})})
    made = stored(store, batch([[forged]], name="forged"))
    remove(store, plan_removal(store, made.batch_id))
    assert victim.manifest_key in contents(store)


def test_nothing_is_deleted_while_another_manifest_cannot_be_read(store: DirectoryStore) -> None:
    made = stored(store, batch([[leaf("a")]]))
    store.replace(keys.manifest("0" * 16), b"torn", content_type="application/json")
    with pytest.raises(ManifestDamaged, match=r"nothing was deleted: batches/0000000000000000/batch\.json"):
        plan_removal(store, made.batch_id)


def alone(store: Store, made: LeafResult) -> LeafResult:
    """All that generateImage, started without a batch, leaves behind."""
    for key, data in pictures([made]).items():
        store.create(key, data, content_type="image/jpeg")
    store.create(keys.original(made.request_hash), b"bytes", content_type="image/png")
    store.replace(keys.claim(made.request_hash), b"{}", content_type=JSON)
    store.replace(keys.result(made.leaf_hash), made.model_dump_json().encode(), content_type=JSON)
    return made


def test_what_a_picture_without_a_batch_needs_stays(store: DirectoryStore) -> None:
    """The same request under another title: its own picture, and the original that both were composed from."""
    pair = leaf("a")
    titled = leaf("a", title="b").model_copy(
        update={"leaf_hash": leaf("c").leaf_hash, "image": leaf("c").image, "thumbnail": leaf("c").thumbnail}
    )
    made = stored(store, batch([[pair]]))
    alone(store, titled)
    removal = plan_removal(store, made.batch_id)
    remove(store, removal)
    assert removal.kept == 1
    left = contents(store)
    assert keys.original(pair.request_hash) in left
    assert keys.claim(pair.request_hash) in left
    assert {key for key in of(titled) if not key.startswith(keys.CLAIMS)} <= set(left)
    assert keys.result(pair.leaf_hash) not in left


def test_a_picture_without_a_batch_that_shares_an_image_keeps_it(store: DirectoryStore) -> None:
    pair = leaf("a")
    made = stored(store, batch([[pair]]))
    twin = alone(store, leaf("b").model_copy(update={"image": pair.image, "thumbnail": pair.thumbnail}))
    remove(store, plan_removal(store, made.batch_id))
    assert {picture.key for picture in (twin.image, twin.thumbnail) if picture} <= set(contents(store))
    assert keys.original(pair.request_hash) not in contents(store)


@pytest.mark.parametrize("told_by", ["record", "manifest"])
def test_a_picture_that_was_made_alone_stays_although_the_batch_names_it(store: DirectoryStore, told_by: str) -> None:
    pair = leaf("a", made_alone=True)
    alone(store, pair)
    before = contents(store)
    made = keep(store, batch([[pair if told_by == "manifest" else leaf("a")]]))
    if told_by == "manifest":
        store.delete(keys.result(pair.leaf_hash))
        before = contents(store)
        before = {key: data for key, data in before.items() if key != made.manifest_key}
    assert remove(store, plan_removal(store, made.batch_id)) == {}
    assert contents(store) == before


def test_rejected_bytes_claims_and_reports_go_with_their_batch(store: DirectoryStore) -> None:
    pair, other = leaf("a"), failed("b")
    made = stored(store, batch([[pair], [other]]), claims=1)
    for request_hash in (pair.request_hash, other.request_hash):
        store.replace(keys.claim(request_hash), dump(ClaimRecord("token", "run", held=False)), content_type=JSON)
        for number in range(2):
            store.create(keys.rejected(request_hash, number), b"no picture", content_type="image/png")
    store.replace(keys.report(made.batch_id, "1" * 16), b"{}", content_type=JSON)
    kept = keys.report("0" * 16, "1" * 16)
    store.replace(kept, b"{}", content_type=JSON)
    gone = [found.key for found in plan_removal(store, made.batch_id).objects]
    assert gone.index(keys.original(pair.request_hash)) < gone.index(keys.rejected(pair.request_hash, 1))
    assert gone.index(keys.rejected(pair.request_hash, 1)) < gone.index(keys.rejected(pair.request_hash, 0))
    assert gone.index(keys.rejected(pair.request_hash, 0)) < gone.index(keys.claim(pair.request_hash))
    remove(store, plan_removal(store, made.batch_id))
    assert set(contents(store)) == {kept}


def too_large(store: DirectoryStore, key: str) -> None:
    store.replace(key, b"", content_type=JSON)
    os.truncate(store._path(key), keys.max_bytes(key) + 1)


@pytest.mark.parametrize("key", [keys.manifest("0" * 16), keys.result("0" * 64)])
@pytest.mark.parametrize("spoil", [too_large, lambda store, key: store.replace(key, b"torn", content_type=JSON)])
def test_nothing_is_deleted_that_an_unreadable_record_may_need(
    store: DirectoryStore, key: str, spoil: Callable[[DirectoryStore, str], None]
) -> None:
    made = stored(store, batch([[leaf("a")]]))
    spoil(store, key)
    with pytest.raises(ManifestDamaged, match=f"nothing was deleted: {key}"):
        plan_removal(store, made.batch_id)


def test_a_batch_without_a_picture_goes_whatever_else_cannot_be_read(store: DirectoryStore) -> None:
    made = stored(store, batch([[failed("a")]]))
    too_large(store, keys.manifest("0" * 16))
    remove(store, plan_removal(store, made.batch_id))
    assert made.manifest_key not in {found.key for found in store.list("").objects}


def test_a_batchs_own_results_need_not_be_readable(store: DirectoryStore) -> None:
    made = stored(store, batch([[leaf("a")]]))
    too_large(store, keys.result(leaf("a").leaf_hash))
    remove(store, plan_removal(store, made.batch_id))
    assert set(contents(store)) == set()


def test_a_batch_that_is_not_there_is_said_to_be_missing(store: DirectoryStore) -> None:
    with pytest.raises(BatchNotFound) as raised:
        plan_removal(store, "0" * 16)
    assert isinstance(raised.value, ImagegenError)
