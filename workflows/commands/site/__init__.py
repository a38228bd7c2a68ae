"""The commands that stand between a batch and a site: tables in, pictures out."""

import typer

from workflows.commands.site import export, table


def register(cli: typer.Typer) -> None:
    """Add the commands."""
    for group in (table, export):
        group.register(cli)
