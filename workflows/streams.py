"""The program's standard streams, made safe: any encoding, closed ones included, and readers that leave early."""

import errno
import io
import os
import sys
from pathlib import Path


class _ClosedStream(io.TextIOBase):
    """A standard stream that the program was started without: writing to it fails as on a closed descriptor."""

    encoding = "utf-8"

    def write(self, _text: str) -> int:
        raise OSError(errno.EBADF, "it is closed")


def open_streams() -> None:
    """Let standard output replace the characters that its encoding lacks, and stand in for streams that are closed."""
    if sys.stdin is None or sys.stdout is None or sys.stderr is None:
        _occupy_descriptors()
    if sys.stdout is None:
        sys.stdout = _ClosedStream()
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - open for as long as the program runs
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def flush_output() -> None:
    """Write what standard output still holds. Raises OSError; a reader that has left is a BrokenPipeError."""
    try:
        sys.stdout.flush()
    except OSError:
        discard_output()
        raise


def discard_output() -> None:
    """Drop what standard output still holds, so that the interpreter does not fail on it at its own end."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _occupy_descriptors() -> None:
    """Keep descriptors 0 to 2 from being given to the next file or socket, which would then receive messages."""
    while os.open(os.devnull, os.O_RDWR) <= 2:  # noqa: PLR2004 - the descriptor of standard error
        pass
