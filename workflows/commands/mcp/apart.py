"""The server in a session of its own: a client that leaves kills its process group, and with it what is paid for."""

import os
import signal
from types import FrameType

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Signals that end the server: a person's, a client's after it has closed our input, a terminal's that is gone."""


def list_ending() -> list[signal.Signals]:
    """List the signals that end the server: those that the program was not started to ignore."""
    return [number for number in ENDING if signal.getsignal(number) is not signal.SIG_IGN]


def go_apart() -> None:
    """Go on in a child with a session of its own; the parent passes signals on, and exits as the child does.

    To be called before there is any thread. The SDK's client gives a server four seconds and then kills its group,
    which is too short for a picture; the child is not in that group, and ends by itself once its input has ended.
    """
    child = os.fork()
    if not child:
        os.setsid()
        return

    def pass_on(number: int, _frame: FrameType | None) -> None:
        os.kill(child, number)

    for number in list_ending():
        signal.signal(number, pass_on)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os._exit(code if code >= 0 else 128 - code)
