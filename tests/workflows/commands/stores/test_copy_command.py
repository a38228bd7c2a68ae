"""``imagegen copy``, as it is typed, and the word of ``plan`` and ``run`` on pictures that lie in another store."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from imagegen.results import BatchResult
from storage import keys
from tests.doubles.render.local_runs import LOOK
from tests.doubles.render.worker_protocol import ROOT
from tests.measuring import COVERAGE
from tests.workflows.commands.conftest import Typed, objects_in
from workflows import cli


def written(store: Path) -> dict[str, bytes]:
    return {str(path.relative_to(store)): path.read_bytes() for path in objects_in(store) if "claims" not in path.parts}


def test_a_batch_is_copied_and_copying_again_writes_nothing(
    typed: Typed, made: BatchResult, store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other"
    assert typed("copy", made.batch_id[:5], "--to", str(other)) == 0
    assert "copied, 0 there already" in capsys.readouterr().err
    assert {name for name in written(other) if "reports" not in name} == {
        name for name in written(store) if "reports" not in name
    }
    assert typed("copy", "--all", "--to", str(other), "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["from"], said["to"], said["copied"], said["left"]) == (str(store), str(other), 0, {})


def test_what_is_left_is_named_with_its_reason_and_the_exit_code(
    typed: Typed, made: BatchResult, store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image = made.leaves()[0].image
    assert image is not None
    (store / image.key).write_bytes(b"damaged")
    assert typed("copy", "--all", "--to", str(tmp_path / "other")) == 1
    assert f"left: {image.key}  its 7 bytes are not those that it is named after" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [(), ("--all", "6265")])
def test_either_batches_or_everything_is_copied(
    arguments: tuple[str, ...], typed: Typed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed("copy", *arguments, "--to", str(tmp_path / "other")) == 2
    assert "give batch ids, or --all" in capsys.readouterr().err


@pytest.fixture
def batch_file(made: BatchResult, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a batch that lies in the usual directory."""
    shutil.copytree(store, tmp_path / "pictures")
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "batch.json"
    path.write_text(json.dumps([["a", "b"], ["gpt-image-2"], *LOOK]))
    return path


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr("sys.argv", ["imagegen", *arguments])
    with pytest.raises(SystemExit):
        cli.main()


def run_apart(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own, whose log nobody but it writes out."""
    environment = {**COVERAGE, "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(directory)}
    call = [sys.executable, "-m", "workflows.cli", *arguments]
    return subprocess.run(
        call, cwd=directory, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize("command", ["plan", "run"])
def test_pictures_that_lie_in_the_usual_directory_and_not_in_the_store_are_named_before_they_are_made_anew(
    command: str, batch_file: Path
) -> None:
    other = batch_file.parent / "other"
    done = run_apart(other.parent, command, str(batch_file), "--offline", "--store", str(other))
    told = (
        f"2 of the 2 pictures to generate are not in {other}, which was looked in, but in the directory pictures: "
        f"'imagegen copy --all --store pictures --to {other}' copies them, and nothing is paid for them again\n"
    )
    assert told in done.stdout if command == "plan" else done.stderr.startswith(told)


def test_a_usual_directory_that_cannot_be_searched_keeps_no_batch_from_being_made(batch_file: Path) -> None:
    originals = batch_file.parent / "pictures" / keys.ORIGINALS
    shutil.rmtree(originals)
    originals.write_text("in the way")
    done = run_apart(batch_file.parent, "run", str(batch_file), "--offline", "--store", "other")
    assert done.returncode == 0
    assert "could not be searched" in done.stderr


def test_after_the_copy_that_is_named_nothing_is_said_and_nothing_made(
    batch_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    other = str(batch_file.parent / "other")
    run(monkeypatch, "copy", "--all", "--store", "pictures", "--to", other)
    capsys.readouterr()
    run(monkeypatch, "run", str(batch_file), "--offline", "--store", other)
    said = capsys.readouterr().err
    assert "which was looked in" not in said
    assert "2 pictures: 0 generated, 2 reused, 0 failed" in said


@pytest.mark.parametrize("place", ["pictures", "./pictures", ""])
def test_the_usual_directory_itself_is_no_other_store(
    place: str, batch_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in (keys.ORIGINALS, keys.RESULTS, keys.BATCHES):
        shutil.rmtree(batch_file.parent / "pictures" / name)
    run(monkeypatch, "plan", str(batch_file), "--offline", *(("--store", place) if place else ()))
    assert "which was looked in" not in capsys.readouterr().out
