"""The view of a running batch on a real pseudo-terminal."""

import re
import signal
import subprocess
import sys

from tests.doubles.terminal import ROOT, Terminal, running

PROGRAM = "tests.view.scripted_batch"
HIDE_CURSOR = b"\x1b[?25l"
COLOUR = re.compile(rb"\x1b\[[0-9;]*3[0-9]")


def run_steps(terminal: Terminal) -> None:
    """A batch of two prompts that runs, retries and ends with one failure."""
    terminal.wait_for("generateBatch")
    terminal.send("start")
    terminal.wait_for(r"prompt 0 +● running")
    terminal.send("fail")
    terminal.send("retry")
    terminal.wait_for(r"prompt 0 .*↻ retry 1/3 in \d+ s")
    terminal.send("log")
    terminal.wait_for("a line from somebody else")
    terminal.send("finish")
    assert terminal.wait() == 0


def test_the_tree_is_redrawn_in_place_and_left_standing() -> None:
    with running(PROGRAM, "2") as terminal:
        run_steps(terminal)
        assert terminal.lines[0] == "a line from somebody else"
        assert [line.split("  ")[0] for line in terminal.lines[1:]] == [
            "generateBatch",
            "",
            "prompt 0",
            "prompt 1",
            "✗ failed: refused",
            "━" * 60,
            "3 of 4 pictures · 1 failed · $0.123 so far · 0 s elapsed",
        ]
        assert "Word it differently." in terminal.lines[5]
        assert terminal.scrolled == 0
        assert COLOUR.search(terminal.raw)


def test_hundreds_of_pairs_never_scroll_and_keep_the_failure_in_sight() -> None:
    with running(PROGRAM, "150", rows=12, columns=60) as terminal:
        terminal.wait_for("300 queued")
        terminal.send("start")
        terminal.send("fail")
        terminal.wait_for("✗ failed: refused")
        terminal.wait_for("280 queued, 19 running, 1 failed")
        assert terminal.lines[0].startswith("generateBatch")
        assert len(terminal.lines) <= 11
        assert terminal.scrolled == 0
        terminal.send("finish")
        assert terminal.wait() == 0
        assert any("✗ failed: refused" in line for line in terminal.lines)
        assert terminal.scrolled == 0


def test_no_color_means_none() -> None:
    with running(PROGRAM, "2", environ={"NO_COLOR": "1"}) as terminal:
        run_steps(terminal)
        assert "✗ failed: refused" in "\n".join(terminal.lines)
        assert not COLOUR.search(terminal.raw)


def test_ctrl_c_leaves_the_tree_standing_and_the_terminal_as_it_was() -> None:
    with running(PROGRAM, "2") as terminal:
        terminal.wait_for("generateBatch")
        terminal.send("start")
        terminal.wait_for(r"prompt 0 +● running")
        terminal.program.send_signal(signal.SIGINT)
        assert terminal.wait() == 130
        assert any("● running" in line for line in terminal.lines)
        # A cursor that was never hidden need not be brought back, however the program ends.
        assert HIDE_CURSOR not in terminal.raw
        assert terminal.raw.endswith(b"\n")


def test_data_on_standard_output_is_left_alone() -> None:
    with running(PROGRAM, "1") as terminal:
        terminal.wait_for("generateBatch")
        terminal.send("print")
        terminal.send("finish")
        assert terminal.wait() == 0
        assert terminal.program.stdout
        assert terminal.program.stdout.read() == b"data\n"
        assert not any("data" in line for line in terminal.lines)


def test_a_terminal_that_cannot_move_its_cursor_gets_lines() -> None:
    with running(PROGRAM, "1", environ={"TERM": "dumb"}) as terminal:
        terminal.send("start")
        terminal.send("fail")
        terminal.send("finish")
        assert terminal.wait() == 0
        assert terminal.raw.replace(b"\r\n", b"\n") == (
            b"[1/2] gpt-image-2: prompt 0: failed (refused): Word it differently.\n"
            b"[2/2] gemini-3-pro-image: prompt 0: done in 12 s, $0.041\n"
        )


def test_a_pipe_gets_lines_without_escapes() -> None:
    done = subprocess.run(
        [sys.executable, "-m", PROGRAM, "1"], input=b"start\nfail\nfinish\n", cwd=ROOT, capture_output=True, check=True
    )
    assert done.stdout == b""
    assert b"\x1b" not in done.stderr
    assert done.stderr.decode().splitlines() == [
        "[1/2] gpt-image-2: prompt 0: failed (refused): Word it differently.",
        "[2/2] gemini-3-pro-image: prompt 0: done in 12 s, $0.041",
    ]
