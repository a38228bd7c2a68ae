"""``imagegen run``, as it is typed."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.doubles.render.local_runs import LOOK
from workflows import cli

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
