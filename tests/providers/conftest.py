"""A stand-in server per provider, and the real SDK talking to it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from imagegen import catalog
from imagegen.providers import PictureRequest, Provider, connect
from imagegen.settings import from_environment
from tests.doubles.failure_cases import MODELS
from tests.doubles.gemini_server import GeminiServer
from tests.doubles.openai_server import OpenAIServer
from tests.doubles.scripted_server import ScriptedServer


def request(provider: str, **changes: Any) -> PictureRequest:
    """A request for a picture such as the plan makes it."""
    model = catalog.MODELS[changes.pop("model", MODELS[provider])]
    options = catalog.request_options(model, from_environment({}))
    return PictureRequest(**{"model": model.id, "prompt": "A fox", "size": model.size, "options": options, **changes})


@dataclass
class Desk:
    """Where a test talks to a provider: the stand-in, and the product's client of it."""

    server: ScriptedServer
    provider: Provider


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """``desk("openai", provider_timeout=2)`` opens one."""
    servers: list[ScriptedServer] = []

    def open_desk(name: str, **settings: float) -> Desk:
        server = {"openai": OpenAIServer, "gemini": GeminiServer}[name]()
        servers.append(server.__enter__())
        for variable, value in server.environment.items():
            monkeypatch.setenv(variable, value)
        environment = server.environment | {key.upper(): str(value) for key, value in settings.items()}
        return Desk(server, connect(name, from_environment(environment)))

    yield open_desk
    for server in servers:
        server.__exit__()
