"""The world of the exploration: a store, a clock and some parties, as one value; and all that can happen to it next."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from imagegen.paying.claims import Lease
from tests.exploration.operations import CLAIM, MISSING, UNAVAILABLE, Answer, Operation
from tests.exploration.parties import Parties

PROMISED = Lease()
"""The times that are promised, whatever a broken variant goes by."""
SHORT, LONG = PROMISED.fresh + 1, PROMISED.seconds + 1
"""Seconds that pass at once: more than a proof is fresh for, and more than a lease."""
CRASHED = -1


class Budget(NamedTuple):
    """How often each thing may happen in one run."""

    crashes: int = 0
    lost: int = 0
    """Store operations that seem to fail: they took effect, or they did not."""
    short: int = 0
    long: int = 0
    asleep: int = 0
    """Machines that sleep for longer than a lease, while their own clock stands still."""
    unanswered: int = 0
    waits: int = 0
    renewals: int = 0

    def without(self, name: str) -> "Budget":
        """Return the budget after one of these."""
        return self._replace(**{name: getattr(self, name) - 1})


class Party(NamedTuple):
    """One party: where it stands, and what the promises have to know of it. Times are in seconds since the start."""

    place: int
    issued: float = 0.0
    """The time at which it wanted its present operation."""
    wrote: int = -1
    """The claim that it wrote last, as far as that took effect."""
    proof: float = 0.0
    """The time at which it wanted that write."""
    alive: float = 0.0
    """The time at which that write took effect."""
    slept: float = 0.0
    """Seconds by which its clock is behind."""
    looked: tuple[int, bool, float, int] = (-1, False, 0.0, 0)
    """The claim, the presence of the original, the time and the ends that it saw last."""


class State(NamedTuple):
    """A state of the world. ``claim`` is the number of the claim's bytes, -1 when there is no claim."""

    parties: tuple[Party, ...]
    claim: int = -1
    original: bool = False
    now: float = 0.0
    over: int = 0
    """The parties that have ended by a crash, as bits."""
    costly: int = 0
    """Calls that were sent and may be charged."""
    open: tuple[int, ...] = ()
    """Parties whose call may still be answered and stored, by what everybody can know."""
    leases: int = 0
    """Leases that passed since anything changed, while all that were left waited."""
    budget: Budget = Budget()


class Event(NamedTuple):
    """A transition: who did what, and how it went."""

    party: int
    action: str
    answer: str = ""


@dataclass
class World:
    """The rules: which events are possible in a state, and the state after each.

    With ``conditional`` false the store ignores the version given to ``swap``. With ``provable`` an end by a crash is
    proven to everybody at once, as on one machine.
    """

    parties: Parties
    count: int
    budget: Budget
    provable: bool = False
    conditional: bool = True
    contents: list[bytes] = field(default_factory=list)
    _numbers: dict[bytes, int] = field(default_factory=dict)

    def first(self) -> State:
        """Return the state before anything happened."""
        starts = tuple(Party(self.parties.start(name(party))) for party in range(self.count))
        return State(starts, budget=self.budget)

    def wanted(self, state: State, party: int) -> Operation:
        """Return the operation that a party that lives wants."""
        return self.parties.operation(state.parties[party].place)

    def next(self, state: State) -> Iterator[tuple[Event, State]]:
        """Yield all that may happen next."""
        active = waiting = 0
        for party, it in enumerate(state.parties):
            if it.place == CRASHED or (operation := self.wanted(state, party)).kind == "end":
                continue
            if operation.kind == "pause" and it.looked == self._view(state):
                waiting += 1
            else:
                active += 1
                yield from self._steps(state, party, operation)
            if state.budget.crashes:
                yield Event(party, "crash"), self._crash(state, party)
        if active:
            yield from self._time(state)
        elif waiting:
            yield Event(-1, "a lease passes"), state._replace(now=state.now + LONG, leases=state.leases + 1)

    def _time(self, state: State) -> Iterator[tuple[Event, State]]:
        if state.budget.short:
            yield Event(-1, f"{SHORT:.0f} s pass"), _later(state, SHORT, "short")
        if state.budget.long:
            yield Event(-1, f"{LONG:.0f} s pass"), _later(state, LONG, "long")
        if state.budget.asleep:
            for party, it in enumerate(state.parties):
                asleep = it._replace(slept=it.slept + LONG)
                yield Event(party, "sleeps"), _later(_with(state, party, asleep), LONG, "asleep")

    def _steps(self, state: State, party: int, operation: Operation) -> Iterator[tuple[Event, State]]:
        budget = state.budget
        if operation.kind == "await":
            yield self._answer(state, party, operation, "picture")
            for other, cost in (("unanswered", "unanswered"), ("wait", "waits"), ("renew", "renewals")):
                if getattr(budget, cost):
                    yield self._answer(state._replace(budget=budget.without(cost)), party, operation, other)
            return
        after, answer = self._done(state, party, operation)
        yield self._answer(after, party, operation, answer)
        if budget.lost and operation.kind in ("create", "swap", "read", "head"):
            failed = state._replace(budget=budget.without("lost"))
            yield self._answer(failed, party, operation, UNAVAILABLE, " (not done)")
            if operation.kind in ("create", "swap") and answer is not None:
                lost = after._replace(budget=budget.without("lost"))
                yield self._answer(lost, party, operation, UNAVAILABLE, " (done)")

    def _answer(
        self, state: State, party: int, operation: Operation, answer: Answer, note: str = ""
    ) -> tuple[Event, State]:
        """Give a party an answer, and let it run to its next operation."""
        it = state.parties[party]
        if operation.kind == "await" and answer in ("unanswered", "wait"):
            open_ = tuple(caller for caller in state.open if caller != party)
            state = state._replace(open=open_, costly=state.costly - (answer == "wait"))
        over = state.over if self.provable else 0
        place = self.parties.answer(name(party), it.place, (answer, state.now - it.slept, over))
        ended = self.parties.operation(place).kind == "end"
        leases = 0 if ended or answer == UNAVAILABLE else state.leases
        it = Party(place) if ended else it._replace(place=place, issued=state.now)
        after = _with(state, party, it)._replace(leases=leases)
        return Event(party, _shown(operation), f"{_brief(answer)}{note}"), after

    def _done(self, state: State, party: int, operation: Operation) -> tuple[State, Answer]:
        """Carry an operation out; return the state and the true answer."""
        kind, on_claim = operation.kind, operation.key == CLAIM
        if kind == "call":
            open_ = state.open if is_late(state, party) else tuple(sorted({*state.open, party}))
            state = state._replace(costly=state.costly + 1, open=open_)
        if not operation.key:
            return state, None
        state = self._look(state, party, operation)
        there = state.claim >= 0 if on_claim else state.original
        if kind == "head":
            return state, "1" if there else MISSING
        if kind == "read":
            return state, (self.contents[state.claim], str(state.claim)) if there else MISSING
        unchanged = operation.version == str(state.claim) or not self.conditional
        if not there if kind == "create" else there and unchanged:
            return self._write(state, party, operation)
        return state, None

    def _write(self, state: State, party: int, operation: Operation) -> tuple[State, Answer]:
        if operation.key != CLAIM:
            return state._replace(original=True, leases=0), "original"
        number = self._number(operation.data)
        it = state.parties[party]
        wrote = it._replace(wrote=number, proof=it.issued, alive=state.now)
        after = _with(state, party, wrote)._replace(claim=number, leases=0)
        return after._replace(open=self._still_open(state, party)), str(number)

    def _still_open(self, state: State, writer: int) -> tuple[int, ...]:
        """Leave out the callers of whom the writer of a claim may take it that they are gone."""
        if state.original:
            return state.open
        return tuple(
            caller
            for caller in state.open
            if caller == writer or state.now - state.parties[caller].alive <= PROMISED.seconds
        )

    def _look(self, state: State, party: int, operation: Operation) -> State:
        it, (claim, original, _now, _over) = state.parties[party], state.parties[party].looked
        if operation.kind == "head":
            original = state.original
        elif operation.kind == "read":
            claim = state.claim
        return _with(state, party, it._replace(looked=(claim, original, state.now, state.over)))

    def _crash(self, state: State, party: int) -> State:
        # A call that was answered and stored is done, whatever becomes of its caller.
        open_ = tuple(caller for caller in state.open if caller != party or state.original)
        return _with(state, party, Party(CRASHED))._replace(
            over=state.over | 1 << party,
            open=open_,
            budget=state.budget.without("crashes"),
        )

    def _number(self, data: bytes) -> int:
        if data not in self._numbers:
            self._numbers[data] = len(self.contents)
            self.contents.append(data)
        return self._numbers[data]

    @staticmethod
    def _view(state: State) -> tuple[int, bool, float, int]:
        return state.claim, state.original, state.now, state.over


def is_late(state: State, party: int) -> bool:
    """Tell whether a call comes so long after its proof that the claim may be another's by right."""
    return state.now - state.parties[party].issued > PROMISED.seconds - PROMISED.fresh


def name(party: int) -> str:
    """Return the name of a party: 'a' for the first."""
    return chr(ord("a") + party)


def _with(state: State, party: int, it: Party) -> State:
    return state._replace(parties=(*state.parties[:party], it, *state.parties[party + 1 :]))


def _later(state: State, seconds: float, cost: str) -> State:
    return state._replace(now=state.now + seconds, budget=state.budget.without(cost))


def _brief(answer: Answer) -> str:
    return f"version {answer[1]}" if isinstance(answer, tuple) else str(answer)


def _shown(operation: Operation) -> str:
    what = operation.key.partition("/")[0]
    return f"{operation.kind} {what}".strip()
