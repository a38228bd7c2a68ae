"""The account of one request: an entry for each leaf run that asked for it, with what it has spent and when."""

import time
from dataclasses import dataclass, field, replace
from typing import Annotated

from pydantic import Field

from imagegen.paying.money import Ledger, total

Id = Annotated[str, Field(max_length=200)]
EpochSeconds = Annotated[float, Field(ge=0, le=1e11)]
"""Bounds of what an account may say: it is read back from a store, which anybody may have written to."""

KEPT_ENTRIES = 20
"""Entries of an account; older ones are added up into one, so that a claim stays small whatever happens."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The spending of one leaf's run on a request.

    ``parent`` is the batch run that started it and ``batch`` that run's batch, both empty for a leaf alone. ``at`` is
    when the run last began or paid, in epoch seconds; it is 0 in entries of older versions.
    """

    run: Id
    parent: Id
    ledger: Ledger = field(default_factory=Ledger)
    batch: Id = ""
    at: EpochSeconds = 0.0


@dataclass(frozen=True, slots=True)
class Account:
    """All that was spent on one request, by whomever: an entry for each leaf's run."""

    entries: tuple[Entry, ...] = ()

    def total(self) -> Ledger:
        """Add up the spending of all runs."""
        return total(entry.ledger for entry in self.entries)

    def sum_of_run(self, run: str) -> Ledger:
        """Add up the spending of one leaf's run, in all of its attempts."""
        return total(entry.ledger for entry in self.entries if entry.run == run)

    def sum_of_parent(self, parent: str) -> Ledger:
        """Add up the spending of all leaves that one batch run started."""
        return total(entry.ledger for entry in self.entries if entry.parent == parent)

    def add(self, run: str, parent: str, spent: Ledger, *, batch: str = "", at: float | None = None) -> "Account":
        """Return the account with more spending by a leaf's run, at a time in epoch seconds (None: now)."""
        at = time.time() if at is None else at
        for number, entry in enumerate(self.entries):
            if (entry.run, entry.parent) == (run, parent):
                more = replace(entry, ledger=entry.ledger + spent, batch=entry.batch or batch, at=max(entry.at, at))
                return Account((*self.entries[:number], more, *self.entries[number + 1 :]))
        return Account((*_shorten(self.entries), Entry(run, parent, spent, batch, at)))

    def merge(self, other: "Account") -> "Account":
        """Return both accounts as one; of an entry that both have, each figure counts that is the larger one.

        Runs that one of them has added up in the meantime are counted twice, which errs on the side of not paying.
        """
        found = {(entry.run, entry.parent): entry for entry in self.entries}
        for entry in other.entries:
            own = found.get((entry.run, entry.parent))
            found[entry.run, entry.parent] = join(own, entry) if own else entry
        return Account(tuple(found.values()))


def join(one: Entry, other: Entry) -> Entry:
    """Return two versions of one entry as one: of each figure the larger one."""
    ledger, batch = one.ledger.at_least(other.ledger), one.batch or other.batch
    return replace(one, ledger=ledger, batch=batch, at=max(one.at, other.at))


def _shorten(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Add the oldest entries up into one when there are too many."""
    if len(entries) < KEPT_ENTRIES:
        return entries
    older, kept = entries[: 2 - KEPT_ENTRIES], entries[2 - KEPT_ENTRIES :]
    last = max(entry.at for entry in older)
    return (Entry("earlier", "", total(entry.ledger for entry in older), at=last), *kept)
