"""``imagegen gallery``, ``list``, ``delete`` and ``verify``, as they are typed."""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from imagegen.library.delete import Removal, plan_removal
from imagegen.making.runtime import Runtime
from imagegen.paying.liveness import hold_process_lock
from imagegen.paying.run_report import Report
from imagegen.results import BatchResult
from imagegen.settings import from_environment
from storage import Store, keys
from tests.doubles import s3_servers
from tests.doubles.render.local_runs import LOOK, run_batch, run_leaf, runtime_in
from workflows import cli
from workflows.commands import library

Typed = Callable[..., int]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def made(store: Path) -> BatchResult:
    return run_batch(runtime_in(store), ["a", "b"], ["gpt-image-2"], *LOOK, "", "", 0, True)


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, store: Path) -> Typed:
    def run(command: str, *arguments: str) -> int:
        monkeypatch.setattr("sys.argv", ["imagegen", command, *arguments, "--store", str(store)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return int(ended.value.code or 0)

    return run


def objects_in(store: Path) -> list[Path]:
    """The files of a store that stand for objects."""
    files = (path for path in store.rglob("*") if path.is_file())
    return sorted(path for path in files if ".incoming" not in path.parts)


def test_list_shows_batches_newest_first(typed: Typed, made: BatchResult, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("list") == 0
    assert made.batch_id in capsys.readouterr().out
    assert typed("list", "--json") == 0
    (row,) = json.loads(capsys.readouterr().out)["batches"]
    assert (row["batch_id"], row["status"]) == (made.batch_id, "complete")


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (("neon", "bottom-bar", "inter"), "neon, bottom-bar, inter"),
        (("photorealistic", "left-panel", "inter"), "photorealistic, left-panel, inter"),
        (("photorealistic", "bottom-bar", "lora"), "photorealistic, bottom-bar, lora"),
        ((*LOOK, "", "", 1), "photorealistic, bottom-bar, inter, variant 1"),
    ],
)
def test_list_tells_batches_of_the_same_prompts_apart(
    other: tuple[object, ...], said: str, typed: Typed, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for look in (LOOK, other):
        run_batch(runtime_in(store), ["a", "b"], ["gpt-image-2"], *look, offline=True)
    assert typed("list") == 0
    after_the_time = {line.split("+00:00")[1] for line in capsys.readouterr().out.splitlines()}
    assert len(after_the_time) == 2
    assert any(f"  {said}  gpt-image-2  a (and 1 more)" in line for line in after_the_time)


def test_list_names_the_looks_that_rows_choose(typed: Typed, store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = ["a", {"prompt": "b", "font": "lora"}]
    run_batch(runtime_in(store), rows, ["gpt-image-2"], *LOOK, offline=True)
    assert typed("list") == 0
    assert "photorealistic, bottom-bar, inter+lora" in capsys.readouterr().out


def test_an_empty_store_says_so_and_where_it_is(typed: Typed, store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("list") == 0
    assert f"There are no batches in {store} yet." in capsys.readouterr().err
    assert typed("gallery") == 2
    assert "there is no batch" in capsys.readouterr().err


def test_gallery_builds_the_stored_page_again(
    typed: Typed, made: BatchResult, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = store / made.gallery_key
    before = page.read_bytes()
    page.unlink()
    assert typed("gallery", made.batch_id[:6]) == 0
    assert page.read_bytes() == before
    assert capsys.readouterr().out.strip() == page.as_uri()


def test_gallery_embeds_every_picture_in_one_file(typed: Typed, made: BatchResult, tmp_path: Path) -> None:
    out = tmp_path / "mail.html"
    assert typed("gallery", "--embed", "--out", str(out)) == 0
    assert out.read_text().count("data:image/jpeg;base64,") >= 2 * len(made.leaves())


def test_gallery_of_all_batches(typed: Typed, made: BatchResult, tmp_path: Path) -> None:
    out = tmp_path / "all.html"
    assert typed("gallery", "--all", "--out", str(out)) == 0
    assert made.batch_id in out.read_text()


@pytest.mark.parametrize("arguments", [(), ("--all",)])
def test_the_links_of_a_page_live_as_long_as_the_setting_says(
    arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    out = tmp_path / "page.html"
    with s3_servers.moto() as server:
        settings = {
            "MINIO_ENDPOINT": server.endpoint,
            "MINIO_ACCESS_KEY": server.access_key,
            "MINIO_SECRET_KEY": server.secret_key,
            "MINIO_BUCKET": "pictures",
            "URL_LIFE_SECONDS": "300",
        }
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        run_batch(Runtime(from_environment()), ["a"], ["gpt-image-2"], *LOOK, offline=True)
        monkeypatch.setattr("sys.argv", ["imagegen", "gallery", "--out", str(out), *arguments])
        with pytest.raises(SystemExit):
            cli.main()
    assert set(re.findall(r"X-Amz-Expires=(\d+)", out.read_text())) == {"300"}


def test_what_a_manifest_holds_cannot_steer_the_terminal(
    typed: Typed, made: BatchResult, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    forged = made.model_copy(update={"models": ("gpt-image-\x1b[2J\nforged",), "style": "neon\x1b"})
    (store / made.manifest_key).write_text(forged.model_dump_json())
    assert typed("list") == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert out.count("\n") == 1


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

    def plan_meanwhile(opened: Store, batch_id: str) -> Removal:
        report.write_text(text if runs == "after" else "")
        return plan_removal(opened, batch_id)

    monkeypatch.setattr(library, "plan_removal", plan_meanwhile)
    assert typed("delete", made.batch_id) == 2
    assert (store / made.manifest_key).exists()


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


def test_verify_names_what_is_wrong_and_repairs_it(
    typed: Typed, made: BatchResult, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed("verify") == 0
    first, second = made.leaves()
    assert first.image
    assert second.thumbnail
    deleted, flipped = store / first.image.key, store / second.thumbnail.key
    whole = deleted.read_bytes(), flipped.read_bytes()
    deleted.unlink()
    flipped.write_bytes(whole[1][:-1] + b"\x00")
    capsys.readouterr()
    assert typed("verify", "--json") == 1
    found = {finding["key"]: finding["kind"] for finding in json.loads(capsys.readouterr().out)["findings"]}
    assert found[first.image.key] == "missing"
    assert found[second.thumbnail.key] == "damaged"
    assert typed("verify", "--repair") == 0
    assert (deleted.read_bytes(), flipped.read_bytes()) == whole


def test_verify_says_why_a_repair_left_something(
    typed: Typed, made: BatchResult, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = made.leaves()[0]
    assert first.image
    (store / first.image.key).unlink()
    (store / keys.original(first.request_hash)).unlink()
    capsys.readouterr()
    assert typed("verify", "--repair") == 1
    said = capsys.readouterr()
    assert "its original is missing or damaged" in said.out
    assert "delete it to have it made, and paid for, again" in said.out
    assert "1 batch;" in said.err


def test_a_damaged_manifest_is_listed_with_the_way_to_fix_it(
    typed: Typed, made: BatchResult, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (store / made.manifest_key).write_bytes(b"{")
    assert typed("list") == 0
    assert f"{made.batch_id}  its manifest cannot be read; run its batch file again" in capsys.readouterr().err
