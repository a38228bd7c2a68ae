"""Installing, for every place that does it: the Makefile, and with it CI, and Render's build command.

    python3 -m tools.install run     into .venv: what runs
    python3 -m tools.install test    into .venv: what runs and what checks it
    python3 -m tools.install here    what runs, into the environment of this very Python

Any Python can read this file, Python 2 too, so that an old one prints a sentence instead of a syntax error.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - the one place that an older Python reaches
    sys.exit(
        "install: Python 3.11 or newer is needed, and this is Python %d.%d; " % sys.version_info[:2]  # noqa: UP031
        + "install a newer one, or name one that is there, for instance: make run PYTHON=python3.12"
    )

from tools.installation import main

if __name__ == "__main__":
    main(sys.argv[1:])
