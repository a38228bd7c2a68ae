"""A store with a batch in it, and commands as they are typed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from imagegen.results import BatchResult
from tests.doubles.render.local_runs import LOOK, run_batch, runtime_in
from workflows import cli

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
