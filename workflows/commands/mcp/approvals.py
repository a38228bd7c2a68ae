"""Approvals: a plan that was shown gives one, and a run of exactly that request takes it."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from imagegen.errors import ImagegenError

LIFE_SECONDS = 600.0
"""The life of an approval: enough to read a plan, too short for prices and brands to change unnoticed."""
MOST_KEPT = 100
"""Approvals that are kept; the oldest go first."""


class NotApproved(ImagegenError):
    """A run without the approval of its own plan; nothing was spent."""


@dataclass(frozen=True, slots=True)
class Approval:
    """The request that was shown, by its digest, with its price and the time at which the approval ends."""

    digest: str
    cost_usd: float
    ends_at: float


class Approvals:
    """The approvals of one session. ``clock`` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._given: dict[str, Approval] = {}

    def give(self, digest: str, cost_usd: float) -> str:
        """Return the token that approves this request at this price, once."""
        token = secrets.token_urlsafe(18)
        self._given[token] = Approval(digest, cost_usd, self._clock() + LIFE_SECONDS)
        while len(self._given) > MOST_KEPT:
            del self._given[next(iter(self._given))]
        return token

    def require(self, token: str, digest: str) -> Approval:
        """Return what a token approves. Raises NotApproved unless it is for this very request and still good."""
        approval = self._given.get(token)
        if approval is None:
            raise NotApproved("no plan gave this approval, or it was used; call plan, and pass on what it returns")
        if self._clock() >= approval.ends_at:
            del self._given[token]
            raise NotApproved(f"the approval was good for {LIFE_SECONDS / 60:.0f} minutes; plan the request again")
        if approval.digest != digest:
            raise NotApproved("the approval is that of another request; plan this one, and pass on its own approval")
        return approval

    def use_up(self, token: str) -> None:
        """Make a token worthless, as its run begins."""
        del self._given[token]
