"""Every failure is told once, at a level that says who has to act, in words by which they can."""

from pathlib import Path
from typing import Any

import pytest

from imagegen.errors import BatchFailed, ConfigurationError, RequestError
from imagegen.making.runtime import Runtime
from tests.doubles.provider import openai_server
from tests.doubles.provider.failure_cases import CASES, MODELS, Case
from tests.doubles.provider.gemini_server import GeminiServer
from tests.doubles.provider.openai_server import OpenAIServer
from tests.doubles.provider.scripted_server import HUNG_UP_AFTER
from tests.doubles.render.local_runs import LOOK, run_batch, run_leaf, runtime_in
from tests.watching.conftest import Lines

TWELVE = {
    "openai: moderation": ("WARNING", "refused", "nothing"),
    "openai: bad request": ("WARNING", "rejected_request", "nothing"),
    "openai: out of credit": ("ERROR", "out_of_credit", "nothing"),
    "openai: daily quota": ("ERROR", "daily_quota", "nothing"),
    "openai: rejected key": ("ERROR", "rejected_key", "nothing"),
    "openai: unverified organisation": ("ERROR", "forbidden", "nothing"),
    "openai: unknown model": ("ERROR", "unknown_model", "nothing"),
    "openai: wrong base URL": ("ERROR", "misconfigured", "nothing"),
    "openai: rate limit without a wait": ("WARNING", "rate_limited", "wait"),
    "gemini: 503": ("WARNING", "server_error", "retry"),
    "gemini: words only": ("WARNING", "no_picture", "retry"),
    "openai: hung up after the request": ("WARNING", "unanswered", "retry"),
}
"""The level, the kind and what follows, by the name of the case."""


def alerts(lines: Lines) -> list[dict[str, Any]]:
    return [line for line in lines() if line["level"] in {"WARNING", "ERROR", "CRITICAL"}]


def run_case(case: Case, directory: Path, openai: OpenAIServer, gemini: GeminiServer) -> None:
    """Run a batch of one pair that meets the failure once; what may pass is over after that."""
    server = openai if case.provider == "openai" else gemini
    server.script([case.reply])
    try:
        run_batch(runtime_in(directory), [case.name], [MODELS[case.provider]], *LOOK)
    except BatchFailed:
        assert not case.passing


def test_twelve_failures_are_twelve_lines_on_which_a_person_can_act(
    tmp_path: Path, openai: OpenAIServer, gemini: GeminiServer, lines: Lines
) -> None:
    cases = {str(case): case for case in CASES}
    for number, name in enumerate(TWELVE):
        run_case(cases[name], tmp_path / str(number), openai, gemini)
    told = alerts(lines)
    assert [(line["level"], line["kind"], line["follows"]) for line in told] == list(TWELVE.values())
    for line, name in zip(told, TWELVE, strict=True):
        assert line["event"] == "leaf_failed"
        assert {*line} >= {"batch", "run", "parent", "leaf", "attempt", "seconds", "cost_usd", "prompt", "model"}
        assert len(line["batch"]) == len(line["leaf"]) == 16
        assert ":" in line["reason"] or ";" in line["reason"], "a reason is followed by what to do"
        answered = name.startswith("openai") and "hung up" not in name
        assert ("request_id" in line) is answered


def test_retries_that_are_used_up_are_an_error_and_each_attempt_before_is_a_warning(
    runtime: Runtime, openai: OpenAIServer, lines: Lines
) -> None:
    openai.always(openai_server.server_error(500))
    with pytest.raises(BatchFailed):
        run_batch(runtime, ["a"], [MODELS["openai"]], *LOOK)
    told = [(line["level"], line["event"], line.get("attempt")) for line in alerts(lines)]
    warned = [("WARNING", "leaf_failed", attempt) for attempt in (1, 2, 3)]
    assert told == [*warned, ("ERROR", "pair_failed", None)]
    last = alerts(lines)[-1]
    assert (last["kind"], last["attempts"]) == ("server_error", 4)
    assert "OpenAI has a fault of its own" in last["reason"]


def test_two_pairs_whose_retries_are_used_up_for_one_reason_are_two_errors(
    runtime: Runtime, openai: OpenAIServer, lines: Lines
) -> None:
    openai.always(openai_server.server_error(500))
    with pytest.raises(BatchFailed):
        run_batch(runtime, ["a", "b"], [MODELS["openai"]], *LOOK)
    levels = [line["level"] for line in alerts(lines)]
    assert (len(openai.calls), levels.count("WARNING"), levels.count("ERROR")) == (8, 6, 2)


def test_a_leaf_alone_tells_itself_that_its_retries_are_used_up(
    runtime: Runtime, openai: OpenAIServer, lines: Lines
) -> None:
    openai.always(openai_server.server_error(500))
    with pytest.raises(Exception, match="fault of its own"):
        run_leaf(runtime, "a", MODELS["openai"], *LOOK)
    assert [line["level"] for line in alerts(lines)] == ["WARNING"] * 3 + ["ERROR"]


def test_a_leaf_alone_that_waits_out_a_refusal_says_so(runtime: Runtime, openai: OpenAIServer, lines: Lines) -> None:
    openai.script([openai_server.rate_limited(retry_after="2")])
    assert run_leaf(runtime, "a", MODELS["openai"], *LOOK).succeeded
    (line,) = alerts(lines)
    assert (line["level"], line["follows"], line["wait"], line["request_id"]) == ("WARNING", "wait", 2.0, "req_standin")


def test_a_rejected_key_that_ends_many_pairs_is_told_once(openai: OpenAIServer, tmp_path: Path, lines: Lines) -> None:
    openai.always(openai_server.rejected_key())
    with pytest.raises(BatchFailed):
        run_batch(runtime_in(tmp_path, max_in_flight=1), list("abcde"), [MODELS["openai"]], *LOOK)
    assert [(line["level"], line["kind"]) for line in alerts(lines)] == [("ERROR", "rejected_key")]
    others = [line for line in lines() if line["event"] == "pair_failed"]
    assert [line["level"] for line in others] == ["INFO"] * 5


def test_a_model_that_is_given_up_after_its_refusals_is_one_error(
    openai: OpenAIServer, tmp_path: Path, lines: Lines
) -> None:
    openai.always(openai_server.rate_limited(retry_after="0.001"))
    with pytest.raises(BatchFailed):
        run_batch(runtime_in(tmp_path, max_in_flight=1), list("abc"), [MODELS["openai"]], *LOOK)
    *waits, last = alerts(lines)
    assert {(line["level"], line["event"], line["follows"]) for line in waits} == {("WARNING", "leaf_failed", "wait")}
    assert (last["level"], last["event"], last["kind"]) == ("ERROR", "pair_failed", "rate_limited")
    assert "given up" in last["message"]
    assert len(waits) == len(openai.calls)


def test_a_picture_that_was_paid_for_in_vain_too_often_is_an_error(
    runtime: Runtime, openai: OpenAIServer, lines: Lines
) -> None:
    openai.always(openai_server.picture(b"\xff\xd8\xff\xe0 cut short"))
    with pytest.raises(BatchFailed, match="RETRY_USELESS"):
        run_batch(runtime, ["a"], [MODELS["openai"]], *LOOK)
    assert [line["level"] for line in alerts(lines)] == ["WARNING", "WARNING", "ERROR"]


def test_a_lost_call_tells_of_the_charge_that_there_may_be(
    runtime: Runtime, openai: OpenAIServer, lines: Lines
) -> None:
    openai.script([HUNG_UP_AFTER])
    run_batch(runtime, ["a"], [MODELS["openai"]], *LOOK)
    (line,) = alerts(lines)
    assert (line["kind"], line["possible_extra_charges"]) == ("unanswered", 1)


def test_a_batch_tells_of_its_start_and_of_its_end(runtime: Runtime, openai: OpenAIServer, lines: Lines) -> None:
    openai.script([openai_server.refused()])
    with pytest.raises(BatchFailed):
        run_batch(runtime, ["a"], [MODELS["openai"]], *LOOK)
    result = run_batch(runtime, ["a", "b"], [MODELS["openai"]], *LOOK)
    starts = [line for line in lines() if line["event"] == "batch_started"]
    ends = [line for line in lines() if line["event"] == "batch_ended"]
    assert [line["level"] for line in starts + ends] == ["INFO"] * 4
    assert [(line["pairs"], line["stored"], line["to_make"]) for line in starts] == [(1, 0, 1), (2, 0, 2)]
    assert [(line["status"], line["generated"], line["failed"]) for line in ends] == [
        ("failed", 0, 1),
        ("complete", 2, 0),
    ]
    assert ends[1]["cost_usd"] == pytest.approx(result.summary.cost_usd)
    assert ends[1]["message"].startswith("2 pictures: 2 generated, 0 reused, 0 failed, in ")


def test_an_error_that_nobody_foresaw_is_told_with_its_place_and_once(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, lines: Lines
) -> None:
    def break_down(*_args: object, **_named: object) -> None:
        raise ZeroDivisionError("by nobody\nforeseen")

    monkeypatch.setattr("imagegen.making.leaf.compose.compose", break_down)
    with pytest.raises(Exception, match="foreseen"):
        run_leaf(runtime, "a", MODELS["openai"], *LOOK, offline=True)
    told = alerts(lines)
    assert [line["level"] for line in told] == ["ERROR"] * 4
    assert (told[0]["kind"], told[0]["reason"]) == ("unexpected", "ZeroDivisionError: by nobody foreseen")
    assert told[0]["at"].endswith("break_down")
    assert "leaf.py:" in told[0]["at"]


def test_a_wrong_request_is_a_warning_and_a_wrong_setting_an_error(tmp_path: Path, lines: Lines) -> None:
    with pytest.raises(RequestError):
        run_batch(runtime_in(tmp_path), [], ["gpt-image-2"], *LOOK)
    with pytest.raises(ConfigurationError):
        run_batch(runtime_in(tmp_path, openai_api_key=""), ["a"], ["gpt-image-2"], *LOOK)
    assert [(line["level"], line["event"], line["kind"]) for line in alerts(lines)] == [
        ("WARNING", "task_failed", "request"),
        ("ERROR", "task_failed", "configuration"),
    ]
    assert "OPENAI_API_KEY is not set" in alerts(lines)[1]["reason"]
