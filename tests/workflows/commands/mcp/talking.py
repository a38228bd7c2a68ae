"""A client of the server for agents: the SDK's own, with answers as values and refusals as exceptions."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest

from workflows.commands.mcp.server import build_server
from workflows.commands.mcp.session import Session

T = TypeVar("T")


class Refused(Exception):
    """A tool said no; the text is what the agent reads."""


class Agent:
    """What an agent does: it calls tools by name."""

    def __init__(self, client: Any) -> None:
        self.client = client

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Return a tool's answer. Raises Refused."""
        result = await self.client.call_tool(tool, arguments)
        if result.is_error:
            # The SDK's own words before ours; of a crash they are all that there is.
            raise Refused(result.content[0].text.removeprefix(f"Error executing tool {tool}: "))
        answer: dict[str, Any] = result.structured_content
        return answer


def talk(session: Session, say: Callable[[Agent], Awaitable[T]]) -> T:
    """Return what a conversation with a session's server comes to."""
    mcp = pytest.importorskip("mcp", reason="the extra 'mcp' is not installed")

    async def run() -> T:
        async with mcp.Client(build_server(session)) as client:
            try:
                return await asyncio.wait_for(say(Agent(client)), 60)
            finally:
                await session.close()

    return asyncio.run(run())
