from collections.abc import Iterator

import pytest

from tests.workflows.notify.receiver import Receiver, receiving
from workflows import notify


@pytest.fixture(autouse=True)
def in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notify, "PAUSES", (0.0, 0.0))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found
