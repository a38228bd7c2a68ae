"""The short form of the soak: each seed is a test of its own, and its name repeats it.

``python -m tests.reliability.soak --seed injected:7`` runs seed 7 of that series alone.
"""

from collections.abc import Iterator

import pytest

from tests.doubles import s3_servers
from tests.reliability import series
from tests.reliability.machines import longwork
from tests.reliability.series import World

SHORT = {
    "money": 5,
    "injected": 15,
    "s3": 1,
    "killed": 2,
    "worker": 1,
    "stopped": 2,
    "full": 1,
    "clock": 1,
    "twins": 4,
    "twins-s3": 1,
    "twins-processes": 1,
}
"""Seeds of each series: the long form has more than a thousand."""
SLOW = {"full", "clock", "twins-s3", "twins-processes"}
CASES = [
    pytest.param(name, first, marks=[pytest.mark.slow] * (name in SLOW or first > 0))
    for name, count in SHORT.items()
    for first in range(0, count, 5)
]


@pytest.fixture(scope="session")
def world_of_the_session() -> Iterator[World]:
    world = World()
    yield world
    world.close()


@pytest.fixture
def world(world_of_the_session: World, monkeypatch: pytest.MonkeyPatch) -> World:
    for name, value in world_of_the_session.fakes.environment.items():
        monkeypatch.setenv(name, value)
    return world_of_the_session


@pytest.mark.parametrize(("name", "first"), CASES, ids=str)
def test_every_promise_holds_whatever_is_injected(name: str, first: int, world: World) -> None:
    for number in range(first, min(first + 5, SHORT[name])):
        outcome = series.run(name, number, world)
        assert not outcome.violations, f"repeat with: python -m tests.reliability.soak --seed {name}:{number}"


@pytest.mark.slow
def test_a_long_batch_on_a_store_that_fails_now_and_then_gets_every_picture() -> None:
    with s3_servers.moto() as server:
        outcome = longwork.case(0, server, prompts=10)
    assert not outcome.violations
    assert outcome.counts["store faults"] >= 5
