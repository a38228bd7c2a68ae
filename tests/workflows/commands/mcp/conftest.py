"""Sessions of the server for agents, talked to by the SDK's own client in memory."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from imagegen.making.runtime import Runtime
from tests.doubles.render.local_runs import runtime_in
from workflows.commands.mcp.budget import Budget
from workflows.commands.mcp.session import Session

BATCH: dict[str, Any] = {
    "prompts": ["A red fox", "A lighthouse"],
    "models": ["gpt-image-2"],
    "style": "photorealistic",
    "template": "bottom-bar",
    "font": "inter",
}
ONE = {**BATCH, "prompts": ["A red fox"]}
OTHER = {**BATCH, "prompts": ["A lighthouse"]}
OFFLINE = {**BATCH, "offline": True}
PRICE = 0.041
"""The list price of one of its pictures, in US dollars."""

Start = Callable[..., Session]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "batch.json").write_text(json.dumps(OFFLINE))
    return folder


@pytest.fixture
def start(project: Path) -> Start:
    """Start a session: ``start(max_cost, **fields)``."""

    def started(max_cost: float | None = None, *, runtime: Runtime | None = None, **fields: Any) -> Session:
        return Session(runtime or runtime_in(project / "pictures"), project, Budget(max_cost), **fields)

    return started
