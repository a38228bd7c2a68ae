"""All that a store's pictures have cost, added up by day, month, model or batch."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal

from imagegen import records
from imagegen.formatting import dollars
from imagegen.library.listing import list_batches
from imagegen.paying import month, run_report
from imagegen.paying.money import Ledger
from imagegen.paying.month import Month
from imagegen.paying.spending import Spending, read_all
from imagegen.records import Unreadable
from imagegen.request import catalog
from imagegen.results import BatchResult
from imagegen.settings import Settings
from storage import ObjectNotFound, Store, keys

By = Literal["day", "month", "model", "batch"]
__all__ = ["By", "Line", "Month", "describe_month", "look_at_month", "sum_costs", "tell_month"]

UNKNOWN = "unknown"
"""The name of what no record tells, of calls by earlier versions."""
ALONE = "alone"
"""The name of the pictures that no batch has asked for."""


@dataclass(frozen=True, slots=True)
class Line:
    """The calls under one name, and their cost in US dollars.

    ``ledger`` has what is known, ``possible_usd`` is what unanswered calls and those of unknown cost come to at list
    price. ``unknown_calls`` of them have no list price either.
    """

    name: str
    ledger: Ledger = field(default_factory=Ledger)
    possible_usd: float = 0.0
    unknown_calls: int = 0

    def add(self, one: Spending) -> "Line":
        """Return the line with one more leaf run's spending."""
        ledger = one.entry.ledger
        unknown = ledger.possible_extra_charges + ledger.unpriced_calls if one.price_usd is None else 0
        possible = round(self.possible_usd + one.possible_usd, 6)
        return Line(self.name, self.ledger + ledger, possible, self.unknown_calls + unknown)


def sum_costs(store: Store, by: By, *, since: float = 0.0) -> tuple[list[Line], Line]:
    """Return a line for each day, month, model or batch since a time in epoch seconds, in order; and the total.

    Days and months are those of UTC. Raises StoreError, and RecordError when an account cannot be read.
    """
    spent = [one for one in read_all(store) if one.entry.at >= since]
    spent = _complete(store, spent, by)
    lines: dict[str, Line] = {}
    total = Line("total")
    for one in sorted(spent, key=lambda one: one.entry.at):
        name = _find_name(one, by)
        lines[name] = lines.get(name, Line(name)).add(one)
        total = total.add(one)
    return list(lines.values()), total


def look_at_month(store: Store, settings: Settings) -> Month | None:
    """Return how the running month stands; None when it has no limit. Raises StoreError and RecordError."""
    limit_usd = settings.max_monthly_cost_usd
    return None if limit_usd is None else month.look(store, limit_usd)


def describe_month(now: Month | None, cost_usd: float | None = None) -> dict[str, Any] | None:
    """Return the month as JSON shows it, and if ``cost_usd`` fits into it when that is given; None for no limit."""
    if now is None:
        return None
    fits = {} if cost_usd is None else {"fits": now.can_spend(cost_usd)}
    return asdict(now) | {"left_usd": round(now.left_usd, 6)} | fits


def tell_month(now: Month) -> str:
    """Say in words how the month stands."""
    reserved = f", {dollars(now.reserved_usd)} reserved by running batches" if now.reserved_usd else ""
    return (
        f"{now.name} (UTC): {dollars(now.spent_usd)} of {dollars(now.limit_usd)} spent or possibly spent{reserved}, "
        f"{dollars(now.left_usd)} left (MAX_MONTHLY_COST_USD)"
    )


def _find_name(one: Spending, by: By) -> str:
    if by == "model":
        return one.model or UNKNOWN
    if by == "batch":
        return one.entry.batch or (UNKNOWN if one.entry.parent else ALONE)
    if not one.entry.at:
        return UNKNOWN
    moment = datetime.fromtimestamp(one.entry.at, UTC)
    return f"{moment:%Y-%m-%d}" if by == "day" else f"{moment:%Y-%m}"


def _complete(store: Store, spent: list[Spending], by: By) -> list[Spending]:
    """Find in manifests and reports what accounts of earlier versions do not tell: model, price and batch."""
    if any(not one.model for one in spent) or (by == "batch" and any(map(_lacks_batch, spent))):
        batches = list_batches(store).batches
        models, runs = _find_models(batches), _find_runs(store, batches)
        spent = [_fill_in(one, models, runs) for one in spent]
    return [replace(one, price_usd=_find_price(one.model)) if one.price_usd is None else one for one in spent]


def _lacks_batch(one: Spending) -> bool:
    return bool(one.entry.parent and not one.entry.batch)


def _fill_in(one: Spending, models: Mapping[str, str], runs: Mapping[str, str]) -> Spending:
    entry = replace(one.entry, batch=runs.get(one.entry.parent, "")) if _lacks_batch(one) else one.entry
    return replace(one, entry=entry, model=one.model or models.get(one.request_hash, ""))


def _find_models(batches: Iterable[BatchResult]) -> dict[str, str]:
    return {leaf.request_hash: leaf.served_by for batch in batches for leaf in batch.holdings()}


def _find_runs(store: Store, batches: Iterable[BatchResult]) -> dict[str, str]:
    """Return the batch of each run that a report or a manifest names."""

    def read(key: str) -> run_report.Report | None:
        try:
            return run_report.parse(records.read_bytes(store, key))
        except (Unreadable, ObjectNotFound):
            return None

    found = {batch.run_id: batch.batch_id for batch in batches}
    with ThreadPoolExecutor(records.AT_ONCE, "costs") as pool:
        for report in pool.map(read, list(records.list_keys(store, keys.REPORTS))):
            if report:
                found[report.run_id] = report.batch_id
    return found


def _find_price(model_id: str) -> float | None:
    model = catalog.find(model_id)
    return model.price_usd if model else None
