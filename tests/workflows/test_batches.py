"""Whole batches: real tasks on the local engine, real SDKs over loopback, a directory store."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import pytest
from render import TaskRunMetadata

from imagegen import gallery
from imagegen.errors import PassingFailure
from imagegen.library.verify import verify
from imagegen.making.plan import plan
from imagegen.making.runtime import Runtime, using
from imagegen.paying import claims
from imagegen.paying.grant import Grant
from imagegen.request.batch import LEAF_FIELDS, Leaf
from imagegen.results import BatchResult
from tests.doubles.provider import openai_server
from tests.doubles.provider import provider_pictures as pictures
from tests.doubles.provider.gemini_server import GeminiServer
from tests.doubles.provider.openai_server import OpenAIServer
from tests.doubles.provider.scripted_server import Call, Reply
from tests.doubles.render.local_runs import LOOK, run_batch, run_leaf, runtime_in
from tests.workflows.manifests import BOTH, last_manifest
from workflows.app import _make_image
from workflows.events import AttemptFailed, Event, LeafCompleted
from workflows.local import LocalContext


def test_every_pair_is_asked_for_once_and_a_rerun_asks_nobody(
    runtime: Runtime, openai: OpenAIServer, gemini: GeminiServer
) -> None:
    first = run_batch(runtime, ["a", "b"], BOTH, *LOOK)
    assert (first.status, first.summary.generated, first.summary.paid_calls) == ("complete", 4, 4)
    assert (len(openai.calls), len(gemini.calls)) == (2, 2)
    assert first.summary.cost_usd is not None
    assert first.summary.cost_usd > 0
    again = run_batch(runtime, ["a", "b"], BOTH, *LOOK)
    assert (again.summary.reused, again.summary.paid_calls, again.summary.cost_usd) == (4, 0, 0.0)
    assert (len(openai.calls), len(gemini.calls)) == (2, 2)
    assert [leaf.image and leaf.image.key for leaf in again.leaves()] == [
        leaf.image and leaf.image.key for leaf in first.leaves()
    ]


def test_a_rerun_of_a_model_of_unknown_price_counts_no_call(runtime: Runtime, gemini: GeminiServer) -> None:
    first, again = (run_batch(runtime, ["a"], ["gemini-2.5-flash-image-preview"], *LOOK).summary for _ in range(2))
    assert (first.paid_calls, first.unpriced_calls, first.cost_usd) == (1, 1, None)
    assert (again.paid_calls, again.unpriced_calls, again.cost_usd, again.known_cost_usd) == (0, 0, 0.0, 0.0)
    assert len(gemini.calls) == 1


def test_results_keep_the_order_of_the_request_whatever_finishes_first(runtime: Runtime, openai: OpenAIServer) -> None:
    openai.script([openai_server.picture(delay=0.3), openai_server.picture()])
    result = run_batch(runtime, ["slow", "fast"], ["gpt-image-2"], *LOOK)
    assert [[leaf.prompt for leaf in row] for row in result.images or ()] == [["slow"], ["fast"]]


def test_a_retired_id_is_served_by_its_successor_visibly(runtime: Runtime, openai: OpenAIServer) -> None:
    (leaf,) = run_batch(runtime, ["a"], ["gpt-image-1"], *LOOK).leaves()
    assert (leaf.model, leaf.served_by) == ("gpt-image-1", "gpt-image-2")
    assert openai.calls[0].body["model"] == "gpt-image-2"


def test_the_id_that_was_asked_for_does_not_change_what_is_paid_for(runtime: Runtime, openai: OpenAIServer) -> None:
    run_batch(runtime, ["a"], ["gpt-image-1"], *LOOK)
    run_batch(runtime, ["a"], ["gpt-image-2"], *LOOK)
    assert len(openai.calls) == 1


def test_identical_pairs_are_paid_for_once_and_fill_every_cell(runtime: Runtime, openai: OpenAIServer) -> None:
    result = run_batch(runtime, ["a", "a", "b"], ["gpt-image-2"], *LOOK)
    assert (len(openai.calls), result.summary.requested, result.summary.paid_calls) == (2, 3, 2)
    assert all(leaf.succeeded for leaf in result.leaves())
    assert (result.summary.generated, result.summary.reused) == (2, 1)


def test_rows_that_differ_in_their_title_only_share_one_paid_picture(runtime: Runtime, openai: OpenAIServer) -> None:
    rows = [{"prompt": "a fox", "title": title} for title in ("One", "Two", "Three")]
    result = run_batch(runtime, rows, ["gpt-image-2"], *LOOK)
    assert len(openai.calls) == 1
    assert len({leaf.image and leaf.image.key for leaf in result.leaves()}) == 3
    assert (result.summary.paid_calls, result.summary.reused) == (1, 2)


def test_another_template_font_or_title_pays_nothing(runtime: Runtime, openai: OpenAIServer) -> None:
    run_batch(runtime, ["a"], ["gpt-image-2"], *LOOK)
    for look in (("photorealistic", "left-panel", "inter"), ("photorealistic", "bottom-bar", "lora")):
        assert run_batch(runtime, ["a"], ["gpt-image-2"], *look).summary.paid_calls == 0
    assert len(openai.calls) == 1


def test_a_variant_is_bought_by_name(runtime: Runtime, openai: OpenAIServer) -> None:
    run_batch(runtime, ["a"], ["gpt-image-2"], *LOOK)
    run_batch(runtime, ["a"], ["gpt-image-2"], *LOOK, "", "", 1)
    assert len(openai.calls) == 2


def test_two_identical_batches_at_the_same_moment_pay_once(
    openai: OpenAIServer, gemini: GeminiServer, tmp_path: Path
) -> None:
    openai.latency = 0.3

    def run(runtime: Runtime) -> BatchResult:
        return run_batch(runtime, ["a", "b"], ["gpt-image-2"], *LOOK)

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(run, [Runtime(runtime_in(tmp_path).settings) for _ in range(2)]))
    assert len(openai.calls) == 2
    assert [result.status for result in results] == ["complete"] * 2
    assert sum(result.summary.paid_calls for result in results) == 2


def test_a_leaf_by_itself_makes_reuses_and_composes_anew(runtime: Runtime, openai: OpenAIServer) -> None:
    made = run_leaf(runtime, "a", "gpt-image-2", *LOOK)
    reused = run_leaf(runtime, "a", "gpt-image-2", *LOOK)
    composed = run_leaf(runtime, prompt="a", model="gpt-image-2", style=LOOK[0], template="center-box", font="lora")
    assert len(openai.calls) == 1
    assert [leaf.reused for leaf in (made, reused, composed)] == [False, True, True]
    assert made.image == reused.image != composed.image
    assert (made.paid_calls, reused.paid_calls, composed.paid_calls) == (1, 0, 0)


def test_a_picture_stored_by_a_leaf_that_died_is_not_paid_for_again(
    runtime: Runtime, openai: OpenAIServer, tmp_path: Path
) -> None:
    run_batch(runtime, ["a"], ["gpt-image-2"], *LOOK)
    for directory in ("images", "thumbnails", "results", "batches"):
        for path in (tmp_path / directory).rglob("*.*"):
            path.unlink()
    result = run_batch(runtime, ["a"], ["gpt-image-2"], *LOOK)
    assert (result.status, result.summary.paid_calls, len(openai.calls)) == ("complete", 0, 1)


def test_who_comes_second_uses_the_original_that_came_first(
    runtime: Runtime, openai: OpenAIServer, tmp_path: Path
) -> None:
    winner = pictures.picture(subject="the winner's")

    def overtaken(_call: Call) -> Reply:
        (claim,) = (tmp_path / "claims").iterdir()
        runtime.store.create(f"originals/{claim.name.split('.')[0]}", winner, content_type="image/jpeg")
        return openai_server.picture(subject="the loser's")

    openai.script([overtaken])
    (leaf,) = run_batch(runtime, ["a"], ["gpt-image-2"], *LOOK).leaves()
    assert leaf.original_sha256 == sha256(winner).hexdigest()
    assert leaf.paid_calls == 1
    assert verify(runtime.store).problems == ()


def test_originals_alone_are_enough_to_pay_for_nothing(runtime: Runtime, openai: OpenAIServer, tmp_path: Path) -> None:
    run_batch(runtime, ["a"], ["gpt-image-2"], *LOOK)
    for path in [path for path in tmp_path.rglob("*") if path.is_file() and path.parent.name != "originals"]:
        path.unlink()
    assert run_leaf(runtime, "a", "gpt-image-2", *LOOK).succeeded
    assert len(openai.calls) == 1


class NamelessContext(LocalContext):
    """The context of a task on Render's local server, which gives a run no ids."""

    def __init__(self) -> None:
        pass

    @property
    def metadata(self) -> TaskRunMetadata:
        return TaskRunMetadata(None, None, None)


def test_where_the_platform_names_no_run_the_grant_does(runtime: Runtime, openai: OpenAIServer) -> None:
    """So that the attempts of one leaf have one account, and one share of the cap."""
    openai.always(openai_server.picture(b"no picture"))
    grant = Grant("nothing", 0.09, run="the-leaf", parent="the-batch").to_json()
    inputs = dict(zip(LEAF_FIELDS, ("a", "gpt-image-2", *LOOK), strict=False)) | {"grant": grant}
    for _ in range(3):
        with using(runtime), suppress(PassingFailure):
            _make_image(NamelessContext(), dict(inputs))
    assert len(openai.calls) == 2
    record = claims.read(runtime.store, plan(Leaf("a", "gpt-image-2", *LOOK, title="a"), runtime.settings).request_hash)
    assert record
    (entry,) = record.account.entries
    assert (entry.run, entry.parent, entry.ledger.paid_calls) == ("the-leaf", "the-batch", 2)


def test_a_leaf_alone_without_a_name_holds_all_that_was_spent_on_its_request_against_the_cap(
    openai: OpenAIServer, tmp_path: Path
) -> None:
    openai.always(openai_server.picture(b"no picture"))
    runtime = runtime_in(tmp_path, max_batch_cost_usd=0.09, retry_useless=9)
    inputs = dict(zip(LEAF_FIELDS, ("a", "gpt-image-2", *LOOK), strict=False)) | {"grant": None}
    for _ in range(4):
        with using(runtime), suppress(PassingFailure):
            _make_image(NamelessContext(), dict(inputs))
    assert len(openai.calls) == 2


def test_the_events_tell_of_retries_and_of_every_outcome(runtime: Runtime, openai: OpenAIServer) -> None:
    events: list[Event] = []
    openai.script([openai_server.server_error(500)])
    run_batch(runtime, ["a"], ["gpt-image-2"], *LOOK, listener=events.append)
    (failed,) = [event for event in events if isinstance(event, AttemptFailed)]
    assert (failed.attempt, failed.attempts, failed.retry_in) == (1, 4, 1.0)
    (settled,) = [event for event in events if isinstance(event, LeafCompleted)]
    assert settled.result.succeeded


def test_nothing_stored_holds_a_link(runtime: Runtime, tmp_path: Path) -> None:
    run_batch(runtime, ["a"], BOTH, *LOOK)
    for path in [*tmp_path.rglob("*.json"), *tmp_path.rglob("*.html")]:
        assert "file://" not in path.read_text()


def test_a_page_is_rebuilt_when_it_is_missing(runtime: Runtime, tmp_path: Path) -> None:
    result = run_batch(runtime, ["a"], BOTH, *LOOK)
    page = tmp_path / result.gallery_key
    before = page.read_bytes()
    page.unlink()
    run_batch(runtime, ["a"], BOTH, *LOOK)
    assert page.read_bytes() == before == gallery.render(last_manifest(runtime), link=lambda key: f"../../{key}")


def test_a_result_too_large_for_the_platform_keeps_its_pictures_in_the_manifest(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imagegen.making.outcomes.MAX_RESULT", 1_000)
    result = run_batch(runtime, ["a"], BOTH, *LOOK)
    assert result.images is None
    assert result.summary.succeeded == 2
    assert len(last_manifest(runtime).leaves()) == 2


def test_damaged_records_of_the_store_count_as_absent(runtime: Runtime, openai: OpenAIServer, tmp_path: Path) -> None:
    run_batch(runtime, ["a"], ["gpt-image-2"], *LOOK)
    for path in (*tmp_path.glob("results/*"), *tmp_path.glob("batches/*/batch.json")):
        path.write_text(json.dumps({"nonsense": True}))
    result = run_batch(runtime, ["a"], ["gpt-image-2"], *LOOK)
    assert (result.status, len(openai.calls)) == ("complete", 1)
    assert run_batch(runtime, ["a"], ["gpt-image-2"], *LOOK).summary.reused == 1
