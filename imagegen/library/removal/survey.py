"""All that a store holds and says, read once, to find out what in it is superfluous."""

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from imagegen import records
from imagegen.cells import Attempt
from imagegen.library.listing import list_batches
from imagegen.library.removal.references import read_redone, read_request, read_results
from imagegen.paying import claim_record, run_report
from imagegen.paying.run_report import Report
from imagegen.records import RecordError, Unreadable
from imagegen.results import BatchResult, LeafResult
from storage import ObjectInfo, ObjectNotFound, Store, keys

_LOOKED_AT = tuple(space for space in keys.SPACES if space not in (keys.PROBES, keys.SPENDING))


@dataclass
class Survey:
    """The objects of a store by key, and what its records say.

    ``reports`` are by key. ``batches``, ``asked`` (pictures of redone cells) and ``results`` (by key) are those that
    are not being removed. ``unreadable`` are the keys of records that may lead to anything.
    """

    store: Store
    there: dict[str, ObjectInfo] = field(default_factory=dict)
    reports: dict[str, Report] = field(default_factory=dict)
    batches: list[BatchResult] = field(default_factory=list)
    asked: list[Attempt] = field(default_factory=list)
    results: dict[str, LeafResult] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)

    def list_space(self, space: str) -> list[str]:
        """List the keys of a space."""
        return [key for key in self.there if key.startswith(space)]

    def list_named(self) -> set[str]:
        """List the keys of the results that batches and their redone cells lead to."""
        named = {keys.result(leaf.leaf_hash) for batch in self.batches for leaf in batch.holdings()}
        return named | {keys.result(one.leaf_hash) for one in self.asked}

    def find_requests_of(self, runs: Collection[str]) -> set[str]:
        """Find the requests in whose account one of these batch runs has an entry. Raises StoreError."""

        def is_in_use(key: str) -> bool:
            try:
                record = claim_record.load(records.read_bytes(self.store, key))
            except ObjectNotFound:
                return False
            except Unreadable:
                return True
            return record.parent in runs or any(entry.parent in runs for entry in record.account.entries)

        claims = [key for key in self.list_space(keys.CLAIMS) if key == keys.claim(read_request(key))] if runs else []
        with ThreadPoolExecutor(records.AT_ONCE, "accounts") as pool:
            return {read_request(key) for key, yes in zip(claims, pool.map(is_in_use, claims), strict=True) if yes}


def look_around(store: Store, *, without: Collection[str], taken: Collection[str]) -> Survey:
    """Read the store. ``without`` are batches that are being removed, with the keys ``taken``. Raises StoreError."""
    survey = Survey(store)
    for space in _LOOKED_AT:
        survey.there |= {found.key: found for found in records.list_objects(store, space) if found.key not in taken}
    _read_reports(survey)
    stock = list_batches(store)
    survey.batches = [batch for batch in stock.batches if batch.batch_id not in without]
    survey.asked, damaged = read_redone(store, without)
    survey.unreadable += [*(keys.manifest(name) for name in stock.damaged if name not in without), *damaged]
    found, named = read_results(store, survey.list_space(keys.RESULTS)), survey.list_named()
    survey.results = {key: one for key, one in found.items() if isinstance(one, LeafResult)}
    # What a batch's own record leads to stands in its manifest as well.
    survey.unreadable += [key for key, one in found.items() if isinstance(one, RecordError) and key not in named]
    return survey


def _read_reports(survey: Survey) -> None:
    """Read the reports. One that gives no bytes may need any account; what is no report is left alone."""

    def read(key: str) -> Report | Unreadable | None:
        try:
            return run_report.parse(records.read_bytes(survey.store, key))
        except Unreadable as error:
            return error
        except ObjectNotFound:
            return None  # deleted since it was listed

    listed = survey.list_space(keys.REPORTS)
    with ThreadPoolExecutor(records.AT_ONCE, "reports") as pool:
        for key, found in zip(listed, pool.map(read, listed), strict=True):
            if isinstance(found, Report):
                survey.reports[key] = found
            elif found:
                survey.unreadable.append(key)
