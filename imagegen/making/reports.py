"""Reports of batch runs: opened before the first picture, closed when the run's result accounts for its spending.

A report that is still open after its run is over belongs to a run that was killed. The next run of the batch adopts it:
what the dead run spent stands in the claims and results of the batch's pairs, and is added to the outcomes of the run
that found it. So every call is in the result of one run.
"""

import hashlib
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from imagegen import records
from imagegen.making.plan import Planned
from imagegen.making.stored import read_at_once, read_result
from imagegen.paying import claims, money
from imagegen.paying.liveness import hold_process_lock
from imagegen.paying.run_report import Report, is_over, parse
from imagegen.results import LeafResult, Summary
from storage import ObjectNotFound, Store, keys
from storage.mediatypes import JSON


@dataclass(frozen=True, slots=True)
class Adopted:
    """Spending by request hash that no result accounts for: of earlier lives of this run, and of other, dead runs."""

    own: Mapping[str, money.Ledger] = field(default_factory=dict)
    others: Mapping[str, money.Ledger] = field(default_factory=dict)

    def sum_for(self, request_hash: str) -> money.Ledger:
        """Return what was spent on one request."""
        nothing = money.Ledger()
        return self.own.get(request_hash, nothing) + self.others.get(request_hash, nothing)


class RunReport:
    """The report of one batch run, and the dead runs that it adopted."""

    def __init__(self, store: Store, batch_id: str, run_id: str) -> None:
        self._store = store
        self._key = keys.report(batch_id, _hash(run_id))
        self._report = Report(batch_id=batch_id, run_id=run_id, life=hold_process_lock(), started_at=time.time())
        self._opened = False

    def adopt(self, planned: Sequence[Planned]) -> "Adopted":
        """Take over what dead runs of the batch spent. Each is taken over by one run only. Raises StoreError."""
        self._take_over_dead()
        return self.recount(planned, {})

    def recount(self, planned: Sequence[Planned], reported: Mapping[str, money.Ledger]) -> "Adopted":
        """Add up what the adopted runs have spent by now: leaves may outlive their batch run. Raises StoreError.

        ``reported`` is the spending of this life of the run, by request, which its outcomes account for.
        """
        own: dict[str, money.Ledger] = {}
        others: dict[str, money.Ledger] = {}
        for run_id in self._report.adopts:
            is_own = run_id == self._report.run_id
            into = own if is_own else others
            for request_hash, ledger in _sum_spending(self._store, planned, run_id).items():
                rest = ledger - reported.get(request_hash, money.Ledger()) if is_own else ledger
                into[request_hash] = into.get(request_hash, money.Ledger()) + rest
        return Adopted(own, others)

    def open(self) -> None:
        """Say that this run makes pictures, and may pay, from now on."""
        self._store.replace(self._key, _dump(self._report), content_type=JSON)
        self._opened = True

    def close(self, summary: Summary) -> None:
        """Say that this run's result accounts for what it spent."""
        if self._opened:
            ended = self._report.model_copy(update={"status": "ended", "summary": summary})
            self._store.replace(self._key, _dump(ended), content_type=JSON)

    def _take_over_dead(self) -> None:
        """Take over the reports of dead runs.

        This run's report names them before theirs are closed: if it dies meanwhile, the next one finds them by it.
        """
        dead = dict(self._find_dead())
        if not dead:
            return
        self._adopt_runs(dead.values())
        mine = {key: report for key, report in dead.items() if self._take(key, report)}
        if len(mine) < len(dead):
            self._adopt_runs(mine.values())

    def _find_dead(self) -> Iterator[tuple[str, Report]]:
        for key in records.list_keys(self._store, keys.reports_of(self._report.batch_id)):
            report = self._read(key)
            if report and report.is_open and self._is_dead(report):
                yield key, report

    def _adopt_runs(self, reports: Iterable[Report]) -> None:
        named = dict.fromkeys(run_id for report in reports for run_id in report.runs)
        self._report = self._report.model_copy(update={"adopts": tuple(named)})
        self.open()

    def _take(self, key: str, report: Report) -> bool:
        """Close a dead run's report; return False when another run does so at the same moment."""
        if key == self._key:
            return True
        try:
            found = self._store.read(key)
        except ObjectNotFound:
            return False
        if parse(found.data) != report:
            return False
        taken = _dump(report.model_copy(update={"status": "adopted"}))
        return self._store.swap(key, taken, version=found.version, content_type=JSON) is not None

    def _read(self, key: str) -> Report | None:
        try:
            return parse(self._store.get(key))
        except ObjectNotFound:
            return None

    def _is_dead(self, report: Report) -> bool:
        return report.run_id == self._report.run_id or is_over(report)


def _sum_spending(store: Store, planned: Sequence[Planned], run_id: str) -> dict[str, money.Ledger]:
    """Add up what one batch run spent on each request: its results, and the rest in the claims."""
    requests: dict[str, list[Planned]] = {}
    # A retired model and its successor have pairs with one hash, and one result.
    for item in {item.leaf_hash: item for item in planned}.values():
        if not item.leaf.offline:
            requests.setdefault(item.request_hash, []).append(item)

    def add_up(items: list[Planned]) -> money.Ledger:
        made = [result for item in items if (result := read_result(store, item)) and result.run_id == run_id]
        return money.total(map(money.ledger_of, made)) + _claimed(store, items[0].request_hash, run_id, made)

    ledgers = read_at_once(add_up, list(requests.values()))
    return {name: ledger for name, ledger in zip(requests, ledgers, strict=True) if ledger != money.Ledger()}


def _claimed(store: Store, request_hash: str, run_id: str, made: Iterable[LeafResult]) -> money.Ledger:
    """Return the spending that the claim holds and no result does: that of leaf runs that recorded none."""
    record = claims.read(store, request_hash)
    if record is None:
        return money.Ledger()
    told = {result.leaf_run_id for result in made}
    entries = record.account_with_pending_call().entries
    return money.total(entry.ledger for entry in entries if entry.parent == run_id and entry.run not in told)


def _dump(report: Report) -> bytes:
    return report.model_dump_json().encode()


def _hash(run_id: str) -> str:
    return hashlib.sha256(run_id.encode()).hexdigest()[:16]
