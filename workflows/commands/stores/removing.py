"""The consent to a removal and its outcome in words, for the commands that remove something."""

import sys
from collections.abc import Callable, Mapping
from typing import Annotated, Protocol, TypeVar

import typer

from imagegen.errors import ConfigurationError
from imagegen.formatting import counted, one_line, printable
from imagegen.library.removal.delete import Removal
from imagegen.library.removal.paid import Paid
from workflows.commands.consent import require_yes

YesOption = Annotated[bool, typer.Option("--yes", help="Delete paid originals without asking.")]
KeepOriginalsOption = Annotated[
    bool, typer.Option("--keep-originals", help="Leave what was paid for, so that another run pays nothing.")
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="List the objects that would be deleted; delete nothing.")
]


class Plan(Protocol):
    """A removal, planned."""

    @property
    def paid(self) -> Paid:
        """The paid originals that would go."""
        ...


P = TypeVar("P", bound=Plan)


def agree_on(plan: Callable[[], P], *, yes: bool) -> P:
    """Plan a removal, and ask whether its paid originals may go. Raises ConfigurationError without a yes.

    Without paid originals nothing is asked. After the answer, which may have taken long, it is planned anew.
    """
    planned = plan()
    if yes or not planned.paid.count:
        return planned
    _ask(planned.paid)
    again = plan()
    if again.paid.count > planned.paid.count:
        raise ConfigurationError(f"nothing was deleted: by now {again.paid.tell()} would go; type it again")
    return again


def _ask(paid: Paid) -> None:
    again = "a picture that is wanted again is paid for again"
    alone = f"{paid.tell()} would go, and {again}; --yes says that you agree, --keep-originals leaves them"
    told = f"This deletes {paid.tell()}; {again}."
    require_yes(told, unchanged="nothing was deleted", without_terminal=alone)


def report(*removals: Removal, stayed: Mapping[str, str], dry_run: bool) -> str:
    """Print the keys that went, or would go, and what did not; return the number of objects and their size in words."""
    gone = [found for removal in removals for found in removal.objects if found.key not in stayed]
    for found in gone:
        sys.stdout.write(f"{one_line(found.key)}\n")
    for reason in stayed.values():
        sys.stderr.write(f"not deleted: {printable(one_line(reason))}\n")
    for reason in (reason for removal in removals for reason in removal.needed):
        sys.stderr.write(f"kept: {one_line(reason)}\n")
    paid = sum((removal.paid for removal in removals), Paid())
    if dry_run and paid.count:
        sys.stderr.write(f"{paid.tell()} would go, which is asked for before\n")
    done = "would be deleted" if dry_run else "deleted"
    return f"{counted(len(gone), 'object')} ({sum(found.size for found in gone) / 1e6:.1f} MB) {done}"
