from io import StringIO

from tests.doubles.render.scripted_events import ScriptedEvents, request
from workflows.view.plainlines import PlainLines


def test_each_finished_pair_is_one_line_that_counts_all_its_cells() -> None:
    batch = request(["same", "same", "other"])
    out = StringIO()
    with PlainLines(batch, out) as view:
        events = ScriptedEvents(view)
        events.start_root()
        pairs = batch.distinct()
        events.start(pairs[0])
        events.fail_attempt(pairs[0])
        events.end(pairs[0])
        events.complete(pairs[0], seconds=12.34, cost_usd=0.041)
        events.complete(pairs[1], reused=True)
        events.refuse(pairs[2], message="Word it\ndifferently.")
        events.complete(pairs[3], cost_usd=None)
        events.end_root()
    assert out.getvalue().splitlines() == [
        "[2/6] gpt-image-2: same: done in 12 s, $0.041",
        "[4/6] gemini-3-pro-image: same: reused",
        "[5/6] gpt-image-2: other: failed (refused): Word it differently.",
        "[6/6] gemini-3-pro-image: other: done in 12 s, cost unknown",
    ]


def test_text_of_users_cannot_steer_a_terminal_that_shows_the_log() -> None:
    batch = request(["\x1b]0;title\x07"])
    out = StringIO()
    with PlainLines(batch, out) as view:
        ScriptedEvents(view).complete(batch.distinct()[0])
    assert "\x1b" not in out.getvalue()
    assert "\x07" not in out.getvalue()


def test_a_wait_is_one_line_however_many_pairs_are_told_of_it() -> None:
    batch = request(3)
    out = StringIO()
    with PlainLines(batch, out) as view:
        events = ScriptedEvents(view)
        first, other_model, second = batch.distinct()[:3]
        events.postpone(first, 1200.0)
        events.now = 2.0
        events.postpone(second, 1198.5)
        events.postpone(other_model, 30.0, kind="server_error")
        events.now = 1202.0
        events.postpone(first, 60.0)
    assert out.getvalue().splitlines() == [
        "[0/6] gpt-image-2: waits 20 min 00 s (rate limited), then goes on by itself",
        "[0/6] gemini-3-pro-image: waits 30 s (server error), then goes on by itself",
        "[0/6] gpt-image-2: waits 1 min 00 s (rate limited), then goes on by itself",
    ]
