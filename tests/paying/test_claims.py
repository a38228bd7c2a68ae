"""A claim lets exactly one run pay for a request, and remembers what was spent."""

import dataclasses
import json
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from imagegen.paying import claims
from imagegen.paying.claims import Claim, Claimant, ClaimLost, Lease
from imagegen.paying.money import Account, Ledger
from storage import Store, StoreUnavailable, Version, keys
from storage.directory import DirectoryStore

REQUEST = "ab" * 32
KEY = keys.claim(REQUEST)
LEASE = Lease()
JSON = "application/json"


@dataclass
class Clock:
    """Time that passes when somebody waits, and never else."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.now += seconds


class CountingStore(DirectoryStore):
    """A directory that counts swaps, and loses the answers to the next ``lost`` ones."""

    swaps = 0
    lost = 0

    def swap(self, key: str, data: bytes, *, version: Version, content_type: str) -> Version | None:
        self.swaps += 1
        swapped = super().swap(key, data, version=version, content_type=content_type)
        if self.lost:
            self.lost -= 1
            return None  # a client that tries again after a lost answer is told that the version has changed
        return swapped


@pytest.fixture
def store(tmp_path: Path) -> CountingStore:
    return CountingStore(tmp_path)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def acquire(store: Store, run: str, clock: Clock | None = None, **options: Any) -> Claim | None:
    clock = clock or Clock()
    given: dict[str, Any] = {"is_settled": lambda: False, "seconds": 0.0, "pause": clock.pause, "clock": clock}
    return claims.acquire(store, REQUEST, Claimant(run, options.pop("parent", "")), **(given | options))


def claim_of(store: Store, run: str, clock: Clock | None = None, **options: Any) -> Claim:
    claim = acquire(store, run, clock, **options)
    assert claim is not None
    return claim


def stored(store: Store) -> claims.Record:
    record = claims.read(store, REQUEST)
    assert record is not None
    return record


def alter(store: Store, **changes: Any) -> None:
    """Write a claim as another process would have."""
    record = dataclasses.asdict(dataclasses.replace(stored(store), **changes))
    store.replace(KEY, json.dumps(record).encode(), content_type=JSON)


def die(store: Store, run: str, *, known: bool = False) -> None:
    """Hold the claim in a process that ends; it is another machine's unless its end can be ``known`` here."""
    if not known:
        claim_of(store, run)
        alter(store, life="0" * 32)
        return
    code = (
        "import sys, pathlib; from imagegen.paying import claims; from storage.directory import DirectoryStore;"
        f"claims.acquire(DirectoryStore(pathlib.Path(sys.argv[1])), {REQUEST!r}, claims.Claimant({run!r}),"
        "is_settled=bool, seconds=0.0)"
    )
    subprocess.run([sys.executable, "-c", code, store.location], check=True, cwd=Path(__file__).parents[2])


@pytest.mark.parametrize("released", [False, True], ids=["new", "released"])
def test_of_many_runs_at_once_one_gets_the_claim(store: Store, *, released: bool) -> None:
    if released:
        claim_of(store, "former").release(("server_error", "500"))
    got: list[Claim | None] = []
    start = threading.Barrier(8)

    def compete(number: int) -> None:
        start.wait()
        try:
            got.append(acquire(store, f"run-{number}"))
        except TimeoutError:
            got.append(None)

    threads = [threading.Thread(target=compete, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(claim is not None for claim in got) == 1


def test_a_released_claim_is_taken_over_at_once_with_the_reason_and_the_account(store: Store, clock: Clock) -> None:
    first = claim_of(store, "one", parent="batch")
    assert first.first
    first.enter(Claimant("one", "batch"), Ledger(paid_calls=1, useless=1, cost_usd=0.04))
    first.release(("bad_picture", "cut"), not_before=1_000.0)
    second = claim_of(store, "two", clock)
    assert clock.now == 0.0
    assert not second.first
    assert (second.error, second.not_before) == (("bad_picture", "cut"), 1_000.0)
    assert second.account.of_run("one") == Ledger(attempts=1, paid_calls=1, useless=1, cost_usd=0.04)
    assert second.account.of_parent("batch") == second.account.of_run("one")
    assert second.account.of_run("two") == Ledger(attempts=1)


def test_a_claim_whose_process_is_proven_to_be_over_is_taken_over_at_once(store: Store, clock: Clock) -> None:
    die(store, "dead", known=True)
    claim = claim_of(store, "mine", clock)
    assert clock.now == 0.0
    assert claim.account.of_run("dead") == Ledger(attempts=1, possible_extra_charges=1)


def test_a_living_claim_is_not_taken_over_by_the_next_attempt_of_its_own_run(store: Store) -> None:
    """The platform may start an attempt while the one before still waits for its answer."""
    claim_of(store, "run")
    with pytest.raises(TimeoutError, match="another run"):
        acquire(store, "run", seconds=LEASE.seconds / 2)


def test_a_silent_claim_is_taken_over_after_a_lease_by_the_clock_of_who_waits(store: Store, clock: Clock) -> None:
    die(store, "elsewhere")
    clock.now = 1e9
    assert claim_of(store, "mine", clock, seconds=600.0)
    assert LEASE.seconds < clock.now - 1e9 <= LEASE.seconds + claims.LONGEST_WAIT


def test_a_claim_that_is_renewed_keeps_off_who_waits_however_long(store: Store, clock: Clock) -> None:
    holder = claim_of(store, "holder", clock)

    def pause(seconds: float) -> None:
        clock.now += seconds
        holder.prove()

    with pytest.raises(TimeoutError):
        acquire(store, "mine", clock, pause=pause, seconds=10 * LEASE.seconds)


@pytest.mark.parametrize("generations", [4, 8, 16])
def test_a_chain_of_dead_holders_costs_one_lease_at_most(store: Store, clock: Clock, generations: int) -> None:
    for number in range(generations - 1):
        die(store, f"dead-{number}")
        alter(store, held=False)
    die(store, "last")
    assert claim_of(store, "mine", clock, seconds=600.0)
    assert clock.now <= LEASE.seconds + claims.LONGEST_WAIT


@pytest.mark.parametrize("seconds", [0.0, 0.05, 1.0, 7.3, 45.0])
def test_nobody_waits_longer_than_allowed(store: Store, clock: Clock, seconds: float) -> None:
    claim_of(store, "holder")
    with pytest.raises(TimeoutError):
        acquire(store, "mine", clock, seconds=seconds)
    assert clock.now <= seconds


def test_who_waits_learns_that_the_original_arrived(store: Store, clock: Clock) -> None:
    claim_of(store, "one")
    answers = iter([False, False, True])
    assert acquire(store, "two", clock, is_settled=lambda: next(answers), seconds=60.0) is None


def test_a_claim_that_was_deleted_is_made_anew(store: Store, clock: Clock) -> None:
    claim_of(store, "one")

    def pause(seconds: float) -> None:
        clock.pause(seconds)
        store.delete(KEY)

    assert claim_of(store, "two", clock, pause=pause, seconds=60.0).first


def test_a_fresh_proof_costs_no_request(store: CountingStore, clock: Clock) -> None:
    claim = claim_of(store, "run", clock)
    clock.now += LEASE.fresh
    claim.prove()
    assert store.swaps == 0


def test_a_proof_that_is_not_fresh_any_more_writes(store: CountingStore, clock: Clock) -> None:
    claim = claim_of(store, "run", clock)
    clock.now += LEASE.fresh + 0.1
    claim.prove()
    claim.prove()
    assert store.swaps == 1


def test_a_holder_that_was_stalled_cannot_pay_late(store: Store, clock: Clock) -> None:
    """It proves its claim before it asks, and the claim is somebody else's by then."""
    stalled = claim_of(store, "stalled", clock)
    alter(store, life="0" * 32)
    claim_of(store, "mine", clock, seconds=600.0)
    with pytest.raises(ClaimLost):
        stalled.prove()


def test_a_holder_whose_claim_was_deleted_may_not_pay(store: Store, clock: Clock) -> None:
    claim = claim_of(store, "run", clock)
    store.delete(KEY)
    clock.now += LEASE.seconds
    with pytest.raises(ClaimLost):
        claim.prove()


def test_the_claim_of_a_former_holder_is_not_released_under_the_next_one(store: Store, clock: Clock) -> None:
    former = claim_of(store, "former", clock)
    alter(store, held=False)
    claim_of(store, "mine", clock)
    former.release(("server_error", "500"))
    assert (stored(store).run, stored(store).held) == ("mine", True)


def test_a_lost_answer_to_a_renewal_is_recognised_as_ones_own(store: CountingStore, clock: Clock) -> None:
    claim = claim_of(store, "run", clock)
    clock.now += LEASE.seconds
    store.lost = 1
    claim.prove()
    clock.now += LEASE.seconds
    claim.prove()
    assert stored(store).run == "run"


def test_a_claim_is_renewed_while_its_holder_waits(store: Store) -> None:
    claim = claim_of(store, "run", lease=Lease(renew=0.005))
    seen = threading.Event()
    with claim.keep_alive():
        for _ in range(1_000):
            if stored(store).beat >= 2:
                seen.set()
                break
            threading.Event().wait(0.01)
    assert seen.is_set()


def test_a_store_that_is_away_for_one_renewal_does_not_end_them(store: CountingStore) -> None:
    class Away(CountingStore):
        def swap(self, key: str, data: bytes, *, version: Version, content_type: str) -> Version | None:
            self.swaps += 1
            if self.swaps == 1:
                raise StoreUnavailable("away")
            return DirectoryStore.swap(self, key, data, version=version, content_type=content_type)

    away = Away(Path(store.location))
    claim = claim_of(away, "run", lease=Lease(renew=0.005))
    with claim.keep_alive():
        for _ in range(1_000):
            if stored(away).beat:
                break
            threading.Event().wait(0.01)
    assert stored(away).beat


@pytest.mark.parametrize("data", [b"\x00 not json", b"[]", b'{"token": 5}'], ids=["bytes", "list", "record"])
def test_a_claim_that_cannot_be_read_is_waited_out(store: Store, clock: Clock, data: bytes) -> None:
    store.replace(KEY, data, content_type=JSON)
    with pytest.raises(TimeoutError):
        acquire(store, "mine", clock, seconds=LEASE.seconds - claims.LONGEST_WAIT)
    assert claim_of(store, "mine", clock, seconds=600.0)


@pytest.mark.parametrize("asking", [True, False])
def test_a_takeover_counts_one_possible_charge_exactly_when_a_call_may_have_been_under_way(
    store: Store, clock: Clock, *, asking: bool
) -> None:
    holder = claim_of(store, "dead", parent="batch")
    holder.enter(Claimant("dead", "batch"), Ledger(paid_calls=1, cost_usd=0.04))
    holder.prove(asking=not asking)
    holder.prove(asking=asking)
    alter(store, life="0" * 32)
    assert stored(store).owned_up().total().possible_extra_charges == int(asking)
    claim = claim_of(store, "mine", clock, seconds=600.0)
    spent = Ledger(attempts=1, paid_calls=1, possible_extra_charges=int(asking), cost_usd=0.04)
    assert claim.account.of_parent("batch") == spent
    assert claim.account.total() == spent + Ledger(attempts=1)


def test_a_wait_that_a_provider_asked_for_outlives_its_holder_and_no_call_was_under_way(
    store: Store, clock: Clock
) -> None:
    claim_of(store, "dead").note_wait(2_000.0)
    alter(store, life="0" * 32)
    claim = claim_of(store, "mine", clock, seconds=600.0)
    assert claim.not_before == 2_000.0
    assert claim.account.total().possible_extra_charges == 0


def test_a_claim_under_which_nothing_costs_anything_counts_no_possible_charge(store: Store, clock: Clock) -> None:
    claim_of(store, "dead", asking=False)
    alter(store, life="0" * 32)
    assert claim_of(store, "mine", clock, seconds=600.0).account.total() == Ledger(attempts=2)


def test_a_claim_that_nobody_made_has_no_record(store: Store) -> None:
    assert claims.read(store, REQUEST) is None


def test_a_record_survives_its_own_writing(store: Store) -> None:
    claim = claim_of(store, "run", parent="batch")
    claim.enter(Claimant("run", "batch"), Ledger(paid_calls=1, unpriced_calls=1))
    claim.release(("bad_picture", "cut"))
    assert stored(store).account == Account().plus("run", "batch", Ledger(1, 1, unpriced_calls=1))
    assert stored(store).error == ("bad_picture", "cut")
