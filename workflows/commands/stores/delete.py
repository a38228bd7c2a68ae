"""``imagegen delete``: a batch, and all that nothing else in its store needs."""

import sys
from typing import Annotated

import typer

from imagegen.formatting import counted, one_line, printable
from imagegen.library import listing
from imagegen.library.delete import Removal, plan_removal, remove, require_idle, require_reported
from workflows.commands.completion import batch_ids
from workflows.commands.options import StoreOption, runtime_with

BatchId = Annotated[
    str, typer.Argument(help="A batch id, or its first characters.", show_default=False, autocompletion=batch_ids)
]


def register(cli: typer.Typer) -> None:
    """Add the command."""
    cli.command()(delete)


def delete(
    batch_id: BatchId,
    *,
    store: StoreOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List the objects that would be deleted; delete nothing.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Delete also while a batch may be running, or spending is unreported.")
    ] = False,
) -> None:
    """Delete a batch and all its objects, including paid originals, but not what another batch or picture needs."""
    opened = runtime_with(store).store
    name = listing.resolve(opened, batch_id)
    guarded = not (dry_run or force)
    if guarded:
        require_idle(opened)
    planned = plan_removal(opened, name)
    if guarded:
        require_idle(opened)  # a batch may have begun since, after its pairs' objects were found to be free
        require_reported(planned)
    stayed = {} if dry_run else remove(opened, planned)
    gone = [found for found in planned.objects if found.key not in stayed]
    for found in gone:
        sys.stdout.write(f"{one_line(found.key)}\n")
    for reason in stayed.values():
        sys.stderr.write(f"not deleted: {printable(one_line(reason))}\n")
    for reason in planned.needed:
        sys.stderr.write(f"kept: {one_line(reason)}\n")
    if planned.unreported.is_spent:
        sys.stderr.write(f"{_tell_lost(planned, dry_run=dry_run)}\n")
    done = "would be deleted" if dry_run else "deleted"
    sys.stderr.write(
        f"{counted(len(gone), 'object')} ({sum(found.size for found in gone) / 1e6:.1f} MB) {done}; "
        f"{planned.kept} kept because others refer to them\n"
    )
    raise typer.Exit(1 if stayed else 0)


def _tell_lost(planned: Removal, *, dry_run: bool) -> str:
    start, end = ("would be refused without --force: ", "yet") if dry_run else ("", "any more")
    return f"{start}what killed runs spent is in no result {end} ({planned.tell_unreported()})"
