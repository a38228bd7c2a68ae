"""``imagegen delete``: a batch, and all that nothing else in its store needs."""

import sys
from typing import Annotated

import typer

from imagegen.library import listing
from imagegen.library.removal.delete import Removal, plan_removal, remove, require_idle, require_reported
from storage import Store
from workflows.commands.completion import batch_ids
from workflows.commands.options import StoreOption, runtime_with
from workflows.commands.stores.removing import (
    DryRunOption,
    KeepOriginalsOption,
    YesOption,
    agree_on,
    report,
)

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
    keep_originals: KeepOriginalsOption = False,
    dry_run: DryRunOption = False,
    force: Annotated[
        bool, typer.Option("--force", help="Delete also while a batch may be running, or spending is unreported.")
    ] = False,
    yes: YesOption = False,
) -> None:
    """Delete a batch and all its objects, but not what another batch or picture needs. Asks before paid ones go."""
    opened = runtime_with(store).store
    name = listing.resolve(opened, batch_id)
    guarded = not (dry_run or force)
    if guarded:
        require_idle(opened)
    planned = agree_on(lambda: _plan(opened, name, keep_originals=keep_originals, guarded=guarded), yes=yes or dry_run)
    if guarded:
        require_idle(opened)  # a batch may have begun since, after its pairs' objects were found to be free
    stayed = {} if dry_run else remove(opened, planned)
    counts = report(planned, stayed=stayed, dry_run=dry_run)
    if planned.unreported.is_spent:
        sys.stderr.write(f"{_tell_lost(planned, dry_run=dry_run)}\n")
    sys.stderr.write(f"{counts}; {planned.kept} kept because others refer to them\n")
    raise typer.Exit(1 if stayed else 0)


def _plan(store: Store, name: str, *, keep_originals: bool, guarded: bool) -> Removal:
    planned = plan_removal(store, name, keep_originals=keep_originals)
    if guarded:
        require_reported(planned)
    return planned


def _tell_lost(planned: Removal, *, dry_run: bool) -> str:
    start, end = ("would be refused without --force: ", "yet") if dry_run else ("", "any more")
    return f"{start}what killed runs spent is in no result {end} ({planned.tell_unreported()})"
