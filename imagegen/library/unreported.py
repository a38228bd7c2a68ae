"""Spending that no result accounts for yet, and that deleting a claim or a report would lose.

It is the spending of runs that open reports name: the run that wrote the report, and dead ones that it adopted.
"""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from imagegen import records
from imagegen.paying import claim_record, money
from imagegen.paying.run_report import Report, read_open
from storage import ObjectNotFound, Store, keys


@dataclass(frozen=True, slots=True)
class Unreported:
    """The spending on a batch's requests that is in no result yet, as far as the claims say.

    ``own`` was spent by runs of the batch itself. ``needed_by`` gives, for the hash of a request, the open report of
    another batch whose runs have entries in the request's account. ``unreadable`` are keys of other batches' reports
    that cannot be read: what they need is unknown.
    """

    own: money.Ledger
    needed_by: Mapping[str, Report]
    unreadable: tuple[str, ...]


def find_unreported(store: Store, batch_id: str, request_hashes: Iterable[str]) -> Unreported:
    """Find what was spent on a batch's requests and is in no result. Raises StoreError."""
    reports = read_open(store)
    owners = {run: one for one in reports.values() if isinstance(one, Report) for run in one.runs}
    own, needed_by = money.Ledger(), dict[str, Report]()
    for request_hash, account in _read_accounts(store, set(request_hashes) if owners else set()).items():
        for entry in account.entries:
            owner = owners.get(entry.parent)
            if owner is None:
                continue
            if owner.batch_id == batch_id:
                own += entry.ledger
            else:
                needed_by.setdefault(request_hash, owner)
    others = (key for key, one in reports.items() if not isinstance(one, Report))
    unreadable = tuple(key for key in others if not key.startswith(keys.reports_of(batch_id)))
    return Unreported(own, needed_by, unreadable)


def _read_accounts(store: Store, request_hashes: Iterable[str]) -> dict[str, money.Account]:
    """Read the accounts of these requests, a call that may be under way among their entries."""

    def read(request_hash: str) -> money.Account:
        try:
            data = records.read_bytes(store, keys.claim(request_hash))
        except (ObjectNotFound, records.Unreadable):
            return money.Account()
        return claim_record.load(data).account_with_pending_call()

    wanted = list(request_hashes)
    with ThreadPoolExecutor(records.AT_ONCE, "accounts") as pool:
        return dict(zip(wanted, pool.map(read, wanted), strict=True))
