"""Whole batches in which something fails: real tasks on the local engine, real SDKs over loopback."""

from pathlib import Path

import pytest

from imagegen.errors import BatchFailed, ConfigurationError
from imagegen.making.runtime import Runtime
from tests.doubles.provider import openai_server
from tests.doubles.provider.failure_cases import CASES, MODELS, Case
from tests.doubles.provider.gemini_server import GeminiServer
from tests.doubles.provider.openai_server import OpenAIServer
from tests.doubles.provider.scripted_server import HUNG_UP_AFTER
from tests.doubles.render.local_runs import LOOK, run_batch, runtime_in
from tests.workflows.manifests import BOTH, last_manifest

WAVES = 4
"""Refusals in a row after which a lane is given up; each is one run of the leaf, with one call."""


def is_useless(case: Case) -> bool:
    """Tell if the case is an answer that was or may have been paid for, so that RETRY_USELESS bounds it."""
    return case.paid_calls > 0 or case.kind == "no_picture"


def calls_until_given_up(case: Case) -> int:
    """The calls for one picture to a server that answers with the case's reply for ever."""
    if not case.passing:
        return 1
    if is_useless(case):
        return 2
    return WAVES if case.kind == "rate_limited" else 4


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_failure_is_counted_in_calls(
    case: Case, runtime: Runtime, openai: OpenAIServer, gemini: GeminiServer
) -> None:
    """Permanent failures make one call, passing ones three more; paid ones one more, and limits are waited out."""
    server = openai if case.provider == "openai" else gemini
    server.always(case.reply)
    with pytest.raises(BatchFailed) as caught:
        run_batch(runtime, ["a"], [MODELS[case.provider]], *LOOK)
    calls = calls_until_given_up(case)
    assert server.connections == calls
    (leaf,) = last_manifest(runtime).leaves()
    assert leaf.error is not None
    assert leaf.error.message in str(caught.value)
    assert leaf.possible_extra_charges == calls * case.possible_extra_charges
    if is_useless(case):
        assert (leaf.error.kind, leaf.attempts) == ("bad_picture", 3)
        assert leaf.known_cost_usd or leaf.possible_extra_charges
        assert "RETRY_USELESS allows 1" in leaf.error.message
    else:
        assert (leaf.error.kind, leaf.attempts) == (case.kind, calls)


@pytest.mark.parametrize("case", [case for case in CASES if case.passing], ids=str)
def test_a_passing_failure_that_recovers_at_the_second_call_makes_two(
    case: Case, runtime: Runtime, openai: OpenAIServer, gemini: GeminiServer
) -> None:
    server = openai if case.provider == "openai" else gemini
    server.script([case.reply])
    (leaf,) = run_batch(runtime, ["a"], [MODELS[case.provider]], *LOOK).leaves()
    assert server.connections == 2
    assert (leaf.status, leaf.attempts) == ("succeeded", 2)
    assert leaf.possible_extra_charges == case.possible_extra_charges


def test_a_picture_that_does_not_decode_was_paid_for_and_is_asked_for_again(
    runtime: Runtime, openai: OpenAIServer
) -> None:
    openai.script([openai_server.picture(b"\xff\xd8\xff\xe0 cut short")])
    (leaf,) = run_batch(runtime, ["a"], ["gpt-image-2"], *LOOK).leaves()
    assert (leaf.status, leaf.paid_calls, len(openai.calls)) == ("succeeded", 2, 2)
    assert leaf.cost_usd is not None


def test_retry_unanswered_bounds_how_often_a_lost_request_is_sent_again(openai: OpenAIServer, tmp_path: Path) -> None:
    openai.always(HUNG_UP_AFTER)
    runtime = runtime_in(tmp_path, retry_unanswered=1)
    with pytest.raises(BatchFailed, match="RETRY_UNANSWERED allows 1"):
        run_batch(runtime, ["a"], ["gpt-image-2"], *LOOK)
    assert openai.connections == 2


def test_one_model_s_rejected_key_does_not_lose_the_other_s_pictures(runtime: Runtime, openai: OpenAIServer) -> None:
    openai.always(openai_server.rejected_key())
    result = run_batch(runtime, ["a", "b"], BOTH, *LOOK)
    assert (result.status, result.summary.succeeded, result.summary.failed) == ("partial", 2, 2)
    for _, failed in result.images or ():
        assert failed.error is not None
        assert "OPENAI_API_KEY" in failed.error.message


def test_a_missing_key_is_named_before_anything_is_spent(gemini: GeminiServer, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="OPENAI_API_KEY is not set"):
        run_batch(runtime_in(tmp_path), ["a"], BOTH, *LOOK)
    assert gemini.calls == []
    assert list(tmp_path.iterdir()) == []


def test_a_key_is_not_needed_for_what_is_stored(runtime: Runtime) -> None:
    run_batch(runtime, ["a"], BOTH, *LOOK)
    without = runtime_in(Path(runtime.settings.store), openai_api_key="", google_api_key="")
    assert run_batch(without, ["a"], BOTH, *LOOK).summary.reused == 2


def test_an_unknown_price_does_not_pass_a_cost_cap(runtime: Runtime, openai: OpenAIServer) -> None:
    with pytest.raises(ConfigurationError, match="price of gpt-image-9 is unknown"):
        run_batch(runtime, ["a"], ["gpt-image-9"], *LOOK, max_cost_usd=100.0)
    assert openai.calls == []


def test_a_cap_counts_only_what_is_still_to_be_paid(runtime: Runtime) -> None:
    run_batch(runtime, ["a", "b"], ["gpt-image-2"], *LOOK)
    assert run_batch(runtime, ["a", "b"], ["gpt-image-2"], *LOOK, max_cost_usd=0.0).summary.reused == 2


def test_a_daily_quota_ends_that_provider_s_other_leaves_at_once(
    openai: OpenAIServer, gemini: GeminiServer, tmp_path: Path
) -> None:
    openai.always(openai_server.daily_quota())
    result = run_batch(runtime_in(tmp_path, max_in_flight=1), list("abcde"), BOTH, *LOOK)
    assert len(openai.calls) == 1
    assert (result.summary.succeeded, result.summary.failed) == (5, 5)
    assert {leaf.error.kind for leaf in result.leaves() if leaf.error} == {"daily_quota"}


def test_moderation_refuses_a_flagged_prompt_before_it_costs_anything(
    gemini: GeminiServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with OpenAIServer(flagged={"gore": ("violence",)}) as openai:
        for name, value in openai.environment.items():
            monkeypatch.setenv(name, value)
        result = run_batch(runtime_in(tmp_path, enable_moderation=True), ["a fox", "gore"], BOTH, *LOOK)
    assert [[leaf.status for leaf in row] for row in result.images or ()] == [["succeeded"] * 2, ["failed"] * 2]
    assert {leaf.error.kind for leaf in result.leaves() if leaf.error} == {"moderation"}
    assert (len(openai.calls), len(gemini.calls)) == (1, 1)


def test_a_batch_without_any_picture_fails_and_says_why_once(runtime: Runtime, openai: OpenAIServer) -> None:
    openai.always(openai_server.refused())
    with pytest.raises(BatchFailed, match=r"^no picture of the batch could be made: 3 × gpt-image-2: ") as caught:
        run_batch(runtime, ["a", "b", "c"], ["gpt-image-2"], *LOOK)
    assert len(str(caught.value)) < 1_000


def test_a_failed_pair_is_tried_again_by_the_next_run(runtime: Runtime, openai: OpenAIServer) -> None:
    openai.script([openai_server.refused(), openai_server.picture()])
    assert run_batch(runtime, ["a", "b"], ["gpt-image-2"], *LOOK, concurrency=1).status == "partial"
    second = run_batch(runtime, ["a", "b"], ["gpt-image-2"], *LOOK)
    assert (second.status, second.summary.generated, second.summary.reused) == ("complete", 1, 1)
    assert len(openai.calls) == 3
