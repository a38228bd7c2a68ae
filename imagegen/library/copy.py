"""A copy of batches, or of a whole store, into another store, with all that keeps a picture from being paid for again.

What was paid for goes first (originals, rejected answers, the accounts of the claims), then pictures, then the records
that lead to them, and a batch's manifest last. So whatever interrupts a copy, nothing at the destination leads to what
is not there, and the next copy goes on: what is there is read and compared, and not written again. Nothing at the
destination gets worse: bytes that differ stay and are named, and of two manifests the newer one counts, with the
pictures that only the other one has.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from imagegen import records
from imagegen.errors import ImagegenError
from imagegen.library.copying.guides import Guides
from imagegen.library.copying.payments import Payments
from imagegen.library.copying.selection import select
from imagegen.library.copying.tally import Copied, Tally
from imagegen.library.removal.delete import name_running
from imagegen.paying.claims import Lease
from imagegen.paying.run_report import find_running
from storage import Store, keys
from storage.directory import DirectoryStore

AT_ONCE = 8
"""Objects in flight, and so the most that are in memory: a few MB each."""

__all__ = ["AT_ONCE", "Copied", "CopyRefused", "copy"]


class CopyRefused(ImagegenError):
    """Nothing was copied: there is nothing, the stores are not apart, or a batch may be running in one of them."""


def copy(
    source: Store,
    destination: Store,
    batch_ids: Sequence[str] | None,
    *,
    force: bool = False,
    expire_days: int | None = None,
    lease: Lease | None = None,
    pause: Callable[[float], None] = time.sleep,
    tell: Callable[[str], None] = lambda _text: None,
) -> Copied:
    """Copy these batches, or everything (None), and read every byte back; ``tell`` is told what is being copied.

    ``force`` copies also while a batch may be running. ``expire_days`` is the age at which a rule of the source removes
    originals: those that it has removed are not missed. Raises CopyRefused before anything is written, BatchNotFound,
    ManifestDamaged, Unreadable for the report of a run, and StoreError when one of the stores does not answer.
    """
    _require_apart(source, destination)
    if not force:
        _require_idle(source, destination)
    selected = select(source, batch_ids, expire_days=expire_days)
    if selected.is_empty and not selected.list_spending(source):
        raise CopyRefused(f"nothing was copied: {source.location} holds nothing; check --store")
    before = _list_runs(source), _list_runs(destination)
    destination.require_writable()
    destination.find_conditions()
    tally = Tally(left=selected.unusable)
    payments = Payments(source, destination, selected, tally, lease or Lease(), pause)
    guides = Guides(source, destination, payments, tally, selected.redone)

    def each(name: str, subjects: Iterable[object], work: Callable[..., None]) -> None:
        _do_each(list(subjects), work, lambda count: tell(f"{count} {name}"))

    requests = sorted(selected.requests)
    each("claims to look at", requests, payments.await_claim)
    each("originals", selected.list_originals(source), payments.carry)
    each("rejected answers", selected.list_rejected(source), payments.carry)
    each("accounts", requests, payments.carry_account)
    each("accounts of what was deleted", selected.list_spending(source), payments.carry)
    each("pictures and thumbnails", selected.list_pictures(without=payments.differing), payments.carry)
    each("results", selected.results.values(), guides.carry_result)
    each("reports", selected.list_reports(source), guides.carry_report)
    each("batches", selected.manifests, guides.carry_batch)
    if not force:
        here = _list_runs(source)
        _note_runs(source, here - before[0], tally)
        _note_runs(destination, _list_runs(destination) - before[1] - here, tally)
    return tally.sum_up()


def _do_each(subjects: Sequence[object], work: Callable[..., None], tell: Callable[[int], None]) -> None:
    """Do the work on each subject, several at once, and begin no more after an error."""
    if not subjects:
        return
    tell(len(subjects))
    with ThreadPoolExecutor(AT_ONCE, "copy") as pool:
        futures = [pool.submit(work, subject) for subject in subjects]
        try:
            for future in futures:
                future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _require_apart(source: Store, destination: Store) -> None:
    """Raise CopyRefused for two stores that are one, and for directories of which one lies in the other."""
    given, to = source.location, destination.location
    problem = f"{to} is the store that is copied from" if given == to else ""
    if isinstance(source, DirectoryStore) and isinstance(destination, DirectoryStore):
        first, second = Path(given).resolve(), Path(to).resolve()
        if _lies_in(first, second) or _lies_in(second, first):
            same = first == second or (second.exists() and first.samefile(second))
            problem = f"{to} is the store that is copied from" if same else f"of {given} and {to} one lies in the other"
    if problem:
        raise CopyRefused(f"nothing was copied: {problem}; give another --to")


def _lies_in(inner: Path, outer: Path) -> bool:
    """Tell if a directory is another one or lies in it, also where that one is mounted twice."""
    return outer.exists() and any(place.exists() and place.samefile(outer) for place in (inner, *inner.parents))


def _list_runs(store: Store) -> set[str]:
    return set(records.list_keys(store, keys.REPORTS))


def _note_runs(store: Store, reports: Iterable[str], tally: Tally) -> None:
    """Name the runs of batches that began while the copy was under way."""
    for key in reports:
        tally.leave(key, f"a batch was run in {store.location} meanwhile: copy again when it is over")


def _require_idle(source: Store, destination: Store) -> None:
    """Raise CopyRefused while a batch may be running in either store: it may pay for what the other store lacks."""
    for store in (source, destination):
        if running := find_running(store):
            raise CopyRefused(
                f"nothing was copied: {name_running(running)} may be running in {store.location}, and may pay for "
                "pictures that the other store would not know of; wait for its end or stop it. A run that was killed "
                "on another machine is known to be over after 25 hours; --force copies all the same"
            )
