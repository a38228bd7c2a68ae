"""A copy carries redone cells and their former pictures, and of cells redone in both stores it loses neither."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from imagegen import cells
from imagegen.library.copy import copy
from imagegen.library.verify import verify
from imagegen.making.changes.redo import ask, find_places, plan_back, plan_redo
from imagegen.making.runtime import Runtime
from imagegen.records import find_manifest
from imagegen.results import BatchResult
from storage import Store, keys
from storage.directory import DirectoryStore
from tests.doubles.provider import openai_server
from tests.doubles.provider.openai_server import OpenAIServer
from tests.doubles.render.local_runs import LOOK, run_batch, run_redo
from tests.library.copying.contents import besides_pages, put, read_all

ROWS = ["a fox", "a hare"]
MODEL = "gpt-image-2"


@pytest.fixture
def openai(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIServer]:
    """The provider; no two of its pictures are alike."""
    with OpenAIServer() as server:
        server.always(lambda call: openai_server.picture(subject=f"{call.body['prompt']} {len(server.calls)}"))
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        yield server


@pytest.fixture
def made(here: Runtime) -> BatchResult:
    return run_batch(here, ROWS, [MODEL], *LOOK)


class Killed(Exception):
    """The end of a run, at a moment at which it has paid and has not said so."""


def read(runtime: Runtime, batch_id: str) -> BatchResult:
    manifest = find_manifest(runtime.store, batch_id)
    assert manifest is not None
    return manifest


def redo(runtime: Runtime, batch_id: str, row: int, *, back: bool = False) -> BatchResult:
    """Redo a row, counted from 0, as the command does; or take its former picture back."""
    manifest = read(runtime, batch_id)
    places = find_places(manifest, row, None)
    change = plan_back(manifest, places, runtime) if back else plan_redo(manifest, places, runtime, None)
    ask(change, runtime)
    return run_redo(runtime, change)


def shown(runtime: Runtime, batch_id: str) -> list[int]:
    """The variants that the rows show, by the cells and, as far as it has pictures of them, by the manifest."""
    redone = cells.read(runtime.store, batch_id)
    for row, leaf in enumerate(read(runtime, batch_id).leaves()):
        assert redone.find_shown_hash((row, 0)) in (None, leaf.leaf_hash)
    return [redone.list_shown().get((row, 0), 0) for row in range(len(ROWS))]


def read_lasting(store: Store) -> dict[str, bytes]:
    """All that a copy leaves as it is: accounts are noted as those of another store."""
    return read_all(store, *(space for space in keys.SPACES if space not in (keys.CLAIMS, keys.REPORTS, keys.PROBES)))


@pytest.mark.parametrize("everything", [True, False])
def test_a_copy_takes_former_pictures_back_and_makes_the_next_one_only(
    made: BatchResult, here: Runtime, there: Runtime, openai: OpenAIServer, everything: bool
) -> None:
    redo(here, made.batch_id, 0)
    redo(here, made.batch_id, 0)
    assert copy(here.store, there.store, None if everything else [made.batch_id]).left == {}
    assert read_lasting(there.store) == read_lasting(here.store)
    assert verify(there.store).findings == ()
    assert run_batch(there, ROWS, [MODEL], *LOOK).summary.reused == len(ROWS)
    former = [redo(there, made.batch_id, 0, back=True).leaves()[0].leaf_hash for _ in range(2)]
    assert former[1] == made.leaves()[0].leaf_hash != former[0]
    assert len(openai.calls) == 4
    redo(there, made.batch_id, 0)
    assert (shown(there, made.batch_id), len(openai.calls)) == ([3, 0], 5)
    assert copy(here.store, there.store, None).left == {}
    assert shown(there, made.batch_id) == [3, 0]


def test_a_former_picture_is_composed_anew_at_the_copy_from_its_original(
    made: BatchResult, here: Runtime, there: Runtime, openai: OpenAIServer
) -> None:
    redo(here, made.batch_id, 1)
    copy(here.store, there.store, [made.batch_id])
    first = made.leaves()[1]
    assert first.image
    for key in (keys.result(first.leaf_hash), first.image.key):
        there.store.delete(key)
    taken_back = redo(there, made.batch_id, 1, back=True).leaves()[1].image
    assert taken_back
    assert (taken_back.key, taken_back.sha256) == (first.image.key, first.image.sha256)
    assert len(openai.calls) == 3


def test_cells_that_were_redone_in_both_stores_are_redone_in_both_after_a_copy(
    made: BatchResult, here: Runtime, there: Runtime, openai: OpenAIServer
) -> None:
    copy(here.store, there.store, None)
    redo(here, made.batch_id, 0)
    redo(there, made.batch_id, 1)
    calls = len(openai.calls)
    assert copy(here.store, there.store, None).left == {}
    assert shown(there, made.batch_id) == [1, 1]
    assert copy(there.store, here.store, None).left == {}
    assert shown(here, made.batch_id) == [1, 1]
    for runtime in (here, there):
        assert run_batch(runtime, ROWS, [MODEL], *LOOK).summary.reused == len(ROWS)
        assert verify(runtime.store).findings == ()
        assert len(read(runtime, made.batch_id).former) == len(ROWS)
    redo(there, made.batch_id, 0, back=True)
    assert len(openai.calls) == calls


def test_a_copy_of_an_older_batch_gets_every_former_picture(made: BatchResult, here: Runtime, there: Runtime) -> None:
    copy(here.store, there.store, None)
    redo(here, made.batch_id, 0)
    redo(here, made.batch_id, 0)
    copy(here.store, there.store, None)
    brought, kept = read(there, made.batch_id), read(here, made.batch_id)
    assert {leaf.leaf_hash for leaf in brought.former} == {leaf.leaf_hash for leaf in kept.former}
    assert len(brought.former) == 2
    assert brought.first_created_at == made.created_at


@pytest.mark.parametrize("newer", ["here", "there"])
def test_of_one_cell_in_two_stores_the_newer_batch_says_what_it_shows(
    made: BatchResult, here: Runtime, there: Runtime, openai: OpenAIServer, newer: str
) -> None:
    redo(here, made.batch_id, 0)
    copy(here.store, there.store, None)
    redo(there, made.batch_id, 0, back=True)
    for runtime, name in ((here, "here"), (there, "there")):
        year = "2031" if name == newer else "2030"
        changed = read(runtime, made.batch_id).model_copy(update={"created_at": f"{year}-01-01T00:00:00+00:00"})
        put(runtime.store, made.manifest_key, changed.model_dump_json().encode())
    assert copy(here.store, there.store, None).left == {}
    assert shown(there, made.batch_id) == ([1, 0] if newer == "here" else [0, 0])
    assert shown(here, made.batch_id) == [1, 0]
    assert len(openai.calls) == 3


@pytest.mark.parametrize("is_recorded", [True, False])
def test_what_a_killed_redo_paid_for_goes_along_and_is_taken_up_at_the_copy(
    made: BatchResult,
    here: Runtime,
    there: Runtime,
    openai: OpenAIServer,
    monkeypatch: pytest.MonkeyPatch,
    is_recorded: bool,
) -> None:
    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr("imagegen.making.batch_run.settle_redone", die)
        with pytest.raises(Killed):
            redo(here, made.batch_id, 0)
    if not is_recorded:
        (asked,) = [one for one in cells.read(here.store, made.batch_id).list_attempts() if one.status == "asked"]
        here.store.delete(keys.result(asked.leaf_hash))
    copy(here.store, there.store, [made.batch_id], force=True)
    assert shown(there, made.batch_id) == [0, 0]
    redo(there, made.batch_id, 0)
    assert (shown(there, made.batch_id), len(openai.calls)) == ([1, 0], 3)


@pytest.mark.parametrize("at", ["source", "destination"])
def test_damaged_cells_are_named_and_neither_carried_nor_overwritten(
    made: BatchResult, here: Runtime, there: Runtime, at: str
) -> None:
    redo(here, made.batch_id, 0)
    broken = here.store if at == "source" else there.store
    put(broken, keys.cells(made.batch_id), b"{}")
    left = copy(here.store, there.store, [made.batch_id]).left
    assert left.keys() == {keys.cells(made.batch_id)}
    assert "does not say which cells" in left[keys.cells(made.batch_id)]
    assert broken.get(keys.cells(made.batch_id)) == b"{}"
    assert (find_manifest(there.store, made.batch_id) is None) == (at == "destination")
    assert [found.key for found in verify(there.store).problems] == ([] if at == "source" else [*left])


def test_redone_cells_arrive_in_every_kind_of_store_and_come_back(
    made: BatchResult, here: Runtime, other: Store, tmp_path: Path
) -> None:
    redo(here, made.batch_id, 0)
    copy(here.store, other, None)
    back = DirectoryStore(tmp_path / "back")
    copy(other, back, [made.batch_id])
    assert read_lasting(back) == read_lasting(here.store)
    assert besides_pages(read_lasting(other)) == besides_pages(read_lasting(here.store))
    assert verify(other).findings == ()
    assert copy(other, back, None).written == 0


def test_a_batch_is_not_shown_with_cells_whose_pictures_did_not_arrive(
    made: BatchResult, here: Runtime, there: Runtime
) -> None:
    redo(here, made.batch_id, 0)
    former = made.leaves()[0]
    assert former.image
    sound = here.store.get(former.image.key)
    put(here.store, former.image.key, b"damaged")
    left = copy(here.store, there.store, None).left
    assert {former.image.key, made.manifest_key} <= left.keys()
    assert list(read_all(there.store, keys.BATCHES)) == []
    put(here.store, former.image.key, sound)
    assert copy(here.store, there.store, None).left == {}
    assert shown(there, made.batch_id) == [1, 0]


@pytest.mark.parametrize("newer", ["here", "there"])
def test_a_cell_that_both_stores_paid_to_redo_keeps_each_ones_picture_and_blocks_nothing(
    made: BatchResult, here: Runtime, there: Runtime, openai: OpenAIServer, newer: str
) -> None:
    """Both redid row 0, and have another original of the same variant; row 1 was redone here alone."""
    copy(here.store, there.store, None)
    redo(there, made.batch_id, 0)
    redo(here, made.batch_id, 0)
    redo(here, made.batch_id, 1)
    for runtime, name in ((here, "here"), (there, "there")):
        year = "2031" if name == newer else "2030"
        changed = read(runtime, made.batch_id).model_copy(update={"created_at": f"{year}-01-01T00:00:00+00:00"})
        put(runtime.store, made.manifest_key, changed.model_dump_json().encode())
    own, theirs = read(there, made.batch_id).leaves()[0], read(here, made.batch_id).leaves()
    assert own.image != theirs[0].image
    for _ in range(2):
        left = copy(here.store, there.store, [made.batch_id]).left
        assert left.keys() == {keys.original(own.request_hash)}
        assert shown(there, made.batch_id) == [1, 1]
        assert [leaf.image for leaf in read(there, made.batch_id).leaves()] == [own.image, theirs[1].image]
    assert verify(there.store).findings == ()
    assert run_batch(there, ROWS, [MODEL], *LOOK).summary.reused == len(ROWS)
    redo(there, made.batch_id, 1, back=True)
    redo(there, made.batch_id, 0, back=True)
    assert [leaf.leaf_hash for leaf in read(there, made.batch_id).leaves()] == [
        leaf.leaf_hash for leaf in made.leaves()
    ]
    assert len(openai.calls) == len(ROWS) + 3


def test_a_former_picture_that_both_stores_paid_for_blocks_nothing(
    made: BatchResult, here: Runtime, there: Runtime
) -> None:
    copy(here.store, there.store, None)
    redo(there, made.batch_id, 0)
    own = read(there, made.batch_id).leaves()[0]
    redo(here, made.batch_id, 0)
    redo(here, made.batch_id, 0)
    assert copy(here.store, there.store, None).left.keys() == {keys.original(own.request_hash)}
    assert cells.read(there.store, made.batch_id).list_attempts()[-1].variant == 2
    assert own.image in [leaf.image for leaf in read(there, made.batch_id).holdings()]
    assert verify(there.store).findings == ()
