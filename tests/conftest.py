"""Every test starts from an empty environment: no key, no bucket and no proxy of the machine reaches it."""

import os
import re

import pytest

_OURS = ("OPENAI_", "GOOGLE_", "GEMINI_", "MINIO_", "MAX_", "AWS_", "RENDER", "IMAGEGEN_", "OFFLINE_", "PROVIDER_")
_ALONE = {"STRICT_MODELS", "ENABLE_MODERATION", "RETRY_UNANSWERED", "RATE_LIMIT_WAIT_SECONDS", "URL_LIFE_SECONDS"}
_PROXIES = {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"}


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        upper = name.upper()
        if upper.startswith(_OURS) or upper in _ALONE | _PROXIES:
            monkeypatch.delenv(name)


LONG_FORM = re.compile(
    r"tests/benchmarks/"
    r"|test_faults\.py::.*\[(injected-(5|10)|twins-s3|twins-processes|full|clock)"
    r"|test_faults\.py::test_a_long_batch"
    r"|test_limits\.py::test_a_leaf_stays_small.*(astral|escaped|small values|never says)"
    r"|test_doctor\.py::test_a_server_that_honours.*\[seaweedfs"
    r"|test_cold_threads\.py::.*\[True"
    r"|test_streams\.py::test_characters_that_standard_output_lacks.*\[(ascii|C)\]"
    r"|test_large\.py::test_(ten_thousand|the_parent)"
    r"|test_render\.py::test_random_titles.*\[[3-9]\]"
    r"|test_free_part\.py::.*\[(0\.8|1\.25|1\.3|1\.7|2\.3)"
    r"|test_(contract|swaps)\.py::.*rac.*\[(moto|seaweedfs|minio)"
    r"|test_kill\.py::.*\[minio"
    r"|test_hostile\.py::.*somebody wrote to"
)
"""Tests that take long and have a shorter sister in the suite."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the long form out, unless ``TESTS=full`` asks for it or a test is named on the command line."""
    if os.environ.get("TESTS") == "full" or any("::" in str(name) for name in config.args):
        return
    long = [item for item in items if LONG_FORM.search(item.nodeid)]
    config.hook.pytest_deselected(items=long)
    items[:] = [item for item in items if item not in long]
