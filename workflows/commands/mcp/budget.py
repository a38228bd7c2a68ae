"""The cap that a person sets for a session, over all of its runs."""

from imagegen.errors import ImagegenError
from imagegen.formatting import dollars, dollars_apart

_ROUNDING = 1e-9


class NotAffordable(ImagegenError):
    """A run that the session's cap does not fit; nothing was spent."""


class Budget:
    """A cap in US dollars (None: none was set, and nothing may be spent), what is spent and what runs may still spend.

    Used by one thread only.
    """

    def __init__(self, cap_usd: float | None) -> None:
        self.cap_usd = cap_usd
        self.spent_usd = 0.0
        self.reserved_usd = 0.0

    def find_left(self) -> float:
        """Return what no run has spent or may still spend."""
        return max(0.0, (self.cap_usd or 0.0) - self.spent_usd - self.reserved_usd)

    def require(self, cost_usd: float | None, *, offline: bool) -> float:
        """Return the price of a run that fits the cap. Raises NotAffordable."""
        if offline:
            return 0.0
        if self.cap_usd is None:
            raise NotAffordable(
                "the server was started without a cap, so it makes nothing but offline pictures; who runs it can start "
                "it with --max-cost DOLLARS (0 permits what costs nothing)"
            )
        if cost_usd is None:
            raise NotAffordable("the price of a model is unknown, so no cap can hold it; choose other models")
        if cost_usd > self.find_left() + _ROUNDING:
            costs, left = dollars_apart(cost_usd, self.find_left())
            raise NotAffordable(
                f"the request would cost {costs}, and {left} is left of the cap of {dollars(self.cap_usd)} for this "
                "session; make it smaller, or ask who runs the server for a higher cap"
            )
        return cost_usd

    def reserve(self, cost_usd: float) -> None:
        """Set a run's price aside as it begins."""
        self.reserved_usd += cost_usd

    def settle(self, reserved_usd: float, spent_usd: float) -> None:
        """Enter what a run came to as it ends."""
        self.reserved_usd = max(0.0, self.reserved_usd - reserved_usd)
        self.spent_usd = round(self.spent_usd + spent_usd, 6)

    def describe(self) -> dict[str, float | None]:
        """Return it as values to show."""
        return {
            "max_cost_usd": self.cap_usd,
            "spent_usd": self.spent_usd,
            "reserved_usd": round(self.reserved_usd, 6),
            "left_usd": round(self.find_left(), 6),
        }
