"""The address that requests go to is a part of what is paid for."""

import pytest

from imagegen.errors import ConfigurationError
from imagegen.providers import endpoint
from imagegen.settings import Settings

VARIABLES = {"openai": "OPENAI_BASE_URL", "gemini": "GOOGLE_GEMINI_BASE_URL"}


@pytest.mark.parametrize("provider", [*VARIABLES, "offline"])
def test_a_providers_own_endpoint_is_empty(provider: str) -> None:
    assert endpoint(provider, Settings()) == ""


@pytest.mark.parametrize(
    ("provider", "url"),
    [
        ("openai", "https://api.openai.com/v1/"),
        ("openai", " HTTPS://API.openai.com:443/v1"),
        ("openai", " "),
        ("gemini", "https://generativelanguage.googleapis.com/"),
    ],
)
def test_a_providers_own_endpoint_spelled_out_is_empty(
    provider: str, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLES[provider], url)
    assert endpoint(provider, Settings()) == ""


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("http://LocalHost:8080/v1/", "http://localhost:8080/v1"),
        ("https://gate.example/OpenAI/v1//?key=hunter2#x", "https://gate.example/OpenAI/v1"),
        ("http://[::1]:80/v1", "http://[::1]/v1"),
    ],
)
@pytest.mark.parametrize("provider", VARIABLES)
def test_another_endpoint_is_normal_and_holds_no_secret(
    provider: str, url: str, normal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLES[provider], url)
    assert endpoint(provider, Settings()) == normal


@pytest.mark.parametrize("url", ["https://user:hunter2@gate.example/v1", "http://user@gate.example:port/v1"])
@pytest.mark.parametrize("provider", VARIABLES)
def test_an_address_with_a_password_is_refused_and_not_repeated(
    provider: str, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLES[provider], url)
    with pytest.raises(ConfigurationError, match=f"{VARIABLES[provider]} holds a user name or password") as refused:
        endpoint(provider, Settings())
    assert "hunter2" not in str(refused.value)
