"""Explore the claims' protocol within the long bounds.

    python -m tests.exploration              # some minutes
    python -m tests.exploration --short      # the bounds of the tests
    python -m tests.exploration --only 3     # one of the bounds, by its number

Prints the figures of each bound, and the shortest way to each broken promise; the exit code is 1 when there is one.
"""

import argparse
import sys

from tests.exploration import bounds
from tests.exploration.promises import PROMISES
from tests.exploration.search import explore


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="the bounds of the tests")
    parser.add_argument("--only", type=int, metavar="NUMBER", help="one of the bounds, counted from 1")
    given = parser.parse_args()
    chosen = bounds.SHORT if given.short else bounds.LONG
    for promise, text in PROMISES.items():
        sys.stdout.write(f"{promise}: {text}\n")
    broken = states = transitions = 0
    for bound in chosen[given.only - 1 : given.only] if given.only else chosen:
        found = explore(bound)
        sys.stdout.write(f"{found}\n")
        sys.stdout.flush()
        broken += len(found.traces)
        states += found.states
        transitions += found.transitions
    sys.stdout.write(f"{states:,} states, {transitions:,} transitions, {broken} promises broken\n")
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
