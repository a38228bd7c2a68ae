"""A program that shows a batch with ``open_progress``, one step for each line on its standard input."""

import sys
import time

from tests.doubles.render.scripted_events import ScriptedEvents, request
from workflows.view.progress import open_progress


def main() -> None:
    """Follow the steps until ``finish``, the end of the input or Ctrl-C."""
    batch = request(int(sys.argv[1]))
    pairs = batch.distinct()
    with open_progress(batch) as view:
        events = ScriptedEvents(view, begin=time.time())
        events.start_root()
        for step in sys.stdin:
            match step.strip():
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


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
