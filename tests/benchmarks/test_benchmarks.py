"""Each benchmark runs and reports what it promises; what its figures are is nobody's pass or failure."""

import json
import math
from pathlib import Path

import pytest

from benchmarks.__main__ import BENCHMARKS, main
from benchmarks.figures import Figure, Scale, in_turns, table

PROMISED = {
    "cold": (
        "start → request sent ÷ bare SDK",
        "start → stored, 0 s provider ÷ bare imports",
        "s provider, less that",
        "CPU",
        "peak memory",
        "instance seconds a picture",
        "starter plan, 1,000 pictures",
    ),
    "register": ("start → registered ÷ bare 'import render'", "CPU", "peak memory"),
    "warm": (
        "decode",
        "find the subject",
        "crop and resize",
        "overlay",
        "encode",
        "thumbnail",
        "hash",
        "all steps, bottom-bar ÷ bare Pillow",
        "nine sizes, bottom-bar, title ÷ bare Pillow",
        "nine sizes, bottom-bar, four texts ÷ bare Pillow",
    ),
    "requests": ("fresh, in a batch", "fresh, alone", "reused, alone", "composed anew, in a batch"),
    "batch": ("wall ÷ slowest leaf", "engine, a leaf of"),
    "rerun": ("run again ÷ first run, wall", "run again ÷ first run, CPU", "store requests", "provider calls"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_benchmark_reports_every_figure_that_it_promises(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["benchmarks", name, "--small", "--out", str(tmp_path)])
    main()
    (written,) = tmp_path.glob("*.json")
    report = json.loads(written.read_text())
    figures = report["figures"][name]
    for promised in PROMISED[name]:
        assert any(promised in figure["name"] for figure in figures), promised
    assert all(math.isfinite(figure["value"]) for figure in figures)
    assert report["machine"]["cpus"] >= 1
    assert all(figure["name"] in capsys.readouterr().out for figure in figures[:1])


def test_an_unknown_benchmark_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["benchmarks", "warp"])
    with pytest.raises(SystemExit):
        main()
    assert "no benchmark is called warp" in capsys.readouterr().err


def test_cases_are_measured_in_turns_and_the_first_round_is_forgotten() -> None:
    order: list[str] = []
    cases = {name: lambda name=name: order.append(name) or len(order) for name in "ab"}  # type: ignore[func-returns-value]
    assert in_turns(cases, Scale(2)) == {"a": [3, 5], "b": [4, 6]}
    assert order == ["a", "b"] * 3


def test_a_table_says_of_each_limit_whether_it_is_kept() -> None:
    lines = table("t", [Figure("kept", 1.0, "×", 1.0), Figure("broken", 2.0, "×", 1.5), Figure("free", 3.0, "ms")])
    assert [("✓" in line, "✗" in line) for line in lines.splitlines()[2:5]] == [
        (True, False),
        (False, True),
        (False, False),
    ]
