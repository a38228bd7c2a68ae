"""A runtime of one scripted provider in a directory of its own."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.making.originals.attempts import ScriptedRuntime

Open = Callable[..., ScriptedRuntime]


@pytest.fixture
def opened(tmp_path: Path) -> Open:
    return lambda *answers, **settings: ScriptedRuntime(tmp_path, *answers, **settings)
