"""Paid originals among what is to be removed: how many there are, and what they have cost."""

from collections.abc import Iterable
from dataclasses import dataclass

from imagegen.formatting import counted, dollars
from imagegen.paying.money import Ledger, ledger_of
from imagegen.results import LeafResult
from storage import keys


@dataclass(frozen=True, slots=True)
class Paid:
    """Originals that were paid for: their number, the US dollars that results name, and how many have no known cost."""

    count: int = 0
    cost_usd: float = 0.0
    unknown: int = 0

    def __add__(self, other: "Paid") -> "Paid":
        cost = round(self.cost_usd + other.cost_usd, 6)
        return Paid(self.count + other.count, cost, self.unknown + other.unknown)

    def tell(self) -> str:
        """Say in words how many they are and what they have cost."""
        cost = f"{dollars(self.cost_usd)} by their results"
        lacking = f", and what {self.unknown} of them cost is not known" if self.unknown else ""
        return f"{counted(self.count, 'paid original')} ({cost}{lacking})"


def find_paid(gone: Iterable[str], leaves: Iterable[LeafResult]) -> Paid:
    """Sum up the originals among these keys, by the outcomes that name them; an offline painter's cost nothing.

    An original that no outcome names counts as paid for, at an unknown cost.
    """
    wanted = {key for key in gone if key.startswith(keys.ORIGINALS)}
    told: dict[str, dict[str, Ledger]] = {key: {} for key in wanted}
    offline: set[str] = set()
    for leaf in leaves:
        key = keys.original(leaf.request_hash)
        if key in wanted:
            # A manifest's copy of an outcome may say that it was reused, and then the record says what it cost.
            named = told[key]
            named[leaf.leaf_hash] = ledger_of(leaf).at_least(named.get(leaf.leaf_hash, Ledger()))
            offline |= {key} if leaf.offline else set()
    return sum((_sum_up(told[key].values()) for key in sorted(wanted - offline)), Paid())


def _sum_up(ledgers: Iterable[Ledger]) -> Paid:
    spent = sum(ledgers, Ledger())
    return Paid(1, spent.cost_usd, int(not spent.paid_calls or spent.unpriced_calls > 0))
