"""A claim as it is stored: who holds it, and the account of the request."""

import json
import uuid
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from imagegen.paying.account import Account
from imagegen.paying.liveness import hold_process_lock
from imagegen.paying.money import Dollars, Ledger

Word = Annotated[str, Field(max_length=200)]
Sentence = Annotated[str, Field(max_length=20_000)]


@dataclass(frozen=True, slots=True)
class Lease:
    """The times of the protocol in seconds.

    A claim that has not changed for ``seconds`` may be taken over. Its holder changes it every ``renew`` seconds, so
    two renewals in a row may fail before the lease ends. A proof at most ``fresh`` seconds old is enough for a call.
    """

    seconds: float = 60.0
    renew: float = 20.0
    fresh: float = 20.0


LONGEST_WAIT = 86_400.0
"""Seconds; a later time whose wait was not noted, by an earlier version, is that of a clock that was wrong."""


@dataclass(frozen=True, slots=True)
class Claimant:
    """The run that wants a claim: a leaf's run (the same in all its attempts) and the batch run that started it.

    A run is not ``named`` when the platform gave it no id; each of its attempts then has a name of its own. ``batch``
    is the id of the batch, ``model`` the one that is asked and ``price_usd`` its list price (None: unknown), for those
    who add up what was spent.
    """

    run: str
    parent: str = ""
    named: bool = True
    batch: str = ""
    model: str = ""
    price_usd: float | None = None


@dataclass(frozen=True, slots=True)
class ClaimRecord:
    """A claim as it is stored.

    ``token`` is the holder's own. ``asking``: a call may be under way, so that an end of the holder leaves one call
    unaccounted for. ``not_before`` is the time, in epoch seconds, before which the provider wants no call, and ``wait``
    the seconds that it was away when it was noted. ``error`` is (kind, message) of the attempt that released the claim.
    ``model`` and ``price_usd`` say what a call is asked of, and its list price in US dollars (None: unknown, or from an
    earlier version).
    """

    token: Word
    run: Word
    parent: Word = ""
    life: Word = ""
    held: bool = True
    asking: bool = True
    beat: Annotated[int, Field(ge=0)] = 0
    not_before: Annotated[float, Field(ge=0, le=1e11)] = 0.0
    wait: Annotated[float, Field(ge=0, le=1e11)] = 0.0
    account: Account = field(default_factory=Account)
    error: tuple[Word, Sentence] | None = None
    model: Word = ""
    price_usd: Dollars | None = None

    @property
    def is_readable(self) -> bool:
        """The stored claim could be read; else this stands in for it."""
        return bool(self.token)

    def hand_over_to(self, claimant: Claimant) -> "ClaimRecord":
        """Return the record with which ``claimant`` takes this claim over, a call under way entered as possible.

        It asks for nothing yet: the account may forbid a call.
        """
        record = first_record(claimant, self.account_with_pending_call(), asking=False)
        return replace(record, not_before=self.not_before, wait=self.wait, error=self.error)

    def measure_wait(self, now: float) -> float:
        """Return the seconds for which the provider wants no call, at a time in epoch seconds; 0: none.

        They are never more than it asked for: the clock that noted them may have been ahead of this one.
        """
        left = max(self.not_before - now, 0.0)
        if self.wait:
            return min(left, self.wait)
        return left if left < LONGEST_WAIT else 0.0

    def release_for_copy(self) -> "ClaimRecord":
        """Return the record for another store, where nobody holds it: a call under way is entered as possible."""
        return replace(self, held=False, asking=False, account=self.account_with_pending_call())

    def merge(self, other: "ClaimRecord") -> "ClaimRecord":
        """Return the record with the spending and the wait that another store knows of the same request."""
        later = max(self, other, key=lambda record: record.not_before)
        return replace(
            self,
            account=self.account.merge(other.account),
            not_before=later.not_before,
            wait=later.wait,
            error=self.error or other.error,
            model=self.model or other.model,
            price_usd=other.price_usd if self.price_usd is None else self.price_usd,
        )

    def account_with_pending_call(self) -> Account:
        """Return the account, in which a call that may be under way counts as a possible extra charge."""
        if self.held and self.asking:
            return self.account.add(self.run, self.parent, Ledger(possible_extra_charges=1), at=0.0)
        return self.account


def first_record(claimant: Claimant, account: Account, *, asking: bool) -> ClaimRecord:
    """Begin a claim for ``claimant``, one attempt further in its account."""
    account = account.add(claimant.run, claimant.parent, Ledger(attempts=1), batch=claimant.batch)
    token, life = uuid.uuid4().hex, hold_process_lock()
    record = ClaimRecord(token, claimant.run, claimant.parent, life, asking=asking, account=account)
    return replace(record, model=claimant.model, price_usd=claimant.price_usd)


def load(data: bytes) -> ClaimRecord:
    """Read a claim's record. One that cannot be read counts as held by an unknown run, until its lease has passed."""
    try:
        return _shape().validate_json(data)
    except ValidationError:
        return ClaimRecord(token="", run="unknown")


@lru_cache(maxsize=1)
def _shape() -> "TypeAdapter[ClaimRecord]":
    """Build what a record is checked against; seldom needed, and it takes 12 ms."""
    return TypeAdapter(ClaimRecord)


def dump(record: ClaimRecord) -> bytes:
    """Return a record as it is stored."""
    return json.dumps(asdict(record), sort_keys=True).encode()
