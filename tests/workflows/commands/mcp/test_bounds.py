"""An agent reads no file but batch files of the project, learns no key, and is answered in words."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from imagegen.making.runtime import Runtime
from imagegen.project import Project
from storage import StoreUnavailable
from tests.doubles.provider import openai_server
from tests.doubles.provider.openai_server import OpenAIServer
from tests.doubles.render.local_runs import runtime_in
from tests.workflows.commands.mcp.conftest import BATCH, OFFLINE, Start
from tests.workflows.commands.mcp.talking import Agent, Refused, talk
from workflows.commands.mcp.project import OutOfBounds, find_batch_file, read_batch_file
from workflows.commands.mcp.server import hide

SECRET = "sk-proj-1234567890abcdef"


def refused(session: Any, tool: str, **arguments: Any) -> str:
    """What a tool says when it refuses."""

    async def say(agent: Agent) -> str:
        with pytest.raises(Refused) as no:
            await agent.call(tool, **arguments)
        return str(no.value)

    return talk(session, say)


def test_a_batch_file_of_the_project_is_planned_and_run(start: Start, project: Path) -> None:
    (project / "sub").mkdir()
    (project / "sub" / "link.json").symlink_to("../batch.json")

    async def say(agent: Agent) -> None:
        for path in ("batch.json", "sub/link.json", "sub/../batch.json"):
            planned = await agent.call("plan", batch_file=path)
        assert (await agent.call("run", batch=OFFLINE, approval=planned["approval"]))["status"] == "complete"

    talk(start(), say)


SETTINGS = Project(defaults={"models": ["gpt-image-1"], "style": "neon", "context": "a blog", "max_cost_usd": 0.05})


def test_a_batch_is_filled_from_the_project_and_a_file_says_everything_itself(start: Start) -> None:
    """A file makes the same batch for an agent, for ``imagegen run`` and on Render."""

    async def say(agent: Agent) -> None:
        own = {"models": ["gpt-image-1"], "style": "neon", "template": "bottom-bar", "font": "inter"}
        planned = await agent.call("plan", batch={"prompts": ["A red fox"]}, offline=True)
        assert planned["batch"] == {**own, "offline": True, "context": "a blog", "max_cost_usd": 0.05}
        planned = await agent.call("plan", batch={"prompts": ["A red fox"], "style": "sketch"}, offline=True)
        assert planned["batch"]["style"] == "sketch"
        planned = await agent.call("plan", batch_file="batch.json")
        written = {name: value for name, value in OFFLINE.items() if name != "prompts"}
        assert planned["batch"] == {**written, "max_cost_usd": 0.05}

    talk(start(project=SETTINGS), say)


@pytest.mark.parametrize("max_cost", [None, 1.0, 0.01])
def test_no_batch_raises_the_cap_of_the_project(max_cost: float | None, start: Start, project: Path) -> None:
    batch = {**OFFLINE, "max_cost_usd": max_cost}
    (project / "costly.json").write_text(json.dumps(batch))

    async def say(agent: Agent) -> None:
        for planned in (await agent.call("plan", batch=batch), await agent.call("plan", batch_file="costly.json")):
            assert planned["batch"]["max_cost_usd"] == min(0.05, max_cost or 1)

    talk(start(project=SETTINGS), say)


HOSTILE: dict[str, Callable[[Path], object]] = {
    "../outside.json": lambda _: None,
    "sub/../../outside.json": lambda _: None,
    "/etc/passwd": lambda _: None,
    "~/x.json": lambda _: None,
    "..\\outside.json": lambda _: None,
    "a\0.json": lambda _: None,
    ".env": lambda _: None,
    ".hidden.json": lambda root: (root / ".hidden.json").write_text("{}"),
    ".git/x.json": lambda root: (root / ".git/x.json").write_text("{}"),
    "env.json": lambda root: (root / "env.json").symlink_to(".env"),
    "out.json": lambda root: (root / "out.json").symlink_to("../outside.json"),
    "away/outside.json": lambda root: (root / "away").symlink_to(".."),
    "circle.json": lambda root: (root / "circle.json").symlink_to("circle.json"),
    "pipe.json": lambda root: os.mkfifo(root / "pipe.json"),
    "folder.json": lambda root: (root / "folder.json").mkdir(),
    "nowhere.json": lambda _: None,
    "keys.txt": lambda root: (root / "keys.txt").write_text(SECRET),
    "x" * 5_000 + ".json": lambda _: None,
}


@pytest.mark.parametrize("path", HOSTILE, ids=lambda path: ascii(path[:30]))
def test_no_other_file_is_read(path: str, start: Start, project: Path) -> None:
    (project.parent / "outside.json").write_text(json.dumps(OFFLINE))
    for folder in ("sub", ".git"):
        (project / folder).mkdir()
    (project / ".env").write_text(f"OPENAI_API_KEY={SECRET}\n")
    HOSTILE[path](project)
    with pytest.raises(OutOfBounds):
        read_batch_file(project, path)
    told = refused(start(), "plan", batch_file=path)
    assert SECRET not in told
    assert "Error executing" not in told
    assert str(project) not in told


@pytest.mark.parametrize(
    "content",
    [
        json.dumps({"OPENAI_API_KEY": SECRET}),
        json.dumps([SECRET]),
        json.dumps({"prompts": SECRET, "models": [SECRET], "style": SECRET, "font": SECRET, "max_cost_usd": SECRET}),
        json.dumps(SECRET),
        f"OPENAI_API_KEY={SECRET}",
        f'{{"a": {SECRET}}}',
        f'{{"{SECRET}": 1, "{SECRET}": 2}}',
        json.dumps({**OFFLINE, SECRET: 1}),
        json.dumps({**OFFLINE, "prompts": [{"prompt": "A fox", SECRET: 1}]}),
        json.dumps({**OFFLINE, "prompts": [{"prompt": SECRET, "highlight": "wolf"}]}),
        json.dumps({**OFFLINE, "prompts": [{"prompt": "A fox", "title": f"\u0378 {SECRET}"}]}),
        json.dumps({**OFFLINE, "models": [f"gpt-image-2-{SECRET}!"], "sizes": [SECRET], "focus": SECRET}),
    ],
)
def test_a_file_that_is_no_batch_is_not_quoted(content: str, start: Start, project: Path) -> None:
    (project / "keys.json").write_text(content)
    told = refused(start(), "plan", batch_file="keys.json")
    assert SECRET[:8] not in told
    assert str(project) not in told


def test_an_unknown_field_of_a_file_is_told_by_the_known_one_that_it_is_close_to(start: Start, project: Path) -> None:
    (project / "batch.json").write_text(json.dumps({**OFFLINE, "prompts": [{"prompt": "A fox", "titel": "Fox"}]}))
    told = refused(start(), "plan", batch_file="batch.json")
    assert "prompts[0]: unknown field; did you mean 'title'?" in told


@pytest.mark.parametrize("swapped", ["batch.json", "sub"])
def test_a_path_that_is_changed_after_it_was_looked_at_leads_nowhere_else(
    swapped: str, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever can write in the folder has all the time between the look and the read."""
    outside = project.parent / "outside"
    outside.mkdir()
    for folder in (project / "sub", outside):
        folder.mkdir(exist_ok=True)
        (folder / "batch.json").write_text(json.dumps(OFFLINE))
    if swapped == "batch.json":
        (outside / "batch.json").rename(project.parent / "batch.json")

    def find(root: Path, name: str) -> tuple[Path, tuple[str, ...]]:
        found = find_batch_file(root, name)
        place = project / "sub" / swapped if swapped == "batch.json" else project / swapped
        place.rename(project / "away")
        place.symlink_to(project.parent / "batch.json" if swapped == "batch.json" else outside)
        return found

    monkeypatch.setattr("workflows.commands.mcp.project.find_batch_file", find)
    with pytest.raises(OutOfBounds, match="no plain file"):
        read_batch_file(project, "sub/batch.json")


def test_either_a_batch_or_a_file_is_asked_for(start: Start) -> None:
    assert "either a batch or the path" in refused(start(), "plan")
    assert "either a batch or the path" in refused(start(), "plan", batch=OFFLINE, batch_file="batch.json")


def test_every_problem_of_a_batch_is_told(start: Start) -> None:
    told = refused(start(), "plan", batch={**OFFLINE, "font": "intr", "style": "bad"})
    assert "font: " in told
    assert "did you mean 'inter'?" in told
    assert "style: " in told


@pytest.mark.parametrize("batch_id", ["zz", "../../etc/passwd", "0123456789abcdef", "/"])
def test_no_batch_id_leads_out_of_the_store(batch_id: str, start: Start) -> None:
    for tool in ("status", "gallery"):
        assert "batch" in refused(start(), tool, batch_id=batch_id)


@pytest.mark.parametrize("brand", ["../../etc", "/etc", "a/b", "nowhere"])
def test_no_brand_leads_out_of_the_brands(brand: str, start: Start) -> None:
    assert "brand: " in refused(start(), "plan", batch={**OFFLINE, "brand": brand})


def test_a_brand_that_is_none_is_not_quoted(start: Start, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even the start of a key that is longer than what a message quotes."""
    monkeypatch.chdir(project)
    (project / "brands/harbour").mkdir(parents=True)
    (project / "brands/harbour/brand.toml").write_text(f'accent = "{SECRET * 5}"\n')
    told = refused(start(), "plan", batch={**OFFLINE, "brand": "harbour"})
    assert "brands/harbour/brand.toml: accent: " in told
    assert SECRET[:8] not in told


@pytest.mark.parametrize("settings", [f"{SECRET} = 1", f'"{SECRET}" = 1', f"[{SECRET}]\n[{SECRET}]", f"{SECRET}"])
def test_no_key_and_no_line_of_a_brand_is_quoted(
    settings: str, start: Start, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    (project / "brands/harbour").mkdir(parents=True)
    (project / "brands/harbour/brand.toml").write_text(settings)
    told = refused(start(), "plan", batch={**OFFLINE, "brand": "harbour"})
    assert "brands/harbour/brand.toml: " in told
    assert SECRET[:8] not in told


def test_no_key_is_told(start: Start, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even a store that said a key would be quoted without it."""
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    runtime = runtime_in(project / "pictures")

    def leak(*_: object, **__: object) -> None:
        raise StoreUnavailable(f"tried with {SECRET}")

    session = start(1.0, runtime=runtime)
    monkeypatch.setattr(runtime.store, "list", leak)
    assert refused(session, "status") == "tried with …"
    assert hide("nothing here", [SECRET]) == "nothing here"


def test_status_and_gallery_say_what_was_made(start: Start) -> None:
    async def say(agent: Agent) -> None:
        planned = await agent.call("plan", batch=OFFLINE)
        made = await agent.call("run", batch=OFFLINE, approval=planned["approval"])
        status = await agent.call("status")
        assert [batch["batch_id"] for batch in status["batches"]] == [made["batch_id"]]
        assert status["session"]["running"] == []
        assert (await agent.call("status", batch_id=made["batch_id"][:5]))["batch"]["failures"] == []
        gallery = await agent.call("gallery", batch_id=made["batch_id"])
        assert gallery["page"].endswith(f"/batches/{made['batch_id']}/index.html")
        assert [(one["row"], one["title"], one["size"]) for one in gallery["pictures"]] == [
            (1, "A red fox", "og"),
            (2, "A lighthouse", "og"),
        ]

    talk(start(), say)


def test_failures_of_a_batch_too_large_for_one_result_are_told(
    start: Start, runtime: Runtime, openai: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such a result has its pictures, and its failures, in the manifest alone."""
    monkeypatch.setattr("imagegen.making.outcomes.MAX_RESULT", 1_000)
    openai.script([openai_server.refused()])

    async def say(agent: Agent) -> None:
        planned = await agent.call("plan", batch=BATCH)
        made = await agent.call("run", batch=BATCH, approval=planned["approval"])
        assert (made["succeeded"], len(made["failures"])) == (1, 1)

    talk(start(1.0, runtime=runtime), say)


def test_there_are_six_tools_and_nothing_else(start: Start) -> None:
    async def say(agent: Agent) -> None:
        tools = (await agent.client.list_tools()).tools
        assert [tool.name for tool in tools] == ["plan", "run", "plan_redo", "redo", "status", "gallery"]
        assert all(tool.description and "session" not in tool.input_schema["properties"] for tool in tools)
        assert (await agent.client.list_resources()).resources == []

    talk(start(), say)
