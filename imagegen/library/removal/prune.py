"""Removal of all that is superfluous in a store, and of batches that nobody has changed for long."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from imagegen.errors import ConfigurationError
from imagegen.library.listing import list_batches
from imagegen.library.removal.delete import Removal, plan_removal
from imagegen.library.removal.paid import Paid
from imagegen.library.removal.references import find_asked
from imagegen.library.removal.superfluous import Terms, plan_superfluous
from imagegen.library.removal.unreported import find_unreported
from imagegen.paying.money import tell_spending
from imagegen.results import BatchResult
from storage import Store

_AGE = re.compile(r"([1-9][0-9]{0,3})([dw])")
_DAYS = {"d": 1, "w": 7}


@dataclass(frozen=True, slots=True)
class Pruning:
    """The removals of a pruning: that of old batches, and that of what is superfluous without them.

    ``left`` says of old batches why they stay.
    """

    batches: Removal
    superfluous: Removal
    left: tuple[str, ...]

    @property
    def removals(self) -> tuple[Removal, Removal]:
        """Both, in the order in which they have to be made."""
        return self.batches, self.superfluous

    @property
    def paid(self) -> Paid:
        """The paid originals that would go."""
        return self.batches.paid + self.superfluous.paid


def read_age(text: str) -> timedelta:
    """Return the age that ``90d`` or ``12w`` stands for. Raises ConfigurationError for anything else."""
    found = _AGE.fullmatch(text.strip().lower())
    if not found:
        raise ConfigurationError(f"--older-than {text[:40]!r} is no age; give days or weeks, such as 90d or 12w")
    return timedelta(days=int(found[1]) * _DAYS[found[2]])


def plan_pruning(
    store: Store, *, older_than: timedelta | None = None, keep_originals: bool = False, now: datetime | None = None
) -> Pruning:
    """Return what would go; removes nothing.

    Without ``older_than`` it is nothing that was paid for, and no batch. Raises ManifestDamaged when a record that
    cannot be read may need any of it, and StoreError.
    """
    now = now or datetime.now(UTC)
    old, left = _find_old(store, now - older_than) if older_than else ([], ())
    batches = plan_removal(store, *old, keep_originals=keep_originals) if old else Removal((), (), 0)
    terms = Terms(now, older_than, keep_originals)
    return Pruning(batches, plan_superfluous(store, terms, after=batches), left)


def _find_old(store: Store, before: datetime) -> tuple[list[str], tuple[str, ...]]:
    """Find the batches that were last written before a time, and the reasons for which others of them stay."""
    old: list[str] = []
    left: list[str] = []
    for batch in list_batches(store).batches:
        if _find_written(batch) >= before:
            continue
        spent = find_unreported(store, [batch], find_asked(store, batch.batch_id)).own
        if spent.is_spent:
            left.append(
                f"batch {batch.batch_id} stays: a run of it was killed, and what it spent is in no result yet "
                f"({tell_spending(spent)}, as far as the store says); run its batch file again, or delete it with "
                "--force"
            )
        else:
            old.append(batch.batch_id)
    return old, tuple(left)


def _find_written(batch: BatchResult) -> datetime:
    """Return when a batch was last written, by its manifest: a copy of it in another store is as old as itself.

    One that does not say so is never old.
    """
    try:
        written = datetime.fromisoformat(batch.created_at)
    except ValueError:
        return datetime.max.replace(tzinfo=UTC)
    return written if written.tzinfo else written.replace(tzinfo=UTC)
