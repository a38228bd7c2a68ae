"""The tools of the server, in the official SDK, which is imported when the server is built."""

import asyncio
import functools
import os
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from imagegen.errors import ConfigurationError, ImagegenError, RequestError
from imagegen.formatting import printable
from imagegen.settings import Settings
from storage import StoreError
from workflows.commands.mcp.apart import list_ending
from workflows.commands.mcp.project import without_values
from workflows.commands.mcp.session import Session
from workflows.commands.run import STOPPED

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer

Tool = Callable[..., Awaitable[dict[str, Any]]]

INSTRUCTIONS = """\
Makes titled pictures in batches. Call plan first and show its price to the person; run wants the approval that plan
returns, for exactly the same request, and spends no more than planned. The person has set a cap for the whole session.
A batch is an object: {"prompts": ["…"], "models": ["…"], "style": "…", "template": "…", "font": "…"}; all but the
prompts may be left to the project's settings. Or it is a JSON file of the project folder, which says all of it. To make
one picture of a finished batch again, call plan_redo and then redo."""
SHORTEST_SECRET = 6
"""Characters of a secret that is looked for in messages; anything shorter stands in words by chance."""


def build_server(session: Session) -> "MCPServer":
    """Return a server with the session's tools. Raises ConfigurationError when the SDK is not installed."""
    try:
        from mcp.server.mcpserver import MCPServer
        from mcp.server.mcpserver.exceptions import ToolError
        from mcp_types import ToolAnnotations
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"the Python package {(error.name or 'mcp').partition('.')[0]} is missing; install imagegen with its extra "
            "'mcp', in its directory: pip install '.[mcp]'"
        ) from None
    secrets = list_secrets(session.runtime.settings)

    def in_words(tool: Tool) -> Tool:
        @functools.wraps(tool)
        async def answer(*args: Any, **kwargs: Any) -> dict[str, Any]:
            try:
                return await tool(*args, **kwargs)
            except RequestError as error:
                raise ToolError(hide(printable(str(without_values(error))), secrets)) from None
            except (ImagegenError, StoreError) as error:
                raise ToolError(hide(printable(str(error)), secrets)) from None
            except OSError as error:
                raise ToolError(hide(f"this machine says: {error.strerror or 'no'}", secrets)) from None

        return answer

    server = MCPServer("imagegen", instructions=INSTRUCTIONS, log_level="ERROR")
    reads = ToolAnnotations(read_only_hint=True, open_world_hint=False)
    makes = ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=True)
    tools: list[tuple[Tool, ToolAnnotations]] = [
        (session.plan, reads),
        (session.run, makes),
        (session.plan_redo, reads),
        (session.redo, makes),
        (session.status, reads),
        (session.gallery, reads),
    ]
    for tool, hints in tools:
        server.add_tool(in_words(tool), annotations=hints)
    return server


async def serve(session: Session) -> None:
    """Serve one client over standard input and output until it leaves, and finish what is being paid for.

    A signal ends it likewise, and then the program: with 130. A second one ends the program at once.
    """
    server = build_server(session)
    asked = _hear_signals()
    serving, stopped = asyncio.create_task(server.run_stdio_async()), asyncio.create_task(asked.wait())
    try:
        await asyncio.wait({serving, stopped}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await session.close()
    if asked.is_set():
        os._exit(STOPPED)  # a thread of the SDK waits for input that may never come, and nobody can wake it
    stopped.cancel()
    try:
        await serving
    except* OSError:
        sys.stderr.write("imagegen: the client has closed its end of the connection\n")
        os._exit(1)  # what is left in standard output has no reader


def _hear_signals() -> asyncio.Event:
    """Return the event of a first signal to end."""
    asked = asyncio.Event()

    def stop() -> None:
        if asked.is_set():
            os._exit(STOPPED)
        asked.set()
        sys.stderr.write("Stopping: pictures already requested are finished and kept. Another signal exits now.\n")

    for number in list_ending():
        asyncio.get_running_loop().add_signal_handler(number, stop)
    return asked


def list_secrets(settings: Settings) -> list[str]:
    """List the keys of these settings."""
    keys = (settings.openai_api_key, settings.google_api_key, settings.minio_secret_key)
    return [key for key in (*keys, *settings.provider_keys.values()) if len(key) >= SHORTEST_SECRET]


def hide(text: str, secrets: list[str]) -> str:
    """Return a text without these secrets. No message holds one; this is the second lock."""
    for secret in secrets:
        text = text.replace(secret, "…")
    return text
