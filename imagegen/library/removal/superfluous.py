"""Objects of a store that nothing needs any more, apart from batches that are no longer wanted.

Nothing that has changed within the last 25 hours is superfluous: a run, a copy or a picture made alone that is under
way may be about to refer to it, and a claim that has not changed for so long is held by nobody.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from imagegen.library.listing import ManifestDamaged
from imagegen.library.removal.delete import Removal
from imagegen.library.removal.paid import find_paid
from imagegen.library.removal.references import list_references, list_references_of_asked, order, read_request
from imagegen.library.removal.survey import Survey, look_around
from imagegen.paying.run_report import LONGEST_RUN, Report
from storage import Store, keys

SETTLED = timedelta(seconds=LONGEST_RUN)
"""The age from which on nobody may still be about to need an object that nothing refers to."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms under which something may go at ``now``.

    ``paid_age`` is the age at which originals and rejected answers go that nothing refers to, and killed runs of
    batches that were never finished (None: they stay). ``keep_originals`` leaves what was paid for in any case.
    """

    now: datetime
    paid_age: timedelta | None = None
    keep_originals: bool = False


def plan_superfluous(store: Store, terms: Terms, *, after: Removal) -> Removal:
    """Return what nothing needs any more ``after`` another removal; removes nothing.

    Raises ManifestDamaged when a record that cannot be read may need any of it.
    """
    survey = look_around(store, without=after.batch_ids, taken={found.key for found in after.objects})
    judgement = _Judgement(survey, terms)
    gone = set(judgement.list_gone())
    if gone and survey.unreadable:
        raise ManifestDamaged(
            f"nothing was deleted: {', '.join(survey.unreadable[:5])} in {store.location} cannot be read, so what "
            "it refers to is unknown; 'imagegen verify' says what to do about it"
        )
    objects = tuple(survey.there[key] for key in sorted(gone, key=order))
    paid = find_paid(gone, survey.results.values())
    return Removal((), objects, 0, paid=paid)


@dataclass
class _Judgement:
    """The answer to what of a survey is superfluous."""

    survey: Survey
    terms: Terms

    def list_gone(self) -> Iterator[str]:
        """List the keys that may go."""
        yield from self._superseded
        yield from self._select(keys.IMAGES, lambda key: key not in self._needed)
        yield from self._select(keys.THUMBNAILS, lambda key: key not in self._needed)
        yield from self._unneeded_paid
        yield from self._select(keys.CLAIMS, self._is_done)
        yield from self._select(keys.REPORTS, self._says_nothing_new)
        yield from self._select(keys.BATCHES, self._was_never_made)

    def _select(self, space: str, is_superfluous: Callable[[str], bool]) -> Iterator[str]:
        """List the keys of a space that have settled and are superfluous."""
        return (key for key in self.survey.list_space(space) if self._has_settled(key) and is_superfluous(key))

    def _has_settled(self, key: str, age: timedelta = SETTLED) -> bool:
        """Tell if an object has not changed for so long."""
        return self.terms.now - self.survey.there[key].modified >= max(age, SETTLED)

    @cached_property
    def _unreported(self) -> dict[str, Report]:
        """The runs, by id, whose spending is in no result yet; their reports are open."""
        reports = self.survey.reports.items()
        return {run: one for key, one in reports if one.is_open and not self._is_given_up(key, one) for run in one.runs}

    def _is_given_up(self, key: str, report: Report) -> bool:
        """Tell if a run was killed so long ago, before its batch had a manifest, that nobody is to run it again."""
        age = self.terms.paid_age
        if age is None or not report.is_open or report.may_run or self._has_manifest(report.batch_id):
            return False
        return self._has_settled(key, age)

    def _has_manifest(self, batch_id: str) -> bool:
        return keys.manifest(batch_id) in self.survey.there

    @cached_property
    def _superseded(self) -> set[str]:
        """The results that no batch leads to, of no picture made alone and of no run that is yet to be reported."""
        named = self.survey.list_named()

        def is_superseded(key: str) -> bool:
            leaf = self.survey.results.get(key)
            return leaf is not None and not (key in named or leaf.made_alone or leaf.run_id in self._unreported)

        return set(self._select(keys.RESULTS, is_superseded))

    @cached_property
    def _accounts_in_use(self) -> Collection[str]:
        """The requests in whose account an unreported run has an entry."""
        return self.survey.find_requests_of(self._unreported)

    @cached_property
    def _needed(self) -> set[str]:
        """The keys that batches, redone cells and results that stay lead to, and the originals of accounts in use."""
        leaves = [leaf for batch in self.survey.batches for leaf in batch.holdings()]
        leaves += [leaf for key, leaf in self.survey.results.items() if key not in self._superseded]
        asked = list_references_of_asked(self.survey.store, self.survey.asked)
        return {*list_references(leaves), *asked, *map(keys.original, self._accounts_in_use)}

    @cached_property
    def _unneeded_paid(self) -> set[str]:
        """The originals and rejected answers that are old enough, of requests that nothing refers to."""
        age = self.terms.paid_age
        if age is None or self.terms.keep_originals:
            return set()
        paid = self.survey.list_space(keys.ORIGINALS) + self.survey.list_space(keys.REJECTED)
        unneeded = (key for key in paid if keys.original(read_request(key)) not in self._needed)
        return {key for key in unneeded if self._has_settled(key, age)}

    def _is_done(self, key: str) -> bool:
        """Tell if a claim has done its work: its original is stored, or nothing refers to its request any more.

        A request's rejected answers are found by its claim, before anything is paid for it again.
        """
        request = read_request(key)
        if request in self._accounts_in_use:
            return False
        original = keys.original(request)
        if self._stays(original) and self.survey.there[original].size:
            return True
        answers = (keys.rejected(request, number) for number in range(keys.REJECTED_KEPT))
        return original not in self._needed and not any(map(self._stays, answers))

    def _stays(self, key: str) -> bool:
        return key in self.survey.there and key not in self._unneeded_paid

    def _says_nothing_new(self, key: str) -> bool:
        """Tell if a report is of no use: its run has spent nothing, or nothing that its batch's cost is added up from.

        'imagegen list' adds up what the runs of a batch have paid.
        """
        report = self.survey.reports.get(key)
        if report is None or report.is_open:
            return report is not None and self._is_given_up(key, report)
        paid = report.summary
        if paid is None or not self._has_manifest(report.batch_id):
            return True
        return paid.cost_usd == 0 and not (paid.paid_calls or paid.possible_extra_charges)

    def _was_never_made(self, key: str) -> bool:
        """Tell if a page or a note of redone cells belongs to a batch that has no manifest and is not to get one."""
        batch_id = key.split("/")[1]
        return not self._has_manifest(batch_id) and all(one.batch_id != batch_id for one in self._unreported.values())
