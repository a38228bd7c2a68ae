"""The search: every state that can be reached, each once, the nearest first, so that a trace is as short as can be."""

import time
from collections import deque
from dataclasses import dataclass, field

from imagegen.paying.claims import Lease
from tests.exploration.parties import Parties, named
from tests.exploration.promises import PROMISES, broken
from tests.exploration.world import PROMISED, Budget, Event, State, World, name


@dataclass(frozen=True)
class Bound:
    """The size of an exploration: so many parties, and how often each fault may happen in one run of all of them."""

    parties: int
    budget: Budget
    provable: bool = False
    fine: bool = False

    def __str__(self) -> str:
        faults = ", ".join(f"{count} {kind}" for kind, count in self.budget._asdict().items() if count)
        extra = ["ends are proven"] * self.provable + ["each look at a clock is a step"] * self.fine
        return f"{self.parties} parties; {'; '.join([faults or 'no faults', *extra])}"


@dataclass
class Exploration:
    """An exploration's result. ``traces`` holds the shortest way to break each promise that can be broken."""

    bound: Bound
    states: int = 0
    transitions: int = 0
    places: int = 0
    ends: int = 0
    """States in which nothing can happen any more."""
    seconds: float = 0.0
    traces: dict[str, list[str]] = field(default_factory=dict)

    def __str__(self) -> str:
        figures = (
            f"{self.states:,} states, {self.transitions:,} transitions, {self.ends:,} ends, "
            f"{self.places:,} places in the code, {self.seconds:.1f} s"
        )
        found = [
            f"{promise} broken: {PROMISES[promise]}\n" + "\n".join(f"    {line}" for line in trace)
            for promise, trace in sorted(self.traces.items())
        ]
        return "\n".join([f"{self.bound}: {figures}", *found])


Ways = dict[State, tuple[State, Event] | None]


def explore(
    bound: Bound, *, lease: Lease = PROMISED, conditional: bool = True, most_states: int = 50_000_000
) -> Exploration:
    """Visit every state within the bound. A state behind a broken promise is not entered.

    ``lease`` holds the times that the parties go by; ``conditional`` says whether the store honours the condition of
    ``swap``. Raises OverflowError beyond ``most_states``.
    """
    started = time.monotonic()
    parties = Parties(lease, fine=bound.fine)
    world = World(parties, bound.parties, bound.budget, bound.provable, conditional)
    found = Exploration(bound)
    with named():
        _visit(world, found, most_states)
    found.places, found.seconds = len(parties), time.monotonic() - started
    return found


def _visit(world: World, found: Exploration, most_states: int) -> None:
    first = world.first()
    ways: Ways = {first: None}
    queue = deque([first])
    while queue:
        state, moved = queue.popleft(), False
        for event, after in world.next(state):
            moved = True
            found.transitions += 1
            if wrong := list(broken(world, state, event, after)):
                for promise in wrong:
                    if promise not in found.traces:
                        found.traces[promise] = [*_trace(ways, state), _line(event, after)]
            elif after not in ways:
                ways[after] = (state, event)
                queue.append(after)
        found.ends += not moved
        if len(ways) > most_states:
            raise OverflowError(f"more than {most_states:,} states")
    found.states = len(ways)


def _trace(ways: Ways, state: State) -> list[str]:
    lines = []
    while way := ways[state]:
        lines.append(_line(way[1], state))
        state = way[0]
    return lines[::-1]


def _line(event: Event, after: State) -> str:
    who = name(event.party) if event.party >= 0 else "time"
    return f"{after.now:5.0f} s  {who}: {event.action}{f' → {event.answer}' if event.answer else ''}"
