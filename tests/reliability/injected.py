"""One fault-injected batch, start to end: run it with faults, judge, run it without any, judge again."""

import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from imagegen.making.plan import Planned
from storage import Store
from storage.directory import DirectoryStore
from tests.doubles import fault_proxy
from tests.doubles.fault_proxy import Fault
from tests.doubles.s3_servers import S3Server
from tests.reliability import batches, invariants
from tests.reliability.batches import FakeProviderRuntime, Ran
from tests.reliability.fake_providers import CallLog, FakeProviders, requests_of
from tests.reliability.faults import Scenario
from tests.reliability.faulty_store import FaultyStore
from tests.reliability.invariants import Violation
from tests.reliability.outcome import Outcome


def inject(seed: int, fakes: FakeProviders) -> Outcome:
    """Run a seed's batch on a directory whose operations fail by schedule."""
    scenario = Scenario(seed)
    with tempfile.TemporaryDirectory(prefix="imagegen-soak-") as directory:
        store = DirectoryStore(Path(directory) / "store")
        return judge(scenario, fakes, whole=store, faulty=FaultyStore(store, scenario.store))


def inject_over_s3(seed: int, fakes: FakeProviders, server: S3Server) -> Outcome:
    """Run a seed's batch on a bucket behind a proxy that does to requests what networks and servers do."""
    scenario = Scenario(seed)
    whole = server.store()
    bucket = whole.location.removeprefix("s3://")
    schedule = draw_schedule(seed, scenario.store_rate)
    with fault_proxy.fault_proxy(server.endpoint, schedule) as proxy:
        faulty = server.store(bucket, endpoint=proxy.url, connect_timeout=2, read_timeout=1)
        outcome = judge(scenario, fakes, whole=whole, faulty=faulty)
        outcome.counts["store faults"] += sum(exchange.fault is not None for exchange in proxy.exchanges)
        return outcome


def draw_schedule(seed: int, rate: float, faults: Sequence[Fault] = fault_proxy.PASSING) -> fault_proxy.Schedule:
    """A proxy's schedule: each object's first two writes and reads meet a fault at this rate."""
    conditional = (Fault.CONFLICT, Fault.PRECONDITION_FAILED, Fault.PRECONDITION_FAILED_AFTER_COMMIT)
    writes = fault_proxy.seeded(seed, faults, methods=("PUT",), times=2, rate=rate)
    unconditional = [fault for fault in faults if fault not in conditional]
    reads = fault_proxy.seeded(seed, unconditional, methods=("GET", "HEAD"), times=2, rate=rate)
    return lambda request: writes(request) or reads(request)


def judge(scenario: Scenario, fakes: FakeProviders, *, whole: Store, faulty: Store) -> Outcome:
    """Run a scenario through ``faulty``, then without faults on ``whole``, which is the same place."""
    limit = batches.IMPATIENT if scenario.impatient else batches.PATIENT
    hurried = FakeProviderRuntime(batches.settings(provider_timeout=limit), faulty, fakes)
    planned = batches.planned(scenario.batch, FakeProviderRuntime(batches.settings(), whole, fakes))
    call_log = CallLog(
        requests_of(planned), is_stored=lambda wanted: invariants.is_stored(whole, wanted), faults=scenario
    )
    fakes.answer_from(call_log)
    with ExitStack() as stack:
        stack.enter_context(batches.without_waiting())
        if scenario.clock_jumps:
            stack.enter_context(batches.jumping_clock(scenario.seed))
        first = batches.run(scenario.batch, hurried)
    violations = list(_after_faults(first, call_log, whole))
    faults = sum(seen.fault is not None for seen in call_log.calls)
    violations += check_recovery(scenario.batch, planned, fakes, call_log, whole)
    return Outcome(tuple(violations), count_calls(call_log, faults))


def count_calls(call_log: CallLog, faults: int) -> Counter[str]:
    """The figures of a batch: calls, calls that went wrong, and possible charges beyond one for each picture."""
    charged = sum(seen.may_be_charged for seen in call_log.calls)
    return Counter(
        batches=1, calls=len(call_log.calls), faults=faults, extra=charged - len(set(call_log.requests.values()))
    )


def check_recovery(
    request: dict[str, Any], planned: list[Planned], fakes: FakeProviders, call_log: CallLog, store: Store
) -> Iterator[Violation]:
    """Return the violations after a run without faults, and after one more, which must call no provider.

    The faults may have used the retries of a picture up, so these runs are allowed more.
    """
    call_log.faults = None
    calm = FakeProviderRuntime(batches.settings(retry_unanswered=100, retry_useless=100), store, fakes)
    with batches.without_waiting():
        final = batches.run(request, calm)
        calls = len(call_log.calls)
        again = batches.run(request, calm)
    if len(call_log.calls) > calls:
        yield Violation("paid twice", "running a complete batch again asked a provider")
    for ran in (final, again):
        yield from invariants.check_completion(ran)
        if ran.result:
            yield from invariants.check_result(ran.result, store, call_log)
    yield from invariants.check_calls(call_log)
    yield from invariants.check_ledgers(call_log, store)
    yield from invariants.check_store(store, planned, call_log)
    yield from invariants.check_verify(store)


def _after_faults(ran: Ran, call_log: CallLog, store: Store) -> Iterator[Violation]:
    yield from invariants.check_ledgers(call_log, store)
    if ran.result:
        yield from invariants.check_result(ran.result, store, call_log)
        if ran.lives == 1:
            yield from invariants.check_report(call_log, ran.result)
