"""The client of deployed runs, against a fake of Render's API on loopback."""

import asyncio

import pytest

from tests.deployed.support import (
    BATCH,
    KEY,
    SLUG,
    START,
    ask,
)
from tests.doubles.render.render_api import RenderApi, render_api
from workflows.deployed.client import ApiError, ApiUnavailable, Client, Unreachable, require_run_id, resolve_task_slug
from workflows.deployed.runs import Status


def test_a_request_without_an_answer_is_repeated_with_the_same_key(hosted: RenderApi) -> None:
    hosted.refusals = [503, 0, 429]
    run = ask(hosted, lambda client: client.start(SLUG, BATCH, idempotency_key="one"))
    bodies = hosted.bodies(START)
    assert (run.id, run.status) == ("trn-0000", Status.RUNNING)
    assert [body["idempotencyKey"] for body in bodies] == ["one"] * 4
    assert list(hosted.runs) == ["trn-0000"]
    assert bodies[-1]["input"] == BATCH


def test_it_gives_up_after_four_requests(hosted: RenderApi) -> None:
    hosted.refusals = [503] * 9
    with pytest.raises(ApiUnavailable, match=r"cannot start imagegen/generateBatch: answered 503 on purpose \(503\)"):
        ask(hosted, lambda client: client.start(SLUG, BATCH, idempotency_key="one"))
    assert hosted.count(START) == 4


def test_the_local_server_is_asked_once_because_it_ignores_keys(local: RenderApi) -> None:
    local.refusals = [503]
    with pytest.raises(ApiUnavailable):
        ask(local, lambda client: client.start("generateBatch", BATCH, idempotency_key="one"))
    assert local.count(START) == 1


def test_a_batch_that_render_would_not_accept_for_its_size_is_never_sent(hosted: RenderApi) -> None:
    """The SDK sends ASCII: 2.4 MB of Chinese in UTF-8 are 4.8 MB there."""
    inputs = BATCH | {"prompts": ["漢" * 800_000]}
    with pytest.raises(ApiError, match=r"the batch is 4,800,\d{3} bytes .* more than the 4,000,000"):
        ask(hosted, lambda client: client.start(SLUG, inputs, idempotency_key="one"))
    assert not hosted.requests


def test_a_key_that_render_refuses_is_not_repeated_in_the_message(hosted: RenderApi) -> None:
    hosted.key = "another"
    with pytest.raises(ApiError, match="does not accept RENDER_API_KEY") as caught:
        ask(hosted, lambda client: client.fetch_run("trn-1"))
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:eighty",
        "http://me:a-password@localhost:8120",
        "http://localhost:8120?key=a-password",
        "http://[::1",
        "http:///runs",
        "http://a..b\x01:8120",
    ],
)
def test_an_address_that_is_none_is_named_by_its_variable_alone(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENDER_LOCAL_DEV_URL", url)

    async def enter() -> None:
        async with Client(local=True):
            raise AssertionError

    with pytest.raises(ApiError, match="RENDER_LOCAL_DEV_URL is not an address") as caught:
        asyncio.run(enter())
    assert url not in str(caught.value)
    assert "a-password" not in str(caught.value)


def test_without_a_key_nothing_is_asked() -> None:
    async def enter() -> None:
        async with Client():
            pass

    with pytest.raises(ApiError, match="RENDER_API_KEY is not set"):
        asyncio.run(enter())


def test_an_answer_that_is_not_the_apis_is_said_to_be_something_else(hosted: RenderApi) -> None:
    hosted.runs["trn-1"] = {"id": "trn-1"}
    with pytest.raises(ApiError, match="sent an answer that is not from the API"):
        ask(hosted, lambda client: client.fetch_run("trn-1"))


def test_a_run_that_render_does_not_know_is_named(hosted: RenderApi) -> None:
    with pytest.raises(ApiError, match="cannot read trn-404: task run not found"):
        ask(hosted, lambda client: client.fetch_run("trn-404"))


def test_a_dropped_connection_of_the_local_server_is_explained(local: RenderApi) -> None:
    with pytest.raises(ApiUnavailable, match="drops the connection when it does not know a run"):
        ask(local, lambda client: client.fetch_run("trn-404"))


def test_a_port_that_nobody_listens_at_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENDER_API_KEY", KEY)
    with render_api() as gone:
        pass
    with pytest.raises(Unreachable, match="cannot connect to http://127"):
        ask(gone, lambda client: client.start(SLUG, BATCH, idempotency_key="one"))


@pytest.mark.parametrize("wrong", ["", "1", "tsk-1", "trn-", "trn-1/../2", "trn-1?x"])
def test_what_is_no_run_id_is_not_asked_for(wrong: str) -> None:
    with pytest.raises(ApiError, match="those start with 'trn-'"):
        require_run_id(wrong)


def test_the_batch_task_is_added_to_a_workflows_slug() -> None:
    assert resolve_task_slug("imagegen", local=False) == SLUG
    assert resolve_task_slug("imagegen/other:v2", local=False) == "imagegen/other:v2"
    assert resolve_task_slug("", local=True) == "generateBatch"
    with pytest.raises(ApiError, match="--workflow or WORKFLOW_SLUG"):
        resolve_task_slug("", local=False)
