"""A program that shows a batch with ``progress``, one step for each line on its standard input."""

import sys
import time

from tests.doubles.happening import Happening, request
from workflows.view.progress import progress


def main() -> None:
    """Tell the story: start, retry, then finish with one failure; or stop where the input ends or Ctrl-C says so."""
    batch = request(int(sys.argv[1]))
    pairs = batch.distinct()
    with progress(batch) as view:
        happening = Happening(view, begin=time.time())
        happening.root_starts()
        for step in sys.stdin:
            match step.strip():
                case "start":
                    for pair in pairs[:20]:
                        happening.starts(pair)
                case "fail":
                    happening.refused(pairs[0], message="Word it differently.")
                case "retry":
                    happening.fails(pairs[1], retry_in=60.0)
                case "log":
                    sys.stderr.write("a line from somebody else\n")
                case "print":
                    sys.stdout.write("data\n")
                case "finish":
                    for pair in pairs[1:]:
                        happening.settles(pair)
                    happening.root_ends()
                    return


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
