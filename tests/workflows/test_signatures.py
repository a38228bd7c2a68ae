"""The tasks' signatures agree with the request's fields, which are defined once."""

import inspect
from dataclasses import MISSING, fields
from typing import Any

import pytest

from imagegen.request.batch import Batch, Leaf
from workflows.app import app

LEAF = {field.name: inspect.Parameter.empty if field.default is MISSING else field.default for field in fields(Leaf)}
BATCH = {
    name: inspect.Parameter.empty if field.is_required() else field.default
    for name, field in Batch.model_fields.items()
}


NOT_SAID = {"byline": None}
"""Without one the brand's is taken; an empty one is none."""


def parameters(task: str) -> dict[str, Any]:
    """Return the defaults of a task's inputs, in order."""
    info = app._registry.get_task(task)
    assert info
    _, *inputs = inspect.signature(info.func).parameters.values()
    return {parameter.name: parameter.default for parameter in inputs}


@pytest.mark.parametrize(
    ("task", "expected"), [("generateBatch", BATCH | NOT_SAID), ("generateImage", LEAF | NOT_SAID | {"grant": None})]
)
def test_a_task_takes_the_fields_of_its_request_in_their_order_with_their_defaults(
    task: str, expected: dict[str, Any]
) -> None:
    assert list(parameters(task).items()) == list(expected.items())


def test_a_field_that_batches_and_pairs_share_has_one_default() -> None:
    shared = set(LEAF) & set(BATCH)
    assert {name: LEAF[name] for name in shared} == {name: BATCH[name] for name in shared}
    assert "extra_prompt" in shared
