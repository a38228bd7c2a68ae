"""The two tasks, as Render runs them. Everything they do is in ``imagegen``, imported when a task runs."""

import functools
import gc
import inspect
import os
import sys
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from render import Retry, TaskContext, Workflows

P = ParamSpec("P")
R = TypeVar("R")

HOW_TO_START = (
    "This is a Render Workflows worker; Render starts it, and locally: render workflows dev -- python -m workflows\n"
    "To make a batch here and now, without Render: imagegen run batch.json --offline\n"
)


class Worker(Workflows):
    """A Workflows app that says how it is meant to be started when somebody starts it by hand."""

    def start(self) -> None:
        """Serve the one request that Render started this process for; exit 2 when it was not Render."""
        if not (os.environ.get("RENDER_SDK_MODE") and os.environ.get("RENDER_SDK_SOCKET_PATH")):
            sys.stderr.write(HOW_TO_START)
            sys.exit(2)
        super().start()


app = Worker()

LEAF_TIMEOUT_SECONDS = 900
"""420 s waiting for somebody else's claim or 120 s of rate limits and 300 s for the slowest answer, then 120 s for
a store that is slow to take what was paid for."""
BATCH_TIMEOUT_SECONDS = 86_400
"""The platform's maximum: at OpenAI's first tier (5 pictures a minute) 7,000 pictures take a day."""


def explained(function: Callable[P, R]) -> Callable[P, R]:
    """Answer a call that does not fit the task's parameters with our own validation, which names every problem."""
    signature = inspect.signature(function)

    @functools.wraps(function)
    def task(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            signature.bind(*args, **kwargs)
        except TypeError:
            _explain(function.__name__, list(args[1:]), kwargs)
            raise
        return function(*args, **kwargs)

    return task


@app.task(
    # A batch that failed for good says so at once when it is retried; one whose instance died goes on from what is
    # stored. Three lives are enough for either.
    retry=Retry(max_retries=2, wait_duration_ms=5_000, backoff_scaling=2.0),
    timeout_seconds=BATCH_TIMEOUT_SECONDS,
    plan="starter",
)
@explained
async def generateBatch(  # noqa: N802 - the name that users start it by
    ctx: TaskContext,
    prompts: list[Any],
    models: list[str],
    style: str,
    template: str,
    font: str,
    context: str = "",
    extra_prompt: str = "",
    variant: int = 0,
    offline: bool = False,
    max_cost_usd: float | None = None,
) -> dict[str, Any]:
    """Make a picture of every prompt by every model; returns the batch's result (see imagegen.results.BatchResult).

    Raises RequestError or ConfigurationError before anything is spent, BatchFailed when no picture could be made.
    """
    from imagegen.making import batch_run as fanout
    from imagegen.making.runtime import current
    from imagegen.request import batch
    from workflows.events import LeafCompleted, publish
    from workflows.leafruns import leaf_runner

    gc.enable()  # see workflows.__main__
    _log_in_worker()
    runtime = current()
    request = batch.read(
        {
            "prompts": prompts,
            "models": models,
            "style": style,
            "template": template,
            "font": font,
            "context": context,
            "extra_prompt": extra_prompt,
            "variant": variant,
            "offline": offline,
            "max_cost_usd": max_cost_usd,
        },
        max_images=runtime.settings.max_images_per_batch,
        strict_models=runtime.settings.strict_models,
    )
    result = await fanout.run_batch(
        request,
        runtime,
        run_leaf=leaf_runner(ctx, generateImage),
        settled=lambda leaf, outcome: publish(LeafCompleted.now(leaf, outcome)),
        run=ctx.metadata.task_run_id,
    )
    return fanout.with_links(result, runtime).model_dump(mode="json")


@app.task(
    # 1, 2 and 4 seconds; the leaf adds jitter of its own, and waits rate limits out inside an attempt.
    retry=Retry(max_retries=3, wait_duration_ms=1_000, backoff_scaling=2.0),
    timeout_seconds=LEAF_TIMEOUT_SECONDS,
    plan="starter",
)
@explained
def generateImage(  # noqa: N802 - the name that users start it by
    ctx: TaskContext,
    prompt: str,
    model: str,
    style: str,
    template: str,
    font: str,
    context: str = "",
    extra_prompt: str = "",
    title: str = "",
    variant: int = 0,
    offline: bool = False,
    looked_up: str = "",
) -> dict[str, Any]:
    """Make one pair's picture; returns its outcome (see imagegen.results.LeafResult), failed ones included.

    Raises PassingFailure when another attempt may help. ``looked_up`` is the parent's: see imagegen.pipeline.
    """
    from imagegen.making import leaf as pipeline
    from imagegen.making.runtime import current
    from imagegen.request import batch

    _log_in_worker()
    runtime = current()
    leaf = batch.read_leaf(
        {
            "prompt": prompt,
            "model": model,
            "style": style,
            "template": template,
            "font": font,
            "context": context,
            "extra_prompt": extra_prompt,
            "title": title,
            "variant": variant,
            "offline": offline,
        },
        strict_models=runtime.settings.strict_models,
    )
    known = batch.one_of("looked_up", looked_up, pipeline.LOOKED_UP)
    ids = ctx.metadata
    made = pipeline.make(leaf, runtime, run=ids.task_run_id, parent=ids.parent_task_run_id, looked_up=known)
    return made.model_dump(mode="json")


def _explain(task: str, args: list[Any], kwargs: dict[str, Any]) -> None:
    """Raise RequestError for a call that does not fit; return when the misfit is nothing that validation knows."""
    from imagegen.request import batch

    if task == "generateBatch":
        batch.read(kwargs or args, max_images=1)
    else:
        batch.read_leaf(kwargs or dict(zip(batch.LEAF_FIELDS, args, strict=False)))


def _log_in_worker() -> None:
    if "RENDER_SDK_MODE" in os.environ:
        from imagegen.making import steps as log

        log.to_stdout()
