"""A fake server per provider, and the real SDK talking to it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from imagegen.errors import Failure
from imagegen.providers import PictureRequest, Provider, connect
from imagegen.request import catalog
from imagegen.settings import from_environment
from tests.doubles.provider.failure_cases import MODELS
from tests.doubles.provider.gemini_server import GeminiServer
from tests.doubles.provider.openai_server import OpenAIServer

PROVIDERS = ("openai", "gemini")


def request(provider: str, **changes: Any) -> PictureRequest:
    """A request for a picture such as the plan makes it."""
    model = catalog.find(changes.pop("model", MODELS[provider]))
    assert model
    options = catalog.build_options(model, from_environment({}))
    return PictureRequest(**{"model": model.id, "prompt": "A fox", "size": model.size, "options": options, **changes})


@dataclass
class Desk:
    """Where a test talks to a provider: the fake server, and the product's client of it."""

    name: str
    server: OpenAIServer | GeminiServer
    provider: Provider

    def catch_failure(self, **changes: Any) -> Failure:
        """Ask for a picture and return the failure."""
        with pytest.raises(Failure) as caught:
            self.provider.generate(request(self.name, **changes))
        return caught.value


OpenDesk = Callable[..., Desk]


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenDesk]:
    """``desk("openai", provider_timeout_seconds=2)`` opens one, with these settings and these variables."""
    with ExitStack() as stack:

        def open_desk(name: str, *, api_key: str = "", **settings: float) -> Desk:
            server = stack.enter_context({"openai": OpenAIServer, "gemini": GeminiServer}[name](api_key=api_key))
            for variable, value in server.environment.items():
                monkeypatch.setenv(variable, value)
            environment = server.environment | {key.upper(): str(value) for key, value in settings.items()}
            return Desk(name, server, connect(name, from_environment(environment)))

        yield open_desk
