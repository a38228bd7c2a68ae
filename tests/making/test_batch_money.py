"""A batch spends within its cap, asks once for what its pairs share, keeps paces, and accounts for dead runs."""

import itertools
import threading
import time
from pathlib import Path

import pytest

from imagegen.errors import BatchFailed, ConfigurationError
from imagegen.making.runtime import Runtime
from imagegen.paying.liveness import hold_process_lock
from imagegen.paying.run_report import Report
from storage import keys
from tests.doubles.provider import openai_server
from tests.doubles.provider import provider_pictures as pictures
from tests.doubles.provider.gemini_server import GeminiServer
from tests.doubles.provider.openai_server import OpenAIServer
from tests.doubles.provider.scripted_server import HUNG_UP_AFTER, Call, Reply
from tests.doubles.render.local_runs import LOOK, run_batch, run_leaf, runtime_in
from tests.making.requests import MODEL, ended_life, leave_claim, planned
from tests.workflows.manifests import last_manifest
from workflows.events import Event, RunStarted

CUT = openai_server.picture(b"\xff\xd8\xff\xe0 cut short")
PROMPTS = [f"prompt {number}" for number in range(12)]


@pytest.mark.parametrize(("cap", "calls"), [(0.05, 1), (0.09, 2), (0.13, 3), (9.0, 10)])
def test_useless_answers_never_cost_more_than_the_cap(
    openai: OpenAIServer, tmp_path: Path, cap: float, calls: int
) -> None:
    openai.always(CUT)
    runtime = runtime_in(tmp_path, retry_useless=9)
    with pytest.raises(BatchFailed):
        run_batch(runtime, ["a"], [MODEL], *LOOK, max_cost_usd=cap)
    spent = last_manifest(runtime).summary
    assert spent.cost_usd is not None
    assert spent.cost_usd <= cap
    assert spent.paid_calls == len(openai.calls) <= calls


def test_a_refusal_for_the_cap_names_all_that_was_spent_of_the_share(openai: OpenAIServer, tmp_path: Path) -> None:
    openai.always(CUT)
    with pytest.raises(BatchFailed, match=r"\$0\.083 of the \$0\.082 that this picture may cost"):
        run_batch(runtime_in(tmp_path, retry_useless=9), ["a"], [MODEL], *LOOK, max_cost_usd=0.09)
    assert len(openai.calls) == 2


def test_what_one_pair_did_not_spend_pays_for_another(openai: OpenAIServer, tmp_path: Path) -> None:
    openai.script([openai_server.refused(), CUT])
    result = run_batch(runtime_in(tmp_path, max_in_flight=1), ["a", "b"], [MODEL], *LOOK, max_cost_usd=0.09)
    assert [leaf.succeeded for leaf in result.leaves()] == [False, True]
    assert result.summary.cost_usd is not None
    assert result.summary.cost_usd <= 0.09


def test_pairs_that_share_a_request_share_its_failure(openai: OpenAIServer, tmp_path: Path) -> None:
    openai.always(HUNG_UP_AFTER)
    runtime = runtime_in(tmp_path, retry_unanswered=0)
    rows = [{"prompt": "a fox", "title": f"Title {number}"} for number in range(5)]
    with pytest.raises(BatchFailed):
        run_batch(runtime, rows, [MODEL], *LOOK)
    assert openai.connections == 1
    leaves = last_manifest(runtime).leaves()
    assert len({leaf.error.message for leaf in leaves if leaf.error}) == 1
    assert sum(leaf.possible_extra_charges for leaf in leaves) == 1


def test_a_rejected_key_is_met_once_and_tells_every_pair_the_same(runtime: Runtime, openai: OpenAIServer) -> None:
    openai.always(openai_server.rejected_key())
    runtime.alone = 60.0
    with pytest.raises(BatchFailed):
        run_batch(runtime, PROMPTS, [MODEL], *LOOK)
    assert len(openai.calls) == 1
    leaves = last_manifest(runtime).leaves()
    assert len(leaves) == len(PROMPTS)
    assert len({(leaf.error.kind, leaf.error.message) for leaf in leaves if leaf.error}) == 1


def test_a_wait_that_a_provider_names_is_honoured_by_every_pair(runtime: Runtime, openai: OpenAIServer) -> None:
    openai.script([openai_server.rate_limited(retry_after_ms="700")])
    result = run_batch(runtime, ["a"], [MODEL], *LOOK)
    first, second = openai.calls
    assert second.at - first.at >= 0.7
    assert result.status == "complete"


NO_ANSWER = openai_server.error(504, "timeout", "The upstream gave up.", headers={"retry-after-ms": "40"})
WORDS = openai_server.answered([], usage={"output_tokens": 100}, error={"message": "Busy. Please try again in 40ms."})


@pytest.mark.parametrize("alone", [False, True], ids=["batch", "generateImage"])
@pytest.mark.parametrize(
    ("answer", "paid", "possible", "kept"), [(NO_ANSWER, 1, 1, 0), (WORDS, 2, 0, 1)], ids=["unanswered", "useless"]
)
def test_a_failure_that_asks_for_a_wait_is_in_the_accounts_like_any_other(
    answer: Reply, paid: int, possible: int, kept: int, alone: bool, openai: OpenAIServer, tmp_path: Path
) -> None:
    waits: list[float] = []
    openai.script([answer])
    runtime = runtime_in(tmp_path, retry_unanswered=1, retry_useless=1)
    runtime.pause = waits.append
    made = run_leaf(runtime, "a", MODEL, *LOOK) if alone else run_batch(runtime, ["a"], [MODEL], *LOOK).leaves()[0]
    first, second = openai.calls
    assert second.at - first.at + sum(waits) >= 0.04
    assert (made.succeeded, made.paid_calls, made.possible_extra_charges) == (True, paid, possible)
    assert len(runtime.store.list(keys.REJECTED).objects) == kept


def test_a_call_without_an_answer_is_not_repeated_after_the_wait_that_it_asked_for(
    openai: OpenAIServer, tmp_path: Path
) -> None:
    openai.always(NO_ANSWER)
    with pytest.raises(BatchFailed):
        run_batch(runtime_in(tmp_path, retry_unanswered=0), ["a"], [MODEL], *LOOK)
    assert len(openai.calls) == 1


def test_a_picture_that_came_bare_is_paid_for_and_used(openai: OpenAIServer, tmp_path: Path) -> None:
    openai.script([Reply(body=pictures.picture(), headers={"Content-Type": "image/jpeg"})])
    (leaf,) = run_batch(runtime_in(tmp_path), ["a"], [MODEL], *LOOK).leaves()
    assert (leaf.succeeded, leaf.paid_calls, leaf.possible_extra_charges, len(openai.calls)) == (True, 1, 0, 1)


def test_a_batch_larger_than_the_pace_completes_evenly_and_in_order(openai: OpenAIServer, tmp_path: Path) -> None:
    """Sixty pictures at five a minute, a minute being a tenth of a second."""
    runtime = runtime_in(tmp_path, provider_pace={"openai": 5}, max_images_per_batch=60)
    runtime.minute = 0.1
    prompts = [f"prompt {number:02}" for number in range(60)]
    result = run_batch(runtime, prompts, [MODEL], *LOOK)
    assert (result.status, len(openai.calls)) == ("complete", 60)
    assert [leaf.prompt for leaf in result.leaves()] == prompts
    assert openai.calls[-1].at - openai.calls[0].at >= 0.9 * 59 * 0.02


def test_a_pace_that_nobody_told_is_learned_and_the_batch_completes(openai: OpenAIServer, tmp_path: Path) -> None:
    answered: list[float] = []
    lock = threading.Lock()

    def limited(call: Call) -> Reply:
        with lock:
            since = [at for at in answered if call.at - at < 0.5]
            if len(since) >= 5:
                return openai_server.rate_limited(retry_after_ms=f"{1_000 * (since[0] + 0.5 - call.at):.0f}")
            answered.append(call.at)
        return openai.usual(call)

    openai.always(limited)
    runtime = runtime_in(tmp_path)
    runtime.minute = 0.5
    result = run_batch(runtime, PROMPTS, [MODEL], *LOOK)
    assert (result.status, result.summary.paid_calls) == ("complete", len(PROMPTS))


def lose_pictures(directory: Path) -> None:
    for path in itertools.chain((directory / "images").iterdir(), (directory / "thumbnails").iterdir()):
        path.unlink()


def dead_run(runtime: Runtime, batch_id: str, *, life: str) -> str:
    """Leave the open report of another run of a batch; return its key."""
    report = Report(batch_id=batch_id, run_id="dead-run", life=life, started_at=time.time())
    key = keys.report(batch_id, "d" * 16)
    runtime.store.replace(key, report.model_dump_json().encode(), content_type="application/json")
    return key


def batch_id_of(runtime: Runtime, openai: OpenAIServer) -> str:
    """Learn a batch's id by running it to a failure that costs nothing."""
    openai.script([openai_server.refused()])
    with pytest.raises(BatchFailed):
        run_batch(runtime, ["a"], [MODEL], *LOOK)
    return last_manifest(runtime).batch_id


def test_what_a_killed_run_spent_is_in_the_result_of_the_next_one_and_of_no_other(
    runtime: Runtime, openai: OpenAIServer, tmp_path: Path
) -> None:
    batch_id = batch_id_of(runtime, openai)
    key = dead_run(runtime, batch_id, life=ended_life())
    leave_claim(runtime.store, planned(runtime).request_hash, parent="dead-run")
    first = run_batch(runtime, ["a"], [MODEL], *LOOK).summary
    for path in (tmp_path / "images").iterdir():
        path.unlink()  # a batch that lacks nothing looks for no dead run
    second = run_batch(runtime, ["a"], [MODEL], *LOOK).summary
    assert (first.paid_calls, first.possible_extra_charges) == (1, 1)
    assert first.possible_cost_usd > 0
    assert (second.paid_calls, second.possible_extra_charges) == (0, 0)
    assert Report.model_validate_json(runtime.store.get(key)).status == "adopted"


def test_a_run_that_may_live_is_left_to_report_for_itself(runtime: Runtime, openai: OpenAIServer) -> None:
    batch_id = batch_id_of(runtime, openai)
    key = dead_run(runtime, batch_id, life=hold_process_lock())
    leave_claim(runtime.store, planned(runtime).request_hash, parent="dead-run")
    assert run_batch(runtime, ["a"], [MODEL], *LOOK).summary.possible_extra_charges == 0
    assert Report.model_validate_json(runtime.store.get(key)).status == "running"


def test_a_run_that_pays_leaves_a_closed_report(runtime: Runtime, tmp_path: Path) -> None:
    result = run_batch(runtime, ["a"], [MODEL], *LOOK)
    (path,) = (tmp_path / "reports").iterdir()
    report = Report.model_validate_json(path.read_bytes())
    assert (report.status, report.run_id, report.batch_id) == ("ended", result.run_id, result.batch_id)
    assert report.summary == result.summary


def test_a_run_that_only_composes_leaves_a_closed_report_and_one_that_lacks_nothing_none(
    runtime: Runtime, tmp_path: Path
) -> None:
    for _ in range(2):
        run_batch(runtime, ["a"], [MODEL], *LOOK, offline=True)
    (path,) = (tmp_path / "reports").iterdir()
    assert Report.model_validate_json(path.read_bytes()).status == "ended"


def test_deleted_pictures_are_made_again_for_nothing_and_the_result_says_so(
    runtime: Runtime, openai: OpenAIServer, tmp_path: Path
) -> None:
    first = run_batch(runtime, ["a", "b"], [MODEL], *LOOK)
    lose_pictures(tmp_path)
    again = run_batch(runtime, ["a", "b"], [MODEL], *LOOK)
    summary = again.summary
    assert (again.status, summary.reused, summary.paid_calls, summary.cost_usd) == ("complete", 2, 0, 0)
    assert [leaf.image and leaf.image.key for leaf in again.leaves()] == [
        leaf.image and leaf.image.key for leaf in first.leaves()
    ]
    assert len(list((tmp_path / "images").iterdir())) == 2
    assert len(openai.calls) == 2
    assert [leaf.timing.get("compose", 0.0) > 0 for leaf in again.leaves()] == [True, True]


RETIRED = ["gpt-image-1", MODEL]
"""A retired model and the one that answers for it: their pairs are one picture."""


def test_pairs_that_are_one_picture_are_all_made_again_from_its_original(
    runtime: Runtime, openai: OpenAIServer, tmp_path: Path
) -> None:
    run_batch(runtime, ["a"], RETIRED, *LOOK)
    lose_pictures(tmp_path)
    attempts: list[int] = []

    def note(event: Event) -> None:
        if isinstance(event, RunStarted) and event.parent_id is None:
            attempts.append(event.attempt)

    again = run_batch(runtime, ["a"], RETIRED, *LOOK, listener=note)
    assert (again.status, len(again.leaves()), len(openai.calls)) == ("complete", 2, 1)
    assert attempts == [1]


def test_what_a_killed_run_spent_on_pairs_that_are_one_picture_counts_once(runtime: Runtime, tmp_path: Path) -> None:
    run_batch(runtime, ["a"], RETIRED, *LOOK)
    (path,) = (tmp_path / "reports").iterdir()
    report = Report.model_validate_json(path.read_bytes())
    dead = report.model_copy(update={"status": "running", "life": ended_life()})
    path.write_text(dead.model_dump_json())  # as if it had been killed before it could close its report
    assert run_batch(runtime, ["a"], RETIRED, *LOOK).summary.paid_calls == 1


def test_what_a_killed_run_spent_is_reported_although_another_run_has_made_every_picture(
    runtime: Runtime, openai: OpenAIServer
) -> None:
    batch_id = run_batch(runtime, ["a"], [MODEL], *LOOK).batch_id
    dead_run(runtime, batch_id, life=ended_life())
    leave_claim(runtime.store, planned(runtime).request_hash, parent="dead-run")
    first, second = (run_batch(runtime, ["a"], [MODEL], *LOOK).summary for _ in range(2))
    assert (first.reused, first.possible_extra_charges) == (1, 1)
    assert (second.reused, second.possible_extra_charges) == (1, 0)


def test_each_run_of_a_batch_has_the_whole_cap(openai: OpenAIServer, tmp_path: Path) -> None:
    openai.always(CUT)
    for calls in (1, 2):
        with pytest.raises(BatchFailed):
            run_batch(runtime_in(tmp_path, retry_useless=9), ["a"], [MODEL], *LOOK, max_cost_usd=0.05)
        assert len(openai.calls) == calls


def test_a_run_that_its_cap_does_not_fit_asks_nobody(runtime: Runtime, openai: OpenAIServer) -> None:
    with pytest.raises(ConfigurationError, match=r"more than the cap of \$0\.08"):
        run_batch(runtime, ["a", "b"], [MODEL], *LOOK, max_cost_usd=0.08)
    assert openai.calls == []


def test_a_pair_that_waits_for_a_place_is_not_begun_before_the_wait_that_its_model_asked_for(
    openai: OpenAIServer, gemini: GeminiServer, tmp_path: Path
) -> None:
    """One place: while Gemini's picture has it, the second pair of the model that refused waits for it."""
    openai.script([openai_server.rate_limited(retry_after_ms="600")])
    gemini.latency = 0.2
    runtime = runtime_in(tmp_path, max_in_flight=1)
    assert run_batch(runtime, ["a", "b"], [MODEL, "gemini-3-pro-image"], *LOOK).status == "complete"
    refused, *others = openai.calls
    assert [call.at - refused.at >= 0.6 for call in others] == [True, True]
