"""``imagegen mcp``: the server for agents."""

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer
from dotenv import load_dotenv

from imagegen.errors import ConfigurationError
from workflows.commands.mcp.budget import Budget
from workflows.commands.mcp.server import serve
from workflows.commands.mcp.session import Session
from workflows.commands.options import StoreOption, runtime_with


def register(cli: typer.Typer) -> None:
    """Add the command."""
    cli.command()(mcp)


def mcp(
    *,
    max_cost: Annotated[
        float | None,
        typer.Option(
            "--max-cost",
            min=0,
            help="Cap for the whole session, in US dollars. Without it, only offline pictures are made.",
        ),
    ] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Paint placeholder pictures only, at no cost.")] = False,
    project: Annotated[
        Path, typer.Option("--project", metavar="DIR", help="Project folder; no file outside it is read.")
    ] = Path(),
    store: StoreOption = None,
) -> None:
    """Serve an agent over standard input and output: plan, run under a cap, status, gallery."""
    try:
        os.chdir(project)
        load_dotenv(".env")
    except OSError as error:
        raise ConfigurationError(f"--project {project}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"--project {project}: the file .env is not in UTF-8; save it as UTF-8") from None
    session = Session(runtime_with(store), Path.cwd(), Budget(max_cost), offline=offline)
    asyncio.run(serve(session))
