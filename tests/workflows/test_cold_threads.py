"""Many threads at once in a process that has imported nothing yet, which is when imports race."""

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from imagegen.overlay.text.fonts import FONTS
from imagegen.results import BatchResult
from tests.doubles.provider.gemini_server import GeminiServer
from tests.doubles.provider.openai_server import OpenAIServer
from tests.measuring import COVERAGE

PROCESSES = int(os.environ.get("COLD_PROCESSES", "1"))
"""The number of cold processes in a case. Forty is the long form: ``COLD_PROCESSES=40``."""
TITLES = (
    "Post {} about shipping – Übergrößen",
    "Пост {} о доставке",
    "文章 {}:关于配送",
    "投稿 {}、配送について",
    "Άρθρο {} για τις αποστολές",
)


@pytest.fixture
def providers() -> Iterator[dict[str, str]]:
    with OpenAIServer() as openai, GeminiServer() as gemini:
        yield openai.environment | gemini.environment


def batch(*, offline: bool) -> dict[str, object]:
    """25 prompts by two providers, each row in the next font."""
    fonts, titles = itertools.cycle(FONTS), itertools.cycle(TITLES)
    rows = [{"prompt": next(titles).format(number), "font": next(fonts)} for number in range(25)]
    return {
        "prompts": rows,
        "models": ["gpt-image-2", "gemini-nano-banana-2.1"],
        "style": "cinematic",
        "template": "left-panel",
        "font": "inter",
        "offline": offline,
    }


@pytest.mark.parametrize("offline", [pytest.param(True, marks=pytest.mark.slow), False])
@pytest.mark.timeout(900)
def test_a_cold_process_loses_no_picture_to_threads_that_import_at_once(
    offline: bool, tmp_path: Path, providers: dict[str, str]
) -> None:
    """Fifty pairs of mixed scripts, fonts and providers, all in flight at once, in each of several processes."""
    (tmp_path / "batch.json").write_text(json.dumps(batch(offline=offline)))

    def failures(number: int) -> list[str]:
        done = subprocess.run(
            [sys.executable, "-m", "tests.workflows.cold_batch", "run", str(tmp_path / "batch.json"), "--json"],
            env={
                **COVERAGE,
                "PATH": os.environ["PATH"],
                "HOME": str(tmp_path),
                "IMAGEGEN_STORE": str(tmp_path / f"store-{number}"),
                "MAX_IN_FLIGHT": "50",
                "OPENAI_IMAGES_PER_MINUTE": "100000",
                "GEMINI_IMAGES_PER_MINUTE": "100000",
                **providers,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode not in (0, 1):
            return [f"exit {done.returncode}: {done.stderr}"]
        return [leaf.error.message for leaf in BatchResult.parse(done.stdout.encode()).leaves() if leaf.error]

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(failures, range(PROCESSES)))
    assert found == [[]] * PROCESSES
