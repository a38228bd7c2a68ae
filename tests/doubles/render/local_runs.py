"""Batches on the local engine in a test: real tasks, SDKs and HTTP, but no wait between attempts."""

import asyncio
import dataclasses
from pathlib import Path
from typing import Any

from imagegen.making.changes.redo import Change
from imagegen.making.runtime import Runtime, using
from imagegen.results import BatchResult, LeafResult
from imagegen.settings import Settings, from_environment
from workflows.app import app, generateBatch, generateImage
from workflows.commands.redo import run_change
from workflows.commands.run import FINAL
from workflows.events import Event, Listener, listening
from workflows.local import LocalEngine

LOOK = ("photorealistic", "bottom-bar", "inter")
"""A style, a template and a font."""


class RecordedWaits:
    """Waits that are recorded instead of waited."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def wait_between_attempts(self, seconds: float) -> None:
        self.seconds.append(seconds)
        await asyncio.sleep(0)

    def wait_inside(self, seconds: float) -> None:
        self.seconds.append(seconds)


def runtime_in(directory: Path, **changes: Any) -> Runtime:
    """A runtime that keeps its pictures in ``directory``, with the environment's other settings and ``changes``.

    Its lanes wait a thousandth of a second where they would wait seconds or a minute.
    """
    settings: Settings = dataclasses.replace(from_environment(), store=str(directory), **changes)
    return Runtime(settings, pause=RecordedWaits().wait_inside, minute=0.001, alone=0.0, patience=0.001)


def run_batch(
    runtime: Runtime, *inputs: Any, concurrency: int = 16, listener: Listener | None = None, **named: Any
) -> BatchResult:
    """Run ``generateBatch`` to its end. Raises the errors that ``imagegen run`` would report."""
    return BatchResult.model_validate(_run(runtime, generateBatch, inputs, named, concurrency, listener))


def run_leaf(runtime: Runtime, *inputs: Any, **named: Any) -> LeafResult:
    """Run ``generateImage`` by itself to its end."""
    return LeafResult.model_validate(_run(runtime, generateImage, inputs, named, 1, None))


def run_redo(runtime: Runtime, change: Change) -> BatchResult:
    """Run what ``imagegen redo`` runs, once it is asked for."""

    async def run() -> BatchResult:
        with using(runtime), listening(_ignore):
            engine = LocalEngine(app, concurrency=16, sleep=RecordedWaits().wait_between_attempts, final=FINAL)
            try:
                return BatchResult.model_validate(await run_change(engine, change, runtime, []))
            finally:
                engine.close()

    return asyncio.run(run())


def _run(
    runtime: Runtime,
    task: Any,
    inputs: tuple[Any, ...],
    named: dict[str, Any],
    concurrency: int,
    listener: Listener | None,
) -> Any:
    async def run() -> Any:
        with using(runtime), listening(listener or _ignore):
            engine = LocalEngine(
                app,
                concurrency=concurrency,
                listener=listener,
                sleep=RecordedWaits().wait_between_attempts,
                final=FINAL,
            )
            try:
                return await engine.run(task, *inputs, **named)
            finally:
                engine.close()

    return asyncio.run(run())


def _ignore(_event: Event) -> None:
    pass
