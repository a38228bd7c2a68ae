"""``imagegen copy``: batches, or everything, into another store."""

import sys
from typing import Annotated

import typer

from imagegen.errors import ConfigurationError
from imagegen.formatting import counted, one_line, printable
from imagegen.library import listing
from imagegen.library.copy import Copied
from imagegen.library.copy import copy as copy_store
from workflows.commands.completion import batch_ids
from workflows.commands.options import JsonOption, StoreOption, print_json, runtime_with


def register(cli: typer.Typer) -> None:
    """Add the command."""
    cli.command()(copy)


def copy(
    batches: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[BATCH]...",
            help="Batch ids, or their first characters.",
            show_default=False,
            autocompletion=batch_ids,
        ),
    ] = None,
    *,
    to: Annotated[str, typer.Option("--to", metavar="DIR | s3://BUCKET", help="Store to copy to.", show_default=False)],
    store: StoreOption = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Copy everything, also what was paid for in a run that never ended.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Copy also while a batch may be running.")] = False,
    json: JsonOption = False,
) -> None:
    """Copy batches into another store, with all that keeps their pictures from being paid for again. Deletes nothing.

    Every byte is read back and compared. Copying again goes on where a copy ended, and brings what is new.
    """
    if everything == bool(batches):
        raise ConfigurationError("give batch ids, or --all for everything")
    runtime = runtime_with(store)
    source, destination = runtime.store, runtime_with(to).store
    names = None if everything else [listing.resolve(source, name) for name in batches or ()]
    done = copy_store(
        source,
        destination,
        names,
        force=force,
        expire_days=runtime.settings.originals_expire_days,
        tell=lambda text: _tell(f"copying {text}"),
    )
    if json:
        print_json(
            {
                "from": source.location,
                "to": destination.location,
                "copied": done.written,
                "bytes": done.size,
                "there": done.there,
                "left": dict(done.left),
            }
        )
    _sum_up(done, source.location, destination.location)
    raise typer.Exit(1 if done.left else 0)


def _sum_up(done: Copied, source: str, destination: str) -> None:
    for key, reason in done.left.items():
        _tell(f"left: {one_line(key)}  {printable(one_line(reason))}")
    counts = f"{counted(done.written, 'object')} ({done.size / 1e6:.1f} MB) copied, {done.there} there already"
    left = f", {len(done.left)} left" if done.left else ""
    _tell(f"{one_line(source)} → {one_line(destination)}: {counts}{left}")


def _tell(text: str) -> None:
    sys.stderr.write(f"{text}\n")
