"""One of two machines that want the same requests, as a process of its own.

    TMPDIR=… MINIO_…=… python -m tests.reliability.machines.host LOG REQUESTS LEASE

TMPDIR makes it a machine: nobody with another one can prove that its processes are over. LOG gets a line
for each request that was wanted and not there yet, and for each call to the provider, written before the answer, so
that a killed caller's call counts. LEASE is in seconds.
"""

import sys
import tempfile
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from io import BytesIO
from pathlib import Path

from PIL import Image

from imagegen.errors import PassingFailure
from imagegen.making.originals import Originals
from imagegen.making.plan import Planned, plan
from imagegen.making.runtime import Runtime
from imagegen.making.steps import Steps
from imagegen.making.stored import has_original
from imagegen.paying.claims import Claimant, Lease
from imagegen.providers import Generated, PictureRequest, Provider
from imagegen.request.batch import Leaf
from imagegen.settings import Settings, from_environment
from storage import keys

HOSTS = ("one", "two")
"""The names of their folders."""
FIRST_MEETING, MEETING = 30.0, 5.0
"""Seconds to wait for the other host: to start, and to get to the next request."""
AT_ONCE = 4
LATENCY = 0.03
"""Seconds that a call takes: time to be killed in."""


class CountedProvider:
    """A provider that writes each call down before it answers."""

    def __init__(self, log: Path, picture: bytes) -> None:
        self._log = log
        self._picture = picture

    def generate(self, request: PictureRequest) -> Generated:
        note(self._log, "call", request)
        time.sleep(LATENCY)
        return Generated(self._picture, 0.04)


class HostRuntime(Runtime):
    """A runtime with the counted provider, and with a lease in proportion to the real one."""

    def __init__(self, settings: Settings, provider: Provider, lease: float) -> None:
        super().__init__(settings, lease=Lease(lease, lease / 3, lease / 3))
        self._provider = provider

    def provider(self, name: str) -> Provider:  # noqa: ARG002 - there is one
        return self._provider


def requests(count: int, settings: Settings) -> list[Planned]:
    """Return the requests that all hosts want."""
    leaves = [
        Leaf(f"Contested {number}", "gpt-image-2", "photorealistic", "bottom-bar", "inter") for number in range(count)
    ]
    return [plan(leaf, settings) for leaf in leaves]


def mark(request: PictureRequest) -> str:
    """Return a word that stands for a request in the log."""
    return keys.content_hash(request.prompt.encode())


def note(log: Path, what: str, request: PictureRequest) -> None:
    """Add a line to the log, whole whatever others add at the same time."""
    with log.open("a") as file:
        file.write(f"{what} {mark(request)} {tempfile.gettempdir()}\n")


def obtain(number: int, planned: Planned, runtime: Runtime, log: Path) -> None:
    """Come by one original as a leaf does, however many attempts it takes."""
    run = uuid.uuid4().hex
    _meet(log.parent, number)
    if not has_original(runtime.store, planned.request_hash):
        note(log, "want", planned.request)
    while not has_original(runtime.store, planned.request_hash):
        originals = Originals(planned, runtime, Claimant(run), None, Steps(planned.leaf))
        with (
            suppress(PassingFailure),
            ThreadPoolExecutor(2) as side,
            originals.claim_and_fetch(side) as original,
        ):
            if original.stored:
                original.stored.result()


def _meet(folder: Path, number: int) -> None:
    """Wait until both hosts have got to a request; a host that was killed on its way is not waited for long."""
    (folder / f"at-{number}-{Path(tempfile.gettempdir()).name}").touch()
    deadline = time.monotonic() + (FIRST_MEETING if number < AT_ONCE else MEETING)
    marks = [folder / f"at-{number}-{host}" for host in HOSTS]
    while not all(mark.exists() for mark in marks) and time.monotonic() < deadline:
        time.sleep(0.01)


def main() -> None:
    """Come by all originals, several at a time, in the order that the other host goes by."""
    log, count, lease = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    settings = from_environment()
    out = BytesIO()
    Image.new("RGB", (1280, 720), "teal").save(out, "JPEG")
    runtime = HostRuntime(settings, CountedProvider(log, out.getvalue()), lease)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        wanted = requests(count, settings)
        list(pool.map(lambda number: obtain(number, wanted[number], runtime, log), range(count)))


if __name__ == "__main__":
    main()
