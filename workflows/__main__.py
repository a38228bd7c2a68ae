"""The worker's entry, ``python -m workflows``: registers the tasks, or runs one, as Render's environment says."""

import gc
import os
import sys


def main() -> None:
    """Serve the one request that this process was started for, and end the process."""
    # Imports make hundreds of thousands of objects and no garbage; looking for it takes a seventh of a leaf's CPU time.
    # A leaf ends before it matters; generateBatch, which may live for a day, looks again.
    gc.disable()
    from workflows.app import app

    app.start()
    # Everything is stored and reported. An orderly shutdown of the interpreter would take another 100 ms of paid time.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
