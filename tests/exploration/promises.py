"""The promises of the claims, each checked at every transition."""

from collections.abc import Iterator
from functools import cache

from imagegen.paying import claims
from imagegen.paying.money import Ledger
from tests.exploration.world import CRASHED, PROMISED, Event, State, World, is_late

PROMISES = {
    "P1": "no call is sent while another may still be answered and stored, nor when the original is stored, unless "
    "one of the two callers stalled: the earlier one for a lease without a sign of life, or the later one between its "
    "proof and its call for longer than a lease less the age of a fresh proof",
    "P2": "a call is sent only by who holds the newest claim, and has proven it while a proof is fresh",
    "P3": "every call that may be charged is in the account, as paid or as possible",
    "P4": "nobody waits for ever: after one lease in which nothing happens somebody gets the claim or ends",
    "P5": "the account never forgets spending",
}


def broken(world: World, before: State, event: Event, after: State) -> Iterator[str]:
    """Yield the promises that a transition breaks."""
    if event.action == "call" and _pays_twice(before, event.party):
        yield "P1"
    if after.parties != before.parties and _is_unproven(world, after, event):
        yield "P2"
    if after.costly > _charges(_sum_spending(world, after)):
        yield "P3"
    if after.leases > 1:
        yield "P4"
    if after.claim != before.claim and _forgets(world, before, after):
        yield "P5"


def _pays_twice(state: State, caller: int) -> bool:
    return bool(state.open) and not is_late(state, caller)


def _is_unproven(world: World, state: State, event: Event) -> bool:
    """Tell whether a party wants to call now that must not."""
    if event.party < 0 or (it := state.parties[event.party]).place == CRASHED:
        return False
    if it.issued != state.now or event.action == "sleeps" or world.wanted(state, event.party).kind != "call":
        return False
    newest, its = world.contents[state.claim], world.contents[it.wrote]
    return _read(newest).token != _read(its).token or state.now - it.proof > PROMISED.fresh


def _forgets(world: World, before: State, after: State) -> bool:
    new = _read(world.contents[after.claim])
    if before.claim < 0:
        return False
    old = _read(world.contents[before.claim])
    known = old.account if old.token == new.token else old.account_with_pending_call()
    spent, was = new.account.total(), known.total()
    return _charges(spent) < _charges(was) or spent.cost_usd < was.cost_usd


def _sum_spending(world: World, state: State) -> Ledger:
    return _read(world.contents[state.claim]).account_with_pending_call().total() if state.claim >= 0 else Ledger()


def _charges(ledger: Ledger) -> int:
    return ledger.paid_calls + ledger.possible_extra_charges


@cache
def _read(data: bytes) -> claims.ClaimRecord:
    return claims.load(data)
