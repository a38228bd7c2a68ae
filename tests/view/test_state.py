from dataclasses import replace

import pytest

from tests.doubles.render.scripted_events import ScriptedEvents, request
from workflows.view.state import Run, RunState, State


def start_batch(prompts: int = 2) -> tuple[RunState, ScriptedEvents]:
    state = RunState(request(prompts))
    events = ScriptedEvents(state)
    events.start_root()
    return state, events


def get_first(state: RunState) -> Run:
    return state.snapshot().runs[0]


def test_a_pair_goes_from_queued_over_running_and_retrying_to_done() -> None:
    state, events = start_batch()
    pair = request().distinct()[0]
    assert get_first(state).state == State.QUEUED
    events.now = 1.0
    events.start(pair)
    assert (get_first(state).state, get_first(state).started, get_first(state).retry) == (State.RUNNING, 1001.0, 0)
    events.fail_attempt(pair, 1, retry_in=4.0, error="503 overloaded")
    run = get_first(state)
    assert (run.state, run.retry, run.retries, run.retry_at, run.error) == (
        State.RETRYING,
        1,
        3,
        1005.0,
        "503 overloaded",
    )
    events.now = 5.0
    events.start(pair, attempt=2)
    assert (get_first(state).state, get_first(state).started, get_first(state).retry) == (State.RUNNING, 1001.0, 1)
    events.complete(pair, seconds=7.0, cost_usd=0.04)
    assert (get_first(state).state, get_first(state).seconds, get_first(state).cost_usd) == (State.DONE, 7.0, 0.04)


def test_a_pair_that_was_told_to_wait_waits_and_is_neither_done_nor_failed() -> None:
    state, events = start_batch()
    pair = request().distinct()[0]
    events.start(pair)
    events.end(pair)
    events.now = 2.0
    events.postpone(pair, 50.0, message="slow down")
    run = get_first(state)
    assert (run.state, run.retry_at, run.error, run.cost_usd) == (State.WAITING, 1052.0, "slow down", 0.0)
    events.now = 60.0
    events.start(pair)
    assert get_first(state).state == State.RUNNING


def test_what_was_found_in_the_store_is_reused_and_what_was_refused_has_failed() -> None:
    state, events = start_batch()
    pairs = request().distinct()
    events.complete(pairs[0], reused=True, cost_usd=0.0)
    events.refuse(pairs[1], kind="refused", message="Word it differently.")
    runs = state.snapshot().runs
    assert [run.state for run in runs[:2]] == [State.REUSED, State.FAILED]
    assert (runs[1].kind, runs[1].error) == ("refused", "Word it differently.")


@pytest.mark.parametrize(
    ("error", "cancelled", "expected"),
    [(None, False, State.DONE), ("gone", False, State.FAILED), ("", True, State.FAILED)],
)
def test_a_run_that_ends_has_ended_even_before_its_outcome_is_known(
    error: str | None, cancelled: bool, expected: State
) -> None:
    state, events = start_batch()
    pair = request().distinct()[0]
    events.start(pair)
    events.now = 3.0
    events.end(pair, error, cancelled=cancelled)
    run = get_first(state)
    assert (run.state, run.seconds, run.cost_usd) == (expected, 3.0, None)
    assert run.kind == ("cancelled" if cancelled else "")


def test_equal_pairs_share_a_run_and_fill_all_their_cells() -> None:
    batch = request(["same", "same", "other"])
    state = RunState(batch)
    ScriptedEvents(state).complete(batch.distinct()[0])
    snapshot = state.snapshot()
    assert snapshot.grid == ((0, 1), (0, 1), (2, 3))
    assert snapshot.count_cells_by_state() == {State.DONE: 2, State.QUEUED: 4}


def test_runs_of_something_else_change_nothing() -> None:
    state, events = start_batch()
    before = state.changes
    stranger = replace(request().distinct()[0], prompt="another")
    events.start(stranger)
    events.fail_attempt(stranger)
    events.end(stranger)
    events.complete(stranger)
    events.start(replace(stranger, style="unheard of"))
    assert state.changes == before


def test_the_root_has_a_state_too() -> None:
    state, events = start_batch()
    assert state.snapshot().root.state == State.RUNNING
    events.end_root("no picture at all")
    assert (state.snapshot().root.state, state.snapshot().root.error) == (State.FAILED, "no picture at all")


def test_a_snapshot_does_not_change_any_more() -> None:
    state, events = start_batch()
    snapshot = state.snapshot()
    events.start(request().distinct()[0])
    assert snapshot.runs[0].state == State.QUEUED


def test_no_estimate_is_made_before_a_picture_is_done() -> None:
    state, events = start_batch()
    events.start(request().distinct()[0])
    assert state.snapshot().estimate_seconds_left(1000.0) is None


def test_pictures_in_flight_together_are_expected_to_end_together() -> None:
    state, events = start_batch()
    pairs = request().distinct()
    for pair in pairs:
        events.start(pair)
    events.now = 10.0
    events.complete(pairs[0], seconds=10.0)
    events.complete(pairs[1], seconds=30.0)
    # One of each model is left: ten and thirty seconds are usual, ten have passed.
    assert state.snapshot().estimate_seconds_left(1010.0) == pytest.approx(20.0)
    assert state.snapshot().estimate_seconds_left(1060.0) == pytest.approx(3.0), "an overdue picture takes a tenth more"


def test_a_retry_is_expected_to_take_a_picture_s_time_again() -> None:
    state, events = start_batch()
    pairs = request().distinct()
    events.complete(pairs[0], seconds=10.0)
    events.complete(pairs[1], seconds=10.0)
    events.complete(pairs[3], seconds=10.0)
    events.start(pairs[2])
    events.now = 9.0
    events.fail_attempt(pairs[2], retry_in=4.0)
    assert state.snapshot().estimate_seconds_left(1009.0) == pytest.approx(14.0)
    events.now = 13.0
    events.start(pairs[2], attempt=2)
    assert state.snapshot().estimate_seconds_left(1014.0) == pytest.approx(9.0)


def test_queued_pictures_are_expected_to_share_the_places_that_are_in_use() -> None:
    state, events = start_batch(prompts=10)
    pairs = request(10).distinct()
    events.complete(pairs[0], seconds=10.0)
    for pair in pairs[1:3]:
        events.start(pair)
    # Two in flight with ten seconds each and seventeen queued, all as usual: 190 seconds of work in two places.
    assert state.snapshot().estimate_seconds_left(1000.0) == pytest.approx(95.0)
