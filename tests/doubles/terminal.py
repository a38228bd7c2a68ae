"""A terminal for a program under test: a real pseudo-terminal, and an emulator of its screen."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import pyte

ROOT = Path(__file__).parents[2]
PATIENCE = 20.0
"""Seconds within which a program has to show the expected text."""


class Terminal:
    """The screen of a program's standard error; its standard input and output are pipes."""

    def __init__(self, program: "subprocess.Popen[bytes]", master: int, rows: int, columns: int) -> None:
        self.program = program
        self.raw = b""
        self._master = master
        self._screen = pyte.HistoryScreen(columns, rows, history=1000)
        self._stream = pyte.ByteStream(self._screen)

    @property
    def lines(self) -> list[str]:
        """The lines on the screen down to the last one that is not empty."""
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip().split("\n")

    @property
    def scrolled(self) -> int:
        """The number of lines that have left the screen at the top."""
        return len(self._screen.history.top)

    def wait_for(self, pattern: str) -> None:
        """Read until a line on the screen has this regular expression in it."""
        deadline = time.monotonic() + PATIENCE
        while not any(re.search(pattern, line) for line in self._screen.display):
            assert time.monotonic() < deadline, f"{pattern!r} did not appear:\n" + "\n".join(self.lines)
            self._read(0.05)

    def send(self, line: str) -> None:
        """Write a line to the program's standard input."""
        assert self.program.stdin
        self.program.stdin.write(f"{line}\n".encode())
        self.program.stdin.flush()

    def wait(self) -> int:
        """Read until the program ends; its exit code."""
        deadline = time.monotonic() + PATIENCE
        has_ended = False
        # Whatever it wrote is there once it has ended, so it is asked before the last look and not after it.
        while self._read(0.05) or not has_ended:
            has_ended = self.program.poll() is not None
            assert time.monotonic() < deadline, "the program did not end:\n" + "\n".join(self.lines)
        return self.program.wait()

    def _read(self, seconds: float) -> bool:
        if not select.select([self._master], [], [], seconds)[0]:
            return False
        with suppress(OSError):  # how Linux says that the other side has hung up
            data = os.read(self._master, 65_536)
            self.raw += data
            self._stream.feed(data)
            return bool(data)
        return False


@contextmanager
def running(
    module: str, *arguments: str, rows: int = 24, columns: int = 100, environ: Mapping[str, str] | None = None
) -> Iterator[Terminal]:
    """Run ``python -m module`` with its standard error on a terminal."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    kept = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "COLUMNS", "LINES", "CI"}}
    program = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env=kept | {"TERM": "xterm-256color"} | dict(environ or {}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=slave,
    )
    os.close(slave)
    try:
        yield Terminal(program, master, rows, columns)
    finally:
        program.kill()
        program.communicate()
        os.close(master)
