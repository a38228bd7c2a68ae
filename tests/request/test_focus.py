"""A focus: one definition for batches, rows and pairs; part of the leaf hash only when it is given."""

from typing import Any

import pytest

from imagegen.errors import RequestError
from imagegen.making.plan import plan
from imagegen.request import batch
from imagegen.settings import Settings

TAIL = {"models": ["gpt-image-2"], "style": "photorealistic", "template": "bottom-bar", "font": "inter"}


def read(focus: Any = None, *, row: Any = None) -> batch.Leaf:
    """The only pair of a batch with this focus, and with this one in its row."""
    prompt = {"prompt": "A fox"} | ({} if row is None else {"focus": row})
    value = {"prompts": [prompt], **TAIL} | ({} if focus is None else {"focus": focus})
    (leaf,) = batch.read(value, max_images=1).distinct()
    return leaf


@pytest.mark.parametrize(
    ("given", "spelt"),
    [
        ("left", "left"),
        (" Center ", "center"),
        ("0.3,0.4", "0.3,0.4"),
        (" 0.30 , .4", "0.3,0.4"),
        ([0.3, 0.4], "0.3,0.4"),
        ([0, 1], "0,1"),
        ("", ""),
    ],
)
def test_a_focus_has_one_spelling(given: Any, spelt: str) -> None:
    assert read(given).focus == spelt
    assert read(row=given).focus == spelt


def test_a_row_s_focus_wins_over_the_batch_s() -> None:
    assert read("left", row="0.3,0.4").focus == "0.3,0.4"
    assert read("left", row="").focus == ""
    assert read("left").focus == "left"


def test_a_focus_changes_the_leaf_hash_and_never_the_request_hash() -> None:
    without, left, right = (plan(read(focus), Settings()) for focus in (None, "left", "right"))
    assert without.request_hash == left.request_hash == right.request_hash
    assert len({without.leaf_hash, left.leaf_hash, right.leaf_hash}) == 3


def test_without_a_focus_the_leaf_hash_is_what_it_was() -> None:
    assert plan(read(""), Settings()).leaf_hash == plan(read(), Settings()).leaf_hash


@pytest.mark.parametrize(
    "given",
    [
        "middle",
        "0.3",
        "0.3,0.4,0.5",
        "1.1,0",
        "nan,0.5",
        [0.3],
        [0.3, 0.4, 0.5],
        [True, 0.5],
        ["0.3", 0.4],
        0.3,
        {},
        [2, 0],
    ],
)
def test_anything_else_is_a_problem_with_field_value_and_what_is_expected(given: Any) -> None:
    for options, field in (({"focus": given}, "focus"), ({"row": given}, "prompts[0].focus")):
        with pytest.raises(RequestError) as caught:
            read(**options)
        (problem,) = caught.value.problems
        assert problem.field == field
        expected = 'left, right, top, bottom, center, or two numbers from 0 to 1: "0.3,0.4" or [0.3, 0.4] (found '
        assert expected in str(problem)


def test_a_single_pair_takes_a_focus() -> None:
    values = {"prompt": "A fox", "model": "gpt-image-2", **TAIL, "focus": [1, 0.25]}
    del values["models"]
    assert batch.read_leaf(values).focus == "1,0.25"
