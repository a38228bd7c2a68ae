"""A program that shows a batch with ``open_progress``, one step for each line on its standard input."""

import os
import select
import sys
import time
from collections.abc import Iterator

from tests.doubles.render.scripted_events import ScriptedEvents, request
from workflows.view.progress import open_progress


def main() -> None:
    """Follow the steps until ``finish``, the end of the input or Ctrl-C."""
    batch = request(int(sys.argv[1]))
    pairs = batch.distinct()
    with open_progress(batch) as view:
        events = ScriptedEvents(view, begin=time.time())
        events.start_root()
        for step in read_steps():
            match step:
                case "start":
                    for pair in pairs[:20]:
                        events.start(pair)
                case "fail":
                    events.refuse(pairs[0], message="Word it differently.")
                case "retry":
                    events.fail_attempt(pairs[1], retry_in=60.0)
                case "log":
                    sys.stderr.write("a line from somebody else\n")
                case "print":
                    sys.stdout.write("data\n")
                case "finish":
                    for pair in pairs[1:]:
                        events.complete(pair)
                    events.end_root()
                    return


def read_steps() -> Iterator[str]:
    """Yield the lines of standard input. A signal that comes just before a read without end would wait for a line."""
    rest = b""
    while True:
        if select.select([sys.stdin], [], [], 0.1)[0]:
            if not (data := os.read(sys.stdin.fileno(), 4096)):
                return
            *lines, rest = (rest + data).split(b"\n")
            yield from (line.decode().strip() for line in lines)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
