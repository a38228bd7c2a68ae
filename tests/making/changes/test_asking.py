"""A redo asks before it pays, in words that fit it, and shows no picture that was never asked for."""

import json
from typing import Any

import pytest
import typer

from imagegen import cells
from imagegen.making.runtime import Runtime
from imagegen.records import Damaged
from imagegen.results import BatchResult
from storage import keys
from storage.directory import DirectoryStore
from tests.doubles.provider.openai_server import OpenAIServer
from tests.doubles.render.local_runs import LOOK, run_batch
from tests.making.changes.conftest import MODELS, Typed


@pytest.fixture
def made(runtime: Runtime) -> BatchResult:
    return run_batch(runtime, ["a fox", "a hare"], MODELS[:1], *LOOK)


def test_a_question_that_is_broken_off_spends_nothing(
    made: BatchResult,
    typed: Typed,
    seller: OpenAIServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Ctrl-C and Ctrl-D come as the same exception."""

    def break_off(*_: object, **__: object) -> None:
        raise typer.Abort

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("workflows.commands.redo.typer.confirm", break_off)
    assert typed("redo", made.batch_id, "1", MODELS[0]) == 130
    assert "nothing was spent" in capsys.readouterr().err
    assert len(seller.calls) == 2


def test_without_a_key_a_redo_gives_no_advice_that_it_would_not_take(
    made: BatchResult, typed: Typed, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    assert typed("redo", made.batch_id, "1", MODELS[0], "--yes") == 2
    said = capsys.readouterr().err
    assert "OPENAI_API_KEY is not set" in said
    assert "--offline" not in said


def test_cells_that_show_what_was_never_asked_for_are_damaged(
    made: BatchResult, typed: Typed, store: DirectoryStore
) -> None:
    assert typed("redo", made.batch_id, "1", MODELS[0], "--yes") == 0
    key = keys.cells(made.batch_id)
    written: Any = json.loads(store.get(key))
    written["cells"][0]["shown"] = 7
    store.replace(key, json.dumps(written).encode(), content_type="application/json")
    with pytest.raises(Damaged, match="does not say which cells"):
        cells.read(store, made.batch_id)
    assert typed("redo", made.batch_id, "1", MODELS[0], "--yes") == 2
    assert typed("verify") == 1
