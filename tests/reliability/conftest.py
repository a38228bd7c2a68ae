"""The fake providers, started once per worker process."""

from collections.abc import Iterator

import pytest

from tests.reliability.fake_providers import FakeProviders, start_fake_providers


@pytest.fixture(scope="session")
def open_for_the_session() -> Iterator[FakeProviders]:
    with start_fake_providers() as fakes:
        yield fakes


@pytest.fixture
def fakes(open_for_the_session: FakeProviders, monkeypatch: pytest.MonkeyPatch) -> FakeProviders:
    """Both providers' fake servers, with the environment leading to them."""
    for name, value in open_for_the_session.environment.items():
        monkeypatch.setenv(name, value)
    return open_for_the_session
