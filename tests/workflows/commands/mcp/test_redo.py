"""One picture of a batch made again by an agent: planned first, under the caps, in the same batch."""

from typing import Any

import pytest

from imagegen.making.runtime import Runtime
from imagegen.project import Project
from tests.doubles.provider import openai_server
from tests.doubles.provider.openai_server import OpenAIServer
from tests.workflows.commands.mcp.conftest import BATCH, OFFLINE, PRICE, Start
from tests.workflows.commands.mcp.talking import Agent, Refused, talk


async def make(agent: Agent, batch: dict[str, Any]) -> str:
    """Plan and run a batch; return its id."""
    planned = await agent.call("plan", batch=batch)
    made = await agent.call("run", batch=batch, approval=planned["approval"])
    return str(made["batch_id"])


def test_a_redo_is_planned_and_then_made_once_in_the_same_batch(
    start: Start, runtime: Runtime, openai: OpenAIServer
) -> None:
    async def say(agent: Agent) -> None:
        name = await make(agent, BATCH)
        with pytest.raises(Refused, match="call plan"):
            await agent.call("redo", batch_id=name, row=2, approval="made-up")
        planned = await agent.call("plan_redo", batch_id=name, row=2)
        assert planned["cells"] == [
            {"row": 2, "title": "A lighthouse", "model": "gpt-image-2", "served_by": "gpt-image-2"}
            | {"variant": 1, "cost_usd": PRICE}
        ]
        assert len(openai.calls) == 2
        made = await agent.call("redo", batch_id=name, row="A light", approval=planned["approval"])
        assert (made["batch_id"], made["status"], made["generated"], len(openai.calls)) == (name, "complete", 1, 3)
        assert made["session"]["spent_usd"] == pytest.approx(3 * made["cost_usd"])
        with pytest.raises(Refused, match="or it was used"):
            await agent.call("redo", batch_id=name, row=2, approval=planned["approval"])

    talk(start(1.0, runtime=runtime), say)


def test_an_approval_is_for_one_row_and_for_its_next_picture_alone(
    start: Start, runtime: Runtime, openai: OpenAIServer
) -> None:
    async def say(agent: Agent) -> None:
        name = await make(agent, BATCH)
        first = await agent.call("plan_redo", batch_id=name, row=1)
        second = await agent.call("plan_redo", batch_id=name, row=1)
        batch = await agent.call("plan", batch=BATCH)
        for approval in (first["approval"], batch["approval"]):
            with pytest.raises(Refused, match="another request"):
                await agent.call("redo", batch_id=name, row=2, approval=approval)
        await agent.call("redo", batch_id=name, row=1, approval=first["approval"])
        with pytest.raises(Refused, match="another request"):  # the next picture would be variant 2
            await agent.call("redo", batch_id=name, row=1, approval=second["approval"])
        assert len(openai.calls) == 3

    talk(start(1.0, runtime=runtime), say)


def test_the_sessions_cap_holds_for_redos_as_well(start: Start, runtime: Runtime, openai: OpenAIServer) -> None:
    async def say(agent: Agent) -> None:
        name = await make(agent, BATCH)
        planned = await agent.call("plan_redo", batch_id=name, row=1)
        assert planned["approval"] is None
        assert "is left of the cap" in planned["refused"]

    talk(start(2.5 * PRICE, runtime=runtime), say)
    assert len(openai.calls) == 2


def test_a_projects_cap_holds_for_redos_as_well(start: Start, runtime: Runtime, openai: OpenAIServer) -> None:
    async def say(agent: Agent) -> None:
        name = await make(agent, BATCH)
        with pytest.raises(Refused, match="the cap of"):
            await agent.call("plan_redo", batch_id=name, row=1)

    session = start(1.0, runtime=runtime)

    async def first(agent: Agent) -> None:
        await make(agent, BATCH)

    talk(session, first)
    talk(start(1.0, runtime=runtime, project=Project(defaults={"max_cost_usd": PRICE / 2})), say)
    assert len(openai.calls) == 2


def test_a_redo_that_fails_is_told_and_the_former_picture_stays(
    start: Start, runtime: Runtime, openai: OpenAIServer
) -> None:
    async def say(agent: Agent) -> None:
        name = await make(agent, BATCH)
        before = await agent.call("gallery", batch_id=name)
        planned = await agent.call("plan_redo", batch_id=name, row=2)
        openai.script([openai_server.refused()])
        made = await agent.call("redo", batch_id=name, row=2, approval=planned["approval"])
        failure = made["failures"][0]
        named = {"row": 2, "title": "A lighthouse", "model": "gpt-image-2", "kind": "refused"}
        assert len(made["failures"]) == 1
        assert {key: failure[key] for key in named} == named
        assert failure["message"]
        assert made["note"] == "1 other picture could not be made; the former one stays"
        assert (made["generated"], len(openai.calls)) == (0, 3)
        assert await agent.call("gallery", batch_id=name) == before

    talk(start(1.0, runtime=runtime), say)


def test_a_redo_of_a_picture_that_failed_and_fails_again_is_told_once(
    start: Start, runtime: Runtime, openai: OpenAIServer
) -> None:
    async def say(agent: Agent) -> None:
        openai.script([openai_server.refused()])
        name = await make(agent, BATCH)
        missing = (await agent.call("status", batch_id=name))["batch"]["failures"][0]["row"]
        planned = await agent.call("plan_redo", batch_id=name, row=missing)
        openai.script([openai_server.refused()])
        made = await agent.call("redo", batch_id=name, row=missing, approval=planned["approval"])
        assert [failure["row"] for failure in made["failures"]] == [missing]
        assert made["note"] == "1 other picture could not be made"

    talk(start(1.0, runtime=runtime), say)


def test_a_server_of_placeholders_redoes_placeholders_alone(
    start: Start, runtime: Runtime, openai: OpenAIServer
) -> None:
    async def real(agent: Agent) -> str:
        return await make(agent, BATCH)

    async def say(agent: Agent) -> None:
        with pytest.raises(Refused, match="was started with --offline"):
            await agent.call("plan_redo", batch_id=name, row=1)
        placeholders = await make(agent, OFFLINE)
        planned = await agent.call("plan_redo", batch_id=placeholders, row=1)
        made = await agent.call("redo", batch_id=placeholders, row=1, approval=planned["approval"])
        assert made["status"] == "complete"

    name = talk(start(1.0, runtime=runtime), real)
    talk(start(None, runtime=runtime, offline=True), say)
    assert len(openai.calls) == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"batch_id": "ffff", "row": 1}, "ffff"),
        ({"row": 9}, "has no row '9'; give a row from 1 to 2"),
        ({"row": 1, "model": "gpt-image-9"}, "has no model 'gpt-image-9'"),
    ],
)
def test_what_is_not_there_is_named(arguments: dict[str, Any], said: str, start: Start) -> None:
    async def say(agent: Agent) -> None:
        name = await make(agent, OFFLINE)
        with pytest.raises(Refused, match=said):
            await agent.call("plan_redo", **{"batch_id": name, **arguments})

    talk(start(), say)
