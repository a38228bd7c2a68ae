"""Commands for sites: covers for posts, and the settings of a project."""

import typer

from workflows.commands.site import covers, init


def register(cli: typer.Typer) -> None:
    """Add the commands."""
    for module in (covers, init):
        module.register(cli)
