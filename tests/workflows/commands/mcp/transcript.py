"""A session over standard input and output, as an agent has it; what is said is the transcript in ``docs/mcp.md``.

``python -m tests.workflows.commands.mcp.transcript`` plays it and writes it to the page.
"""

import asyncio
import json
import re
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.doubles.provider.openai_server import OpenAIServer
from tests.workflows.commands.mcp.conftest import BATCH
from tests.workflows.commands.mcp.talking import Agent, Refused

ROOT = Path(__file__).parents[4]
PAGE = ROOT / "docs/mcp.md"
CAP = ("--max-cost", "0.15")
LEFT_OUT = ("approval_ends_in_seconds", "created_at", "possible_extra_charges", "offline", "provider", "shuts_down_on")
"""Values that are long, or other ones in each session."""
OTHER = {**BATCH, "prompts": ["A castle"]}


class Session:
    """One conversation, and what was said in it."""

    def __init__(self, agent: Agent, project: Path) -> None:
        self.lines: list[str] = []
        self._agent = agent
        self._project = project
        self._batches: dict[str, int] = {}

    async def say(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool; an answer of nothing is a refusal."""
        self.lines.append(f"> {tool} {self._write(arguments)}")
        try:
            answer = await self._agent.call(tool, **arguments)
        except Refused as no:
            self.lines += [f"refused: {no}", ""]
            return {}
        self.lines += [self._write(answer), ""]
        return answer

    def _write(self, value: Any) -> str:
        text = json.dumps(_shorten(value), ensure_ascii=False)
        text = re.sub(r'("approval": )"[\w-]{24}"', r'\1"…"', text)
        text = text.replace(self._project.as_uri(), "file:///site")
        return re.sub(r"\b[0-9a-f]{16}\b", self._name_batch, re.sub(r"\b[0-9a-f]{64}\b", "…", text))

    def _name_batch(self, found: re.Match[str]) -> str:
        """A batch's id depends on the fonts and the renderer of the day."""
        number = self._batches.setdefault(found[0], len(self._batches) + 1)
        return f"{number:x}" * 16


def _shorten(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _shorten(each) for name, each in value.items() if name not in LEFT_OUT}
    return [_shorten(each) for each in value] if isinstance(value, list) else value


async def talk(agent: Agent, project: Path) -> str:
    """Return the transcript: plan, refused without approval and with another request's, approved, made, redone."""
    session = Session(agent, project)
    (project / "week.json").write_text(json.dumps(BATCH))
    planned = await session.say("plan", batch_file="week.json")
    await session.say("run", batch_file="week.json", approval="yes")
    await session.say("run", batch=OTHER, approval=planned["approval"])
    made = await session.say("run", batch_file="week.json", approval=planned["approval"])
    await session.say("run", batch_file="week.json", approval=planned["approval"])
    again = await session.say("plan_redo", batch_id=made["batch_id"], row=2)
    await session.say("redo", batch_id=made["batch_id"], row=2, approval=again["approval"])
    await session.say("plan", batch=OTHER)
    await session.say("plan", batch_file="../secrets.json")
    await session.say("gallery", batch_id=made["batch_id"])
    return "\n".join(session.lines).strip() + "\n"


def play(project: Path, environment: Mapping[str, str], *options: str) -> str:
    """Start ``imagegen mcp`` for a project and return what was said."""
    mcp = pytest.importorskip("mcp", reason="the extra 'mcp' is not installed")

    async def run() -> str:
        command = ["-m", "workflows.cli", "mcp", "--project", str(project), *options]
        server = mcp.StdioServerParameters(command=sys.executable, args=command, env=dict(environment), cwd=ROOT)
        async with mcp.Client(mcp.stdio_client(server)) as client:
            return await asyncio.wait_for(talk(Agent(client), project), 100)

    return asyncio.run(run())


def main() -> None:
    """Play the session with a stand-in for the provider, and write what was said to the page."""
    with OpenAIServer() as provider, tempfile.TemporaryDirectory() as project:
        said = play(Path(project), {**provider.environment, "PYTHONPATH": str(ROOT)}, *CAP)
    before = PAGE.read_text().partition("```text\n")[0]
    PAGE.write_text(f"{before}```text\n{said}```\n")


if __name__ == "__main__":
    main()
