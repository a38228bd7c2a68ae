import itertools

import pytest
from rich.cells import cell_len

from imagegen.request.batch import Batch
from tests.doubles.scripted_events import ScriptedEvents, request
from workflows.view.drawing import Drawing, fit
from workflows.view.state import RunState


def draw_lines(
    state: RunState, *, now: float = 1000.0, width: int = 100, height: int = 40, ascii_only: bool = False
) -> list[str]:
    lines = Drawing(state.snapshot(), now, width, height, ascii_only).draw()
    return ["".join(segment.text for segment in line).rstrip() for line in lines]


def start_batch(batch: Batch) -> tuple[RunState, ScriptedEvents]:
    state = RunState(batch)
    events = ScriptedEvents(state)
    events.start_root()
    return state, events


def every_state() -> RunState:
    batch = request(3)
    state, events = start_batch(batch)
    pairs = batch.distinct()
    for pair in pairs[:4]:
        events.start(pair)
    events.complete(pairs[0], seconds=12.0, cost_usd=0.041)
    events.complete(pairs[1], reused=True, cost_usd=0.0)
    events.refuse(pairs[2], message="Word it differently.")
    events.now = 8.0
    events.fail_attempt(pairs[3], retry_in=6.0, error="503 overloaded")
    events.start(pairs[4])
    return state


def test_a_wide_terminal_shows_a_row_per_prompt_and_a_cell_per_model() -> None:
    assert draw_lines(every_state(), now=1010.0) == [
        "generateBatch  ● running 10 s      3 prompts × 2 models",
        "                                                gpt-image-2         gemini-3-pro-image",
        "prompt 0                                        ✓ done 12 s         = reused",
        "prompt 1                                        ✗ failed: refused   ↻ retry 1/3 in 4 s",
        "prompt 2                                        ● running 2 s       ○ queued",
        "✗ failed: refused  gpt-image-2 · prompt 1  Word it differently.",
        "━" * 30 + "─" * 30,
        "2 of 6 pictures · 1 failed · $0.041 so far · 10 s elapsed · about 19 s left",
    ]


def test_a_narrow_terminal_shows_a_line_per_pair() -> None:
    lines = draw_lines(every_state(), now=1010.0, width=44)
    assert lines[1:] == [
        "✓ done 12 s          gpt-image-2 · prompt 0",
        "= reused             gemini-3-pro-image · p…",
        "✗ failed: refused  gpt-image-2 ·…  Word it…",
        "↻ retry 1/3 in 4 s  gemini-3-pro-…  503 ove…",
        "● running 2 s        gpt-image-2 · prompt 2",
        "○ queued             gemini-3-pro-image · p…",
        "━" * 22 + "─" * 22,
        "2 of 6 pictures · 1 failed · $0.041 so far",
        "10 s elapsed · about 19 s left",
    ]


def test_a_retry_that_runs_says_which_one_it_is_and_for_how_long() -> None:
    batch = request(1)
    state, events = start_batch(batch)
    pair = batch.distinct()[0]
    events.start(pair)
    events.fail_attempt(pair, attempt=2)
    events.now = 5.0
    events.start(pair, attempt=3)
    assert "● retry 2/3, 3 s" in draw_lines(state, now=1008.0)[2]


def test_a_retry_whose_failure_nobody_reported_is_still_shown_as_one() -> None:
    batch = request(1)
    state, events = start_batch(batch)
    events.start(batch.distinct()[0], attempt=2)
    assert "● retry 1, 2 s" in draw_lines(state, now=1002.0)[2]


def test_many_pairs_fold_to_what_runs_and_what_failed() -> None:
    batch = request(200)
    state, events = start_batch(batch)
    pairs = batch.distinct()
    for pair in pairs[:30]:
        events.start(pair)
    for pair in pairs[:3]:
        events.refuse(pair)
    lines = draw_lines(state, height=20)
    assert len(lines) == 20
    assert lines[1] == "370 queued, 27 running, 3 failed"
    assert sum("● running" in line for line in lines[1:]) == 12
    assert "  … and 15 more" in lines
    assert sum("✗ failed: refused" in line for line in lines) == 3


def test_failures_keep_their_place_however_much_is_running() -> None:
    batch = request(200)
    state, events = start_batch(batch)
    for pair in batch.distinct():
        events.start(pair)
    for pair in batch.distinct()[:100]:
        events.refuse(pair)
    lines = draw_lines(state, height=24)
    assert len(lines) == 24
    assert sum("✗ failed" in line for line in lines) == 9
    assert sum("● running" in line for line in lines[1:]) == 9
    assert lines[-3] == "  … and 91 more"


@pytest.mark.parametrize("prompts", [1, 4, 60])
def test_a_drawing_never_outgrows_its_terminal(prompts: int) -> None:
    batch = request([f"{number} 日本語 {'x' * 200}" for number in range(prompts)])
    state, events = start_batch(batch)
    for number, pair in enumerate(batch.distinct()):
        events.start(pair)
        if number % 3 == 0:
            events.refuse(pair, message="no " * 50)
        if number % 3 == 1:
            events.fail_attempt(pair)
    for width, height in itertools.product([1, 10, 30, 61, 62, 100, 300], [5, 6, 10, 50]):
        lines = draw_lines(state, width=width, height=height)
        assert len(lines) <= height
        assert max(cell_len(line) for line in lines) <= width


def test_an_unknown_cost_is_never_shown_as_nothing() -> None:
    batch = request()
    state, events = start_batch(batch)
    events.complete(batch.distinct()[0], cost_usd=None)
    assert "cost unknown" in draw_lines(state)[-1]
    events.complete(batch.distinct()[1], cost_usd=0.5)
    assert "at least $0.50 so far" in draw_lines(state)[-1]


def test_a_terminal_without_unicode_gets_letters() -> None:
    lines = draw_lines(every_state(), ascii_only=True, now=1010.0)
    text = "\n".join(lines).replace("·", "").replace("×", "").replace("…", "")
    assert text.isascii()
    assert "+ done 12 s         = reused" in text


def test_a_finished_batch_stands_still() -> None:
    batch = request(1)
    state, events = start_batch(batch)
    for pair in batch.distinct():
        events.complete(pair)
    events.now = 9.0
    events.end_root()
    lines = draw_lines(state, now=9999.0)
    assert lines[0] == "generateBatch  ✓ done 9.0 s        1 prompt × 2 models"
    assert lines[-1] == "2 of 2 pictures · $0.082 so far · 9 s elapsed"


def test_text_of_users_cannot_steer_the_terminal() -> None:
    batch = request(["\x1b[31mred\x07\u202eback\u2028down"])
    text = "\n".join(draw_lines(RunState(batch)))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "[31mred back down" in text


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("abc", 5, "abc  "),
        ("abcdef", 5, "abcd…"),
        ("日本語", 5, "日本…"),
        ("日本語", 4, "日… "),
        ("abc", 0, ""),
        ("abc", 1, "…"),
    ],
)
def test_text_is_cut_to_columns_not_to_characters(text: str, width: int, expected: str) -> None:
    assert fit(text, width) == expected
