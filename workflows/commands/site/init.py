"""``imagegen init``: the settings of a project, with comments."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from imagegen.errors import ConfigurationError
from imagegen.project import NAME
from imagegen.site.generators import recognise
from imagegen.site.initial import write_settings


def register(cli: typer.Typer) -> None:
    """Add the command."""
    cli.command()(init)


def init(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="The root of the project or site.", show_default=False)
    ] = Path(),
) -> None:
    """Write an imagegen.toml with comments that suits the site in a folder; one that is there stays as it is."""
    if not folder.is_dir():
        raise ConfigurationError(f"{folder}: there is no such folder")
    path, generator = folder / NAME, recognise(folder)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(write_settings(generator, folder))
    except FileExistsError:
        raise ConfigurationError(f"{path} is there already, and stays as it is") from None
    found = generator.name if generator else "no generator that is known: name it in the file, below [site]"
    sys.stdout.write(f"{path} ({found})\n")
