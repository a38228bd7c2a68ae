"""The question before something is paid for, or before what was paid for is deleted."""

import sys

import typer

from imagegen.errors import ConfigurationError
from workflows.commands.run import STOPPED


def require_yes(told: str, *, unchanged: str, without_terminal: str) -> None:
    """Tell what is about to happen, and ask whether to go on.

    Raises ConfigurationError without a yes, which says ``unchanged`` ("nothing was spent"); where nobody can be asked
    it says ``without_terminal`` besides. Exits with the code of a stopped command when the question is broken off.
    """
    if not sys.stdin.isatty():
        raise ConfigurationError(f"{unchanged}: {without_terminal}")
    sys.stderr.write(f"{told} ")
    try:
        agreed = typer.confirm("Go on?", err=True)
    except typer.Abort:  # Ctrl-C, or the end of the input
        sys.stderr.write(f"\nimagegen: {unchanged}\n")
        raise typer.Exit(STOPPED) from None
    if not agreed:
        raise ConfigurationError(unchanged)
