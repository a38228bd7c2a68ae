"""Drives the real command line against fake servers of the providers that others wrote.

    python -m tests.reliability.third_party [--only WORD] [--skip WORD]

The servers are llmock (a Python program), aimock and mountebank (Node programs). They are no part of the tests'
requirements: install them where you like, and put their programs on PATH or name them in LLMOCK, AIMOCK and MOUNTEBANK.
One that is not there is skipped, with a word about it. The exit code is 1 when any trial failed.
"""

import argparse
import sys

from tests.reliability.third_party.run import try_out
from tests.reliability.third_party.servers import PROGRAMS, find_program
from tests.reliability.third_party.trials import AIMOCK, LLMOCK, MOUNTEBANK

TRIALS = {"llmock": LLMOCK, "aimock": AIMOCK, "mountebank": MOUNTEBANK}


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", metavar="WORD", help="run the trials whose names hold this")
    parser.add_argument("--skip", default="", metavar="WORD", help="leave those out whose names hold this")
    given = parser.parse_args()
    failed = 0
    for name, trials in TRIALS.items():
        program = find_program(name)
        if program is None:
            sys.stdout.write(f"{name}: skipped, it is not on PATH and {PROGRAMS[name]} does not name it\n")
            continue
        for trial in trials:
            title = f"{name}, {trial.provider}: {trial.name}"
            if given.only in title and not (given.skip and given.skip in title):
                problems = try_out(trial, program)
                failed += bool(problems)
                sys.stdout.write(
                    f"{'FAILED' if problems else 'ok':6} {title}\n" + "".join(f"    {p}\n" for p in problems)
                )
                sys.stdout.flush()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
