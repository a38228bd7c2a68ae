"""A row's own variant wins, a name is for people, and the list tells batches apart."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from imagegen.errors import RequestError
from imagegen.making.plan import plan
from imagegen.making.runtime import Runtime
from imagegen.request import batch as batches
from imagegen.results import BatchResult
from storage.directory import DirectoryStore
from tests.doubles.provider import openai_server
from tests.doubles.provider.openai_server import OpenAIServer
from tests.doubles.render.local_runs import run_batch
from tests.making.changes.conftest import MODELS, Typed, read_manifest

Told = Callable[..., BatchResult]


def request(**changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "prompts": ["a fox", "a hare"],
        "models": MODELS[:1],
        "style": "neon",
        "template": "bottom-bar",
    }
    return {**given, "font": "inter", **changes}


def test_a_rows_own_variant_wins_over_the_batchs_and_pays_for_it_alone(runtime: Runtime, seller: OpenAIServer) -> None:
    run_batch(runtime, **request())
    rows = ["a fox", {"prompt": "a hare", "variant": 2}]
    assert run_batch(runtime, **request(prompts=rows)).summary.paid_calls == 1
    both = batches.read(request(prompts=["a fox", {"prompt": "a hare", "variant": 0}], variant=5), max_images=9)
    assert [leaf.variant for (leaf,) in both.leaves] == [5, 0]
    assert len(seller.calls) == 3


def test_a_rows_variant_names_the_same_request_as_the_batchs(runtime: Runtime) -> None:
    by_row = batches.read(request(prompts=[{"prompt": "a fox", "variant": 2}]), max_images=9)
    by_batch = batches.read(request(prompts=["a fox"], variant=2), max_images=9)
    assert plan(by_row.leaves[0][0], runtime.settings) == plan(by_batch.leaves[0][0], runtime.settings)


@pytest.mark.parametrize("variant", [-1, 1.5, "1", True, 1_000_001])
def test_a_variant_that_is_none_is_named_by_its_row(variant: object) -> None:
    with pytest.raises(RequestError, match=r"prompts\[0\]\.variant"):
        batches.read(request(prompts=[{"prompt": "a fox", "variant": variant}]), max_images=9)


@pytest.mark.parametrize("name", ["x" * 81, "two\nlines", "two\u2028lines", 5])
def test_a_name_is_one_line_of_eighty_characters(name: object) -> None:
    with pytest.raises(RequestError, match="name"):
        batches.read(request(name=name), max_images=9)
    assert batches.read(request(name=" " + "x" * 80), max_images=9).name == "x" * 80


def test_no_position_stands_for_the_name() -> None:
    values = list(batches.Batch.model_fields)
    with pytest.raises(RequestError, match=f"at most {len(values) - 1} values"):
        batches.read([None] * len(values), max_images=9)


def test_naming_a_batch_later_neither_moves_it_nor_pays(
    runtime: Runtime, store: DirectoryStore, seller: OpenAIServer
) -> None:
    plain = run_batch(runtime, **request())
    named = run_batch(runtime, **request(name="<Posts> & more"))
    assert (named.batch_id, named.summary.reused, len(seller.calls)) == (plain.batch_id, 2, 2)
    assert "&lt;Posts&gt; &amp; more" in store.get(plain.gallery_key).decode()
    assert read_manifest(store, plain.batch_id).name == "<Posts> & more"
    assert run_batch(runtime, **request()).name == "<Posts> & more"
    assert run_batch(runtime, **request(name="Last")).name == "Last"
    assert read_manifest(store, plain.batch_id).first_created_at == plain.created_at


def test_the_list_tells_batches_apart_and_adds_their_runs_up(
    runtime: Runtime, typed: Typed, told: Told, capsys: pytest.CaptureFixture[str]
) -> None:
    first = run_batch(runtime, **request(name="Posts"))
    told("redo", first.batch_id, "1", "--yes")
    run_batch(runtime, **request(template="left-panel"))
    capsys.readouterr()
    assert typed("list") == 0
    one, other = sorted(capsys.readouterr().out.splitlines(), key=lambda line: first.batch_id not in line)
    assert "2 of 2 pictures, $0.12" in one
    assert "  Posts  neon, bottom-bar, inter  " in one
    assert "2 of 2 pictures, $0  neon, left-panel, inter  " in other
    assert typed("list", "--json") == 0
    row = next(row for row in json.loads(capsys.readouterr().out)["batches"] if row["batch_id"] == first.batch_id)
    assert row["cost_usd"] == pytest.approx(3 * openai_server.USAGE_COST)
    assert (row["name"], row["brands"], row["first_created_at"]) == ("Posts", [], first.created_at)


def test_the_plan_numbers_the_rows_as_redo_takes_them(
    typed: Typed, store: DirectoryStore, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "batch.json"
    path.write_text(json.dumps(request(models=MODELS)))
    assert typed("plan", str(path), "--json") == 0
    pairs = json.loads(capsys.readouterr().out)["pairs"]
    assert [(pair["row"], pair["prompt"]) for pair in pairs] == [(1, "a fox")] * 2 + [(2, "a hare")] * 2
    assert store.list("").objects == ()
