"""Commands as they are typed, without a store."""

from collections.abc import Callable

import pytest

from workflows import cli

Run = Callable[..., int]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    def typed(*arguments: str) -> int:
        monkeypatch.setattr("sys.argv", ["imagegen", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return int(ended.value.code or 0)

    return typed
