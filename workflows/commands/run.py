"""``imagegen run``: runs a batch on this machine, with the same tasks as on Render."""

import asyncio
import itertools
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from typing import Annotated, Any, NoReturn

import typer
from render.client.errors import TaskRunError

from imagegen.errors import BatchFailed, ConfigurationError, RequestError
from imagegen.formatting import one_line
from imagegen.making.prepare import prepare
from imagegen.making.runtime import Runtime, using
from imagegen.records import RecordError, find_manifest
from imagegen.request.batch import Batch
from imagegen.results import BatchResult
from storage import AccessDenied, StoreMisconfigured
from storage.links import read_expiry
from workflows.app import app as workflows_app
from workflows.app import generateBatch
from workflows.commands.options import (
    BatchFile,
    JsonOption,
    MaxCostOption,
    OfflineOption,
    StoreOption,
    VariantOption,
    print_json,
    read_batch,
    runtime_with,
)
from workflows.events import listening
from workflows.local import LocalEngine
from workflows.view.progress import open_progress

FINAL = (RequestError, ConfigurationError, BatchFailed, StoreMisconfigured, AccessDenied, RecordError)
Work = Callable[[LocalEngine], Awaitable[dict[str, Any]]]
"""A run on an engine; it returns what ``generateBatch`` does."""
STOPPED = 130
"""The exit code of a program that Ctrl-C ended."""

ConcurrencyOption = Annotated[
    int | None,
    typer.Option("--concurrency", min=1, max=1000, help="Pairs made at the same time. [default: MAX_IN_FLIGHT, 50]"),
]
LatencyOption = Annotated[
    float | None,
    typer.Option("--latency", min=0, max=300, help="With --offline: simulated seconds for each picture."),
]


def register(cli: typer.Typer) -> None:
    """Add the command."""
    cli.command()(run)


def run(
    batch_file: BatchFile,
    *,
    offline: OfflineOption = False,
    store: StoreOption = None,
    concurrency: ConcurrencyOption = None,
    variant: VariantOption = 0,
    max_cost: MaxCostOption = None,
    latency: LatencyOption = None,
    json: JsonOption = False,
) -> None:
    """Make every picture of a batch that is not stored yet, on this machine."""
    runtime = runtime_with(store, max_in_flight=concurrency, offline_latency=latency)
    batch = read_batch(batch_file, runtime.settings, offline=offline, variant=variant, max_cost=max_cost)
    run_and_report(runtime, batch, as_json=json)


def run_and_report(runtime: Runtime, batch: Batch, *, as_json: bool) -> NoReturn:
    """Run a batch, print what came of it, and exit."""
    result, stopped = run_here(batch, runtime)
    report(result, runtime, as_json=as_json)
    raise typer.Exit(STOPPED if stopped else 0 if result.status == "complete" else 1)


def run_here(batch: Batch, runtime: Runtime, work: Work | None = None) -> tuple[BatchResult, bool]:
    """Run a batch on this machine, with its progress on standard error; return its result, and if Ctrl-C stopped it.

    ``work`` runs it instead of the task ``generateBatch``.
    """
    inputs = batch.model_dump(mode="json", exclude_none=True)
    runner = _Runner(runtime, batch, work or (lambda engine: engine.run(generateBatch, **inputs)))
    return asyncio.run(runner.run()), runner.stopped


class _Runner:
    """One batch on the local engine. Ctrl-C stops it after the pictures in flight, a second Ctrl-C at once.

    ``work`` starts it, within its runtime and its view.
    """

    def __init__(self, runtime: Runtime, batch: Batch, work: Work) -> None:
        self.stopped = False
        self._runtime = runtime
        self._batch = batch
        self._work = work

    async def run(self) -> BatchResult:
        """Return the batch's result, also of a batch without a single picture."""
        with ExitStack() as stack:
            view = stack.enter_context(open_progress(self._batch))
            stack.enter_context(listening(view))
            stack.enter_context(using(self._runtime))
            engine = LocalEngine(
                workflows_app, concurrency=self._runtime.settings.max_in_flight, listener=view, final=FINAL
            )
            stack.callback(engine.close)
            work = asyncio.ensure_future(self._work(engine))
            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, self._stop, work)
            try:
                return BatchResult.model_validate(await work)
            except BatchFailed as failure:
                return self._read_recorded(str(failure))
            except TaskRunError as failure:
                # It left no manifest. One that is there is an earlier run's, and says nothing of this one.
                cause = failure.__cause__
                if isinstance(cause, OSError) and cause.errno:
                    raise cause from None  # the machine's, which the command line explains
                raise BatchFailed(str(cause or failure)) from failure
            except asyncio.CancelledError:
                raise typer.Exit(STOPPED) from None  # before any picture was requested

    def _stop(self, work: "asyncio.Future[Any]") -> None:
        if self.stopped:
            os._exit(STOPPED)
        self.stopped = True
        sys.stderr.write("Stopping: pictures already requested are finished and kept. Ctrl-C again exits now.\n")
        work.cancel()

    def _read_recorded(self, why: str) -> BatchResult:
        """Return the manifest that the batch wrote before it failed. Raises BatchFailed when there is none."""
        name = prepare(self._batch, self._runtime).batch_id
        manifest = find_manifest(self._runtime.store, name)
        if manifest is None:
            raise BatchFailed(why)
        return manifest


def report(result: BatchResult, runtime: Runtime, *, as_json: bool = False) -> None:
    """Print a batch's closing summary and, as JSON, its result."""
    from imagegen.library.network import find_why_closed
    from workflows.view.summary import print_summary

    if as_json:
        print_json(result.model_dump(mode="json"))
    whole = result if result.images is not None else find_manifest(runtime.store, result.batch_id) or result
    print_summary(whole, store=runtime.store)
    pictures = (leaf.image.key for leaf in whole.leaves() if leaf.image)
    for key in (whole.gallery_key, *itertools.islice(pictures, 1)):
        link = runtime.store.url(key)
        if link.startswith("http") and not read_expiry(link) and (reason := find_why_closed(link)):
            sys.stderr.write(f"Links that should last do not open: {one_line(link)} {reason}\n")
            break
