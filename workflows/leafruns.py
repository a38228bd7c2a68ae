"""Runs one leaf of ``generateBatch`` as a task run of its own, through the context of the parent."""

from typing import Any

from pydantic import ValidationError
from render import TaskContext
from render.client.errors import RenderError
from render.workflows.task import TaskDefinition

from imagegen.errors import LeafRunFailed
from imagegen.making.fan_out import RunLeaf
from imagegen.making.leaf import Grant
from imagegen.request.batch import Leaf
from imagegen.results import LeafResult


def leaf_runner(ctx: TaskContext, task: TaskDefinition[..., Any]) -> RunLeaf:
    """Return a function that runs ``task`` for a pair under ``ctx`` and returns its outcome.

    It raises LeafRunFailed when the run failed with its retries used up, or returned something else.
    """

    async def run(leaf: Leaf, grant: Grant) -> LeafResult:
        try:
            answer = await ctx.run(task, **leaf.to_inputs(), grant=grant.to_json())
            return LeafResult.model_validate(answer)
        except RenderError as error:
            raise LeafRunFailed(str(error).removeprefix("Subtask failed: ")) from error
        except ValidationError as error:
            raise LeafRunFailed(
                f"the run returned something that is not an outcome ({error.error_count()} problems)"
            ) from error

    return run
