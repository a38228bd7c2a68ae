"""Draws a snapshot of a running batch as lines for a terminal of a given size. Has no state and no clock."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style

from imagegen.formatting import counted, dollars, duration, one_line
from workflows.view.state import ENDED, Run, Snapshot, State

Line = list[Segment]

CELL = 20
"""Columns of a matrix cell: the widest state, ``↻ retry 2/3 in 4 s``, and a gap."""
MIN_LABEL, MAX_LABEL = 20, 48
FOR_FAILURES = 3
"""Lines reserved for failures under the matrix, so that the first failure does not change the layout."""
BAR = 60

_PLAIN, _SOFT, _STRONG = Style(), Style(dim=True), Style(bold=True)
_STYLES = {
    State.QUEUED: _SOFT,
    State.RUNNING: Style(color="cyan"),
    State.RETRYING: Style(color="yellow"),
    State.WAITING: Style(color="yellow"),
    State.DONE: Style(color="green"),
    State.REUSED: Style(color="green", dim=True),
    State.FAILED: Style(color="red"),
}
_SIGNS = {
    State.QUEUED: "○",
    State.RUNNING: "●",
    State.RETRYING: "↻",
    State.WAITING: "…",
    State.DONE: "✓",
    State.REUSED: "=",
    State.FAILED: "✗",
}
_ASCII_SIGNS = dict(zip(_SIGNS, ".>~:+=x", strict=True))


@dataclass(frozen=True, slots=True)
class Drawing:
    """A batch at ``now`` (epoch seconds) on ``width`` × ``height`` characters, ``ascii_only`` or not."""

    snapshot: Snapshot
    now: float
    width: int
    height: int
    ascii_only: bool = False

    def draw(self) -> list[Line]:
        """Return at most ``height`` lines: the matrix if it fits, else a line per pair, else a digest."""
        foot = [self._draw_bar(), *self._draw_facts()]
        return [self._draw_root(), *self._draw_body(self.height - len(foot) - 1), *foot]

    def _draw_body(self, height: int) -> list[Line]:
        snapshot = self.snapshot
        wide = self.width >= MIN_LABEL + CELL * len(snapshot.models)
        failure_lines = height - 1 - len(snapshot.grid)
        if wide and failure_lines >= FOR_FAILURES:
            return self._draw_matrix() + self._draw_failures(snapshot.select_runs(State.FAILED), failure_lines)
        if len(snapshot.runs) <= height:
            return [self._draw_pair(run) for run in snapshot.runs]
        return self._draw_folded(height)

    def _draw_root(self) -> Line:
        snapshot = self.snapshot
        shape = f"{counted(len(snapshot.grid), 'prompt')} × {counted(len(snapshot.models), 'model')}"
        state = _format_state(snapshot.root, self.now)
        signed = self._add_sign(snapshot.root, fit(state, CELL - 2, gap=1))
        return self._build_line(("generateBatch  ", _STRONG), signed, (shape, _SOFT))

    def _draw_matrix(self) -> list[Line]:
        snapshot = self.snapshot
        label = min(MAX_LABEL, self.width - CELL * len(snapshot.models))
        head = self._build_line((" " * label, _PLAIN), *((fit(model, CELL, gap=1), _SOFT) for model in snapshot.models))
        rows = [head]
        for row in snapshot.grid:
            runs = [snapshot.runs[index] for index in row]
            title = runs[0].leaf.title if runs[0].leaf else ""
            cells = (self._add_sign(run, fit(_format_state(run, self.now), CELL - 2, gap=1)) for run in runs)
            rows.append(self._build_line((fit(title, label, gap=2), _PLAIN), *cells))
        return rows

    def _draw_folded(self, height: int) -> list[Line]:
        snapshot = self.snapshot
        count = snapshot.count_cells_by_state()
        shown = ", ".join(f"{count[state]:,} {state}" for state in State if count[state])
        failed = snapshot.select_runs(State.FAILED)
        active = sorted(snapshot.select_runs(State.RUNNING, State.RETRYING, State.WAITING), key=lambda run: run.started)
        for_failed = min(len(failed), max((height - 1) // 2, height - 1 - len(active)))
        lines = [self._build_line((shown, _SOFT))]
        lines += self._truncate([self._draw_pair(run) for run in active[:height]], height - 1 - for_failed, len(active))
        return lines + self._draw_failures(failed, for_failed)

    def _draw_failures(self, failed: Sequence[Run], height: int) -> list[Line]:
        return self._truncate([self._draw_pair(run) for run in failed[: max(height, 0)]], height, len(failed))

    def _truncate(self, lines: list[Line], height: int, total: int) -> list[Line]:
        """Return the first lines, the last of ``height`` lines counting those left out."""
        if total <= height:
            return lines
        if height < 1:
            return []
        return [*lines[: height - 1], self._build_line((f"  … and {total - height + 1:,} more", _SOFT))]

    def _draw_pair(self, run: Run) -> Line:
        leaf = run.leaf
        what = f"{leaf.model} · {leaf.title}" if leaf else ""
        if run.state not in (State.FAILED, State.RETRYING, State.WAITING):
            return self._build_line(
                self._add_sign(run, fit(_format_state(run, self.now), CELL - 1, gap=1)), (what, _PLAIN)
            )
        why = one_line(run.error)
        state = self._add_sign(run, _format_state(run, self.now) + "  ")
        return self._build_line(state, (fit(what, min(cell_len(what), self.width // 3)) + "  ", _PLAIN), (why, _SOFT))

    def _draw_bar(self) -> Line:
        count = self.snapshot.count_cells_by_state()
        whole = max(count.total(), 1)
        length = min(BAR, self.width)
        failed = -(-count[State.FAILED] * length // whole)
        good = (count[State.DONE] + count[State.REUSED]) * length // whole
        full, empty = "#-" if self.ascii_only else "━─"
        return [
            Segment(full * good, _STYLES[State.DONE]),
            Segment(full * failed, _STYLES[State.FAILED]),
            Segment(empty * (length - good - failed), _SOFT),
        ]

    def _draw_facts(self) -> list[Line]:
        """Return the facts on one line, or on two where they do not fit."""
        rows = [""]
        for fact in self._list_facts():
            longer = f"{rows[-1]} · {fact}" if rows[-1] else fact
            if cell_len(longer) > self.width and len(rows) == 1:
                rows.append(fact)
            else:
                rows[-1] = longer
        return [self._build_line((row, _PLAIN)) for row in rows]

    def _list_facts(self) -> Iterator[str]:
        snapshot = self.snapshot
        count = snapshot.count_cells_by_state()
        yield f"{count[State.DONE] + count[State.REUSED]:,} of {counted(count.total(), 'picture')}"
        if count[State.FAILED]:
            yield f"{count[State.FAILED]:,} failed"
        yield self._format_cost()
        if snapshot.root.started:
            yield f"{_format_ticking(self._find_end() - snapshot.root.started)} elapsed"
        left = snapshot.estimate_seconds_left(self.now)
        if left is not None and any(run.state not in ENDED for run in snapshot.runs):
            yield f"about {_format_ticking(max(left, 1.0))} left"

    def _format_cost(self) -> str:
        costs = [run.cost_usd for run in self.snapshot.runs]
        known = sum(cost or 0.0 for cost in costs)
        if None not in costs:
            return f"{dollars(known)} so far"
        return f"at least {dollars(known)} so far" if known else dollars(None)

    def _find_end(self) -> float:
        root = self.snapshot.root
        return root.started + root.seconds if root.state in ENDED else self.now

    def _add_sign(self, run: Run, state: str) -> tuple[str, Style]:
        sign = (_ASCII_SIGNS if self.ascii_only else _SIGNS)[run.state]
        return f"{sign} {state}", _STYLES[run.state]

    def _build_line(self, *parts: tuple[str, Style]) -> Line:
        """Return the parts on one line, cut with an ellipsis at the terminal's width."""
        line, left = [], self.width
        for text, style in parts:
            piece = text if cell_len(text) <= left else fit(text, left)
            line.append(Segment(piece, style))
            left -= cell_len(piece)
        return line


def fit(text: str, width: int, *, gap: int = 0) -> str:
    """Fit ``text`` to one line of exactly ``width`` columns, cut with an ellipsis to leave ``gap`` columns free."""
    line = one_line(text)
    height = max(width - gap, 0)
    if cell_len(line) > height:
        line = set_cell_size(line, max(height - 1, 0)).rstrip() + "…"[:height]
    return set_cell_size(line, max(width, 0))


def _format_state(run: Run, now: float) -> str:
    retry = f"retry {run.retry}/{run.retries}" if run.retries else f"retry {run.retry}"
    match run.state:
        case State.RUNNING:
            what = f"{retry}," if run.retry else "running"
            return f"{what} {_format_ticking(now - run.attempt_started)}"
        case State.RETRYING:
            return f"{retry} in {_format_ticking(run.retry_at - now)}"
        case State.WAITING:
            return f"waits {_format_ticking(run.retry_at - now)}"
        case State.DONE:
            return f"done {duration(run.seconds)}"
        case State.FAILED:
            return f"failed: {one_line(run.kind).replace('_', ' ')}" if run.kind else "failed"
        case _:
            return str(run.state)


def _format_ticking(seconds: float) -> str:
    """Format whole seconds: fractions would flicker."""
    return duration(max(int(seconds), 0)) if seconds >= 10 else f"{max(int(seconds), 0)} s"  # noqa: PLR2004 - see duration
