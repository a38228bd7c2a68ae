"""``imagegen prune``: all that is superfluous in a store, and old batches when asked to."""

import sys
from typing import Annotated

import typer

from imagegen.formatting import one_line
from imagegen.library.removal.delete import remove, require_idle
from imagegen.library.removal.prune import plan_pruning, read_age
from workflows.commands.options import StoreOption, runtime_with
from workflows.commands.stores.removing import DryRunOption, KeepOriginalsOption, YesOption, agree_on, report


def register(cli: typer.Typer) -> None:
    """Add the command."""
    cli.command()(prune)


def prune(
    *,
    store: StoreOption = None,
    older_than: Annotated[
        str | None,
        typer.Option(
            "--older-than",
            metavar="AGE",
            help="Remove batches, too, that were last written longer ago, such as 90d or 12w.",
            show_default=False,
        ),
    ] = None,
    keep_originals: KeepOriginalsOption = False,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> None:
    """Remove what nothing needs any more: superseded results, pictures of no record, claims and reports that are done.

    Nothing that changed within the last 25 hours goes, and nothing that was paid for, unless --older-than is given.
    """
    age = read_age(older_than) if older_than is not None else None
    opened = runtime_with(store).store
    if not dry_run:
        require_idle(opened, way_out="")
    planned = agree_on(lambda: plan_pruning(opened, older_than=age, keep_originals=keep_originals), yes=yes or dry_run)
    if not dry_run:
        require_idle(opened, way_out="")  # a batch may have begun since
    stayed = {} if dry_run else remove(opened, *planned.removals)
    counts = report(*planned.removals, stayed=stayed, dry_run=dry_run)
    for reason in planned.left:
        sys.stderr.write(f"kept: {one_line(reason)}\n")
    sys.stderr.write(f"{counts}\n")
    raise typer.Exit(1 if stayed else 0)
