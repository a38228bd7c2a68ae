"""Before anything is spent: what a batch consists of, what is stored of it already, what the rest would cost."""

from collections.abc import Iterable
from dataclasses import dataclass

from imagegen.errors import ConfigurationError
from imagegen.making.plan import Planned, plan, require_keys
from imagegen.making.runtime import Runtime
from imagegen.making.stored import Known, look_up
from imagegen.overlay.text.fonts import FONTS
from imagegen.request.batch import Batch, Leaf, batch_id
from imagegen.settings import Settings


@dataclass(frozen=True, slots=True)
class Prepared:
    """A valid batch, planned and looked up. ``planned`` has each distinct pair once, in order."""

    batch: Batch
    batch_id: str
    planned: dict[Leaf, Planned]
    known: Known

    def missing(self) -> list[Planned]:
        """The pairs without a finished picture."""
        return [item for item in self.planned.values() if item.leaf_hash not in self.known.results]

    def unpaid(self) -> list[Planned]:
        """What a provider has to be asked for: one pair per request without a stored original."""
        requests = {item.request_hash: item for item in self.missing()}
        return [item for request_hash, item in requests.items() if request_hash not in self.known.originals]

    def cost_usd(self) -> float | None:
        """What the unpaid pairs would cost at list price; None when a price is unknown."""
        return total(item.price_usd for item in self.unpaid())


def prepare(batch: Batch, runtime: Runtime) -> Prepared:
    """Plan a batch and look its pairs up in the store. Reads only. Raises StoreError, ConfigurationError.

    The fonts are found here, before the leaves' threads start, and a missing one is said once.
    """
    for font in sorted({leaf.font for leaf in batch.distinct()}):
        FONTS[font].path()
    planned = {leaf: plan(leaf, runtime.settings) for leaf in batch.distinct()}
    name = batch_id(batch, [planned[leaf].leaf_hash for row in batch.leaves for leaf in row])
    return Prepared(batch, name, planned, look_up(runtime.store, name, list(planned.values())))


def require_affordable(prepared: Prepared, settings: Settings) -> None:
    """Raise ConfigurationError when a key is missing or the unpaid pairs would cost more than the cap allows."""
    unpaid = prepared.unpaid()
    require_keys(unpaid, settings)
    caps = [cap for cap in (prepared.batch.max_cost_usd, settings.max_batch_cost_usd) if cap is not None]
    if not caps or not unpaid:
        return
    cap = min(caps)
    cost = prepared.cost_usd()
    if cost is None:
        unknown = sorted({item.served_by for item in unpaid if item.price_usd is None})
        raise ConfigurationError(
            f"the price of {', '.join(unknown)} is unknown, so the batch cannot be held to ${cap:.2f}; "
            "remove the cost cap (MAX_BATCH_COST_USD, --max-cost) or choose models with a known price"
        )
    if cost > cap:
        raise ConfigurationError(
            f"{len(unpaid)} pictures would cost about ${cost:.2f}, more than the cap of ${cap:.2f}; "
            "raise the cap (MAX_BATCH_COST_USD, --max-cost) or make the batch smaller"
        )


def total(costs: Iterable[float | None]) -> float | None:
    """The sum in US dollars; None as soon as one part is unknown."""
    known = 0.0
    for cost in costs:
        if cost is None:
            return None
        known += cost
    return round(known, 6)
