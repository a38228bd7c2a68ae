"""``imagegen run``, as it is typed."""

import asyncio
import functools
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from imagegen.making import batch_run
from storage import StoreUnavailable
from tests.doubles.render.local_runs import LOOK
from workflows import cli
from workflows.commands import run as command
from workflows.local import LocalEngine

Typed = Callable[..., int]


@pytest.fixture
def batch_file(tmp_path: Path) -> Path:
    path = tmp_path / "batch.json"
    path.write_text(json.dumps([["a", "b"], ["gpt-image-2"], *LOOK]))
    return path


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, batch_file: Path) -> Typed:
    def run(*arguments: str) -> int:
        monkeypatch.setattr("sys.argv", ["imagegen", "run", str(batch_file), "--offline", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return int(ended.value.code or 0)

    return run


@pytest.mark.parametrize("name", ["plan", "run"])
def test_a_title_that_cannot_be_drawn_is_named_before_anything_is_made(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path, store = tmp_path / "batch.json", tmp_path / "store"
    path.write_text(json.dumps([["a", {"prompt": "b", "title": "\U00012000"}], ["gpt-image-2"], *LOOK]))
    monkeypatch.setattr("sys.argv", ["imagegen", name, str(path), "--offline", "--store", str(store)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (2, "")
    assert "prompts[1].title: no font here has a glyph for '\U00012000' (U+12000)" in said.err
    assert not [entry for entry in store.rglob("*") if entry.is_file()]


def test_a_store_that_cannot_be_made_is_one_message_before_anything_starts(
    typed: Typed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "no-directory" / "store"
    place.parent.symlink_to(tmp_path / "nowhere")
    assert typed("--store", str(place)) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"imagegen: the store {place} cannot be made or written")


def test_a_full_store_that_takes_no_more_still_answers_what_it_holds(typed: Typed, tmp_path: Path) -> None:
    place = tmp_path / "store"
    assert typed("--store", str(place)) == 0
    shutil.rmtree(place / ".incoming")
    (place / ".incoming").write_text("in the way of every write")
    assert typed("--store", str(place)) == 0


def test_a_run_that_cannot_store_its_result_is_not_told_as_an_earlier_one(
    typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "store"
    assert typed("--store", str(place)) == 0
    for picture in (place / "images").iterdir():
        picture.unlink()

    def fail(*_: object) -> None:
        raise StoreUnavailable("the store is gone")

    async def no_wait(_seconds: float) -> None:
        await asyncio.sleep(0)

    monkeypatch.setattr(batch_run, "save", fail)
    monkeypatch.setattr(command, "LocalEngine", functools.partial(LocalEngine, sleep=no_wait))
    capsys.readouterr()
    assert typed("--store", str(place), "--json") == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "imagegen: the batch's result could not be stored: the store is gone; its pictures are stored" in said.err
