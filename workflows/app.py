"""The two tasks, as Render runs them. Their work is done by ``imagegen``, which is imported when a task runs."""

import functools
import gc
import inspect
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from render import Retry, TaskContext, Workflows

if TYPE_CHECKING:
    from imagegen.request.batch import Leaf
    from imagegen.results import LeafResult

P = ParamSpec("P")
R = TypeVar("R")

HOW_TO_START = (
    "This is a Render Workflows worker; Render starts it, and locally: render workflows dev -- python -m workflows\n"
    "To make a batch on this machine, without Render: imagegen run batch.json --offline\n"
)


class Worker(Workflows):
    """A Workflows app that explains how to start it when it is started by hand."""

    def start(self) -> None:
        """Serve the one request that Render started this process for; exit with 2 when Render did not start it.

        An error of a task that the log has told of ends it with 1; a traceback would be no line of the log.
        """
        if not (os.environ.get("RENDER_SDK_MODE") and os.environ.get("RENDER_SDK_SOCKET_PATH")):
            sys.stderr.write(HOW_TO_START)
            sys.exit(2)
        try:
            super().start()
        except Exception as error:
            from imagegen import logs

            if not logs.was_told(error):
                raise
            sys.exit(1)


app = Worker()

LEAF_TIMEOUT_SECONDS = 900
"""300 s for the slowest answer and 120 s for a store that is slow to take what was paid for: a leaf asks a provider
only while that much time is left. The rest is for waiting until somebody else's claim is free."""
BATCH_TIMEOUT_SECONDS = 86_400
"""The platform's maximum: at OpenAI's first tier (5 pictures a minute) 7,000 pictures take a day."""


def explain_misfit(declared: Callable[P, R]) -> Callable[P, R]:
    """Answer a call that does not fit a task's signature with the validation of requests, which names every problem."""
    signature = inspect.signature(declared)

    @functools.wraps(declared)
    def task(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            signature.bind(*args, **kwargs)
        except TypeError:
            from imagegen import logs

            _configure_logging()
            with logs.telling(declared.__name__):
                _reject_call(declared.__name__, list(args[1:]), kwargs)
            raise
        return declared(*args, **kwargs)

    return task


async def _make_batch(ctx: TaskContext, inputs: dict[str, Any]) -> dict[str, Any]:
    from imagegen import logs, tracing
    from imagegen.making.batch_run import run_batch
    from imagegen.making.outcomes import with_links
    from imagegen.making.runtime import current
    from imagegen.making.steps import BatchEvents
    from imagegen.request import batch
    from workflows.events import BatchRedone, LeafCompleted, LeafPostponed, publish
    from workflows.leafruns import leaf_runner
    from workflows.notify import require_receiver, tell_end

    gc.enable()  # see workflows.__main__
    _configure_logging(run=ctx.metadata.task_run_id)
    told = BatchEvents()

    def settled(leaf: "Leaf", outcome: "LeafResult") -> None:
        told.settled(leaf, outcome)
        publish(LeafCompleted.now(leaf, outcome))

    def postponed(leaf: "Leaf", outcome: "LeafResult", seconds: float) -> None:
        told.postponed(leaf, outcome, seconds)
        publish(LeafPostponed.now(leaf, outcome, seconds))

    with logs.telling("generateBatch"):
        runtime = current()
        settings, run = runtime.settings, ctx.metadata.task_run_id
        require_receiver(settings)
        request = batch.read(
            inputs,
            max_images=settings.max_images_per_batch,
            strict_models=settings.strict_models,
            brands=settings.brands,
        )
        async with tracing.batch():
            work = run_batch(
                request,
                runtime,
                run_leaf=leaf_runner(ctx, generateImage),
                settled=settled,
                postponed=postponed,
                run=run,
                prepared_as=lambda shown: publish(BatchRedone(shown)),
            )
            result = await tell_end(work, runtime, request, run)
    return with_links(result, runtime).model_dump(mode="json")


def _make_image(ctx: TaskContext, inputs: dict[str, Any]) -> dict[str, Any]:
    from imagegen import logs
    from imagegen.making.leaf import Ids, make, read_grant
    from imagegen.making.runtime import current
    from imagegen.request import batch

    _configure_logging(run=ctx.metadata.task_run_id, parent=ctx.metadata.parent_task_run_id)
    with logs.telling("generateImage"):
        runtime = current()
        grant = read_grant(inputs.pop("grant", None))
        leaf = batch.read_leaf(inputs, strict_models=runtime.settings.strict_models, brands=runtime.settings.brands)
        own, parent = (grant.run, grant.parent) if grant else ("", "")
        ids = Ids(ctx.metadata.task_run_id or own, ctx.metadata.parent_task_run_id or parent)
        return make(leaf, runtime, ids=ids, grant=grant).model_dump(mode="json")


def _inputs(parameters: dict[str, Any]) -> dict[str, Any]:
    """Return what a task was given, by name, without its context and what was left out."""
    return {name: value for name, value in parameters.items() if name != "ctx" and value is not None}


@app.task(
    # A batch that failed for good fails at once when it is retried; one whose instance died continues from what is
    # stored. Three attempts are enough for either.
    retry=Retry(max_retries=2, wait_duration_ms=5_000, backoff_scaling=2.0),
    timeout_seconds=BATCH_TIMEOUT_SECONDS,
    plan="starter",
)
@explain_misfit
async def generateBatch(  # noqa: N802, PLR0917 - the name and the order that users start it by
    ctx: TaskContext,
    prompts: list[Any],
    models: list[str],
    style: str,
    template: str = "",
    font: str = "",
    context: str = "",
    extra_prompt: str = "",
    variant: int = 0,
    offline: bool = False,
    max_cost_usd: float | None = None,
    focus: str | list[float] = "",
    brand: str = "",
    theme: str = "",
    kicker: str = "",
    subtitle: str = "",
    byline: str | None = None,  # an empty one is none, also where the brand has one
    highlight: str = "",
    sizes: list[str] | tuple[str, ...] = ("og",),
    scale: int = 1,
    format: str | list[str] | tuple[str, ...] = ("jpeg",),  # noqa: A002 - as in a batch file
    language: str = "",
    *,
    name: str = "",
) -> dict[str, Any]:
    """Make a picture of every prompt by every model; return the batch's result (see imagegen.results.BatchResult).

    Raises RequestError or ConfigurationError before anything is spent, BatchFailed when no picture could be made.
    """
    return await _make_batch(ctx, _inputs(locals()))


@app.task(
    # 1, 2 and 4 seconds; the leaf adds jitter of its own. A provider's wait is not retried but returned to the batch.
    retry=Retry(max_retries=3, wait_duration_ms=1_000, backoff_scaling=2.0),
    timeout_seconds=LEAF_TIMEOUT_SECONDS,
    plan="starter",
)
@explain_misfit
def generateImage(  # noqa: N802, PLR0917 - the name and the order that users start it by
    ctx: TaskContext,
    prompt: str,
    model: str,
    style: str,
    template: str = "",
    font: str = "",
    context: str = "",
    extra_prompt: str = "",
    title: str = "",
    variant: int = 0,
    offline: bool = False,
    focus: str | list[float] = "",
    brand: str = "",
    theme: str = "",
    kicker: str = "",
    subtitle: str = "",
    byline: str | None = None,  # an empty one is none, also where the brand has one
    highlight: str = "",
    sizes: list[str] | tuple[str, ...] = ("og",),
    scale: int = 1,
    format: str | list[str] | tuple[str, ...] = ("jpeg",),  # noqa: A002 - as in a batch file
    language: str = "",
    grant: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Make one pair's picture; return its outcome (see imagegen.results.LeafResult), failed ones included.

    Raises PassingFailure when another attempt may help. ``grant`` is set by ``generateBatch`` for its own leaves
    only (see imagegen.paying.grant).
    """
    return _make_image(ctx, _inputs(locals()))


def _reject_call(task: str, args: list[Any], kwargs: dict[str, Any]) -> None:
    """Raise RequestError for a call that does not fit; return when validation finds nothing wrong with it."""
    from imagegen.request import batch

    if task == "generateBatch":
        batch.read(kwargs or args, max_images=1)
    else:
        batch.read_leaf(kwargs or dict(zip(batch.LEAF_FIELDS, args, strict=False)))


def _configure_logging(run: str | None = None, parent: str | None = None) -> None:
    if "RENDER_SDK_MODE" in os.environ:
        from imagegen import logs
        from imagegen.settings import SECRETS, find_log_format

        logs.to_stdout(find_log_format())
        logs.conceal(os.environ.get(name, "") for name in SECRETS)
        logs.identify(run=run or "", parent=parent or "")
