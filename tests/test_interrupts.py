"""A Ctrl-C that arrives where Python can raise nothing ends the program all the same, and without a traceback."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys, weakref
from workflows import cli

class Thing:
    pass

def interrupted(_reference):
    raise {error}

def command():
    thing = Thing()
    reference = weakref.ref(thing, interrupted)
    print("before")
    del thing
    print("after")

cli._run_command = command
cli.main()
"""


@pytest.mark.parametrize(
    ("error", "code", "said", "traceback"), [("KeyboardInterrupt", 130, "before", 0), ("ValueError", 0, "after", 1)]
)
def test_an_interrupt_in_a_callback_ends_the_program(error: str, code: int, said: str, traceback: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(error=error)], capture_output=True, text=True, check=False
    )
    assert done.returncode == code
    assert done.stdout.split()[-1] == said
    assert done.stderr.count("Traceback") == traceback
