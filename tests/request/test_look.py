"""The fields of a picture's look: one definition for batches, rows and pairs; what is wrong is told by field."""

import json
from typing import Any

import pytest

from imagegen.errors import RequestError
from imagegen.request import batch
from imagegen.request.batch import Batch, Leaf

TAIL = {"models": ["gpt-image-2"], "style": "photorealistic", "template": "bottom-bar", "font": "inter"}


def read(row: Any = "A fox", **values: Any) -> Leaf:
    """The only pair of a batch."""
    (leaf,) = batch.read({"prompts": [row], **TAIL, **values}, max_images=1).distinct()
    return leaf


def problems(row: Any = "A fox", **values: Any) -> dict[str, str]:
    with pytest.raises(RequestError) as caught:
        read(row, **values)
    return {problem.field: str(problem) for problem in caught.value.problems}


def test_without_any_of_them_a_pair_is_what_it_was() -> None:
    leaf = read()
    assert (leaf.brand, leaf.theme, leaf.kicker, leaf.subtitle, leaf.byline, leaf.highlight) == ("",) * 6
    assert (leaf.sizes, leaf.scale, leaf.format) == (("og",), 1, ("jpeg",))


@pytest.mark.parametrize(
    ("field", "given", "spelt"),
    [
        ("theme", " Dark", "dark"),
        ("kicker", " News ", "News"),
        ("subtitle", "e\u0301", "é"),
        ("byline", "Ada · example.com", "Ada · example.com"),
        ("sizes", ["OG", " square ", "1600×900"], ("og", "square", "1600x900")),
        ("sizes", "story", ("story",)),
        ("scale", 2, 2),
        ("format", "WebP", ("webp",)),
        ("format", ["avif", "JPG"], ("avif", "jpeg")),
    ],
)
def test_each_has_one_spelling_for_a_batch_a_row_and_a_pair(field: str, given: Any, spelt: Any) -> None:
    pair = {"prompt": "A fox", "model": "gpt-image-2", **{k: v for k, v in TAIL.items() if k != "models"}}
    assert getattr(read(**{field: given}), field) == spelt
    assert getattr(read({"prompt": "A fox", field: given}), field) == spelt
    assert getattr(batch.read_leaf({**pair, field: given}), field) == spelt


def test_a_row_s_value_wins_over_the_batch_s() -> None:
    row = {"prompt": "A fox", "kicker": "", "sizes": ["x"]}
    leaf = read(row, kicker="News", sizes=["og", "square"], byline="Ada")
    assert (leaf.kicker, leaf.sizes, leaf.byline) == ("", ("x",), "Ada")


@pytest.mark.parametrize(
    ("field", "given", "expected"),
    [
        ("theme", "drak", "one of auto, light, dark; did you mean 'dark'? (found \"drak\")"),
        ("kicker", "k" * 61, "at most 60 characters"),
        ("subtitle", "s" * 201, "at most 200 characters"),
        ("byline", "b" * 81, "at most 80 characters"),
        ("byline", 7, "a string"),
        ("sizes", [], "1 to 12 sizes, each once"),
        ("sizes", ["og", "OG"], "1 to 12 sizes, each once"),
        ("sizes", [f"{800 + n}x600" for n in range(13)], "1 to 12 sizes, each once"),
        ("sizes", 7, "a list"),
        ("scale", 3, "at most 2"),
        ("scale", 0, "at least 1"),
        ("scale", True, "a whole number"),
        ("format", [], "1 to 4 formats, each once"),
        ("format", ["webp", "webp"], "1 to 4 formats, each once"),
        ("brand", "../etc", "a name of lower-case letters, digits, - and _, 40 at most"),
        ("brand", "b" * 41, "a name of lower-case letters"),
        ("highlight", "wolf", 'a part of the title, "A fox", in the same letters (found "wolf")'),
    ],
)
def test_what_is_wrong_is_told_by_field_with_what_is_expected(field: str, given: Any, expected: str) -> None:
    row = problems({"prompt": "A fox", field: given})
    assert expected in row[f"prompts[0].{field}"]
    own = problems(**{field: given})
    assert expected in own["prompts[0].highlight" if field == "highlight" else field]


@pytest.mark.parametrize(
    ("field", "given", "expected"),
    [
        ("sizes[1]", ["og", "big"], "one of og, x, linkedin, youtube, square, portrait, story, pinterest, wide, or a"),
        ("sizes[0]", ["100x100"], "sides of 300 to 2400 pixels, the longer one at most 3 times the shorter one"),
        ("sizes[0]", [7], "a string"),
        ("format[0]", ["gif"], "one of jpeg, webp, avif, png"),
        ("format[0]", "gif", "one of jpeg, webp, avif, png"),
    ],
)
def test_one_of_several_is_named_by_its_place(field: str, given: Any, expected: str) -> None:
    name = field.partition("[")[0]
    assert expected in problems(**{name: given})[field]


def test_a_title_marks_its_highlight_and_a_prompt_never_does() -> None:
    leaf = read({"prompt": "A *red* fox", "title": "Why *fan-out* wins"})
    assert (leaf.prompt, leaf.title, leaf.highlight) == ("A *red* fox", "Why fan-out wins", "fan-out")
    untitled = read("A *red* fox")
    assert (untitled.title, untitled.highlight) == ("A *red* fox", "")


def test_a_highlight_that_is_named_wins_over_a_marked_one_and_that_over_the_batch_s() -> None:
    row = {"prompt": "a", "title": "One *two* three"}
    assert read({**row, "highlight": "three"}).highlight == "three"
    assert read(row, highlight="One").highlight == "two"
    assert read({**row, "title": "One two"}, highlight="One").highlight == "One"


def test_a_title_is_as_long_as_it_is_drawn() -> None:
    title = "*" + "x" * 300 + "*"
    assert read({"prompt": "a", "title": title}).highlight == "x" * 300
    assert "at most 300" in problems({"prompt": "a", "title": "x" * 301})["prompts[0].title"]


@pytest.mark.parametrize(
    "row", ["2 * 3 *x*", {"prompt": "a", "title": r"\*Not\* this"}, {"prompt": "a", "title": "*b*"}]
)
def test_a_pair_comes_out_of_its_task_s_inputs_as_it_went_in(row: Any) -> None:
    leaf = read(row, sizes=["og", "x"], format=["webp", "png"], byline="Ada", focus="left")
    assert batch.read_leaf(json.loads(json.dumps(leaf.to_inputs()))) == leaf


def test_a_batch_comes_out_of_its_task_s_inputs_as_it_went_in() -> None:
    row = {"prompt": "a", "title": r"*b* \* c", "sizes": ["x"]}
    made = batch.read({"prompts": [row], **TAIL, "format": ["webp", "png"]}, max_images=1)
    inputs = made.model_dump(mode="json", exclude_none=True)
    again = batch.read(json.loads(json.dumps(inputs)), max_images=1)
    assert again.distinct() == made.distinct()
    assert again.distinct()[0].title == "b * c"


def test_the_new_fields_follow_the_older_ones_by_position() -> None:
    names = ["brand", "theme", "kicker", "subtitle", "byline", "highlight", "sizes", "scale", "format", "language"]
    by_position = [name for name in Batch.model_fields if name not in batch.BY_NAME_ONLY]
    for known in (by_position, list(batch.LEAF_FIELDS)):
        assert known[-11:] == ["focus", *names]
    values = [["A fox"], ["gpt-image-2"], "neon", "bottom-bar", "inter", "", "", 0, True, None, "left", "", "dark", "K"]
    (leaf,) = batch.read(values, max_images=1).distinct()
    assert (leaf.focus, leaf.theme, leaf.kicker) == ("left", "dark", "K")
