"""``python -m benchmarks``: measure, print a table, and write the figures to benchmark-results/ as JSON."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import batches, cold, machine, reruns, storerequests, warm
from benchmarks.figures import Figure, Scale, table

BENCHMARKS: dict[str, Callable[[Scale], Iterator[Figure]]] = {
    "cold": cold.measure,
    "register": cold.registration,
    "warm": warm.measure,
    "requests": storerequests.measure,
    "batch": batches.measure,
    "rerun": reruns.measure,
}
ROUNDS = 7


def main() -> None:
    """Run the benchmarks that are named, or all; nothing that they show makes the program fail."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(BENCHMARKS)} (all)")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often each is measured (%(default)s)")
    parser.add_argument("--small", action="store_true", help="once, at sizes that take seconds: do they run at all?")
    parser.add_argument("--out", type=Path, default=Path("benchmark-results"), help="where the JSON goes (%(default)s)")
    given = parser.parse_args()
    if unknown := sorted(set(given.names) - set(BENCHMARKS)):
        parser.error(f"no benchmark is called {', '.join(unknown)}: choose from {', '.join(BENCHMARKS)}")
    if not Path("/proc/self/status").exists():
        parser.error("a process's peak memory is read from /proc: run the benchmarks on Linux")
    scale = Scale(rounds=1, small=True) if given.small else Scale(rounds=given.rounds)
    results = {name: _measured(name, scale) for name in given.names or BENCHMARKS}
    sys.stdout.write(f"written to {_written(results, given.out)}\n")


def _measured(name: str, scale: Scale) -> list[Figure]:
    figures = list(BENCHMARKS[name](scale))
    sys.stdout.write(table(name, figures) + "\n")
    sys.stdout.flush()
    return figures


def _written(results: dict[str, list[Figure]], directory: Path) -> Path:
    now = datetime.now(UTC)
    report = {
        "at": now.isoformat(timespec="seconds"),
        "machine": machine.description(),
        "figures": {name: [figure.as_json() for figure in figures] for name, figures in results.items()},
    }
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{now:%Y%m%d-%H%M%S}.json"
    path.write_text(json.dumps(report, indent=2) + "\n")
    return path


if __name__ == "__main__":
    main()
