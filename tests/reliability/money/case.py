"""One money seed, start to end: runs with faults, then runs without, judged after each."""

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from storage import Store
from storage.directory import DirectoryStore
from tests.reliability import batches, invariants
from tests.reliability.batches import IMPATIENT, FakeProviderRuntime
from tests.reliability.fake_providers import FakeProviders, requests_of
from tests.reliability.invariants import Violation
from tests.reliability.money import promises
from tests.reliability.money.acts import Act, Stage
from tests.reliability.money.book import Book
from tests.reliability.money.leaves import Killer, killing
from tests.reliability.money.scenario import Kind, Scenario
from tests.reliability.outcome import Outcome


def play(seed: int, fakes: FakeProviders) -> Outcome:
    """Run a seed's batch under caps, with answers of every kind and with leaves that are killed."""
    scenario = Scenario(seed)
    with tempfile.TemporaryDirectory(prefix="imagegen-soak-") as directory, batches.without_waiting():
        limit = {"provider_timeout": IMPATIENT} if scenario.impatient else {}
        store = DirectoryStore(Path(directory) / "store")
        stage = set_stage(scenario, scenario.batch, fakes, store, scenario.settings | limit)
        with killing(stage.killer):
            acts = [act for number, name in enumerate(scenario.acts) for act in _play(stage, scenario, number, name)]
        found = [violation for act in acts for violation in promises.check_act(stage, act)]
        alone = frozenset(run for act in acts if act.name == "alone" for run in act.watch.runs)
        found += check_books(stage, alone)
        found += finish(stage, alone)
        return Outcome(tuple(found), count(stage, len(acts)))


def set_stage(
    scenario: Scenario, request: dict[str, Any], fakes: FakeProviders, store: Store, settings: Mapping[str, Any]
) -> Stage:
    """Open a batch's book and lead the providers' answers to it."""
    planned = batches.planned(request, FakeProviderRuntime(batches.settings(), store, fakes))
    book = Book(requests_of(planned), lambda wanted: invariants.is_stored(store, wanted), scenario)
    fakes.answer_from(book)
    return Stage(request, planned, fakes, store, book, Killer(book, scenario), settings)


def _play(stage: Stage, scenario: Scenario, number: int, name: str) -> Sequence[Act]:
    cap = scenario.draw_cap(number, stage.prices())
    if name == "alone":
        return [stage.run_alone(cap)]
    return stage.run_twins(cap) if name == "twins" else [stage.run_batch(cap)]


def check_books(stage: Stage, alone: frozenset[str] = frozenset(), slack: int = 0) -> Iterator[Violation]:
    """Hold the accounts against the providers' book."""
    settings = stage.settings
    yield from promises.check_waits(stage.book)
    yield from promises.check_once(stage.book)
    yield from promises.check_budgets(stage.book, settings["retry_unanswered"], settings["retry_useless"])
    yield from promises.check_claims(stage.book, stage.store, slack)
    yield from promises.check_reports(stage.book, stage.store, alone, slack)
    yield from promises.check_costs(stage, slack)
    yield from promises.check_kept(stage.book, stage.store)


def finish(stage: Stage, alone: frozenset[str] = frozenset(), slack: int = 0) -> Iterator[Violation]:
    """Run the batch without faults: what the budgets permit is made, then everything, then nothing is asked."""
    stage.book.scenario, stage.killer.is_on = None, False
    with killing(stage.killer):
        yield from _run_without_faults(stage, alone, slack)
    yield from promises.check_once(stage.book)
    yield from promises.check_claims(stage.book, stage.store, slack)
    yield from promises.check_reports(stage.book, stage.store, alone, slack)
    yield from promises.check_costs(stage, slack)
    yield from invariants.check_store(stage.store, stage.planned, None)
    yield from invariants.check_verify(stage.store)


def _run_without_faults(stage: Stage, alone: frozenset[str], slack: int) -> Iterator[Violation]:
    permitted = {name for name in set(stage.book.requests.values()) if _is_permitted(stage, name)}
    cap = round(sum(stage.prices()), 6)
    first = stage.run_batch(cap)
    yield from promises.check_act(stage, first)
    yield from check_books(stage, alone, slack)
    if not any(entry.uncertain for entry in stage.book.entries):
        yield from _check_made(stage, permitted)
    last = stage.run_batch(cap, retry_unanswered=100, retry_useless=100)
    yield from promises.check_act(stage, last)
    calls = len(stage.book.entries)
    again = stage.run_batch(0.0)
    if len(stage.book.entries) > calls:
        yield Violation("paid twice", "running a complete batch again asked a provider")
    for act in (last, again):
        assert act.ran
        yield from invariants.check_completion(act.ran)


def _is_permitted(stage: Stage, request_hash: str) -> bool:
    """Tell if a request's original is there, or its budgets have room for another call."""
    sent = stage.book.of(request_hash)
    possible = sum(entry.possible for entry in sent) + stage.book.count_unsent(request_hash)
    useless = sum(entry.useless for entry in sent)
    room = possible <= stage.settings["retry_unanswered"] and useless <= stage.settings["retry_useless"]
    return room or invariants.is_stored(stage.store, request_hash)


def _check_made(stage: Stage, permitted: set[str]) -> Iterator[Violation]:
    for request_hash in set(stage.book.requests.values()):
        made = invariants.is_stored(stage.store, request_hash)
        if made is not (request_hash in permitted):
            yield Violation("incomplete" if not made else "budget", f"{request_hash[:12]} made: {made}")


def count(stage: Stage, runs: int, kills: int = 0) -> Counter[str]:
    """Return the figures of a seed."""
    entries = stage.book.entries
    return Counter(
        batches=1,
        runs=runs,
        calls=len(entries),
        faults=sum(entry.kind is not Kind.GOOD for entry in entries),
        useless=sum(entry.kept for entry in entries),
        unanswered=sum(entry.possible for entry in entries),
        waits=sum(bool(entry.wait) for entry in entries),
        kills=stage.killer.kills + kills,
    )
