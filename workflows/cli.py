"""The ``imagegen`` command: few verbs, data on standard output, progress and errors on standard error.

Exit codes: 0 everything is there, 1 some or all pictures failed or the output could not be written, 2 the request or
the configuration is wrong, 130 stopped by Ctrl-C.
"""

import os
import signal
import sys
from contextlib import suppress
from typing import NoReturn

from workflows.streams import discard_output, flush_output, open_streams

FAILED, WRONG, STOPPED = 1, 2, 130


def main() -> None:
    """Run the command line and exit."""
    open_streams()
    former, sys.unraisablehook = sys.unraisablehook, end_on_interrupt
    try:
        try:
            _run_command()
        finally:
            flush_output()
    except BrokenPipeError:
        # The reader of our output has left, as `head` does: that is not an error.
        discard_output()
        sys.exit(FAILED)
    except OSError as error:
        discard_output()
        _exit(*_describe(error))
    except KeyboardInterrupt:
        sys.exit(STOPPED)  # while the program was being loaded; a running batch handles Ctrl-C itself
    finally:
        # Everything is stored and printed: Ctrl-C during the shutdown of the interpreter ends it without a traceback.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        sys.unraisablehook = former


def end_on_interrupt(unraisable: "sys.UnraisableHookArgs") -> None:
    """End the program on a Ctrl-C that arrives where Python can raise nothing, as in a weak reference's callback.

    Python would print a traceback and go on. A running batch is not ended so: it handles Ctrl-C itself.
    """
    if not issubclass(unraisable.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(unraisable)
        return
    with suppress(OSError):
        flush_output()
    os._exit(STOPPED)


def _run_command() -> None:
    try:
        from dotenv import load_dotenv

        from workflows.commands import cli
    except ModuleNotFoundError as error:
        # The dependencies were not installed, or an update has added one.
        again = "install imagegen again, in its directory: pip install ."
        _exit(WRONG, f"the Python package {error.name} is missing; {again}")
    from imagegen.errors import BatchFailed, ImagegenError
    from storage import StoreError

    try:
        load_dotenv(".env")  # as the Render CLI does for the worker; the environment's own variables win
    except UnicodeDecodeError:
        _exit(WRONG, "the file .env is not in UTF-8; save it as UTF-8")
    try:
        cli()()
    except (ImagegenError, StoreError) as error:
        from imagegen.formatting import one_line, printable

        # Only our own lists of problems have lines; what a provider said could forge one.
        _exit(WRONG, one_line(str(error)) if isinstance(error, BatchFailed) else printable(str(error)))


def _describe(error: OSError) -> tuple[int, str]:
    """Return the exit code and the message of an error of the machine."""
    if isinstance(error, FileNotFoundError) and not _has_directory():
        return WRONG, "the current directory has been deleted; change to another one"
    if error.filename is not None:
        return WRONG, f"{error.filename}: {error.strerror}"
    return FAILED, f"cannot write to standard output: {error.strerror or error}"


def _has_directory() -> bool:
    try:
        return bool(os.getcwd())  # noqa: PTH109 - Path.cwd is the same call
    except FileNotFoundError:
        return False


def _exit(code: int, message: str) -> NoReturn:
    sys.stderr.write(f"imagegen: {message}\n")
    sys.exit(code)


if __name__ == "__main__":
    main()
