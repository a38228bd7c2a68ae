"""The timeline: the time in which each picture was made, as bars on a common axis."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from rich.text import Text

from imagegen.formatting import duration
from imagegen.results import LeafResult
from workflows.view.drawing import fit

MOST_BARS = 16
"""The most bars; more pairs than that are folded."""
SLOWEST = 5
"""Bars of the slowest pairs that a folded timeline keeps."""
LABELS = ((96, 26, 20), (70, 18, 16), (0, 26, 0))
"""Least terminal width, with the columns of a bar's title and of its model."""
FIGURE = 12
"""Columns for the seconds behind a bar."""

_LEVELS = " ▁▂▃▄▅▆▇█"
_ASCII_LEVELS = " .:-=+*#@"


@dataclass(frozen=True, slots=True)
class _Axis:
    """Seconds from ``begin`` over ``columns`` columns."""

    begin: float
    seconds: float
    columns: int

    def span(self, leaf: LeafResult) -> range:
        """Return the columns in which the leaf was made: at least one."""
        scale = self.columns / self.seconds
        first = min(int((leaf.started_at - self.begin) * scale), self.columns - 1)
        last = min(round((leaf.started_at + leaf.seconds - self.begin) * scale), self.columns)
        return range(first, max(last, first + 1))


def draw_timeline(leaves: Sequence[LeafResult], width: int, *, ascii_only: bool = False) -> list[Text]:
    """Return lines of ``width`` columns for the pairs that this run worked on; none when there were none.

    Up to ``MOST_BARS`` pairs get a bar each, in the order in which they began. More are folded to the number made at
    the same time, and the slowest ones.
    """
    worked = sorted(_select_worked(leaves), key=lambda leaf: leaf.started_at)
    title, model = next((title, model) for least, title, model in LABELS if width >= least)
    columns = width - title - model - FIGURE
    if not worked or columns < 10:  # noqa: PLR2004 - a shorter bar shows nothing
        return []
    begin = worked[0].started_at
    axis = _Axis(begin, max(leaf.started_at + leaf.seconds for leaf in worked) - begin, columns)
    shown = worked if len(worked) <= MOST_BARS else sorted(worked, key=lambda leaf: -leaf.seconds)[:SLOWEST]
    margin = " " * (title + model)
    lines = [Text(f"{margin}0 s{duration(axis.seconds).rjust(columns - 3)}", style="dim")]
    if shown is not worked:
        lines.append(_draw_concurrency(worked, axis, fit("made at once", title + model), ascii_only=ascii_only))
    return lines + [
        _draw_bar(
            leaf, axis, fit(leaf.title, title, gap=2) + fit(leaf.served_by, model, gap=2), "=" if ascii_only else "━"
        )
        for leaf in shown
    ]


def _select_worked(leaves: Sequence[LeafResult]) -> list[LeafResult]:
    """Return each distinct pair once, without those that took no time: reused, or failed before they began."""
    return list({leaf.leaf_hash: leaf for leaf in leaves if leaf.started_at and leaf.seconds}.values())


def _draw_concurrency(leaves: Sequence[LeafResult], axis: _Axis, label: str, *, ascii_only: bool) -> Text:
    busy = [0] * axis.columns
    for leaf in leaves:
        for column in axis.span(leaf):
            busy[column] += 1
    levels, most = (_ASCII_LEVELS if ascii_only else _LEVELS), max(busy)
    bars = "".join(levels[-(-count * (len(levels) - 1) // most)] for count in busy)
    return Text.assemble((label, "bold"), (bars, "green"), f"  up to {_count_most_at_once(leaves)}")


def _count_most_at_once(leaves: Sequence[LeafResult]) -> int:
    """Count the most pairs at one moment exactly; the columns of an axis are too coarse."""
    begun = [(leaf.started_at, 1) for leaf in leaves]
    ended = [(leaf.started_at + leaf.seconds, -1) for leaf in leaves]
    return max(accumulate(change for _, change in sorted(begun + ended)))


def _draw_bar(leaf: LeafResult, axis: _Axis, label: str, full: str) -> Text:
    span = axis.span(leaf)
    bar = " " * span.start + full * len(span) + " " * (axis.columns - span.stop)
    return Text.assemble(label, (bar, "green" if leaf.succeeded else "red"), f"  {duration(leaf.seconds)}")
