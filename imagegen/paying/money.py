"""The one policy of what may be spent: over the life of a request, and out of a batch's cap.

``find_refusal`` decides whether a provider may be asked now, from the account of the request, the spending of this run
and the terms. It is a pure function, and everybody asks it: an attempt, its retry in another process, the attempt after
a kill, pairs that share a request, a batch that was started again, ``generateImage`` started alone.
"""

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from typing import Annotated

from pydantic import Field

from imagegen.errors import Failure, PermanentFailure
from imagegen.formatting import counted, dollars
from imagegen.results import LeafResult

Count = Annotated[int, Field(ge=0, le=1_000_000)]
Dollars = Annotated[float, Field(ge=0, le=1_000_000)]
"""Bounds of what an account may say: it is read back from a store, which anybody may have written to."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """Spending on one request.

    ``paid_calls`` were answered with bytes, ``useless`` of them with bytes that are no usable picture;
    ``possible_extra_charges`` were sent and never answered. ``cost_usd`` is the known part of the cost in US dollars;
    ``unpriced_calls`` of the paid calls had a cost that nobody knows.
    """

    attempts: Count = 0
    paid_calls: Count = 0
    possible_extra_charges: Count = 0
    useless: Count = 0
    cost_usd: Dollars = 0.0
    unpriced_calls: Count = 0

    def __add__(self, other: "Ledger") -> "Ledger":
        return Ledger(
            self.attempts + other.attempts,
            self.paid_calls + other.paid_calls,
            self.possible_extra_charges + other.possible_extra_charges,
            self.useless + other.useless,
            round(self.cost_usd + other.cost_usd, 6),
            self.unpriced_calls + other.unpriced_calls,
        )

    def __sub__(self, other: "Ledger") -> "Ledger":
        return Ledger(
            max(0, self.attempts - other.attempts),
            max(0, self.paid_calls - other.paid_calls),
            max(0, self.possible_extra_charges - other.possible_extra_charges),
            max(0, self.useless - other.useless),
            max(0.0, round(self.cost_usd - other.cost_usd, 6)),
            max(0, self.unpriced_calls - other.unpriced_calls),
        )

    def at_least(self, other: "Ledger") -> "Ledger":
        """Return the larger of both in each figure."""
        return Ledger(*map(max, astuple(self), astuple(other)))

    @property
    def is_spent(self) -> bool:
        """Something was spent, or may have been."""
        return bool(self.paid_calls or self.possible_extra_charges or self.cost_usd or self.unpriced_calls)

    def at_list_price(self, price_usd: float) -> float:
        """The dollars that this may have cost at most: each call counts at ``price_usd`` at least.

        A provider's answer says what a call cost, and an answer may be wrong.
        """
        priced = max(self.cost_usd, (self.paid_calls - self.unpriced_calls) * price_usd)
        return priced + (self.possible_extra_charges + self.unpriced_calls) * price_usd


def enter_paid_call(cost_usd: float | None, *, useless: bool = False) -> Ledger:
    """Enter one call that was answered with bytes, at ``cost_usd`` (None: unknown)."""
    return Ledger(paid_calls=1, useless=int(useless), cost_usd=cost_usd or 0.0, unpriced_calls=int(cost_usd is None))


def enter_failure(failure: Failure) -> Ledger:
    """Enter what a failed call cost or may have cost. An answer that was paid for and failed was useless."""
    answered = failure.paid_calls > 0 or failure.cost_usd is None or failure.cost_usd > 0
    useless = int(answered or failure.kind == "no_picture")
    return Ledger(
        paid_calls=failure.paid_calls,
        possible_extra_charges=failure.possible_extra_charges,
        useless=useless,
        cost_usd=failure.cost_usd or 0.0,
        unpriced_calls=int(failure.cost_usd is None),
    )


def ledger_of(leaf: LeafResult) -> Ledger:
    """Return the spending that an outcome reports."""
    return Ledger(
        attempts=leaf.attempts,
        paid_calls=leaf.paid_calls,
        possible_extra_charges=leaf.possible_extra_charges,
        cost_usd=leaf.known_cost_usd if leaf.cost_usd is None else leaf.cost_usd,
        unpriced_calls=leaf.unpriced_calls,
    )


def total(ledgers: Iterable[Ledger]) -> Ledger:
    """Add ledgers up."""
    summed = Ledger()
    for ledger in ledgers:
        summed += ledger
    return summed


def tell_spending(ledger: Ledger) -> str:
    """Say in words what was spent and may have been spent."""
    paid = f"{counted(ledger.paid_calls, 'call')} paid, {dollars(ledger.cost_usd)} by what is known"
    lost = ledger.possible_extra_charges
    return f"{paid}, and {counted(lost, 'more call')} that may have been charged" if lost else paid


@dataclass(frozen=True, slots=True)
class Terms:
    """The limits under which a request may be asked for.

    ``price_usd`` is what one more call costs at list price (None: unknown); ``allowance_usd`` is what this run may
    spend on the request (None: no cap). ``retry_unanswered`` and ``retry_useless`` say how many calls that were not
    answered, or answered with something useless, may each be followed by another, over the life of the request.
    """

    price_usd: float | None
    allowance_usd: float | None
    retry_unanswered: int
    retry_useless: int
    spent_before_usd: float = 0.0
    """The part of the pair's share that earlier leaf runs have spent, for the words of a refusal."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The reason why nothing is asked: a stable word, and plain words that say what to do."""

    kind: str
    message: str


class Refused(PermanentFailure):
    """The policy permits no call. ``cause`` is the kind and message of the failure before it; None: none is known."""

    def __init__(self, refusal: Refusal, cause: tuple[str, str] | None) -> None:
        super().__init__(refusal.kind, f"{cause[1]} {refusal.message}" if cause else refusal.message)
        self.cause = cause


def find_refusal(account: Ledger, mine: Ledger, terms: Terms) -> Refusal | None:
    """Refuse one more call, or return None when it may be sent.

    ``account`` is all that was ever spent on the request, ``mine`` the part that is held against the allowance.
    """
    if account.possible_extra_charges > terms.retry_unanswered:
        return Refusal(
            "unanswered",
            f"{counted(account.possible_extra_charges, 'call')} for this picture got no answer and may have been "
            f"charged. It is not sent again: RETRY_UNANSWERED allows {terms.retry_unanswered}. Raise it to ask once "
            "more for this very picture, or ask for another one with another variant (--variant).",
        )
    if account.useless > terms.retry_useless:
        return Refusal(
            "bad_picture",
            f"{counted(account.useless, 'answer')} for this picture could not be used, and each was paid for; what the "
            f"store took of them is kept under rejected/. It is not bought again: RETRY_USELESS allows "
            f"{terms.retry_useless}. Raise it, or ask for another picture with another variant (--variant).",
        )
    if terms.allowance_usd is None:
        return None
    return find_overspending(mine, terms.price_usd, terms.allowance_usd, terms.spent_before_usd)


ROUNDING = 1e-9
"""Dollars by which sums of prices may miss each other in binary."""


def find_overspending(
    mine: Ledger, price_usd: float | None, allowance_usd: float, spent_before_usd: float = 0.0
) -> Refusal | None:
    """Refuse one more call when it would go beyond an allowance of which ``mine`` is spent, or return None.

    ``spent_before_usd`` was spent before the allowance was what it is; it is added to both figures of the message.
    """
    if price_usd is None:
        return Refusal("cap_reached", "the price of this model is unknown, so it cannot be held to a cost cap")
    spent = mine.at_list_price(price_usd)
    if spent + price_usd <= allowance_usd + ROUNDING:
        return None
    return Refusal(
        "cap_reached",
        f"Another call at {dollars(price_usd)} would go beyond the cost cap: {dollars(spent + spent_before_usd)} of "
        f"the {dollars(allowance_usd + spent_before_usd)} that this picture may cost are spent or possibly spent. "
        "Raise the cap (MAX_BATCH_COST_USD, MAX_MONTHLY_COST_USD, --max-cost) and run the batch again.",
    )


OVERRUN = 0.05
"""The share of a cap by which calls may exceed it that cost more than their list prices: the tokens of a prompt are
some two per cent of a picture's price, and a cap that just fits a batch should not lose its last picture to them."""
OVERDRAWN = (
    "the pictures before this one cost more than their list prices, and the cost cap leaves nothing for it. Raise the "
    "cap (MAX_BATCH_COST_USD, MAX_MONTHLY_COST_USD, --max-cost) and run the batch again."
)


class Reservations:
    """A cap in US dollars, out of which allowances are granted; what is granted and not spent comes back.

    At every moment the sum of what was spent, possibly spent and still granted is at most ``cap_usd`` (None: no cap).
    """

    def __init__(self, cap_usd: float | None, *, spent_usd: float = 0.0) -> None:
        self.cap_usd = cap_usd
        self.reserved_usd = 0.0
        """All that was ever granted."""
        self._left = (cap_usd or 0.0) - spent_usd

    @property
    def is_overdrawn(self) -> bool:
        """Calls cost so much more than their list prices that they used up what is granted to others."""
        return self.cap_usd is not None and self._left < -self.cap_usd * OVERRUN

    def can_grant(self, dollars_wanted: float) -> bool:
        """Tell whether so much is left."""
        return self.cap_usd is None or dollars_wanted <= self._left + ROUNDING

    def grant(self, dollars_wanted: float) -> float | None:
        """Set an allowance aside; None when there is no cap. Raises ValueError when there is not so much left."""
        if self.cap_usd is None:
            return None
        if not self.can_grant(dollars_wanted):
            raise ValueError(f"{dollars_wanted} is more than the {self._left} that are left of the cap")
        self._left -= dollars_wanted
        self.reserved_usd += dollars_wanted
        return dollars_wanted

    def settle(self, granted: float | None, spent_usd: float) -> None:
        """Take back what of an allowance was not spent."""
        if granted is not None:
            self._left += granted - spent_usd
