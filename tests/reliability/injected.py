"""One fault-injected batch, start to end: run it with faults, judge, run it without any, judge again."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from imagegen.plan import Planned
from storage import Store
from storage.directory import DirectoryStore
from tests.reliability import batches, invariants
from tests.reliability.batches import DeskRuntime, Ran
from tests.reliability.desk import Book, Desk, requests_of
from tests.reliability.faults import Scenario
from tests.reliability.faulty_store import FaultyStore
from tests.reliability.invariants import Violation


@dataclass(frozen=True)
class Outcome:
    """What one seed showed: every promise held when there are no ``violations``.

    ``faults`` counts provider calls that went wrong; ``extra`` is how many calls may have been charged beyond one
    for each picture.
    """

    seed: int
    violations: tuple[Violation, ...]
    calls: int = 0
    faults: int = 0
    extra: int = 0


def inject(seed: int, desk: Desk) -> Outcome:
    """Run a seed's batch on a directory whose operations fail by schedule."""
    scenario = Scenario(seed)
    with tempfile.TemporaryDirectory(prefix="imagegen-soak-") as directory:
        store = DirectoryStore(Path(directory) / "store")
        return judged(scenario, desk, whole=store, faulty=FaultyStore(store, scenario.store))


def judged(scenario: Scenario, desk: Desk, *, whole: Store, faulty: Store) -> Outcome:
    """Run a scenario through ``faulty``, then without faults on ``whole``, which is the same place."""
    limit = batches.IMPATIENT if scenario.impatient else batches.PATIENT
    hurried = DeskRuntime(batches.settings(provider_timeout=limit), faulty, desk)
    planned = batches.planned(scenario.batch, DeskRuntime(batches.settings(), whole, desk))
    book = Book(requests_of(planned), is_stored=lambda wanted: invariants.is_stored(whole, wanted), faults=scenario)
    desk.answer_from(book)
    with ExitStack() as stack:
        stack.enter_context(batches.without_waiting())
        if scenario.clock_jumps:
            stack.enter_context(batches.jumping_clock(scenario.seed))
        first = batches.run(scenario.batch, hurried)
    violations = list(_after_faults(first, book, whole))
    faults = sum(seen.fault is not None for seen in book.calls)
    violations += recovered(scenario.batch, planned, desk, book, whole)
    charged = sum(seen.may_be_charged for seen in book.calls)
    return Outcome(
        scenario.seed, tuple(violations), len(book.calls), faults, charged - len(set(book.requests.values()))
    )


def recovered(
    request: dict[str, object], planned: list[Planned], desk: Desk, book: Book, store: Store
) -> Iterator[Violation]:
    """What is wrong after a run without faults, and after one more, which must not call anybody."""
    book.faults = None
    calm = DeskRuntime(batches.settings(), store, desk)
    with batches.without_waiting(), batches.short_lease():
        final = batches.run(request, calm)
        calls = len(book.calls)
        again = batches.run(request, calm)
    if len(book.calls) > calls:
        yield Violation("paid twice", "running a complete batch again asked a provider")
    for ran in (final, again):
        yield from invariants.of_completion(ran)
        if ran.result:
            yield from invariants.of_result(ran.result, store, book)
    yield from invariants.of_calls(book)
    yield from invariants.of_ledgers(book, store)
    yield from invariants.of_store(store, planned, book)


def _after_faults(ran: Ran, book: Book, store: Store) -> Iterator[Violation]:
    yield from invariants.of_ledgers(book, store)
    if ran.result:
        yield from invariants.of_result(ran.result, store, book)
        if ran.lives == 1:
            yield from invariants.of_report(book, ran.result)
