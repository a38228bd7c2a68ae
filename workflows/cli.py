"""The ``imagegen`` command: few verbs, data on standard output, progress and errors on standard error.

Exit codes: 0 everything is there, 1 some or all pictures failed, 2 the request or the configuration is wrong,
130 stopped by Ctrl-C.
"""

import signal
import sys


def main() -> None:
    """Run the command line and exit."""
    try:
        _main()
    except KeyboardInterrupt:
        sys.exit(130)  # while the program was being loaded; a running batch handles Ctrl-C itself
    finally:
        # Everything is stored and printed: Ctrl-C during the shutdown of the interpreter ends it without a traceback.
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def _main() -> None:
    try:
        from dotenv import load_dotenv

        from workflows.commands import cli
    except ModuleNotFoundError as error:
        # The dependencies were not installed, or an update has added one.
        again = "install imagegen again, in its directory: pip install ."
        sys.stderr.write(f"imagegen: the Python package {error.name} is missing; {again}\n")
        sys.exit(2)
    from imagegen.errors import ImagegenError
    from storage import StoreError

    try:
        load_dotenv(".env")  # as the Render CLI does for the worker; what the environment says already stands
        cli()()
    except (ImagegenError, StoreError) as error:
        sys.stderr.write(f"imagegen: {error}\n")
        sys.exit(2)
    except BrokenPipeError:
        # Whoever read our output has left, as `head` does: that is no error of ours.
        sys.stderr.close()
        sys.exit(1)


if __name__ == "__main__":
    main()
