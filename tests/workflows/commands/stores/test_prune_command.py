"""``imagegen prune``, and the question before paid originals go, as they are typed."""

import io
import os
import time
from pathlib import Path

import pytest

from imagegen.library.removal.prune import Pruning, plan_pruning
from imagegen.paying.liveness import hold_process_lock
from imagegen.paying.run_report import Report
from imagegen.results import BatchResult
from storage import keys
from storage.directory import DirectoryStore
from tests.doubles.batches import digest
from tests.doubles.provider.openai_server import OpenAIServer
from tests.doubles.render.local_runs import LOOK, run_batch, runtime_in
from tests.workflows.commands.conftest import Typed, objects_in
from tests.workflows.conftest import openai
from workflows.commands.stores import prune

__all__ = ["openai"]


class Terminal(io.StringIO):
    """A standard input at which a person answers."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def bought(openai: OpenAIServer, store: Path) -> BatchResult:
    """A batch of two pictures that were paid for."""
    assert openai.calls == []
    return run_batch(runtime_in(store), ["a", "b"], ["gpt-image-2"], *LOOK)


def let_days_pass(store: Path, days: int) -> None:
    for path in objects_in(store):
        os.utime(path, (time.time() - days * 86_400,) * 2)


def grow_old(store: Path, made: BatchResult) -> None:
    """Let a batch have been written long ago."""
    path = store / made.manifest_key
    path.write_text(path.read_text().replace(made.created_at, "2020-01-01T00:00:00+00:00"))
    let_days_pass(store, 3)


def lose(store: Path) -> Path:
    """Leave a picture without a record, two days ago."""
    path = store / keys.image(digest("lost"))
    DirectoryStore(store).create(keys.image(digest("lost")), b"lost", content_type="image/jpeg")
    let_days_pass(store, 2)
    return path


def test_prune_says_what_would_go_and_then_lets_it_go(
    typed: Typed, made: BatchResult, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lost = lose(store)
    claims = [keys.claim(leaf.request_hash) for leaf in made.leaves()]
    assert typed("prune", "--dry-run") == 0
    said = capsys.readouterr()
    assert set(said.out.splitlines()) >= {str(lost.relative_to(store)), *claims}
    assert "objects (0.0 MB) would be deleted" in said.err
    before = objects_in(store)
    assert lost in before
    assert typed("prune") == 0
    assert capsys.readouterr().out == said.out
    assert {str(path.relative_to(store)) for path in set(before) - set(objects_in(store))} == set(said.out.splitlines())
    assert typed("prune") == 0
    assert capsys.readouterr().err == "0 objects (0.0 MB) deleted\n"


@pytest.mark.parametrize("runs", ["before", "meanwhile"])
def test_prune_refuses_while_a_batch_may_be_running(
    runs: str, monkeypatch: pytest.MonkeyPatch, typed: Typed, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lost = lose(store)
    report = Report(batch_id="0" * 16, run_id="run", life=hold_process_lock(), started_at=time.time())
    path = store / keys.report("0" * 16, "1" * 16)

    def begin() -> None:
        path.parent.mkdir(exist_ok=True)
        path.write_text(report.model_dump_json())

    def plan_meanwhile(*given: object, **named: object) -> Pruning:
        begin()
        return plan(*given, **named)  # type: ignore[arg-type]

    plan = plan_pruning
    if runs == "before":
        begin()
    else:
        monkeypatch.setattr(prune, "plan_pruning", plan_meanwhile)
    assert typed("prune") == 2
    said = capsys.readouterr().err
    assert "nothing was deleted: batch 0000000000000000 since 2" in said
    assert "--force" not in said
    assert lost.exists()
    assert typed("prune", "--dry-run") == 0


def test_prune_refuses_an_age_that_is_none(typed: Typed, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("prune", "--older-than", "3 months") == 2
    assert "--older-than '3 months' is no age; give days or weeks, such as 90d or 12w" in capsys.readouterr().err


def type_removal(typed: Typed, how: str, made: BatchResult, *more: str) -> int:
    return typed(*(("delete", made.batch_id) if how == "delete" else ("prune", "--older-than", "90d")), *more)


@pytest.mark.parametrize("how", ["delete", "prune"])
def test_paid_originals_do_not_go_without_a_yes_and_nothing_else_does(
    how: str, typed: Typed, bought: BatchResult, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    grow_old(store, bought)
    before = objects_in(store)
    assert type_removal(typed, how, bought) == 2
    said = capsys.readouterr()
    price = f"2 paid originals (${bought.summary.cost_usd:.3f}".rstrip("0")
    assert f"nothing was deleted: {price}" in said.err
    assert "--yes says that you agree, --keep-originals leaves them" in said.err
    assert said.out == ""
    assert type_removal(typed, how, bought, "--dry-run") == 0
    assert f"{price}" in capsys.readouterr().err
    assert objects_in(store) == before
    assert type_removal(typed, how, bought, "--yes") == 0
    assert {path.parent.name for path in objects_in(store)} <= {"probes", "spending"}


@pytest.mark.parametrize("how", ["delete", "prune"])
def test_kept_originals_are_not_asked_about_and_the_batch_is_made_again_for_nothing(
    how: str, typed: Typed, bought: BatchResult, store: Path, openai: OpenAIServer
) -> None:
    grow_old(store, bought)
    assert type_removal(typed, how, bought, "--keep-originals") == 0
    assert {path.parent.name for path in objects_in(store)} <= {"originals", "claims", "probes", "spending"}
    again = run_batch(runtime_in(store), ["a", "b"], ["gpt-image-2"], *LOOK)
    assert (again.status, len(openai.calls)) == ("complete", 2)


@pytest.mark.parametrize("how", ["delete", "prune"])
def test_originals_of_the_offline_painter_are_not_asked_about(
    how: str, typed: Typed, made: BatchResult, store: Path
) -> None:
    grow_old(store, made)
    assert type_removal(typed, how, made) == 0
    assert objects_in(store) == []


@pytest.mark.parametrize("how", ["delete", "prune"])
@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 2), ("", 130)])
def test_at_a_terminal_it_is_asked(
    answer: str,
    code: int,
    how: str,
    typed: Typed,
    bought: BatchResult,
    store: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    grow_old(store, bought)
    before = objects_in(store)
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    assert type_removal(typed, how, bought) == code
    said = capsys.readouterr().err
    assert "This deletes 2 paid originals ($" in said
    assert code == 0 or "nothing was deleted" in said
    assert (objects_in(store) == before) is (code != 0)


def test_what_went_up_in_number_while_the_question_was_open_is_not_deleted(
    typed: Typed,
    bought: BatchResult,
    store: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Another batch shares an original; it is deleted while the first one's question is open."""
    other = run_batch(runtime_in(store), ["a"], ["gpt-image-2"], *LOOK)

    def answer(*_given: object, **_named: object) -> bool:
        for path in objects_in(store):
            if other.batch_id in str(path):
                path.unlink()
        return True

    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("workflows.commands.stores.removing.typer.confirm", answer)
    assert typed("delete", bought.batch_id) == 2
    said = capsys.readouterr().err
    assert "This deletes 1 paid original ($" in said
    assert "by now 2 paid originals ($" in said
    assert (store / bought.manifest_key).exists()
