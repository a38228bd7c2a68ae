from io import StringIO

from tests.doubles.happening import Happening, request
from workflows.view.plainlines import PlainLines


def test_each_finished_pair_is_one_line_that_counts_all_its_cells() -> None:
    batch = request(["same", "same", "other"])
    out = StringIO()
    with PlainLines(batch, out) as view:
        happening = Happening(view)
        happening.root_starts()
        pairs = batch.distinct()
        happening.starts(pairs[0])
        happening.fails(pairs[0])
        happening.ends(pairs[0])
        happening.settles(pairs[0], seconds=12.34, cost_usd=0.041)
        happening.settles(pairs[1], reused=True)
        happening.refused(pairs[2], message="Word it\ndifferently.")
        happening.settles(pairs[3], cost_usd=None)
        happening.root_ends()
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
        Happening(view).settles(batch.distinct()[0])
    assert "\x1b" not in out.getvalue()
    assert "\x07" not in out.getvalue()
