"""Series of seeded cases: what they are called, how one seed of each is run, and how many make the long form."""

import hashlib
import os
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property

from hypothesis import HealthCheck, given, seed, settings

from tests.doubles import s3_servers
from tests.doubles.s3_servers import S3Server
from tests.reliability import injected
from tests.reliability.fake_providers import FakeProviders, start_fake_providers
from tests.reliability.inputs import hostile
from tests.reliability.invariants import Violation
from tests.reliability.machines import longwork, processes, twins
from tests.reliability.money import seeds
from tests.reliability.outcome import Outcome

INPUTS_A_SEED = 100


class World:
    """The servers that cases run against, each started when it is first needed."""

    def __init__(self) -> None:
        self._stack = ExitStack()

    @cached_property
    def fakes(self) -> FakeProviders:
        """Both providers, with this process's environment leading to them."""
        fakes = self._stack.enter_context(start_fake_providers())
        os.environ.update(fakes.environment)
        return fakes

    @cached_property
    def s3(self) -> S3Server:
        """An S3 server."""
        return self._stack.enter_context(s3_servers.moto())

    def close(self) -> None:
        """Stop what was started."""
        self._stack.close()


@dataclass(frozen=True)
class Series:
    """``case`` runs one seed; ``count`` is how many seeds the long form takes."""

    name: str
    title: str
    count: int
    case: Callable[[int, World], Outcome]


def _hostile(target: hostile.Target) -> Series:
    def case(number: int, world: World) -> Outcome:
        seen = Counter[str]()

        @seed(int(hashlib.sha256(f"{target.name} {number}".encode()).hexdigest()[:15], 16))
        @settings(max_examples=INPUTS_A_SEED, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(target.inputs)
        def holds(drawn: object) -> None:
            seen["inputs"] += 1
            with hostile.in_time():
                target.check(drawn, world.fakes)

        try:
            holds()
        except Exception as error:  # noqa: BLE001 - that there is any is the finding
            return Outcome((Violation("traceback", f"{type(error).__name__}: {error}"[:1500]),), seen)
        return Outcome((), seen)

    name = "hostile-" + target.name.partition(" ")[0].strip("',").replace("'", "")
    return Series(name, f"hostile {target.name}", target.weight, case)


SERIES = (
    Series("injected", "faults of providers and store, clock jumps", 800, lambda n, w: injected.inject(n, w.fakes)),
    Series(
        "s3",
        "the same through an S3 server behind the fault proxy",
        100,
        lambda n, w: injected.inject_over_s3(n, w.fakes, w.s3),
    ),
    Series("killed", "kill -9 of `imagegen run`", 40, lambda n, w: processes.kill_run(n, w.fakes)),
    Series("worker", "kill -9 of a worker's leaf or parent", 16, lambda n, w: processes.kill_worker(n, w.fakes)),
    Series("stopped", "Ctrl-C and SIGTERM at any moment", 40, lambda n, w: processes.stop_run(n, w.fakes)),
    Series("full", "a full disk", 20, lambda n, w: processes.fill_disk(n, w.fakes)),
    Series("clock", "jumps of a process's clock", 10, lambda n, w: processes.jump_clock(n, w.fakes)),
    Series("twins", "two identical batches at once, in one process", 70, lambda n, w: twins.run_in_threads(n, w.fakes)),
    Series("twins-s3", "the same on one bucket", 20, lambda n, w: twins.run_on_s3(n, w.fakes, w.s3)),
    Series("twins-processes", "the same in two processes", 14, lambda n, w: twins.run_in_processes(n, w.fakes)),
    Series("long", "500 offline pictures, 10 % of the store's answers faulty", 1, lambda n, w: longwork.case(n, w.s3)),
    Series("money", "caps, answers of every kind, kills, siblings", 1000, lambda n, w: seeds.spend(n, w.fakes)),
    *(_hostile(target) for target in hostile.TARGETS),
)
BY_NAME = {series.name: series for series in SERIES}


def run(name: str, number: int, world: World) -> Outcome:
    """One seed of a series. An exception that gets out of the product is a violation like any other."""
    try:
        return BY_NAME[name].case(number, world)
    except Exception as error:  # noqa: BLE001 - that there is any is the finding
        return Outcome((Violation("traceback", f"{type(error).__name__}: {error}"[:1500]),))
