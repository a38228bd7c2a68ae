"""A total time limit for one call, whatever the call waits for.

Both SDKs' timeouts are per phase: a name server that does not answer, or a body that trickles in byte by byte,
outlives every one of them.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextvars import copy_context
from typing import TypeVar

T = TypeVar("T")


class DeadlineExceeded(Exception):
    """The call was still waiting when its time was up."""


def run_within(seconds: float, call: Callable[[], T]) -> T:
    """Return or raise what ``call`` does, or raise DeadlineExceeded after ``seconds``.

    A call that is late is left to itself in a daemon thread, which keeps neither the caller nor the process.
    """
    future: Future[T] = Future()
    context = copy_context()

    def run() -> None:
        try:
            future.set_result(context.run(call))
        except BaseException as error:  # noqa: BLE001 - it is raised in the caller's thread
            future.set_exception(error)

    threading.Thread(target=run, name="provider call", daemon=True).start()
    if not wait((future,), seconds).done:
        raise DeadlineExceeded
    return future.result()
