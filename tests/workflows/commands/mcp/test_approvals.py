"""An approval is for one plan, as it was shown, and for one run."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from imagegen.making.runtime import Runtime
from tests.doubles.provider.openai_server import OpenAIServer
from tests.workflows.commands.mcp.conftest import BATCH, OFFLINE, ONE, OTHER, Start
from tests.workflows.commands.mcp.talking import Agent, Refused, talk
from workflows.commands.mcp.approvals import LIFE_SECONDS, Approvals


def wait_for_call(openai: OpenAIServer) -> None:
    while not openai.calls:
        time.sleep(0.005)


def test_an_approval_is_for_its_own_request_alone(start: Start, runtime: Runtime, openai: OpenAIServer) -> None:
    async def say(agent: Agent) -> None:
        token = (await agent.call("plan", batch=ONE))["approval"]
        others = (OTHER, BATCH, {**ONE, "variant": 1}, {**ONE, "models": ["gpt-image-1"]}, {**ONE, "font": "lora"})
        for other in others:
            with pytest.raises(Refused, match="that of another request"):
                await agent.call("run", batch=other, approval=token)
        with pytest.raises(Refused, match="that of another request"):
            await agent.call("run", batch=ONE, approval=token, offline=True)
        assert openai.calls == []
        assert (await agent.call("run", batch=ONE, approval=token))["status"] == "complete"

    talk(start(1.0, runtime=runtime), say)


def test_an_approval_is_for_the_brand_as_it_was(start: Start, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    brand = project / "brands/harbour/brand.toml"
    brand.parent.mkdir(parents=True)
    branded = {**OFFLINE, "brand": "harbour"}

    async def say(agent: Agent) -> None:
        brand.write_text('accent = "#123456"\n')
        token = (await agent.call("plan", batch=branded))["approval"]
        brand.write_text('accent = "#654321"\n')
        with pytest.raises(Refused, match="that of another request"):
            await agent.call("run", batch=branded, approval=token)
        brand.write_text('accent = "#123456"\n')
        assert (await agent.call("run", batch=branded, approval=token))["status"] == "complete"

    talk(start(), say)


def test_an_approval_dies_after_its_life(start: Start, runtime: Runtime, openai: OpenAIServer) -> None:
    now = [0.0]

    async def say(agent: Agent) -> None:
        token = (await agent.call("plan", batch=ONE))["approval"]
        now[0] = LIFE_SECONDS
        with pytest.raises(Refused, match="plan the request again"):
            await agent.call("run", batch=ONE, approval=token)

    talk(start(1.0, runtime=runtime, approvals=Approvals(lambda: now[0])), say)
    assert openai.calls == []


def test_old_approvals_are_forgotten() -> None:
    approvals = Approvals()
    tokens = [approvals.give(f"request {number}", 0.0) for number in range(150)]
    assert len(approvals._given) == 100
    assert approvals.require(tokens[-1], "request 149").cost_usd == 0.0


def test_one_approval_is_worth_one_run_however_many_ask_at_once(
    start: Start, runtime: Runtime, openai: OpenAIServer
) -> None:
    async def say(agent: Agent) -> list[Any]:
        token = (await agent.call("plan", batch=ONE))["approval"]
        runs = (agent.call("run", batch=ONE, approval=token) for _ in range(5))
        return list(await asyncio.gather(*runs, return_exceptions=True))

    ends = talk(start(1.0, runtime=runtime), say)
    assert sorted(type(end).__name__ for end in ends) == [*["Refused"] * 4, "dict"]
    assert len(openai.calls) == 1


def test_what_costs_more_than_planned_is_planned_again(start: Start, runtime: Runtime, openai: OpenAIServer) -> None:
    """An original that was stored when the plan was made is gone when it is run."""
    other_look = {**ONE, "template": "left-panel"}

    async def say(agent: Agent) -> None:
        first = await agent.call("plan", batch=ONE)
        await agent.call("run", batch=ONE, approval=first["approval"])
        planned = await agent.call("plan", batch=other_look)
        assert planned["summary"]["cost_usd"] == 0
        for key in [found.key for found in runtime.store.list("originals/").objects]:
            runtime.store.delete(key)
        with pytest.raises(Refused, match="costs more than its plan said"):
            await agent.call("run", batch=other_look, approval=planned["approval"])

    talk(start(1.0, runtime=runtime), say)
    assert len(openai.calls) == 1
