"""A cell is made again in its own batch, within its cap, and its former picture stays."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from imagegen.library.verify import verify
from imagegen.making.runtime import Runtime
from imagegen.results import BatchResult
from storage import AccessDenied, keys
from storage.directory import DirectoryStore
from tests.doubles.provider import openai_server
from tests.doubles.provider.openai_server import OpenAIServer
from tests.doubles.render.local_runs import LOOK, run_batch
from tests.making.changes.conftest import MODELS, Typed, read_cells, read_manifest

Told = Callable[..., BatchResult]
ROWS = ["a fox", "a hare"]


@pytest.fixture
def made(runtime: Runtime) -> BatchResult:
    return run_batch(runtime, ROWS, MODELS, *LOOK)


def test_one_cell_is_bought_anew_in_the_same_batch_and_all_others_stay(
    made: BatchResult, told: Told, store: DirectoryStore, seller: OpenAIServer
) -> None:
    result = told("redo", made.batch_id[:6], "2", MODELS[1], "--yes")
    assert result.batch_id == made.batch_id
    assert (result.summary.paid_calls, result.summary.generated, result.summary.reused) == (1, 1, 3)
    assert len(seller.calls) == 5
    before, after = made.leaves(), read_manifest(store, made.batch_id).leaves()
    assert [one.leaf_hash == other.leaf_hash for one, other in zip(before, after, strict=True)] == [True] * 3 + [False]
    assert after[3].image
    assert after[3].image.key in store.get(made.gallery_key).decode()


def test_a_row_is_redone_by_all_of_its_models(made: BatchResult, told: Told, seller: OpenAIServer) -> None:
    assert told("redo", made.batch_id, "A FO", "--yes").summary.generated == len(MODELS)
    assert len(seller.calls) == 6


def test_a_later_run_of_the_file_keeps_the_redone_cell_and_asks_nobody(
    made: BatchResult, told: Told, runtime: Runtime, store: DirectoryStore, seller: OpenAIServer
) -> None:
    told("redo", made.batch_id, "1", MODELS[0], "--yes")
    after = store.get(made.manifest_key)
    again = run_batch(runtime, ROWS, MODELS, *LOOK)
    assert (again.batch_id, again.summary.reused, len(seller.calls)) == (made.batch_id, 4, 5)
    assert store.get(made.manifest_key) == after


def test_the_former_picture_is_taken_back_for_nothing_and_the_next_redo_is_a_third(
    made: BatchResult, told: Told, typed: Typed, store: DirectoryStore, seller: OpenAIServer
) -> None:
    first = made.leaves()[0].leaf_hash
    told("redo", made.batch_id, "1", MODELS[0], "--yes")
    back = told("redo", made.batch_id, "1", MODELS[0], "--back")
    assert (back.leaves()[0].leaf_hash, back.summary.cost_usd, len(seller.calls)) == (first, 0.0, 5)
    assert typed("redo", made.batch_id, "1", MODELS[0], "--back") == 2
    told("redo", made.batch_id, "1", MODELS[0], "--yes")
    (cell,) = read_cells(store, made.batch_id)
    assert (cell["shown"], [one["variant"] for one in cell["attempts"]], len(seller.calls)) == (2, [0, 1, 2], 6)
    assert len(read_manifest(store, made.batch_id).former) == 2


def test_a_former_picture_without_its_original_is_not_taken_back(
    made: BatchResult, told: Told, typed: Typed, store: DirectoryStore, seller: OpenAIServer
) -> None:
    told("redo", made.batch_id, "1", MODELS[0], "--yes")
    for key in (keys.original(made.leaves()[0].request_hash), keys.result(made.leaves()[0].leaf_hash)):
        store.delete(key)
    assert typed("redo", made.batch_id, "1", MODELS[0], "--back") == 2
    assert len(seller.calls) == 5


def test_nothing_is_asked_for_beyond_the_cap_without_a_yes_or_without_a_key(
    made: BatchResult,
    typed: Typed,
    store: DirectoryStore,
    seller: OpenAIServer,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert typed("redo", made.batch_id, "1", "--yes", "--max-cost", "0.05") == 2
    assert "more than the cap" in capsys.readouterr().err
    assert typed("redo", made.batch_id, "1") == 2
    assert "nothing was spent: this would generate 2 pictures for $0.054; --yes says" in capsys.readouterr().err
    monkeypatch.delenv("OPENAI_API_KEY")
    assert typed("redo", made.batch_id, "1", "--yes") == 2
    assert len(seller.calls) == 4
    assert store.list(keys.cells(made.batch_id)).objects == ()


def test_the_batchs_own_cap_holds_for_its_redo_until_another_one_is_given(
    runtime: Runtime, typed: Typed, store: DirectoryStore, seller: OpenAIServer, capsys: pytest.CaptureFixture[str]
) -> None:
    rows: list[Any] = ["a fox", {"prompt": "a hare", "variant": 1}]
    run_batch(runtime, rows, MODELS[:1], *LOOK)
    capped = run_batch(runtime, rows, MODELS[:1], *LOOK, max_cost_usd=0.04)
    assert typed("redo", capped.batch_id, "1", "--yes") == 2
    assert "more than the cap of $0.04" in capsys.readouterr().err
    assert len(seller.calls) == 2
    assert typed("redo", capped.batch_id, "1", "--yes", "--max-cost", "0.05") == 0
    assert typed("redo", capped.batch_id, "1", "--back") == 0
    assert read_manifest(store, capped.batch_id).max_cost_usd == 0.04
    assert typed("redo", capped.batch_id, "2", "--yes") == 2
    assert len(seller.calls) == 3


@pytest.mark.parametrize(("answer", "calls"), [("y\n", 5), ("n\n", 4)])
def test_at_a_terminal_the_price_is_told_and_asked_for(
    made: BatchResult, typed: Typed, seller: OpenAIServer, monkeypatch: pytest.MonkeyPatch, answer: str, calls: int
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("workflows.commands.redo.typer.confirm", lambda *_args, **_named: answer == "y\n")
    assert typed("redo", made.batch_id, "1", MODELS[0]) == (0 if calls == 5 else 2)
    assert len(seller.calls) == calls


def test_a_picture_that_is_refused_leaves_the_former_one_in_its_place(
    made: BatchResult, typed: Typed, store: DirectoryStore, seller: OpenAIServer, capsys: pytest.CaptureFixture[str]
) -> None:
    seller.script([openai_server.error(400, "moderation_blocked", "Your request was rejected by the safety system.")])
    assert typed("redo", made.batch_id, "1", MODELS[0], "--yes") == 1
    assert "the former one stays" in capsys.readouterr().err
    kept = read_manifest(store, made.batch_id)
    assert (kept.status, kept.leaves()[0].leaf_hash) == ("complete", made.leaves()[0].leaf_hash)
    assert [one["status"] for one in read_cells(store, made.batch_id)[0]["attempts"]] == ["made", "asked"]
    assert not verify(store).problems
    assert typed("redo", made.batch_id, "1", MODELS[0], "--yes") == 0
    assert read_cells(store, made.batch_id)[0]["shown"] == 1


def test_a_picture_that_was_paid_for_and_could_not_be_stored_is_composed_by_the_next_redo(
    made: BatchResult,
    typed: Typed,
    store: DirectoryStore,
    seller: OpenAIServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    create = DirectoryStore.create

    def refuse_images(self: DirectoryStore, key: str, data: bytes, **told: Any) -> str | None:
        if key.startswith(keys.IMAGES):
            raise AccessDenied("images/ is read-only")
        return create(self, key, data, **told)

    with monkeypatch.context() as patched:
        patched.setattr(DirectoryStore, "create", refuse_images)
        assert typed("redo", made.batch_id, "1", MODELS[0], "--yes") == 1
    assert len(seller.calls) == 5
    assert typed("redo", made.batch_id, "1", MODELS[0]) == 0  # nothing to pay, so nothing to ask
    assert [one["status"] for one in read_cells(store, made.batch_id)[0]["attempts"]] == ["made", "made"]
    assert len(seller.calls) == 5


def test_a_picture_that_is_given_up_is_left_out_by_the_next_redo(
    made: BatchResult, typed: Typed, store: DirectoryStore, seller: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RETRY_USELESS", "0")
    seller.script([openai_server.picture(b"no picture")])
    assert typed("redo", made.batch_id, "1", MODELS[0], "--yes") == 1
    assert typed("redo", made.batch_id, "1", MODELS[0], "--yes") == 0
    (cell,) = read_cells(store, made.batch_id)
    assert [(one["variant"], one["status"]) for one in cell["attempts"]] == [(0, "made"), (1, "failed"), (2, "made")]
    assert len(seller.calls) == 6


def test_a_picture_that_could_not_be_taken_back_can_be_taken_back_later(
    made: BatchResult, told: Told, typed: Typed, store: DirectoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    told("redo", made.batch_id, "1", MODELS[0], "--yes")
    former = made.leaves()[0]
    assert former.image
    for key in (keys.result(former.leaf_hash), former.image.key):
        store.delete(key)
    original = store.get(keys.original(former.request_hash))
    store.replace(keys.original(former.request_hash), b"damaged", content_type="image/png")
    assert typed("redo", made.batch_id, "1", MODELS[0], "--back") == 1
    assert read_cells(store, made.batch_id)[0]["shown"] == 1
    store.replace(keys.original(former.request_hash), original, content_type="image/png")
    assert told("redo", made.batch_id, "1", MODELS[0], "--back").leaves()[0].leaf_hash == former.leaf_hash
    assert verify(store).findings == ()


def test_a_failed_cell_elsewhere_is_not_made_by_a_redo(
    runtime: Runtime, typed: Typed, store: DirectoryStore, seller: OpenAIServer
) -> None:
    seller.script([openai_server.error(400, "moderation_blocked", "Rejected by the safety system.")])
    made = run_batch(runtime, ROWS, MODELS[:1], *LOOK, concurrency=1)
    failed = [leaf.succeeded for leaf in made.leaves()].index(False)
    calls = len(seller.calls)
    assert typed("redo", made.batch_id, str(2 - failed), "--yes") == 0
    assert len(seller.calls) == calls + 1
    kept = read_manifest(store, made.batch_id)
    assert (kept.status, kept.leaves()[failed].succeeded) == ("partial", False)
    assert typed("redo", made.batch_id, str(failed + 1), "--yes") == 0
    assert read_manifest(store, made.batch_id).status == "complete"


def test_rows_that_share_a_request_share_its_next_picture(runtime: Runtime, told: Told, seller: OpenAIServer) -> None:
    rows = [{"prompt": "a fox", "title": "One"}, {"prompt": "a fox", "title": "Two"}]
    made = run_batch(runtime, rows, MODELS[:1], *LOOK)
    assert told("redo", made.batch_id, "One", "--yes").summary.paid_calls == 1
    assert told("redo", made.batch_id, "Two").summary.paid_calls == 0
    assert len(seller.calls) == 2


@pytest.mark.parametrize(
    ("row", "model", "said"),
    [
        ("3", None, "has no row '3'; give a row from 1 to 2, or the beginning of one title"),
        ("0", None, "has no row '0'"),
        ("a", None, "is the beginning of 2 titles (1 'a fox', 2 'a hare')"),
        ("", None, "has no row ''"),
        ("1", "gpt", f"has no model 'gpt'; give one of its own: {', '.join(MODELS)}"),
    ],
)
def test_a_cell_that_is_not_there_is_named_with_what_is(
    made: BatchResult, typed: Typed, capsys: pytest.CaptureFixture[str], row: str, model: str | None, said: str
) -> None:
    assert typed("redo", made.batch_id, row, *([model] if model else []), "--yes") == 2
    assert said in capsys.readouterr().err


def test_a_batch_that_would_be_another_one_today_is_not_redone(
    runtime: Runtime, typed: Typed, store: DirectoryStore, seller: OpenAIServer, capsys: pytest.CaptureFixture[str]
) -> None:
    made = run_batch(runtime, ROWS, MODELS[:1], *LOOK, "for a blog")
    older = json.loads(store.get(made.manifest_key))
    del older["context"]  # as a version left it that did not keep it
    store.replace(made.manifest_key, json.dumps(older).encode(), content_type="application/json")
    assert typed("redo", made.batch_id, "1", "--yes") == 2
    said = capsys.readouterr().err
    assert "Run its batch file again" in said
    # No other id: what is asked for in vain here is not what a run of the file asks for.
    assert re.findall(r"\b[0-9a-f]{16}\b", said) == [made.batch_id]
    assert run_batch(runtime, ROWS, MODELS[:1], *LOOK, "for a blog").summary.reused == 2
    assert typed("redo", made.batch_id, "1", "--yes") == 0
    assert len(seller.calls) == 3


def test_damaged_cells_are_named_and_bring_no_run_to_pay(
    made: BatchResult, told: Told, typed: Typed, store: DirectoryStore, runtime: Runtime, seller: OpenAIServer
) -> None:
    from imagegen.records import Damaged

    told("redo", made.batch_id, "1", MODELS[0], "--yes")
    store.replace(keys.cells(made.batch_id), b"{}", content_type="application/json")
    with pytest.raises(Damaged, match="remove it, and they show their first pictures again"):
        run_batch(runtime, ROWS, MODELS, *LOOK)
    assert [found.key for found in verify(store).problems] == [keys.cells(made.batch_id)]
    assert typed("delete", made.batch_id, "--yes") == 0
    assert [one.key for one in store.list("").objects if not one.key.startswith(("probes/", "spending/"))] == []
    assert len(seller.calls) == 5


def test_a_batch_reads_its_redone_cells_once(
    made: BatchResult, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    get = DirectoryStore.get

    def counted(self: DirectoryStore, key: str) -> bytes:
        read.append(key)
        return get(self, key)

    monkeypatch.setattr(DirectoryStore, "get", counted)
    run_batch(runtime, ROWS, MODELS, *LOOK)
    assert read.count(keys.cells(made.batch_id)) == 1
