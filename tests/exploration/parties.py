"""Parties: the real code of the claims, run as a function from the answers it got to the operation it wants next.

A party depends on nothing but where it stands, so the code is run once for each answer in each place; the search works
on the numbers of places. The code runs in a greenlet that stops at each operation. Waits, clocks, tokens and proofs of
death come from the search.
"""

import logging
import math
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import cast
from unittest import mock

from greenlet import getcurrent, greenlet

from imagegen.making.stored import has_original
from imagegen.paying import claim_record, claims, money
from imagegen.paying.claims import Claim, Claimant, ClaimLost, Lease
from storage import Store, StoreError, StoreUnavailable
from tests.exploration.fingerprint import fingerprint
from tests.exploration.operations import ORIGINAL, REQUEST, Answer, AskingStore, Operation

ATTEMPTS = 2
"""Attempts of a run: what the platform starts again after a failure."""
PRICE = 0.04
TERMS = money.Terms(PRICE, None, retry_unanswered=3, retry_useless=1)


Learned = tuple[Answer, float, int]
"""All that a party learns at once: the answer, its clock, and (as bits) the parties that are proven to be over."""


@dataclass
class _Place:
    """A place in the code of one party, with the values of all variables."""

    operation: Operation
    steps: tuple[Learned, ...]
    """A way to get here."""
    live: "_Surroundings | None"
    """The code itself, until it has run on."""
    next: dict[Learned, int] = field(default_factory=dict)


class Parties:
    """The places where parties can stand, each known by a number. Used within ``named``.

    ``lease`` holds the times that the parties go by. With ``fine`` each look at a clock is an operation, too.
    """

    def __init__(self, lease: Lease, *, fine: bool = False) -> None:
        self._lease = lease
        self._fine = fine
        self._places: list[_Place] = []
        self._numbers: dict[Hashable, int] = {}

    def __len__(self) -> int:
        return len(self._places)

    def start(self, name: str) -> int:
        """Return the place of a party that has not done anything."""
        return self._reach(name, ((None, 0.0, 0),), None)

    def operation(self, number: int) -> Operation:
        """Return the operation that a party in this place wants."""
        return self._places[number].operation

    def answer(self, name: str, number: int, learned: Learned) -> int:
        """Return the place to which a party runs on with this."""
        place = self._places[number]
        if learned not in place.next:
            live, place.live = place.live, None
            place.next[learned] = self._reach(name, (*place.steps, learned), live)
        return place.next[learned]

    def _reach(self, name: str, steps: tuple[Learned, ...], live: "_Surroundings | None") -> int:
        """Run the code onwards from the place before, when it still stands there, else from the start."""
        if live is None:
            live = _Surroundings(name, self._lease, fine=self._fine)
            operation = live.resume(steps)
        else:
            operation = live.resume(steps[-1:])
        mark = (name, operation, live.mark())
        if mark not in self._numbers:
            self._numbers[mark] = len(self._places)
            self._places.append(_Place(operation, steps, live))
        return self._numbers[mark]


class _Surroundings:
    """All that a party sees of the world, and its code, stopped at an operation."""

    def __init__(self, name: str, lease: Lease, *, fine: bool) -> None:
        self.name = name
        self.lease = lease
        self.store = cast("Store", AskingStore(self.ask))
        self.tokens = 0
        self.over = 0
        self._fine = fine
        self._clock = 0.0
        self._main = getcurrent()
        self._party = greenlet(lambda _: Operation("end", data=buy(self).encode()))

    def fingerprint(self) -> str:
        """Describe what of it a party's frames refer to."""
        return self.name

    def mark(self) -> Hashable:
        """Describe where the code stands; two that stand alike go on alike."""
        return (self.tokens, fingerprint(self._party)) if self._party else None

    def resume(self, steps: tuple[Learned, ...]) -> Operation:
        """Give the code some answers, the first of which only starts it; return the operation that it wants then."""
        _running[:] = [self]
        for answer, self._clock, self.over in steps:
            operation = cast("Operation", self._party.switch(answer))
        return operation

    def draw_token(self) -> str:
        """Return a name that nobody had before."""
        self.tokens += 1
        return f"{self.name}{self.tokens}"

    def ask(self, operation: Operation) -> Answer:
        return cast("Answer", self._main.switch(operation))

    def pause(self, _seconds: float) -> None:
        self.ask(Operation("pause"))

    def clock(self) -> float:
        if self._fine:
            self.ask(Operation("clock"))
        return self._clock


_running: list[_Surroundings] = []


@contextmanager
def named() -> Iterator[None]:
    """Put names in the place of random tokens, and what the search says in the place of lock files."""
    logging.getLogger("nobody").disabled = True
    tokens = SimpleNamespace(uuid4=lambda: SimpleNamespace(hex=_running[0].draw_token()))

    def life() -> str:
        return _running[0].name

    def has_ended(life: str) -> bool:
        return bool(life) and bool(_running[0].over >> index(life) & 1)

    with (
        mock.patch.object(claim_record, "uuid", tokens),
        mock.patch.object(claim_record, "hold_process_lock", new=life),
        mock.patch.object(claims, "has_ended", has_ended),
        mock.patch.object(claims, "_log", logging.getLogger("nobody")),
    ):
        yield


def index(name: str) -> int:
    """Return the place of the party with this name: 'a' is the first."""
    return ord(name) - ord("a")


def buy(party: _Surroundings) -> str:
    """Come by the original as ``imagegen.making.originals`` does; return how it ended."""
    for _ in range(ATTEMPTS):
        try:
            return _attempt(party)
        except (StoreUnavailable, ClaimLost, Unanswered):
            continue
    return "failed"


class Unanswered(Exception):
    """A call got no answer."""


def _attempt(party: _Surroundings) -> str:
    claimant = Claimant(party.name)
    claim = claims.acquire(
        party.store,
        REQUEST,
        claimant,
        is_settled=lambda: has_original(party.store, REQUEST),
        seconds=math.inf,
        lease=party.lease,
        pause=party.pause,
        clock=party.clock,
    )
    if claim is None:
        return "found"
    try:
        if not claim.first and has_original(party.store, REQUEST):
            return "found"
        party.ask(Operation("connect"))
        if money.find_refusal(claim.account.total(), claim.account.sum_of_run(party.name), TERMS):
            claim.release(("unanswered", "refused"))
            return "refused"
        _call(party, claim, claimant)
        return _put_original(party)
    except (StoreError, ClaimLost, Unanswered) as error:
        claim.release((type(error).__name__, ""))
        raise


def _call(party: _Surroundings, claim: Claim, claimant: Claimant) -> None:
    while True:
        claim.prove()
        party.ask(Operation("call"))
        while (answer := party.ask(Operation("await"))) == "renew":
            _renew(claim)
        if answer == "picture":
            claim.enter(claimant, money.enter_paid_call(PRICE))
            return
        if answer == "unanswered":
            claim.enter(claimant, money.Ledger(possible_extra_charges=1))
            raise Unanswered
        claim.note_wait(1.0, 1.0)  # refused, and asked to wait
        party.ask(Operation("connect"))
        claim.note_wait(0.0, 0.0)


def _renew(claim: Claim) -> None:
    """Do what the renewing thread does each time."""
    try:
        claim.renew()
    except ClaimLost:
        return


def _put_original(party: _Surroundings) -> str:
    """Store the original, as patiently as the store's faults are many."""
    while True:
        try:
            version = party.store.create(ORIGINAL, party.name.encode(), content_type="image/png")
        except StoreUnavailable:
            continue
        return "paid" if version else "paid, but another was there"
