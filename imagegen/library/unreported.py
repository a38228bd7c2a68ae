"""Spending that no result accounts for yet, and that deleting a claim or a report would lose.

It is the spending of runs that open reports name: the run that wrote the report, and dead ones that it adopted.
"""

from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from imagegen import records
from imagegen.cells import Attempt
from imagegen.paying import claim_record, money
from imagegen.paying.account import Account
from imagegen.paying.run_report import Report, read_open
from imagegen.results import BatchResult, LeafResult
from storage import ObjectNotFound, Store, keys


@dataclass(frozen=True, slots=True)
class Unreported:
    """The spending on a batch's requests that is in no batch's result yet, as far as the store says.

    ``own`` was spent by runs of the batch itself: its recorded pairs say it, and for those without a record the claims.
    ``needed_by`` gives, for the hash of a request, the open report of
    another batch whose runs have entries in the request's account. ``unreadable`` are keys of other batches' reports
    that cannot be read: what they need is unknown.
    """

    own: money.Ledger
    needed_by: Mapping[str, Report]
    unreadable: tuple[str, ...]


def find_unreported(store: Store, batch: BatchResult, asked: Iterable[Attempt] = ()) -> Unreported:
    """Find what was spent on a batch's requests and is in no result. Raises StoreError.

    ``asked`` are the pictures that were asked for in its redone cells.
    """
    reports = read_open(store)
    owners = {run: one for one in reports.values() if isinstance(one, Report) for run in one.runs}
    pairs = [(leaf.leaf_hash, leaf.request_hash) for leaf in batch.holdings()]
    pairs += [(one.leaf_hash, one.request_hash) for one in asked]
    recorded = _read_results(store, batch.batch_id, {one for one, _ in pairs}, owners) if owners else ()
    accounts = _read_accounts(store, {one for _, one in pairs}) if owners else {}
    told = {leaf.leaf_run_id for leaf in recorded}
    own, needed_by = money.total(map(money.ledger_of, recorded)), dict[str, Report]()
    for request_hash, account in accounts.items():
        for entry in account.entries:
            owner = owners.get(entry.parent)
            if owner and owner.batch_id != batch.batch_id:
                needed_by.setdefault(request_hash, owner)
            elif owner and entry.run not in told:
                own += entry.ledger
    others = (key for key, one in reports.items() if not isinstance(one, Report))
    unreadable = tuple(key for key in others if not key.startswith(keys.reports_of(batch.batch_id)))
    return Unreported(own, needed_by, unreadable)


def _read_results(
    store: Store, batch_id: str, wanted: Collection[str], owners: Mapping[str, Report]
) -> list[LeafResult]:
    """Read the records of these leaf hashes that the batch's own unreported runs have made."""
    own = {run for run, report in owners.items() if report.batch_id == batch_id}
    if not own:
        return []
    with ThreadPoolExecutor(records.AT_ONCE, "results") as pool:
        found = pool.map(lambda name: records.find_result(store, name), wanted)
        return [leaf for leaf in found if leaf and leaf.run_id in own]


def _read_accounts(store: Store, wanted: Collection[str]) -> dict[str, Account]:
    """Read the accounts of these requests, a call that may be under way among their entries."""

    def read(request_hash: str) -> Account:
        try:
            data = records.read_bytes(store, keys.claim(request_hash))
        except (ObjectNotFound, records.Unreadable):
            return Account()
        return claim_record.load(data).account_with_pending_call()

    with ThreadPoolExecutor(records.AT_ONCE, "accounts") as pool:
        return dict(zip(wanted, pool.map(read, wanted), strict=True))
