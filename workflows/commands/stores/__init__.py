"""Commands on the contents of a store: shown, checked, copied, removed."""

import typer

from workflows.commands.stores import copy, costs, delete, doctor, library, verify


def register(cli: typer.Typer) -> None:
    """Add the commands."""
    for module in (library, costs, delete, verify, copy, doctor):
        module.register(cli)
