"""Every test starts from an empty environment: no key, no bucket and no proxy of the machine reaches it."""

import os

import pytest
from hypothesis import settings

# No example is judged by its time: a loaded machine would fail at random.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

_OURS = (
    "OPENAI_",
    "OTEL_",
    "LOG_",
    "GOOGLE_",
    "GEMINI_",
    "MINIO_",
    "MAX_",
    "AWS_",
    "RENDER",
    "IMAGEGEN_",
    "OFFLINE_",
    "PROVIDER_",
    "NOTIFY_",
)
_ALONE = {"STRICT_MODELS", "ENABLE_MODERATION", "RETRY_UNANSWERED", "RATE_LIMIT_WAIT_SECONDS", "URL_LIFE_SECONDS"}
_ALONE |= {"ORIGINALS_EXPIRE_DAYS", "REQUIRE_SHAPING"}
_PROXIES = {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"}


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        upper = name.upper()
        if upper.startswith(_OURS) or upper in _ALONE | _PROXIES:
            monkeypatch.delenv(name)
