import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deployed.support import BATCH, KEY, Command
from tests.doubles.render.render_api import RenderApi, render_api


@pytest.fixture
def hosted(monkeypatch: pytest.MonkeyPatch) -> Iterator[RenderApi]:
    """Render's API, with a client's key in the environment."""
    monkeypatch.setenv("RENDER_API_KEY", KEY)
    with render_api(key=KEY) as api:
        yield api


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[RenderApi]:
    """The local server, where the SDK's own variable says that it is, and a batch file beside it."""
    with render_api(local=True) as api:
        monkeypatch.setenv("RENDER_LOCAL_DEV_URL", api.url)
        monkeypatch.setenv("IMAGEGEN_STORE", str(tmp_path / "store"))
        monkeypatch.chdir(tmp_path)
        (tmp_path / "batch.json").write_text(json.dumps(BATCH))
        yield api


@pytest.fixture
def imagegen(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    return Command(capsys, monkeypatch)
