"""Nothing is spent without a plan shown first, and never more than the person's cap over the whole session."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from imagegen.errors import ConfigurationError
from imagegen.making.runtime import Runtime
from tests.doubles.provider import openai_server
from tests.doubles.provider.openai_server import OpenAIServer
from tests.doubles.render.local_runs import runtime_in
from tests.workflows.commands.mcp.conftest import BATCH, OFFLINE, ONE, OTHER, PRICE, Start
from tests.workflows.commands.mcp.talking import Agent, Refused, talk
from workflows.commands.mcp.session import Session


def wait_for_call(openai: OpenAIServer) -> None:
    while not openai.calls:
        time.sleep(0.005)


def price_of(session: Session, batch: dict[str, Any]) -> float:
    async def say(agent: Agent) -> float:
        cost: float = (await agent.call("plan", batch=batch))["summary"]["cost_usd"]
        return cost

    return talk(session, say)


def test_a_plan_that_was_shown_is_run_once_at_its_price(start: Start, runtime: Runtime, openai: OpenAIServer) -> None:
    async def say(agent: Agent) -> None:
        with pytest.raises(Refused, match="call plan"):
            await agent.call("run", batch=BATCH, approval="made-up")
        planned = await agent.call("plan", batch=BATCH)
        assert openai.calls == []
        assert planned["summary"]["to_generate"] == 2
        made = await agent.call("run", batch=BATCH, approval=planned["approval"])
        assert (made["status"], made["generated"], len(openai.calls)) == ("complete", 2, 2)
        assert made["session"]["spent_usd"] == pytest.approx(made["cost_usd"])
        assert made["session"]["reserved_usd"] == 0
        with pytest.raises(Refused, match="or it was used"):
            await agent.call("run", batch=BATCH, approval=planned["approval"])

    talk(start(1.0, runtime=runtime), say)


def test_without_a_cap_only_offline_pictures_are_made(start: Start, runtime: Runtime, openai: OpenAIServer) -> None:
    async def say(agent: Agent) -> None:
        planned = await agent.call("plan", batch=ONE)
        assert planned["approval"] is None
        assert "--max-cost" in planned["refused"]
        free = await agent.call("plan", batch=OFFLINE)
        assert (await agent.call("run", batch=OFFLINE, approval=free["approval"]))["status"] == "complete"

    talk(start(None, runtime=runtime), say)
    assert openai.calls == []


def test_the_cap_is_that_of_the_session_and_not_of_a_call(start: Start, runtime: Runtime, openai: OpenAIServer) -> None:
    price = price_of(start(9.0, runtime=runtime), ONE)

    async def say(agent: Agent) -> None:
        for batch, fits in ((ONE, True), (OTHER, False), (ONE, True)):
            planned = await agent.call("plan", batch=batch)
            assert (planned["approval"] is not None) == fits
            if fits:
                assert (await agent.call("run", batch=batch, approval=planned["approval"]))["status"] == "complete"
            else:
                assert "is left of the cap" in planned["refused"]
        assert len(openai.calls) == 1

    talk(start(price * 1.5, runtime=runtime), say)


def test_an_approval_given_before_the_cap_was_used_up_is_worth_nothing(
    start: Start, runtime: Runtime, openai: OpenAIServer
) -> None:
    price = price_of(start(9.0, runtime=runtime), ONE)

    async def say(agent: Agent) -> None:
        tokens = [(await agent.call("plan", batch=batch))["approval"] for batch in (ONE, OTHER)]
        assert (await agent.call("run", batch=ONE, approval=tokens[0]))["status"] == "complete"
        with pytest.raises(Refused, match="is left of the cap"):
            await agent.call("run", batch=OTHER, approval=tokens[1])
        assert len(openai.calls) == 1

    talk(start(price * 1.5, runtime=runtime), say)


def test_of_two_runs_at_once_the_cap_lets_one_through(start: Start, runtime: Runtime, openai: OpenAIServer) -> None:
    price = price_of(start(9.0, runtime=runtime), ONE)

    async def say(agent: Agent) -> list[Any]:
        tokens = [(await agent.call("plan", batch=batch))["approval"] for batch in (ONE, OTHER)]
        runs = (
            agent.call("run", batch=batch, approval=token) for batch, token in zip((ONE, OTHER), tokens, strict=True)
        )
        return list(await asyncio.gather(*runs, return_exceptions=True))

    ends = talk(start(price * 1.5, runtime=runtime), say)
    assert sorted(type(end).__name__ for end in ends) == ["Refused", "dict"]
    assert len(openai.calls) == 1


@pytest.mark.parametrize("batch", [ONE, {**ONE, "max_cost_usd": 0.9}], ids=["without a cap", "with a cap of its own"])
def test_a_run_spends_no_more_than_its_plan_said(
    batch: dict[str, Any], start: Start, runtime: Runtime, openai: OpenAIServer
) -> None:
    """An answer that is no picture is bought again only where the plan's price has room for it."""
    openai.script([openai_server.picture(data=b"no picture")])

    async def say(agent: Agent) -> None:
        token = (await agent.call("plan", batch=batch))["approval"]
        made = await agent.call("run", batch=batch, approval=token)
        assert (made["status"], len(openai.calls)) == ("failed", 1)
        assert made["failures"][0]["row"] == 1
        assert made["session"]["spent_usd"] > 0
        again = await agent.call("plan", batch=ONE)
        assert (await agent.call("run", batch=ONE, approval=again["approval"]))["status"] == "complete"
        assert len(openai.calls) == 2

    talk(start(1.0, runtime=runtime), say)


def test_a_batch_whose_own_cap_does_not_fit_is_refused_with_its_plan(start: Start, runtime: Runtime) -> None:
    async def say(agent: Agent) -> None:
        planned = await agent.call("plan", batch={**BATCH, "max_cost_usd": 0.01})
        assert planned["approval"] is None
        assert "more than the cap of $0.01" in planned["refused"]

    talk(start(1.0, runtime=runtime), say)


def test_a_run_that_breaks_counts_as_its_whole_price(
    start: Start, runtime: Runtime, openai: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An earlier attempt of it may have paid, and nobody says what."""
    session = start(0.05, runtime=runtime)

    def refuse(**_: int) -> None:
        raise ConfigurationError("not now")

    async def say(agent: Agent) -> None:
        token = (await agent.call("plan", batch=ONE))["approval"]
        monkeypatch.setattr(runtime.store, "require_writable", refuse)
        with pytest.raises(Refused, match="not now"):
            await agent.call("run", batch=ONE, approval=token)
        assert (await agent.call("plan", batch=ONE))["approval"] is None

    talk(session, say)
    assert (session.budget.spent_usd, session.budget.reserved_usd, openai.calls) == (PRICE, 0, [])


def test_a_model_of_unknown_price_is_refused(start: Start, runtime: Runtime) -> None:
    async def say(agent: Agent) -> None:
        planned = await agent.call("plan", batch={**ONE, "models": ["gpt-image-99"]})
        assert planned["approval"] is None
        assert "price of a model is unknown" in planned["refused"]

    talk(start(1.0, runtime=runtime), say)


def test_a_missing_key_is_told_with_the_plan(start: Start) -> None:
    async def say(agent: Agent) -> None:
        planned = await agent.call("plan", batch=ONE)
        assert planned["approval"] is None
        assert "OPENAI_API_KEY" in planned["refused"]

    talk(start(1.0), say)


def test_a_client_that_leaves_does_not_lose_what_is_being_paid_for(
    start: Start, runtime: Runtime, openai: OpenAIServer
) -> None:
    session = start(1.0, runtime=runtime)

    async def say(agent: Agent) -> None:
        token = (await agent.call("plan", batch=ONE))["approval"]
        call = asyncio.create_task(agent.call("run", batch=ONE, approval=token))
        await asyncio.to_thread(wait_for_call, openai)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)

    openai.latency = 0.3
    talk(session, say)
    assert session.running == {}
    assert (session.budget.reserved_usd, session.budget.spent_usd > 0) == (0, True)
    assert len(runtime.store.list("originals/").objects) == 1


def test_a_run_whose_client_has_left_goes_on(start: Start, openai: OpenAIServer, project: Path) -> None:
    session = start(1.0, runtime=runtime_in(project / "pictures", max_in_flight=1))

    async def say(agent: Agent) -> None:
        token = (await agent.call("plan", batch=BATCH))["approval"]
        call = asyncio.create_task(agent.call("run", batch=BATCH, approval=token))
        await asyncio.to_thread(wait_for_call, openai)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        while session.running:
            assert (await agent.call("status"))["session"]["running"]
            await asyncio.wait(session.running.values())

    openai.latency = 0.1
    talk(session, say)
    assert len(openai.calls) == 2


def test_an_offline_server_makes_placeholders_of_every_request(start: Start, project: Path) -> None:
    async def say(agent: Agent) -> None:
        planned = await agent.call("plan", batch=ONE)
        made = await agent.call("run", batch=ONE, approval=planned["approval"])
        assert (made["status"], made["offline"], made["cost_usd"]) == ("complete", True, 0)

    talk(start(None, runtime=runtime_in(project / "pictures"), offline=True), say)
