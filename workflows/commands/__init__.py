"""The commands of ``imagegen``, one module for each group."""

import inspect
from importlib.metadata import version
from typing import Annotated

import typer

from workflows.commands import (
    brand,
    catalog,
    completion,
    deployed,
    mcp,
    plan,
    preview,
    redo,
    run,
    site,
    stores,
)

GROUPS = (run, plan, catalog, preview, brand, stores, redo, site, mcp, deployed)


def cli() -> typer.Typer:
    """The whole command line."""
    completion.accept_requests()
    app = typer.Typer(
        name="imagegen",
        help="Batches of titled pictures from every image model, without paying for any picture twice.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        add_completion=False,  # Typer's own options end in a traceback, or in "Shell None is not supported"
    )
    app.callback()(_global)
    for group in GROUPS:
        group.register(app)
    for command in app.registered_commands:
        # Left to itself Typer cuts a docstring after 45 letters, and the list of commands ends in dots.
        command.short_help = inspect.getdoc(command.callback)
    return app


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"imagegen {version('imagegen-workflows')}")
        raise typer.Exit


def _global(
    *,
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and exit.")
    ] = False,
    _install: completion.InstallOption = False,
    _show: completion.ShowOption = False,
) -> None:
    """Batches of titled pictures from every image model, without paying for any picture twice."""
