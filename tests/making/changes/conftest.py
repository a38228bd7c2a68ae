"""Commands on a store whose provider sends another picture each time it is asked."""

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from imagegen.making.runtime import Runtime
from imagegen.results import BatchResult
from storage.directory import DirectoryStore
from tests.doubles.provider import openai_server
from tests.doubles.provider.openai_server import OpenAIServer
from tests.doubles.render.local_runs import runtime_in
from tests.workflows.conftest import openai
from workflows import cli

__all__ = ["openai"]

Typed = Callable[..., int]
MODELS = ["gpt-image-2", "gpt-image-2.5-flare"]


@pytest.fixture
def seller(openai: OpenAIServer) -> OpenAIServer:
    """The provider; no two of its pictures are alike."""
    numbers = itertools.count()
    openai.always(lambda call: openai_server.picture(subject=f"{call.body['prompt']} {next(numbers)}"))
    return openai


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def runtime(seller: OpenAIServer, place: Path) -> Runtime:
    return runtime_in(place)


@pytest.fixture
def store(runtime: Runtime, place: Path) -> DirectoryStore:
    assert str(place) == runtime.store.location
    return DirectoryStore(place)


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, place: Path, runtime: Runtime) -> Typed:
    """Type a command; the lanes of a redo wait as little as those of other tests."""
    assert runtime.settings.store == str(place)
    monkeypatch.setattr("workflows.commands.redo.runtime_with", lambda _store: runtime_in(place))

    def run(command: str, *arguments: str) -> int:
        monkeypatch.setattr("sys.argv", ["imagegen", command, *arguments, "--store", str(place)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return int(ended.value.code or 0)

    return run


@pytest.fixture
def told(typed: Typed, capsys: pytest.CaptureFixture[str]) -> Callable[..., BatchResult]:
    """Type a command that succeeds, and return the result that it prints."""

    def run(command: str, *arguments: str) -> BatchResult:
        capsys.readouterr()
        code = typed(command, *arguments, "--json")
        said = capsys.readouterr()
        assert code == 0, said.err
        return BatchResult.model_validate(json.loads(said.out))

    return run


def read_manifest(store: DirectoryStore, batch_id: str) -> BatchResult:
    return BatchResult.parse(store.get(f"batches/{batch_id}/batch.json"))


def read_cells(store: DirectoryStore, batch_id: str) -> Any:
    return json.loads(store.get(f"batches/{batch_id}/cells.json"))["cells"]
