"""The stand-in providers, started once per worker process."""

from collections.abc import Iterator

import pytest

from tests.reliability.desk import Desk, open_desk


@pytest.fixture(scope="session")
def open_for_the_session() -> Iterator[Desk]:
    with open_desk() as desk:
        yield desk


@pytest.fixture
def desk(open_for_the_session: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Both providers' stand-ins, with the environment leading to them."""
    for name, value in open_for_the_session.environment.items():
        monkeypatch.setenv(name, value)
    return open_for_the_session
