"""Valid batches, and the messages about invalid ones."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagegen.errors import RequestError
from imagegen.making.plan import plan
from imagegen.request import batch
from imagegen.request.batchfile import EXAMPLE, read_file
from imagegen.request.validation import MAX_PROBLEMS
from imagegen.settings import Settings

TAIL: list[Any] = ["photorealistic", "bottom-bar", "inter"]
LOOK = dict(zip(("style", "template", "font"), TAIL, strict=True))
ONE = [["Hello"], ["gpt-image-2"], *TAIL]


def read(value: Any, **options: Any) -> batch.Batch:
    return batch.read(value, **({"max_images": 50} | options))


def problems(value: Any, **options: Any) -> dict[str, str]:
    with pytest.raises(RequestError) as caught:
        read(value, **options)
    return {problem.field: str(problem) for problem in caught.value.problems}


def test_by_position_and_by_name_are_the_same_batch() -> None:
    by_name = dict(zip(["prompts", "models", "style", "template", "font"], ONE, strict=True))
    assert read(ONE) == read(by_name)


def test_the_repository_s_batch_is_ten_pairs_titled_by_their_prompts() -> None:
    seed = read(json.loads((Path(__file__).parents[2] / "batch.json").read_text()))
    leaves = seed.distinct()
    assert len(leaves) == 10
    assert all(leaf.title == leaf.prompt for leaf in leaves)
    assert [leaf.model for leaf in leaves[:2]] == ["gemini-3-pro-image-preview", "gpt-image-1"]


def test_an_id_is_taken_however_it_is_spelt_and_becomes_the_catalogue_s() -> None:
    loose = [[{"prompt": "Hello", "font": "Bebas Neue"}], ["GPT-Image-2"], " Cinematic", "Left_Panel", "Inter"]
    exact = [[{"prompt": "Hello", "font": "bebas-neue"}], ["gpt-image-2"], "cinematic", "left-panel", "inter"]
    assert read(loose) == read(exact)
    names = ("prompt", "model", "style", "template", "font")
    typed = dict(zip(names, ("a", "GPT-IMAGE-2", "Neon", "Bottom Bar", "INTER"), strict=True))
    meant = dict(zip(names, ("a", "gpt-image-2", "neon", "bottom-bar", "inter"), strict=True))
    assert batch.read_leaf(typed) == batch.read_leaf(meant)


def test_a_loosely_spelt_request_has_the_hashes_of_the_exact_one() -> None:
    loose, exact = (
        read([["a"], [model], style, template, font]).distinct()
        for model, style, template, font in (
            ("Gemini-3-Pro-Image-Preview", "Oil Painting", "Center box", "Space Mono"),
            ("gemini-3-pro-image-preview", "oil-painting", "center-box", "space-mono"),
        )
    )
    hashes = [(plan(leaf, Settings()).request_hash, plan(leaf, Settings()).leaf_hash) for leaf in (*loose, *exact)]
    assert hashes[0] == hashes[1]


def test_the_hashes_of_requests_that_were_made_before_stand() -> None:
    (leaf,) = read(ONE).distinct()
    assert plan(leaf, Settings()).request_hash == "7bf914528b312e744ade75590ff84d74b9c02f7b407c5b690b1a9a10e0d61ebf"


def test_a_row_overrides_the_batch_s_values_for_itself() -> None:
    row = {"prompt": "A fox", "title": "Foxes", "style": "neon", "context": "", "font": "lora"}
    (pair,) = read([[row], ["gpt-image-2"], *TAIL, "for a blog"]).distinct()
    assert (pair.title, pair.style, pair.template, pair.font, pair.context) == (
        "Foxes",
        "neon",
        "bottom-bar",
        "lora",
        "",
    )


def test_identical_pairs_are_one() -> None:
    assert len(read([["a", "a ", "b"], ["gpt-image-2", "gpt-image-2"], *TAIL]).distinct()) == 2


@pytest.mark.parametrize(
    ("value", "field", "expected"),
    [
        ([], "prompts", "required"),
        ({}, "models", "required"),
        ([[], []], "prompts", "at least one"),
        ("text", "batch", "array"),
        (7, "batch", "array"),
        (None, "batch", "array"),
        ([["a"], [], *TAIL], "models", "at least one"),
        (["a", ["gpt-image-2"], *TAIL], "prompts", "a list"),
        ([[7], ["gpt-image-2"], *TAIL], "prompts[0]", "a string, or an object"),
        ([["x" * 10_000], ["gpt-image-2"], *TAIL], "prompts[0].prompt", "at most 300 characters"),
        ([["   "], ["gpt-image-2"], *TAIL], "prompts[0].prompt", "not a space"),
        ([["a\ud800b"], ["gpt-image-2"], *TAIL], "prompts[0].prompt", "surrogates"),
        ([["a"], ["no-such-model"], *TAIL], "models[0]", "imagegen catalog models"),
        ([["a"], [3], *TAIL], "models[0]", "a string"),
        ([["a"], ["gpt-image-2"], "photorealistic", "bottom-bar", "intre"], "font", "did you mean 'inter'"),
        ([["a"], ["gpt-image-2"], "photorealist", "bottom-bar", "inter"], "style", "'photorealistic'"),
        ([["a"], ["gpt-image-2"], "neon", "bar", "inter"], "template", "overlay-center"),
        ([[{"prompt": "a", "fnt": "inter"}], ["gpt-image-2"], *TAIL], "prompts[0].fnt", "did you mean 'font'"),
        ([[{"title": "a"}], ["gpt-image-2"], *TAIL], "prompts[0].prompt", "required"),
        ([["a"], ["gpt-image-2"], *TAIL, "", "", -1], "variant", "at least 0"),
        ([["a"], ["gpt-image-2"], *TAIL, "", "", 1.5], "variant", "whole number"),
        ([["a"], ["gpt-image-2"], *TAIL, "", "", 0, "yes"], "offline", "true or false"),
        ([["a"], ["gpt-image-2"], *TAIL, "", "", 0, True, -1.0], "max_cost_usd", "at least 0"),
        ([1] * 22, "batch", "at most 21 values"),
        ([[f"p{n}" for n in range(51)], ["gpt-image-2"], *TAIL], "prompts × models", "at most 50"),
        ({"prompt": ["a"]}, "prompt", "did you mean 'prompts'"),
    ],
)
def test_what_is_wrong_is_said_by_field_and_with_what_is_allowed(value: Any, field: str, expected: str) -> None:
    assert expected in problems(value)[field]


def test_all_problems_are_told_at_once() -> None:
    assert set(problems([[1, ""], ["x"], "s", "t", "f"])) == {
        "prompts[0]",
        "prompts[1].prompt",
        "models[0]",
        "style",
        "template",
        "font",
    }


def test_an_unknown_field_s_name_cannot_steer_a_terminal_or_forge_a_line() -> None:
    (field,) = problems({"prompts": ["a"], "models": ["gpt-image-2"], "a\x1b[2J\n  - forged": 1} | LOOK)
    assert field == "a [2J - forged"


def test_a_shown_value_is_shortened() -> None:
    message = problems([["x" * 10_000], ["gpt-image-2"], *TAIL])["prompts[0].prompt"]
    assert len(message) < 200


def test_thousands_of_problems_are_counted_not_listed() -> None:
    with pytest.raises(RequestError) as caught:
        read([[""] * 5_000, ["gpt-image-2"], *TAIL])
    assert len(caught.value.problems) == MAX_PROBLEMS + 1
    assert "and 4980 more" in str(caught.value)


def test_strict_models_refuses_a_retired_id_and_names_its_successor() -> None:
    assert "gpt-image-2" in problems([["a"], ["gpt-image-1"], *TAIL], strict_models=True)["models[0]"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"{", "a batch in JSON; there is a mistake in it: Expecting"),
        (b'[\n"\xff"]', "it is not UTF-8: byte 0xff in line 2"),
        (b'{"prompts": ["a"], "style": "neon", "prompts": ["b"]}', 'the field "prompts" stands twice in one object'),
        (b"\xff\xfe[\0", r"in JSON; this seems to be text in UTF-16 \(save it as UTF-8\)"),
        (b"prompts:\n  - A fox\n", "this seems to be YAML. Write it like this: {"),
        (b"[NaN]", "NaN is not JSON"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_a_file_that_cannot_be_read_is_explained(tmp_path: Path, content: bytes, expected: str) -> None:
    path = tmp_path / "batch.json"
    path.write_bytes(content)
    with pytest.raises(RequestError, match=expected):
        read_file(path)


def test_the_example_that_is_shown_is_a_batch(tmp_path: Path) -> None:
    path = tmp_path / "batch.json"
    path.write_text(EXAMPLE)
    assert len(read(read_file(path)).distinct()) == 1


def test_a_missing_file_and_a_directory_are_explained(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="there is none at this path"):
        read_file(tmp_path / "nothing.json")
    with pytest.raises(RequestError, match="directory"):
        read_file(tmp_path)


def test_the_batch_id_tells_batches_apart_by_their_leaves_and_shape() -> None:
    first, second = read(ONE), read([["Hello"], ["gpt-image-2", "gpt-image-2"], *TAIL])
    assert batch.batch_id(first, ["a"]) == batch.batch_id(first, ["a"])
    assert len({batch.batch_id(first, ["a"]), batch.batch_id(first, ["b"]), batch.batch_id(second, ["a"])}) == 3


def test_one_pair_is_validated_like_a_batch_of_one() -> None:
    given = {"prompt": " a ", "model": "gpt-image-2", "style": "neon", "template": "bottom-bar", "font": "inter"}
    assert batch.read_leaf(given).title == "a"
    with pytest.raises(RequestError, match="did you mean 'font'"):
        batch.read_leaf(given | {"fonts": "inter"})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=12), inner, max_size=5),
    max_leaves=12,
)


@given(JSON | st.tuples(JSON, JSON, JSON, JSON, JSON).map(list))
def test_whatever_is_given_is_a_batch_or_a_request_error(value: Any) -> None:
    try:
        assert read(value).distinct()
    except RequestError as error:
        str(error).encode()


@pytest.mark.parametrize(
    "field", ["prompt", "title", "context", "extra_prompt", "kicker", "subtitle", "byline", "highlight"]
)
def test_nul_is_refused_in_every_text(field: str) -> None:
    """It would stand raw in the page, where no browser shows what follows as it is."""
    found = problems([[{"prompt": "a fox", field: "a\0fox"}], *ONE[1:]])
    assert "text without the character NUL (U+0000)" in found[f"prompts[0].{field}"]
