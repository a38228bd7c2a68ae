"""Whole batches on the local engine: how close the wall clock comes to the slowest leaf, and what the engine takes."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

from render import TaskContext, Workflows

from benchmarks import stores
from benchmarks.figures import Figure, Scale, median, milliseconds, paired, ratio
from benchmarks.fixed import FixedRuntime
from imagegen.making.runtime import using
from imagegen.results import BatchResult
from workflows.app import app, generateBatch
from workflows.local import LocalEngine

LATENCY = 5.0
"""Seconds that the provider takes for each picture."""
LIMITS = {10: 1.05, 50: 1.10, 200: 1.25}
LIMIT_ENGINE = 1.0
"""Milliseconds a leaf."""


def measure(scale: Scale) -> Iterator[Figure]:
    """Batches with real overlay work, then leaves that do nothing."""
    sizes, latency = ((2,), 0.2) if scale.small else (tuple(LIMITS), LATENCY)
    for leaves in sizes:
        yield from _batch(leaves, latency, 1 if leaves > max(sizes) // 2 else min(scale.rounds, 3))
    few, many = (20, 100) if scale.small else (1_000, 10_000)
    per_leaf = {leaves: median([_engine(leaves) for _ in range(min(scale.rounds, 3))]) for leaves in (few, many)}
    for leaves, seconds in per_leaf.items():
        yield milliseconds(f"engine, a leaf of {leaves:,} that do nothing", seconds, LIMIT_ENGINE)
    yield ratio(f"engine, a leaf of {many:,} ÷ a leaf of {few:,}", per_leaf[many], per_leaf[few], 1.25)


def _batch(leaves: int, latency: float, rounds: int) -> Iterator[Figure]:
    name = f"{leaves} leaves of {latency:g} s"
    made = [_fresh(leaves, latency) for _ in range(rounds)]
    walls = [wall for wall, _ in made]
    yield Figure(f"{name}: wall", median(walls), "s")
    yield paired(f"{name}: wall ÷ slowest leaf", walls, [slowest for _, slowest in made], LIMITS.get(leaves))
    yield ratio(f"{name}: wall ÷ the provider's time", median(walls), latency)


def _fresh(leaves: int, latency: float) -> tuple[float, float]:
    """Seconds that a fresh batch takes with all leaves in flight at once, and those of its slowest leaf."""
    with stores.directory() as directory:
        start = time.perf_counter()
        result = asyncio.run(run_in(FixedRuntime(directory, in_flight=leaves, latency=latency), leaves))
        return time.perf_counter() - start, result.summary.slowest_seconds


async def run_in(runtime: FixedRuntime, leaves: int) -> BatchResult:
    """A batch of so many prompts and one model, by ``runtime``."""
    engine = LocalEngine(app, concurrency=runtime.settings.max_in_flight)
    prompts = [f"Three retries with exponential backoff, number {number}" for number in range(leaves)]
    try:
        with using(runtime):
            answer = await engine.run(generateBatch, prompts, ["gpt-image-2"], "photorealistic", "bottom-bar", "inter")
    finally:
        engine.close()
    return BatchResult.model_validate(answer)


def _engine(leaves: int) -> float:
    """Seconds a leaf that a batch of tasks takes which do nothing."""
    nothing = Workflows()

    @nothing.task(name="leaf")
    def leaf(ctx: TaskContext, number: int) -> dict[str, Any]:  # noqa: ARG001 - the platform's shape
        return {"number": number}

    @nothing.task(name="batch")
    async def batch(ctx: TaskContext, count: int) -> dict[str, Any]:
        answers = await asyncio.gather(*(ctx.run(leaf, number) for number in range(count)))
        return {"count": len(answers)}

    async def run() -> float:
        engine = LocalEngine(nothing, concurrency=50)
        start = time.perf_counter()
        await engine.run(batch, leaves)
        engine.close()
        return time.perf_counter() - start

    return asyncio.run(run()) / leaves
