"""A batch run again: what it costs when everything is stored already, against the first run."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks import stores
from benchmarks.batches import run_in
from benchmarks.figures import Figure, Scale, median, milliseconds, ratio
from benchmarks.fixed import FixedRuntime

LIMIT = 0.02
"""Of the first run's CPU time, at 1,000 pairs."""


@dataclass(frozen=True, slots=True)
class _Run:
    wall: float
    cpu: float
    requests: int
    calls: int


def measure(scale: Scale) -> Iterator[Figure]:
    """Ten pairs and a thousand."""
    for pairs in (2,) if scale.small else (10, 1_000):
        with stores.directory() as directory:
            first = _run(directory, pairs)
            again = [_run(directory, pairs) for _ in range(scale.rounds)]
        name = f"{pairs:,} pairs"
        wall, cpu = median([run.wall for run in again]), median([run.cpu for run in again])
        yield milliseconds(f"{name}: first run, wall", first.wall)
        yield milliseconds(f"{name}: run again, wall", wall)
        yield ratio(f"{name}: run again ÷ first run, wall", wall, first.wall)
        yield milliseconds(f"{name}: first run, CPU", first.cpu)
        yield milliseconds(f"{name}: run again, CPU", cpu)
        yield ratio(f"{name}: run again ÷ first run, CPU", cpu, first.cpu, LIMIT if pairs == 1_000 else None)  # noqa: PLR2004
        yield Figure(f"{name}: first run, store requests", first.requests, "")
        yield Figure(f"{name}: run again, store requests", max(run.requests for run in again), "")
        yield Figure(f"{name}: run again, provider calls", max(run.calls for run in again), "", 0)


def _run(directory: Path, pairs: int) -> _Run:
    runtime = FixedRuntime(directory, in_flight=50)
    wall, cpu = time.perf_counter(), time.process_time()
    asyncio.run(run_in(runtime, pairs))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return _Run(wall, cpu, runtime.store.requests.total(), runtime.asked.calls)
