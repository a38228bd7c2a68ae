"""The long form of the reliability suite, and the way to repeat one seed of it.

    python -m tests.reliability.soak [--out FILE]          # all of it: about a quarter of an hour on two cores
    python -m tests.reliability.soak --series money        # one series
    python -m tests.reliability.soak --seed killed:17      # one seed of one series, with what went wrong

Prints a table in Markdown; the exit code is 1 when any promise was broken.
"""

import argparse
import logging
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

from tests.reliability import series
from tests.reliability.outcome import Outcome
from tests.reliability.series import BY_NAME, SERIES, Series, World

PROCESSES = 2
CHUNK = 5
"""Seeds that a process takes at once."""

_worlds: list[World] = []


@dataclass
class Tally:
    """The results of a series."""

    seeds: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, name: str, number: int, outcome: Outcome, seconds: float) -> None:
        """Add one seed's outcome."""
        self.seeds += 1
        self.counts += outcome.counts
        self.seconds += seconds
        self.broken += [f"{name}:{number} {found.promise}: {found.what}" for found in outcome.violations]


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", metavar="SERIES:NUMBER", help=f"repeat one; series: {', '.join(BY_NAME)}")
    parser.add_argument("--series", choices=BY_NAME, metavar="NAME", help="run this one alone")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the table here too")
    parser.add_argument("--first", type=int, default=0, metavar="NUMBER", help="the first seed of each series")
    parser.add_argument("--share", type=float, default=1.0, help="of the long form's seeds, how many to run")
    parser.add_argument("--processes", type=int, default=PROCESSES, metavar="NUMBER", help="how many at once")
    given = parser.parse_args()
    if given.seed:
        name, _, number = given.seed.partition(":")
        first, tallies = int(number), {name: _tallied(name, [int(number)])}
        _worlds.pop().close()  # its servers' threads would keep the program
    else:
        wanted = [BY_NAME[given.series]] if given.series else SERIES
        first, tallies = given.first, _run_all(wanted, given.first, given.share, given.processes)
    table = _table(tallies, first)
    sys.stdout.write(table)
    if given.out:
        given.out.write_text(table)
    sys.exit(1 if any(tally.broken for tally in tallies.values()) else 0)


def _run_all(wanted: Sequence[Series], first: int, share: float, processes: int) -> dict[str, Tally]:
    tallies = {one.name: Tally() for one in wanted}
    # Long cases first, so that no process is left alone with them at the end.
    chunks = [
        (one.name, list(range(first, first + max(1, round(one.count * share)))[at : at + CHUNK]))
        for one in sorted(wanted, key=lambda one: one.count)
        for at in range(0, max(1, round(one.count * share)), CHUNK)
    ]
    started = time.monotonic()
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_quiet) as pool:
        work = {pool.submit(_ran, name, numbers): name for name, numbers in chunks}
        for done, future in enumerate(as_completed(work), start=1):
            for number, outcome, seconds in future.result():
                tallies[work[future]].add(work[future], number, outcome, seconds)
                for found in outcome.violations:
                    sys.stderr.write(f"\n{work[future]}:{number} {found.promise}: {found.what}\n")
            sys.stderr.write(f"\r{done}/{len(work)} after {time.monotonic() - started:.0f} s ")
            sys.stderr.flush()
    sys.stderr.write("\n")
    return tallies


def _tallied(name: str, numbers: Iterable[int]) -> Tally:
    tally = Tally()
    for number, outcome, seconds in _ran(name, numbers):
        tally.add(name, number, outcome, seconds)
    return tally


def _ran(name: str, numbers: Iterable[int]) -> list[tuple[int, Outcome, float]]:
    """Some seeds of a series, in this process, whose servers stay up for the next ones."""
    if not _worlds:
        _worlds.append(World())
    found = []
    for number in numbers:
        started = time.monotonic()
        found.append((number, series.run(name, number, _worlds[0]), time.monotonic() - started))
    return found


def _quiet() -> None:
    logging.disable(logging.CRITICAL)


def _table(tallies: dict[str, Tally], first: int) -> str:
    lines = ["| what | seeds | figures | promises broken |", "| --- | --- | --- | --- |"]
    for name, tally in tallies.items():
        figures = _figures(tally.counts)
        seeds = f"`{name}:{first}` … `{name}:{first + tally.seeds - 1}`" if tally.seeds > 1 else f"`{name}:{first}`"
        lines.append(f"| {BY_NAME[name].title} | {seeds} | {figures} | {len(tally.broken)} |")
    total = sum((tally.counts for tally in tallies.values()), Counter[str]())
    lines.append(f"| **all** | | {_figures(total)} | **{sum(len(tally.broken) for tally in tallies.values())}** |")
    broken = [line for tally in tallies.values() for line in tally.broken]
    return "\n".join([*lines, *(["", "Repeat with `--seed`:", *broken] if broken else [])]) + "\n"


def _figures(counts: Counter[str]) -> str:
    return ", ".join(f"{count:,} {what}" for what, count in sorted(counts.items()))


if __name__ == "__main__":
    main()
