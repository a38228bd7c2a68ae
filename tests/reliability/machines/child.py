"""``imagegen`` as a process of its own, on a machine with something wrong with it.

    python -m tests.reliability.machines.child [--full BYTES] [--clock SEED] [--hurried] -- run batch.json …

``--full`` lets no file grow beyond so many bytes, as a full disk or a quota does (the write fails with EFBIG);
``--clock`` makes the wall clock jump by hours and years whenever it is read; ``--hurried`` keeps the
lanes' own patience short. Waits between attempts are left out.
"""

import argparse
import asyncio
import resource
import sys
from contextlib import ExitStack

from imagegen.making.runtime import Runtime
from tests.reliability import batches
from workflows.cli import main as imagegen
from workflows.local import LocalEngine


def _default(made: type[object], argument: str, value: object) -> None:
    """Give an argument of a class another default."""
    defaults: dict[str, object] | None = vars(made)["__init__"].__kwdefaults__
    assert defaults is not None
    defaults[argument] = value


async def _no_wait(_seconds: float) -> None:
    await asyncio.sleep(0)


def main() -> None:
    """Spoil the surroundings, then run the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--full", type=int)
    parser.add_argument("--clock", type=int)
    parser.add_argument("--hurried", action="store_true")
    parser.add_argument("arguments", nargs="+")
    given = parser.parse_args()
    if given.full is not None:
        # Python writes as much of a module's bytecode as the disk takes, and every later import would stumble over it.
        sys.dont_write_bytecode = True
        resource.setrlimit(resource.RLIMIT_FSIZE, (given.full, resource.RLIM_INFINITY))
    _default(LocalEngine, "sleep", _no_wait)
    _default(Runtime, "pause", batches.quick_pause)
    if given.hurried:
        for name, seconds in {"minute": 0.01, "alone": 0.0, "patience": 0.01}.items():
            _default(Runtime, name, seconds)
    sys.argv = ["imagegen", *given.arguments]
    with ExitStack() as stack:
        stack.enter_context(batches.without_waiting())
        if given.clock is not None:
            stack.enter_context(batches.jumping_clock(given.clock))
        imagegen()


if __name__ == "__main__":
    main()
