"""``imagegen mcp``: the server for agents."""

import asyncio
import math
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from dotenv import load_dotenv

from imagegen.errors import ConfigurationError
from imagegen.project import NAME, Project, read_project
from workflows.commands.mcp.apart import go_apart
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
        Path, typer.Option("--project", metavar="DIR", help="Project folder; the agent reads no file outside it.")
    ] = Path(),
    store: StoreOption = None,
) -> None:
    """Serve an agent over standard input and output: plan, run under a cap, status, gallery."""
    if max_cost is not None and not math.isfinite(max_cost):
        raise ConfigurationError("--max-cost: expected an amount in US dollars")
    try:
        os.chdir(project)
        load_dotenv(".env")
    except OSError as error:
        raise ConfigurationError(f"--project {project}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"--project {project}: the file .env is not in UTF-8; save it as UTF-8") from None
    root = Path.cwd()
    # Read once, so that nobody changes the terms while an agent works; and none above the folder that was named.
    settings = read_project(root / NAME) if (root / NAME).is_file() else Project()
    if not all(hasattr(stream, "buffer") for stream in (sys.stdin, sys.stdout)):
        raise ConfigurationError("standard input and output are closed; an agent's program starts this server")
    go_apart()
    session = Session(runtime_with(store), root, Budget(max_cost), settings, offline=offline)
    asyncio.run(serve(session))
