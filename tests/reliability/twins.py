"""Two identical batches at the same moment: nobody pays for a picture that the other is paying for."""

import random
import subprocess
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

from storage import Store
from storage.directory import DirectoryStore
from tests.doubles.s3_servers import S3Server
from tests.reliability import batches, invariants
from tests.reliability.batches import FakeProviderRuntime, Ran
from tests.reliability.fake_providers import CallLog, FakeProviders, requests_of
from tests.reliability.faults import FREE, ProviderFault, Scenario
from tests.reliability.invariants import Violation
from tests.reliability.outcome import Outcome
from tests.reliability.processes import LIMIT, open_workspace

LATENCY = 0.03


class _FreeFaults:
    """Faults of which it is certain that they cost nothing: after any other, paying twice cannot be helped."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def provider(self, model: str, prompt: str, number: int) -> ProviderFault | None:
        dice = random.Random(f"{self._seed} {model} {prompt} {number}")
        return dice.choice(sorted(FREE)) if number < 3 and dice.random() < 0.3 else None

    def corrupted(self, picture: bytes, number: int) -> bytes:  # noqa: ARG002 - none is
        return picture


def run_in_threads(seed: int, fakes: FakeProviders) -> Outcome:
    """Twins with a store each on one directory, in one process."""
    with tempfile.TemporaryDirectory(prefix="imagegen-soak-") as directory:
        return _twins(seed, fakes, lambda: DirectoryStore(Path(directory) / "store"))


def run_on_s3(seed: int, fakes: FakeProviders, server: S3Server) -> Outcome:
    """Twins with a store each on one bucket, as on two machines."""
    bucket = server.store().location.removeprefix("s3://")
    return _twins(seed, fakes, lambda: server.store(bucket))


def run_in_processes(seed: int, fakes: FakeProviders) -> Outcome:
    """Twins that are two ``imagegen run`` processes."""
    with open_workspace(seed, fakes) as workspace, ExitStack() as stack:
        workspace.call_log.latency = 0.4  # longer than one process may start after the other
        processes = [stack.enter_context(workspace.process()) for _ in range(2)]
        codes = [_exit_code(process) for process in processes]
        found = [Violation("exit", f"exit codes {codes}")] if codes != [0, 0] else []
        return Outcome(
            tuple(found) + tuple(_paid_twice(workspace.call_log)), Counter(pairs=1, calls=len(workspace.call_log.calls))
        )


def _twins(seed: int, fakes: FakeProviders, open_store: Callable[[], Store]) -> Outcome:
    request, store = Scenario(seed).batch, open_store()
    planned = batches.planned(request, FakeProviderRuntime(batches.settings(), store, fakes))
    call_log = CallLog(
        requests_of(planned),
        is_stored=lambda wanted: invariants.is_stored(store, wanted),
        faults=_FreeFaults(seed) if seed % 2 else None,
        latency=LATENCY,
    )
    fakes.answer_from(call_log)
    ran: list[Ran] = []
    start = threading.Barrier(2)

    def one() -> None:
        runtime = FakeProviderRuntime(batches.settings(), open_store(), fakes)
        start.wait()
        ran.append(batches.run(request, runtime))

    threads = [threading.Thread(target=one) for _ in range(2)]
    with batches.without_waiting():
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    found = [
        *_paid_twice(call_log),
        *invariants.check_calls(call_log),
        *invariants.check_store(store, planned, call_log),
    ]
    for twin in ran:
        found += invariants.check_completion(twin)
    if len(ran) != len(threads):
        found.append(Violation("incomplete", "one of the two ended without a result"))
    paid = sum(twin.result.summary.paid_calls for twin in ran if twin.result)
    if paid != len(set(call_log.requests.values())):
        found.append(
            Violation("unaccounted", f"the two report {paid} paid calls for {len(set(call_log.requests.values()))}")
        )
    return Outcome(tuple(found), Counter(pairs=1, calls=len(call_log.calls)))


def _paid_twice(call_log: CallLog) -> Iterator[Violation]:
    for request_hash in set(call_log.requests.values()):
        if (charged := call_log.count_charged(request_hash)) != 1:
            yield Violation("paid twice", f"request {request_hash[:12]} was paid for {charged} times")


def _exit_code(process: "subprocess.Popen[str]") -> int | None:
    try:
        process.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        return None
    return process.returncode
