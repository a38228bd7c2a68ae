"""The share of branches that the tests run, from coverage's JSON report; a share too small ends with exit code 1."""

import json
import sys
from collections.abc import Mapping

LEAST = 95.0
"""Percent of the branches in storage, imagegen and workflows."""


def main() -> None:
    """Read the report from standard input and print the share."""
    sys.exit(verdict(json.load(sys.stdin)["totals"]))


def verdict(totals: Mapping[str, float]) -> int:
    """Print the share of branches; 1 when it is below LEAST, else 0."""
    covered, branches = totals["covered_branches"], totals["num_branches"]
    share = 100.0 * covered / branches
    print(f"branches: {covered:g} of {branches:g}, {share:.1f} % (at least {LEAST:g} %)")
    return int(share < LEAST)


if __name__ == "__main__":
    main()
