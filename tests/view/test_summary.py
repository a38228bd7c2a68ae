from io import StringIO
from pathlib import Path

import pytest

from imagegen.results import BatchResult, LeafResult
from storage import Store
from storage.directory import DirectoryStore
from storage.s3.store import S3Store
from tests.doubles.batches import STARTED, batch, failed, leaf
from workflows.view.summary import draw_summary, print_summary


def draw_lines(result: BatchResult, store: Store | None = None, width: int = 100) -> list[str]:
    return [
        line.plain.rstrip() for line in draw_summary(result, store or DirectoryStore(Path("/pictures")), width=width)
    ]


def made(count: int, seconds: float = 10.0) -> list[list[LeafResult]]:
    return [[leaf(f"prompt {n}", seconds=seconds, started_at=STARTED + n)] for n in range(count)]


def test_the_wall_clock_stands_against_the_slowest_picture_and_the_loop() -> None:
    assert "Took 14 s; the slowest picture took 10 s. A loop would have taken 50 s, 3.6 times as long." in draw_lines(
        batch(made(5))
    )


def test_what_was_made_reused_and_refused_is_counted_and_paid() -> None:
    rows = [
        *made(2),
        [leaf("old", reused=True, seconds=0.0, started_at=0.0, cost_usd=0.0, paid_calls=0)],
        [failed("bad")],
    ]
    text = draw_lines(batch(rows))
    assert "4 pictures: 2 generated, 1 reused, 1 failed" in text
    assert "Cost: $0.082 for 2 paid calls." in text


def test_a_rerun_says_that_it_paid_nothing() -> None:
    text = draw_lines(batch([[leaf("a", reused=True, seconds=0.0, started_at=0.0, cost_usd=0.0, paid_calls=0)]]))
    assert "1 picture: 0 generated, 1 reused, 0 failed" in text
    assert "Cost: $0, nothing was paid for." in text
    assert "━" not in "".join(text)


def test_calls_that_may_have_been_charged_are_counted() -> None:
    text = draw_lines(batch([[leaf("a", possible_extra_charges=2, cost_usd=None)]]))
    assert "Cost: unknown for 1 paid call." in text
    assert "Not answered with a picture, but perhaps charged: 2 more calls." in text


def test_each_reason_is_given_once_with_the_pairs_that_it_stopped() -> None:
    rows = [[failed(f"prompt {n}", message="The key was rejected.", kind="key_rejected")] for n in range(5)]
    text = draw_lines(batch([*rows, [failed("other", message="Odd.", kind="odd")]]))
    start = text.index("Failed: key rejected. The key was rejected.")
    assert text[start : start + 6] == [
        "Failed: key rejected. The key was rejected.",
        "  gpt-image-2: prompt 0",
        "  gpt-image-2: prompt 1",
        "  gpt-image-2: prompt 2",
        "  and 2 more",
        "Failed: odd. Odd.",
    ]
    assert not any("Run the batch again" in line for line in text)


def test_a_reason_that_many_pairs_share_is_told_once() -> None:
    text = draw_lines(batch([[failed(f"prompt {n}", message="The key was rejected.")] for n in range(12)]))
    assert [line for line in text if "rejected" in line] == ["Failed: refused. The key was rejected."]
    assert "  and 9 more" in text


def test_text_of_others_cannot_steer_the_terminal() -> None:
    hostile = "gpt-image-\x1b[2J[/x]\nForged: line"
    text = draw_lines(batch([[failed("a\x1b[2J", hostile, kind="odd\x1b", message="m\x1b[2J\nForged: m")]]))
    assert "\x1b" not in "".join(text)
    assert not any(line.startswith("Forged") for line in text)
    assert any(line.startswith("  gpt-image- [2J[/x] Forged: line: a [2J") for line in text)


def test_who_can_try_again_is_told_that_it_costs_nothing_twice() -> None:
    passing = failed("a")
    assert passing.error
    passing = passing.model_copy(update={"error": passing.error.model_copy(update={"retryable": True})})
    assert "Run the batch again for these pictures: stored ones are not paid for twice." in draw_lines(
        batch([[passing]])
    )


def test_the_gallery_is_linked_where_it_shows_its_pictures_and_commanded_where_not() -> None:
    result = batch(made(1))
    private = S3Store("pictures", endpoint="http://127.0.0.1:1", access_key="key", secret_key="secret")
    assert draw_lines(result)[-2:] == ["Pictures: /pictures", f"Gallery:  file:///pictures/{result.gallery_key}"]
    assert draw_lines(result, private)[-1] == f"Gallery:  imagegen gallery {result.batch_id} --open"


def test_links_that_die_are_told_once_with_the_day_and_the_way_out() -> None:
    private = S3Store("pictures", endpoint="http://127.0.0.1:1", access_key="key", secret_key="secret")
    told = [line for line in draw_lines(batch(made(3)), private) if "MINIO_PUBLIC_READ" in line]
    assert len(told) == 1
    assert told[0].startswith("Links:    signed, they die on 20")
    for lasting in (DirectoryStore(Path("/pictures")), S3Store("pictures", public_base_url="https://cdn.example.com")):
        assert not [line for line in draw_lines(batch(made(3)), lasting) if line.startswith("Links:")]


def test_each_bar_lies_where_its_picture_was_being_made() -> None:
    rows = [
        [leaf("first", seconds=10.0, started_at=STARTED)],
        [leaf("second", seconds=5.0, started_at=STARTED + 5)],
        [failed("third", seconds=2.5, started_at=STARTED)],
    ]
    bars = [line for line in draw_lines(batch(rows), width=46 + 12 + 40) if "━" in line]
    assert [line.split()[0] for line in bars] == ["first", "third", "second"]
    assert bars[0][46:86] == "━" * 40
    assert bars[1][46:86] == "━" * 10 + " " * 30
    assert bars[2][46:86] == " " * 20 + "━" * 20
    assert bars[2].endswith("5.0 s")


def test_many_bars_fold_to_how_many_were_made_at_once_and_the_slowest() -> None:
    rows = [[leaf(f"prompt {n}", seconds=5.0 + n, started_at=STARTED)] for n in range(40)]
    text = draw_lines(batch(rows))
    (folded,) = (line for line in text if line.startswith("made at once"))
    assert folded.endswith("▁  up to 40")
    assert "█▇▇" in folded
    assert [line.split()[1] for line in text if "━" in line] == ["39", "38", "37", "36", "35"]


def test_how_many_were_made_at_once_is_exact() -> None:
    rows = [[leaf(f"prompt {n}", seconds=1.0, started_at=STARTED + n // 2)] for n in range(40)]
    (folded,) = (line for line in draw_lines(batch(rows)) if line.startswith("made at once"))
    assert folded.endswith("up to 2")


@pytest.mark.parametrize("width", [1, 40, 60, 80, 200])
@pytest.mark.parametrize("count", [1, 16, 17, 300])
def test_a_timeline_never_outgrows_its_terminal(width: int, count: int) -> None:
    text = draw_lines(
        batch([[leaf(f"日本語 {n} {'x' * 100}", started_at=STARTED + n)] for n in range(count)]), width=width
    )
    assert all(len(line) <= width for line in text if "━" in line or line.startswith("made at once"))


def test_a_pipe_gets_the_summary_without_colours(tmp_path: Path) -> None:
    out = StringIO()
    print_summary(batch([[failed("bad", message="m" * 300)]]), store=DirectoryStore(tmp_path), stream=out)
    assert "\x1b" not in out.getvalue()
    assert f"Failed: refused. {'m' * 300}\n" in out.getvalue()
