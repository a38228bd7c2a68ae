"""The address that requests go to is a part of what is paid for."""

import traceback

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
        ("https://gate.example/OpenAI/v1//", "https://gate.example/OpenAI/v1"),
        ("https://my_gate.example.:443/a:b/v1", "https://my_gate.example./a:b/v1"),
        ("http://192.0.2.7:8080", "http://192.0.2.7:8080"),
        ("http://[::1]:80/v1", "http://[::1]/v1"),
    ],
)
@pytest.mark.parametrize("provider", VARIABLES)
def test_another_endpoint_is_normal(provider: str, url: str, normal: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLES[provider], url)
    assert endpoint(provider, Settings()) == normal


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://user:hunter2@gate.example/v1", "holds a user name or password"),
        ("http://user@gate.example:hunter2/v1", "holds a user name or password"),
        ("https://bob:hunter2/abc@gate.example/v1", "holds a user name or password"),
        ("bob:hunter2@gate.example", "holds a user name or password"),
        ("https://gate.example/v1?key=hunter2", "holds a query"),
        ("https://gate.example/v1#hunter2", "holds a query"),
        ("http://u:hunter2%40127.0.0.1", "is not an address"),
        ("http://u%3Ahunter2%40gate.example/v1", "is not an address"),
        ("http://127.0.0.1:hunter2/", "is not an address"),
        ("http://127.0.0.1:0/hunter2", "is not an address"),
        ("http://[::1%hunter2]/v1", "is not an address"),
        ("http://[hunter2:]/v1", "is not an address"),
        ("http://[::1]hunter2/v1", "is not an address"),
        ("http:///hunter2", "is not an address"),
        ("http:hunter2", "is not an address"),
        ("hunter2", "is not an address"),
        ("hunter2:8080/v1", "is not an address"),
        ("ftp://gate.example/hunter2", "is not an address"),
        ("https://gate.exa\tmple/hunter2", "is not an address"),
        ("https://gate.example/hunter2 v1", "is not an address"),
        ("https://gäte.example/hunter2", "is not an address"),
        ("https://-hunter2.example", "is not an address"),
        ("https:\\\\bob:hunter2\\gate.example", "is not an address"),
    ],
)
@pytest.mark.parametrize("provider", VARIABLES)
def test_an_address_that_is_not_plain_is_refused_and_not_repeated(
    provider: str, url: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLES[provider], url)
    with pytest.raises(ConfigurationError, match=f"{VARIABLES[provider]} {reason}") as refused:
        endpoint(provider, Settings())
    assert "hunter2" not in "".join(traceback.format_exception(refused.value)) + repr(refused.value.__context__)
