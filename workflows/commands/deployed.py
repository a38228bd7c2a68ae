"""``imagegen start``, ``status`` and ``cancel``: batches that run on Render, or on its local server."""

import asyncio
import sys
import uuid
from collections import Counter
from collections.abc import Coroutine
from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from pydantic import ValidationError

from imagegen.errors import RequestError
from imagegen.formatting import one_line
from imagegen.making.runtime import Runtime
from imagegen.records import find_manifest
from imagegen.results import BatchResult
from storage import StoreError
from workflows.commands.dropped import cancel_run
from workflows.commands.options import (
    BatchFile,
    JsonOption,
    MaxCostOption,
    OfflineOption,
    VariantOption,
    print_json,
    read_batch,
    settings_with,
)
from workflows.deployed.client import ApiError, Client, resolve_task_slug
from workflows.deployed.follow import LARGEST_BATCH, follow, read_inputs
from workflows.deployed.runs import RemoteRun, Status
from workflows.view.progress import open_progress

T = TypeVar("T")

DETACHED = 130
"""The exit code of a program that Ctrl-C ended. The run that it followed continues."""

RunId = Annotated[str, typer.Argument(metavar="RUN_ID", help="The run's id: trn-…", show_default=False)]
WorkflowOption = Annotated[
    str,
    typer.Option(
        "--workflow",
        metavar="SLUG",
        envvar="WORKFLOW_SLUG",
        help="The workflow's slug: its name in Render's addresses and commands.",
    ),
]
LocalOption = Annotated[
    bool, typer.Option("--local", help="Use the local server of 'render workflows dev' instead of Render.")
]
KeyOption = Annotated[
    str | None,
    typer.Option(
        "--idempotency-key",
        metavar="KEY",
        help="For 24 hours, Render starts one run for each key. [default: a new key]",
    ),
]


def register(cli: typer.Typer) -> None:
    """Add the commands."""
    for command in (start, status, cancel):
        cli.command()(command)


def start(
    batch_file: BatchFile,
    *,
    workflow: WorkflowOption = "",
    local: LocalOption = False,
    follow: Annotated[
        bool, typer.Option("--follow/--detach", help="Show the run until it ends, or exit once it is started.")
    ] = True,
    idempotency_key: KeyOption = None,
    offline: OfflineOption = False,
    variant: VariantOption = 0,
    max_cost: MaxCostOption = None,
    json: JsonOption = False,
) -> None:
    """Start a batch on Render and follow it."""
    settings = settings_with(max_images_per_batch=LARGEST_BATCH)
    batch = read_batch(batch_file, settings, offline=offline, variant=variant, max_cost=max_cost)
    inputs = batch.model_dump(mode="json", exclude_none=True)
    key = idempotency_key or str(uuid.uuid4())

    async def start_run() -> tuple[RemoteRun, str]:
        async with Client(local=local) as client:
            task = resolve_task_slug(workflow, local=client.local)
            return await client.start(task, inputs, idempotency_key=key), task

    run, task = asyncio.run(start_run())
    sys.stderr.write(f"Started {one_line(f'{run.id}: {task}')}\n")
    if follow:
        _follow(run.id, local=local, as_json=json)
    if json:
        print_json({"id": run.id, "task": task, "status": run.status, "idempotency_key": key})
    else:
        sys.stdout.write(f"{one_line(run.id)}\n")
        sys.stderr.write(_suggest_commands(run.id, local=local))


def status(
    run_id: RunId,
    *,
    local: LocalOption = False,
    follow: Annotated[bool, typer.Option("--follow", help="Show the run until it ends.")] = False,
    json: JsonOption = False,
) -> None:
    """Show the status of a run, and its summary once it has ended."""
    if follow:
        _follow(run_id, local=local, as_json=json)

    async def read_run() -> tuple[RemoteRun, list[RemoteRun]]:
        async with Client(local=local) as client:
            root = await client.fetch_run(run_id)
            return root, [] if root.ended else await client.fetch_descendants(run_id)

    root, below = asyncio.run(read_run())
    if root.ended:
        _report(root, local=local, as_json=json)
    counts = Counter(child.status for child in below)
    if json:
        print_json({"id": root.id, "status": root.status, "started": root.started, "runs_below": counts})
    else:
        sys.stdout.write(_format_status(root, counts) + "\n")


def cancel(run_id: RunId, *, local: LocalOption = False) -> None:
    """Cancel a run and all runs below it."""

    async def end_run() -> str:
        async with Client(local=local) as client:
            return await cancel_run(client, run_id)

    under_way = asyncio.run(end_run())
    kept = "Stored pictures are kept: the same batch makes only the others."
    sys.stdout.write(f"Cancelled {run_id}. {kept}\n{under_way}\n")


def _follow(run_id: str, *, local: bool, as_json: bool) -> NoReturn:
    """Show a run until it ends, report it and exit."""

    async def follow_run() -> RemoteRun:
        async with Client(local=local) as client:
            root = await client.fetch_run(run_id)
            try:
                batch = read_inputs(root)
            except RequestError:
                # The run fails with this error itself; there is nothing to draw.
                return await follow(client, run_id, lambda _event: None)
            with open_progress(batch) as view:
                return await follow(client, run_id, view)

    _report(_run_until_interrupted(follow_run(), run_id, local=local), local=local, as_json=as_json)


def _run_until_interrupted(work: Coroutine[Any, Any, T], run_id: str, *, local: bool) -> T:
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        sys.stderr.write(f"Detached; the run continues. {_suggest_commands(run_id, local=local)}")
        raise typer.Exit(DETACHED) from None


def _suggest_commands(run_id: str, *, local: bool) -> str:
    flag = " --local" if local else ""
    return (
        f"Follow it with 'imagegen status {run_id} --follow{flag}', cancel it with 'imagegen cancel {run_id}{flag}'.\n"
    )


def _report(root: RemoteRun, *, local: bool, as_json: bool) -> NoReturn:
    """Print the result of an ended run, and exit: with 0 when every picture was made, otherwise with 1."""
    if root.status is not Status.SUCCEEDED:
        _report_failure(root, as_json=as_json)
    try:
        result = BatchResult.model_validate(root.result)
    except ValidationError as error:
        raise ApiError(
            f"{root.id} succeeded, but it did not return a batch result; was it a run of this task?"
        ) from error
    if as_json:
        print_json(result.model_dump(mode="json"))
    _summarize(result, local=local)
    raise typer.Exit(0 if result.status == "complete" else 1)


def _report_failure(root: RemoteRun, *, as_json: bool) -> NoReturn:
    outcome = "was cancelled" if root.status is Status.CANCELED else f"failed: {root.error or 'no reason given'}"
    sys.stderr.write(f"imagegen: {one_line(f'{root.id} {outcome}')}\n")
    if as_json:
        print_json({"id": root.id, "status": root.status, "error": root.error})
    raise typer.Exit(1)


def _summarize(result: BatchResult, *, local: bool) -> None:
    from workflows.view.summary import print_summary

    settings = settings_with()
    if not (local or settings.store or settings.minio_bucket):
        # This machine does not know the workflow's store, which is certainly not the default directory here.
        print_summary(result, store=_RemoteStore(result))
        return
    store = Runtime(settings).store
    whole = result
    if result.images is None:
        with suppress(StoreError):  # the summary is useful without the single pictures
            whole = find_manifest(store, result.batch_id) or result
    print_summary(whole, store=store)


class _RemoteStore:
    """The links that a run returned, for a store that only the workflow knows."""

    location = "in the workflow's store; set its MINIO_* variables on this machine to open them"

    def __init__(self, result: BatchResult) -> None:
        self._urls = {result.gallery_key: result.gallery_url}

    def url(self, key: str) -> str:
        """The link that the run returned for a key; empty when it returned none."""
        return self._urls.get(key, "")


def _format_status(root: RemoteRun, counts: Counter[Status]) -> str:
    since = f" since {datetime.fromtimestamp(root.started).astimezone():%H:%M:%S}" if root.started else ""
    attempt = f", attempt {len(root.attempts)}" if len(root.attempts) > 1 else ""
    below = ", ".join(f"{count} {status}" for status, count in sorted(counts.items())) or "none yet"
    return f"{one_line(root.id)} {root.status}{since}{attempt}; runs below it: {below}"
