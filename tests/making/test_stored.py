"""A pair counts as stored when a record of this very pair leads to pictures that are there, and never else."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from imagegen.making import stored
from imagegen.making.plan import Planned, plan
from imagegen.request.batch import Leaf
from imagegen.results import LeafResult
from imagegen.settings import Settings
from storage import Store, Version, keys
from storage.directory import DirectoryStore
from tests.doubles.batches import batch, digest, failed, leaf, pictures

JSON = "application/json"


class TypedStore(DirectoryStore):
    """A directory that takes records as JSON only, and counts what it is asked."""

    replaced = 0

    def create(
        self, key: str, data: bytes, *, content_type: str, metadata: Mapping[str, str] | None = None
    ) -> Version | None:
        assert (content_type == JSON) == key.endswith(".json")
        return super().create(key, data, content_type=content_type, metadata=metadata)

    def replace(self, key: str, data: bytes, *, content_type: str) -> None:
        assert content_type == JSON
        self.replaced += 1
        super().replace(key, data, content_type=content_type)


@pytest.fixture
def store(tmp_path: Path) -> TypedStore:
    return TypedStore(tmp_path)


def pair(prompt: str, title: str = "") -> Planned:
    look = ("photorealistic", "bottom-bar", "inter")
    return plan(Leaf(prompt, "gpt-image-2", *look, title=title or prompt), Settings())


def made(planned: Planned, **changes: Any) -> LeafResult:
    names = {"request_hash": planned.request_hash, "leaf_hash": planned.leaf_hash}
    return leaf(planned.leaf.prompt, "gpt-image-2", **(names | changes))


def put_pictures(store: Store, *results: LeafResult) -> None:
    for key, data in pictures(results).items():
        store.create(key, data, content_type="image/jpeg")


FOX, HEN, OWL = pair("a fox"), pair("a hen"), pair("an owl")


def test_a_recorded_outcome_is_read_as_it_was_and_reused_at_no_cost(store: TypedStore) -> None:
    spent = {"paid_calls": 2, "cost_usd": None, "known_cost_usd": 0.04, "unpriced_calls": 1}
    result = made(FOX, attempts=3, possible_extra_charges=1, timing={"provider": 9.0}, **spent)
    stored.record(store, FOX, result)
    assert stored.read_result(store, FOX) == result
    found = stored.find_result(store, FOX)
    assert found
    nothing = {"seconds": 0.0, "started_at": 0.0, "timing": {}, "cost_usd": 0.0, "paid_calls": 0, "attempts": 0}
    nothing |= {"possible_extra_charges": 0, "known_cost_usd": 0.0, "unpriced_calls": 0}
    assert found == result.model_copy(update={"reused": True, **nothing})


def test_a_reused_outcome_has_the_words_of_who_asks(store: TypedStore) -> None:
    stored.record(store, FOX, made(FOX, prompt="A Fox", title="Old", model="gpt-image-1"))
    found = stored.find_result(store, FOX)
    assert found
    assert (found.prompt, found.title, found.model) == ("a fox", "a fox", "gpt-image-2")


@pytest.mark.parametrize(
    "changes",
    [{"request_hash": digest("another")}, {"image": None}, {"thumbnail": None}, {"status": "failed", "image": None}],
    ids=["another request", "no picture", "no thumbnail", "failed"],
)
def test_a_record_that_does_not_fit_is_none(store: TypedStore, changes: dict[str, Any]) -> None:
    store.replace(keys.result(FOX.leaf_hash), made(FOX, **changes).model_dump_json().encode(), content_type=JSON)
    assert stored.read_result(store, FOX) is None
    assert stored.find_result(store, FOX) is None
    assert stored.find_result(store, HEN) is None


def test_a_record_of_the_same_picture_stays_as_it_is(store: TypedStore) -> None:
    stored.record(store, FOX, made(FOX, seconds=1.0))
    stored.record(store, FOX, made(FOX, seconds=2.0))
    assert (stored.read_result(store, FOX), store.replaced) == (made(FOX, seconds=1.0), 0)


@pytest.mark.parametrize(("first", "then"), [(True, False), (False, True)])
def test_a_pair_that_was_once_made_alone_stays_so(store: TypedStore, first: bool, then: bool) -> None:
    stored.record(store, FOX, made(FOX, made_alone=first))
    new = made(FOX, made_alone=then, image=leaf("new").image, thumbnail=leaf("new").thumbnail)
    assert stored.record(store, FOX, new).made_alone
    assert stored.read_result(store, FOX) == new.model_copy(update={"made_alone": True})


def test_a_picture_that_is_made_again_alone_is_one_that_was_made_alone(store: TypedStore) -> None:
    stored.record(store, FOX, made(FOX))
    stored.record(store, FOX, made(FOX, made_alone=True))
    assert stored.read_result(store, FOX) == made(FOX, made_alone=True)


@pytest.mark.parametrize("there", [b"{}", made(FOX).model_dump_json().encode()], ids=["damaged", "another picture"])
def test_a_record_that_cannot_be_used_or_leads_elsewhere_is_replaced(store: TypedStore, there: bytes) -> None:
    store.create(keys.result(FOX.leaf_hash), there, content_type=JSON)
    new = made(FOX, image=leaf("new").image, thumbnail=leaf("new").thumbnail)
    stored.record(store, FOX, new)
    assert stored.read_result(store, FOX) == new


def test_an_original_counts_when_it_has_bytes(store: TypedStore) -> None:
    for planned, data in ((FOX, b"bytes"), (HEN, b"")):
        store.create(keys.original(planned.request_hash), data, content_type="image/jpeg")
    assert [stored.has_original(store, planned.request_hash) for planned in (FOX, HEN, OWL)] == [True, False, False]


def test_a_store_without_anything_knows_nothing(store: TypedStore) -> None:
    known = stored.look_up(store, "0" * 16, [FOX, HEN])
    assert (known.results, known.originals, known.manifest) == ({}, frozenset(), None)


def test_pairs_are_found_by_the_manifest_or_by_their_records_and_only_with_their_pictures(store: TypedStore) -> None:
    fox, hen, owl = (made(planned) for planned in (FOX, HEN, OWL))
    manifest = batch([[fox, failed("a hen", leaf_hash=HEN.leaf_hash)]], name="mine")
    store.replace(manifest.manifest_key, manifest.model_dump_json().encode(), content_type=JSON)
    stored.record(store, HEN, hen)
    stored.record(store, OWL, owl)
    put_pictures(store, fox, hen)
    titled = pair("an owl", "Another title")
    store.create(keys.original(OWL.request_hash), b"bytes", content_type="image/jpeg")
    known = stored.look_up(store, manifest.batch_id, [FOX, HEN, OWL, titled])
    assert known.results == {FOX.leaf_hash: stored.reuse(fox, FOX), HEN.leaf_hash: stored.reuse(hen, HEN)}
    assert known.originals == {OWL.request_hash} == {titled.request_hash}
    assert known.manifest == manifest.model_copy(update={"images": None})


def test_an_outcome_of_the_manifest_that_does_not_fit_is_looked_for_among_the_records(store: TypedStore) -> None:
    manifest = batch([[made(FOX, request_hash=digest("another"))]], name="mine")
    store.replace(manifest.manifest_key, manifest.model_dump_json().encode(), content_type=JSON)
    stored.record(store, FOX, made(FOX, style="neon"))
    put_pictures(store, made(FOX))
    (found,) = stored.look_up(store, manifest.batch_id, [FOX]).results.values()
    assert found.style == "neon"


def test_a_failed_runs_outcomes_are_kept_to_be_told_again(store: TypedStore) -> None:
    manifest = batch([[failed("a fox")]], name="mine", status="failed")
    store.replace(manifest.manifest_key, manifest.model_dump_json().encode(), content_type=JSON)
    assert stored.look_up(store, manifest.batch_id, [FOX]).manifest == manifest


def test_thousands_of_reads_come_back_each_once_and_in_order() -> None:
    subjects = range(2 * stored.QUEUED + 1)
    assert list(stored.read_at_once(lambda number: 2 * number, subjects)) == [2 * number for number in subjects]
