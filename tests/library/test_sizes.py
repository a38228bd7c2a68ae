"""Pairs of several sizes and formats in a store: checked, repaired and deleted picture by picture."""

from pathlib import Path

import pytest

from imagegen import records
from imagegen.library.removal.delete import plan_removal, remove
from imagegen.library.repair import repair
from imagegen.library.verify import verify
from imagegen.records import find_pictures, is_present
from imagegen.results import BatchResult, LeafResult
from storage import keys
from storage.directory import DirectoryStore
from tests.doubles.render.local_runs import LOOK, run_batch, runtime_in
from tests.library.test_repair import whole
from tests.library.test_verify import first, flip, image, result, thumbnail

NAMES = ["og", "square", "og.webp", "square.webp"]


@pytest.fixture
def sized(store: DirectoryStore) -> BatchResult:
    """A batch of one painted pair in two sizes and two formats, in the store."""
    runtime = runtime_in(Path(store.location))
    made = run_batch(runtime, ["a"], ["gpt-image-2"], *LOOK, offline=True, sizes=["og", "square"], format=FORMATS)
    return records.load_manifest(store, made.batch_id)


FORMATS = ["jpeg", "webp"]


def run_one_size(store: DirectoryStore, size: str) -> BatchResult:
    """Make the same pair in one size alone, which has the same bytes."""
    runtime = runtime_in(Path(store.location))
    made = run_batch(runtime, ["a"], ["gpt-image-2"], *LOOK, offline=True, sizes=[size])
    return records.load_manifest(store, made.batch_id)


def test_a_record_leads_to_all_of_its_pictures_and_needs_each(store: DirectoryStore, sized: BatchResult) -> None:
    leaf = first(sized)
    assert list(leaf.pictures) == NAMES
    found = find_pictures(leaf)
    assert found
    assert found[:2] == (leaf.image, leaf.thumbnail)
    assert {picture.key for picture in found[2:]} == {leaf.pictures[name].key for name in NAMES[1:]}
    assert is_present(store, leaf)
    for name in NAMES:
        data = store.get(leaf.pictures[name].key)
        store.delete(leaf.pictures[name].key)
        assert not is_present(store, leaf)
        store.create(leaf.pictures[name].key, data, content_type="image/jpeg")


def test_a_record_that_names_a_picture_by_another_key_leads_to_none(sized: BatchResult) -> None:
    leaf = first(sized)
    astray = leaf.pictures["square"].model_copy(update={"key": leaf.pictures["og"].key})
    assert find_pictures(leaf.model_copy(update={"pictures": leaf.pictures | {"square": astray}})) is None
    without_first = {name: leaf.pictures[name] for name in NAMES[1:]}
    assert find_pictures(leaf.model_copy(update={"pictures": without_first})) is None


def test_a_record_of_an_older_version_leads_to_its_one_picture(store: DirectoryStore, sized: BatchResult) -> None:
    older = first(sized).model_copy(update={"pictures": {}})
    assert find_pictures(older) == (older.image, older.thumbnail)
    assert is_present(store, older)


def test_all_of_them_are_verified(store: DirectoryStore, sized: BatchResult) -> None:
    assert verify(store).findings == ()
    leaf = first(sized)
    flip(store, leaf.pictures["square.webp"].key)
    store.delete(leaf.pictures["square"].key)
    assert {(finding.kind, finding.key) for finding in verify(store).findings} == {
        ("damaged", leaf.pictures["square.webp"].key),
        ("missing", leaf.pictures["square"].key),
    }


def test_each_comes_back_byte_for_byte(store: DirectoryStore, sized: BatchResult) -> None:
    before, leaf = whole(store), first(sized)
    for name in NAMES:
        store.delete(leaf.pictures[name].key)
    store.delete(thumbnail(leaf))
    repairs = repair(store, verify(store))
    assert (len(repairs.mended), repairs.left) == (5, ())
    assert whole(store) == before


@pytest.mark.parametrize("name", NAMES)
def test_one_that_comes_out_different_today_replaces_the_old_one_in_every_record(
    store: DirectoryStore, sized: BatchResult, name: str
) -> None:
    before = first(sized)
    store.delete(before.pictures[name].key)
    # As if another Pillow had drawn it: its record has another title.
    other = before.model_copy(update={"title": "As another Pillow would draw it"})
    manifest = sized.model_copy(update={"images": ((other,),)})
    store.replace(result(before), other.model_dump_json().encode(), content_type="application/json")
    store.replace(sized.manifest_key, manifest.model_dump_json().encode(), content_type="application/json")
    assert repair(store, verify(store)).left == ()
    assert verify(store).findings == ()
    after = LeafResult.model_validate_json(store.get(result(before)))
    assert after == records.load_manifest(store, sized.batch_id).leaves()[0]
    assert list(after.pictures) == NAMES
    assert {one for one in NAMES if after.pictures[one] != before.pictures[one]} == {name}
    assert after.image == after.pictures["og"]
    assert (after.thumbnail != before.thumbnail) == (name == "og")


def test_a_thumbnail_comes_back_from_its_picture_in_whatever_format(store: DirectoryStore) -> None:
    runtime = runtime_in(Path(store.location))
    (leaf,) = run_batch(runtime, ["a"], ["gpt-image-2"], *LOOK, offline=True, sizes=["story"], format=["avif"]).leaves()
    store.delete(thumbnail(leaf))
    store.delete(keys.original(leaf.request_hash))
    assert [finding.key for finding in repair(store, verify(store)).mended] == [thumbnail(leaf)]
    after = LeafResult.model_validate_json(store.get(result(leaf)))
    assert after.thumbnail
    assert (after.thumbnail.width, after.thumbnail.height) == (400, 711)
    assert is_present(store, after)


@pytest.fixture
def brands(tmp_path: Path) -> Path:
    """The folder of a brand, ``acme``, with a byline."""
    (tmp_path / "brands" / "acme").mkdir(parents=True)
    write_byline(tmp_path / "brands", "One")
    return tmp_path / "brands"


def write_byline(brands: Path, byline: str) -> None:
    (brands / "acme" / "brand.toml").write_text(f'byline = "{byline}"\n')


def run_branded(store: DirectoryStore, brands: Path) -> BatchResult:
    runtime = runtime_in(Path(store.location), brands=brands)
    return run_batch(runtime, ["a"], ["gpt-image-2"], *LOOK, offline=True, brand="acme")


def test_a_picture_whose_brand_has_changed_since_is_left_with_the_reason(store: DirectoryStore, brands: Path) -> None:
    batch = run_branded(store, brands)
    (leaf,) = batch.leaves()
    store.delete(image(leaf))
    write_byline(brands, "Two")
    (left,) = repair(store, verify(store), brands=brands).left
    assert "its brand, acme, has changed since: run its batch again, which costs nothing" in left.message
    assert f"(imagegen delete {batch.batch_id[:12]})" in left.message
    write_byline(brands, "One")
    assert repair(store, verify(store), brands=brands).left == ()
    (brands / "acme" / "brand.toml").unlink()
    store.delete(image(leaf))
    (left,) = repair(store, verify(store), brands=brands).left
    assert "it cannot be composed again (brands/acme/brand.toml: " in left.message


def test_what_is_left_of_a_former_brand_is_mended_as_the_reason_says(store: DirectoryStore, brands: Path) -> None:
    former = run_branded(store, brands)
    store.delete(image(former.leaves()[0]))
    write_byline(brands, "Two")
    (leaf,) = run_branded(store, brands).leaves()
    assert leaf.reused
    remove(store, plan_removal(store, former.batch_id))
    assert verify(store).findings == ()
    assert is_present(store, leaf)


def test_deleting_a_batch_removes_every_size_and_none_that_another_one_shows(
    store: DirectoryStore, sized: BatchResult
) -> None:
    leaf, other = first(sized), first(run_one_size(store, "square"))
    shared = leaf.pictures["square"]
    assert other.image
    assert other.image.key == shared.key
    removal = plan_removal(store, sized.batch_id)
    gone = {found.key for found in removal.objects if found.key.startswith(keys.IMAGES)}
    assert gone == {leaf.pictures[name].key for name in NAMES} - {shared.key}
    assert remove(store, removal) == {}
    assert is_present(store, other)
    assert verify(store).findings == ()


def test_deleting_the_only_batch_leaves_no_picture(store: DirectoryStore, sized: BatchResult) -> None:
    remove(store, plan_removal(store, sized.batch_id))
    assert [key for space in (keys.IMAGES, keys.THUMBNAILS) for key in records.list_keys(store, space)] == []


def test_a_key_that_was_tampered_with_deletes_nothing_else(store: DirectoryStore, sized: BatchResult) -> None:
    leaf, victim = first(sized), first(run_one_size(store, "x"))
    astray = leaf.pictures["square"].model_copy(update={"key": image(victim)})
    changed = leaf.model_copy(update={"pictures": leaf.pictures | {"square": astray}})
    manifest = sized.model_copy(update={"images": ((changed,),)})
    store.replace(sized.manifest_key, manifest.model_dump_json().encode(), content_type="application/json")
    assert image(victim) not in {found.key for found in plan_removal(store, sized.batch_id).objects}
