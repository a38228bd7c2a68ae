"""``imagegen delete``, as it is typed."""

import time
from pathlib import Path

import pytest

from imagegen.library.removal.delete import Removal, plan_removal
from imagegen.paying.liveness import hold_process_lock
from imagegen.paying.run_report import Report
from imagegen.results import BatchResult
from storage import Store, keys
from tests.doubles.render.local_runs import LOOK, run_batch, run_leaf, runtime_in
from tests.making.requests import ended_life, leave_claim
from tests.workflows.commands.conftest import Typed, objects_in
from workflows.commands.stores import delete


def test_delete_says_what_would_go_and_then_lets_it_go(
    typed: Typed, made: BatchResult, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = objects_in(store)
    assert typed("delete", made.batch_id, "--dry-run") == 0
    planned = capsys.readouterr().out.splitlines()
    assert objects_in(store) == before
    assert len(planned) == len(before)
    assert typed("delete", made.batch_id) == 0
    assert objects_in(store) == []


def test_delete_leaves_what_generate_image_made_before_a_batch_reused_it(
    typed: Typed, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_leaf(runtime_in(store), "a", "gpt-image-2", *LOOK, title="a", offline=True)
    before = objects_in(store)
    reusing = run_batch(runtime_in(store), ["a"], ["gpt-image-2"], *LOOK, offline=True)
    assert reusing.summary.reused == 1
    assert typed("delete", reusing.batch_id) == 0
    assert objects_in(store) == before
    assert "4 kept because others refer to them" in capsys.readouterr().err


def leave_report(store: Path, batch_id: str) -> Path:
    """Leave the report of a batch that this very process runs."""
    report = Report(batch_id=batch_id, run_id="run", life=hold_process_lock(), started_at=time.time())
    path = store / keys.report(batch_id, "1" * 16)
    path.parent.mkdir(exist_ok=True)
    path.write_text(report.model_dump_json())
    return path


def test_delete_refuses_while_a_batch_runs_unless_it_is_forced(
    typed: Typed, made: BatchResult, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    leave_report(store, "0" * 16)
    before = objects_in(store)
    assert typed("delete", made.batch_id) == 2
    assert "nothing was deleted: batch 0000000000000000 since 2" in capsys.readouterr().err
    assert objects_in(store) == before
    assert typed("delete", made.batch_id, "--dry-run") == 0
    assert typed("delete", made.batch_id, "--force") == 0
    assert not (store / made.manifest_key).exists()


@pytest.mark.parametrize("runs", ["before", "after"])
def test_delete_looks_for_running_batches_before_and_after_it_finds_out_what_would_go(
    runs: str, monkeypatch: pytest.MonkeyPatch, typed: Typed, made: BatchResult, store: Path
) -> None:
    report = leave_report(store, "0" * 16)
    text = report.read_text()
    report.write_text(text if runs == "before" else "")

    def plan_meanwhile(opened: Store, batch_id: str, **given: bool) -> Removal:
        report.write_text(text if runs == "after" else "")
        return plan_removal(opened, batch_id, **given)

    monkeypatch.setattr(delete, "plan_removal", plan_meanwhile)
    assert typed("delete", made.batch_id) == 2
    assert (store / made.manifest_key).exists()


def test_delete_refuses_to_lose_what_a_killed_run_spent_unless_it_is_forced(
    typed: Typed, made: BatchResult, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = Report(batch_id=made.batch_id, run_id="killed", life=ended_life(), started_at=time.time())
    path = store / keys.report(made.batch_id, "1" * 16)
    path.parent.mkdir(exist_ok=True)
    path.write_text(report.model_dump_json())
    leave_claim(runtime_in(store).store, made.leaves()[0].request_hash, parent="killed")
    before = objects_in(store)
    spent = "0 calls paid, $0 by what is known, and 1 more call that may have been charged, as far as the store says"
    assert typed("delete", made.batch_id, "--dry-run") == 0
    assert f"would be refused without --force: what killed runs spent is in no result yet ({spent})" in (
        capsys.readouterr().err
    )
    assert typed("delete", made.batch_id) == 2
    assert f"in no result yet ({spent})" in capsys.readouterr().err
    assert objects_in(store) == before
    assert typed("delete", made.batch_id, "--force") == 0
    assert f"what killed runs spent is in no result any more ({spent})" in capsys.readouterr().err
    assert [path.parent.name for path in objects_in(store)] == ["spending"]


def test_delete_names_the_claims_that_another_batchs_killed_run_needs(
    typed: Typed, made: BatchResult, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = store / keys.report("0" * 16, "1" * 16)
    path.parent.mkdir(exist_ok=True)
    report = Report(batch_id="0" * 16, run_id="killed", life=ended_life(), started_at=time.time())
    path.write_text(report.model_dump_json())
    request_hash = made.leaves()[0].request_hash
    leave_claim(runtime_in(store).store, request_hash, parent="killed")
    assert typed("delete", made.batch_id) == 0
    assert f"kept: {keys.claim(request_hash)} stays: its account is needed by batch 0" in capsys.readouterr().err
    left = [path for path in objects_in(store) if path.parent.name != "spending"]
    assert left == [store / keys.claim(request_hash), path]


def test_delete_names_what_will_not_go_and_goes_on_the_next_time(
    typed: Typed, made: BatchResult, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blocked = store / keys.result(made.leaves()[0].leaf_hash)
    blocked.unlink()
    blocked.mkdir()
    assert typed("delete", made.batch_id) == 1
    said = capsys.readouterr()
    assert f"not deleted: cannot delete {blocked.relative_to(store)}: {blocked} is in the way" in said.err
    assert f"not deleted: {made.manifest_key} stays" in said.err
    assert made.manifest_key not in said.out
    assert objects_in(store) == [store / made.manifest_key]
    blocked.rmdir()
    assert typed("delete", made.batch_id) == 0
    assert objects_in(store) == []
