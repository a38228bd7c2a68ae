"""Commands between a site and its batches: settings, covers for posts, tables in, pictures out."""

import typer

from workflows.commands.site import covers, export, init, table


def register(cli: typer.Typer) -> None:
    """Add the commands."""
    for module in (init, covers, table, export):
        module.register(cli)
