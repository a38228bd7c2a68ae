"""Pruning, rule by rule."""

from datetime import timedelta
from pathlib import Path

import pytest

from imagegen import cells
from imagegen.errors import ConfigurationError
from imagegen.library.listing import ManifestDamaged
from imagegen.library.removal.delete import plan_removal, remove
from imagegen.library.removal.paid import Paid, find_paid
from imagegen.library.removal.prune import plan_pruning, read_age
from imagegen.paying.liveness import hold_process_lock
from imagegen.paying.run_report import Report
from imagegen.results import BatchResult
from storage import AccessDenied, keys
from storage.directory import DirectoryStore
from tests.doubles.batches import batch, digest, failed, leaf, summary
from tests.gallery.conftest import keep
from tests.library.copying.contents import put
from tests.library.removal.stores import DAY, NOW, age, claim, report

LONG = 90 * DAY
PAIR = leaf("a")
JSON = "application/json"


def stored(store: DirectoryStore, made: BatchResult) -> BatchResult:
    """All that a run leaves behind that paid for its pictures."""
    keep(store, made, b"page")
    for pair in made.leaves():
        put(store, keys.claim(pair.request_hash), claim())
        if pair.succeeded:
            put(store, keys.original(pair.request_hash), b"bytes")
            put(store, keys.result(pair.leaf_hash), pair.model_dump_json().encode())
    return made


def gone(store: DirectoryStore, after: timedelta = 2 * DAY, **changes: object) -> set[str]:
    """The keys that would go so long after now."""
    planned = plan_pruning(store, now=NOW + after, **changes)  # type: ignore[arg-type]
    return {found.key for one in planned.removals for found in one.objects}


@pytest.mark.parametrize(("text", "days"), [("90d", 90), ("12w", 84), (" 1D ", 1), ("9999d", 9999)])
def test_an_age_is_a_number_of_days_or_weeks(text: str, days: int) -> None:
    assert read_age(text) == timedelta(days=days)


@pytest.mark.parametrize("text", ["", "90", "0d", "-1d", "1.5d", "90 d", "3m", "1y", "d", "10000d", "٣d"])
def test_anything_else_is_refused_in_words(text: str) -> None:
    with pytest.raises(ConfigurationError, match="is no age; give days or weeks, such as 90d or 12w"):
        read_age(text)


def test_of_a_batch_that_is_there_only_its_done_claims_go_and_not_at_once(store: DirectoryStore) -> None:
    stored(store, batch([[PAIR, failed("a", "gemini-3-pro-image")]]))
    assert gone(store, timedelta(hours=24)) == set()
    assert gone(store, timedelta(hours=26)) == {keys.claim(PAIR.request_hash)}


def test_a_claim_whose_original_was_never_stored_stays_while_anything_refers_to_it(store: DirectoryStore) -> None:
    pair = failed("a")
    made = stored(store, batch([[pair]]))
    assert gone(store) == set()
    store.delete(made.manifest_key)
    assert keys.claim(pair.request_hash) in gone(store)


def test_a_claim_stays_while_rejected_answers_are_found_by_it(store: DirectoryStore) -> None:
    put(store, keys.claim(digest("a")), claim())
    put(store, keys.rejected(digest("a"), 7), b"no picture")
    assert gone(store) == set()
    assert gone(store, 100 * DAY, older_than=LONG) == {keys.claim(digest("a")), keys.rejected(digest("a"), 7)}
    assert gone(store, 100 * DAY, older_than=LONG, keep_originals=True) == set()


@pytest.mark.parametrize("status", ["running", "ended"])
def test_what_a_killed_run_has_left_stays_until_a_result_accounts_for_it(status: str, store: DirectoryStore) -> None:
    made = stored(store, batch([[PAIR.model_copy(update={"run_id": "killed"})]]))
    put(store, keys.claim(PAIR.request_hash), claim(parent="killed"))
    store.delete(made.manifest_key)
    put(store, keys.report(made.batch_id, "d" * 16), report(made.batch_id, "killed", status))
    left = gone(store)
    assert (keys.result(PAIR.leaf_hash) in left) == (keys.claim(PAIR.request_hash) in left) == (status == "ended")
    everything = {found.key for found in store.list("").objects}
    assert gone(store, 100 * DAY, older_than=LONG) == everything
    assert keys.original(PAIR.request_hash) not in left


@pytest.mark.parametrize(("cost", "stays"), [(0.0, False), (0.04, True), (None, True)])
def test_a_report_stays_while_its_batchs_cost_is_added_up_from_it(
    cost: float | None, stays: bool, store: DirectoryStore
) -> None:
    made = stored(store, batch([[PAIR]]))
    key = keys.report(made.batch_id, "d" * 16)
    spent = summary([PAIR]).model_copy(update={"cost_usd": cost, "paid_calls": int(cost != 0)})
    put(store, key, report(made.batch_id, "run", "ended", spent))
    assert (key in gone(store)) is not stays
    store.delete(made.manifest_key)
    assert key in gone(store)


def test_an_old_batch_goes_as_by_delete_and_a_younger_one_that_shares_its_original_keeps_it(
    store: DirectoryStore,
) -> None:
    old = stored(store, batch([[PAIR, leaf("b")]], name="old", created_at=(NOW - LONG - DAY).isoformat()))
    young = stored(store, batch([[PAIR]], name="young", created_at=(NOW - LONG + DAY).isoformat()))
    planned = plan_pruning(store, older_than=LONG)
    assert planned.batches.objects == plan_removal(store, old.batch_id).objects
    assert (planned.paid.count, planned.paid.cost_usd, planned.paid.unknown) == (1, 0.041, 0)
    assert planned.paid.tell() == "1 paid original ($0.041 by their results)"
    assert remove(store, *planned.removals) == {}
    assert store.get(young.manifest_key)
    assert store.get(keys.original(PAIR.request_hash))
    with pytest.raises(Exception, match="there is no originals"):
        store.get(keys.original(leaf("b").request_hash))


@pytest.mark.parametrize("how", ["prune", "delete"])
def test_originals_that_are_kept_stay_with_their_claims_and_rejected_answers(how: str, store: DirectoryStore) -> None:
    made = stored(store, batch([[PAIR]], created_at=(NOW - 100 * DAY).isoformat()))
    put(store, keys.rejected(PAIR.request_hash, 0), b"no picture")
    if how == "delete":
        planned = [plan_removal(store, made.batch_id, keep_originals=True)]
    else:
        planned = list(plan_pruning(store, older_than=LONG, keep_originals=True).removals)
    assert sum(one.paid.count for one in planned) == 0
    remove(store, *planned)
    left = {found.key for found in store.list("").objects}
    paid = {keys.original(PAIR.request_hash), keys.rejected(PAIR.request_hash, 0)}
    assert {key for key in left if not key.startswith(keys.SPENDING)} == paid | {keys.claim(PAIR.request_hash)}


def test_an_old_batch_whose_killed_run_is_unreported_stays_and_is_named(store: DirectoryStore) -> None:
    made = stored(store, batch([[PAIR]], created_at=(NOW - 100 * DAY).isoformat()))
    put(store, keys.claim(PAIR.request_hash), claim(run="other leaf", parent="killed"))
    put(store, keys.report(made.batch_id, "d" * 16), report(made.batch_id, "killed", "running"))
    planned = plan_pruning(store, older_than=LONG)
    assert [one.objects for one in planned.removals] == [(), ()]
    assert f"batch {made.batch_id} stays: a run of it was killed" in planned.left[0]
    assert "1 call paid, $0.04 by what is known" in planned.left[0]


def test_a_batch_that_does_not_say_when_it_was_written_is_never_old(store: DirectoryStore) -> None:
    stored(store, batch([[PAIR]], created_at="long ago"))
    assert plan_pruning(store, older_than=DAY).batches.objects == ()


def test_nothing_goes_while_a_record_cannot_be_read(store: DirectoryStore) -> None:
    put(store, keys.image(digest("lost")), b"lost")
    put(store, keys.manifest("0" * 16), b"torn")
    with pytest.raises(ManifestDamaged, match=r"nothing was deleted: batches/0{16}/batch\.json"):
        gone(store)


def test_a_damaged_result_whose_manifest_has_a_copy_keeps_nobody_from_pruning(store: DirectoryStore) -> None:
    stored(store, batch([[PAIR]]))
    put(store, keys.result(PAIR.leaf_hash), b"torn")
    assert gone(store) == {keys.claim(PAIR.request_hash)}
    put(store, keys.result(digest("another")), b"torn")
    with pytest.raises(ManifestDamaged):
        gone(store)


def test_what_goes_is_archived_first_and_nothing_goes_when_that_fails(
    store: DirectoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = stored(store, batch([[PAIR, failed("a", "gemini-3-pro-image")]]))
    put(store, keys.result(digest("alone")), leaf("alone", leaf_hash=digest("alone")).model_dump_json().encode())
    before = {found.key for found in store.list("").objects}
    archived: list[set[str]] = []

    def archive(_store: DirectoryStore, gone: set[str]) -> None:
        assert {found.key for found in store.list("").objects} == before
        archived.append(set(gone))

    def refuse(_store: DirectoryStore, _gone: set[str]) -> None:
        raise AccessDenied("these credentials need s3:PutObject")

    monkeypatch.setattr("imagegen.library.removal.delete.archive", refuse)
    with pytest.raises(AccessDenied, match=r"nothing was deleted, as what it has cost .* s3:PutObject"):
        remove(store, plan_removal(store, made.batch_id))
    assert {found.key for found in store.list("").objects} == before
    monkeypatch.setattr("imagegen.library.removal.delete.archive", archive)
    for path in Path(store.location).glob("results/*"):
        age(store, f"results/{path.name}", 2 * DAY)
    remove(store, plan_removal(store, made.batch_id), *plan_pruning(store).removals)
    assert archived == [before - {found.key for found in store.list("").objects}]


@pytest.mark.parametrize("space", [keys.BATCHES, keys.IMAGES, keys.ORIGINALS, keys.RESULTS, keys.THUMBNAILS])
def test_a_store_that_permits_no_deletion_says_so_before_anything_goes(
    space: str, store: DirectoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = stored(store, batch([[PAIR]]))

    real = DirectoryStore.delete

    def refuse(self: DirectoryStore, key: str) -> None:
        if key.startswith(space):
            raise AccessDenied(f"s3:DeleteObject on {key}: these credentials need s3:DeleteObject")
        real(self, key)

    planned = plan_removal(store, made.batch_id)
    monkeypatch.setattr(DirectoryStore, "delete", refuse)
    before = {found.key for found in store.list("").objects}
    with pytest.raises(AccessDenied, match=r"nothing was deleted: .*s3:DeleteObject"):
        remove(store, planned)
    assert {found.key for found in store.list("").objects} == before
    assert [key.key for key in store.list(keys.SPENDING).objects] == []


def test_an_original_that_a_killed_redo_has_paid_for_is_needed_by_its_cell(store: DirectoryStore) -> None:
    """It was asked for in ``cells.json`` before it was paid, and no result leads to it yet."""
    made = stored(store, batch([[PAIR]], created_at=(NOW + 300 * DAY).isoformat()))
    request = digest("redone")
    put(store, keys.original(request), b"bytes")
    put(store, keys.claim(digest("unpaid")), claim(held=True))
    attempts = [
        cells.Attempt(variant=at, request_hash=one, leaf_hash=digest(f"leaf {one}"))
        for at, one in enumerate((PAIR.request_hash, request, digest("unpaid")))
    ]
    cell = cells.Cell(row=0, column=0, shown=0, attempts=tuple(attempts))
    cells.update(store, made.batch_id, lambda redone: redone.put(cell))
    assert gone(store, 100 * DAY, older_than=LONG) == {keys.claim(PAIR.request_hash)}


def test_an_original_that_a_killed_run_of_a_batch_has_paid_for_is_needed_by_its_next_run(store: DirectoryStore) -> None:
    made = stored(store, batch([[PAIR]], created_at=(NOW + 300 * DAY).isoformat()))
    put(store, keys.report(made.batch_id, "d" * 16), report(made.batch_id, "killed", "running"))
    put(store, keys.original(digest("paid")), b"bytes")
    put(store, keys.claim(digest("paid")), claim(parent="killed"))
    assert gone(store, 100 * DAY, older_than=LONG) == {keys.claim(PAIR.request_hash)}


def test_a_run_that_lives_is_not_given_up_however_long_ago_it_began(store: DirectoryStore) -> None:
    fields = {"batch_id": "0" * 16, "run_id": "run", "started_at": 0.0, "life": hold_process_lock()}
    put(store, keys.report("0" * 16, "d" * 16), Report.model_validate(fields).model_dump_json().encode())
    assert gone(store, 100 * DAY, older_than=LONG) == set()


@pytest.mark.parametrize("turned", [False, True])
def test_an_original_costs_what_the_outcome_says_that_paid_for_it(turned: bool) -> None:
    again = PAIR.model_copy(update={"reused": True, "cost_usd": 0.0, "paid_calls": 0})
    other = again.model_copy(update={"leaf_hash": digest("another look")})
    told = [PAIR, again, other]
    gone_ones = [keys.original(PAIR.request_hash), keys.original(digest("nobody's")), keys.result(digest("a"))]
    assert find_paid(gone_ones, told[::-1] if turned else told) == Paid(2, 0.041, 1)
    assert Paid(2, 0.041, 1).tell().endswith("($0.041 by their results, and what 1 of them cost is not known)")
