"""Planted keys turn up nowhere, on any path on which something can fail."""

import asyncio
import json
import logging
import os
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from render.client.errors import TaskRunError

from imagegen.errors import ConfigurationError, ImagegenError
from imagegen.logs import Json
from imagegen.making.runtime import Runtime, using
from imagegen.records import list_keys
from imagegen.settings import Settings, from_environment
from storage import StoreError
from storage.location import open_store
from tests.doubles import s3_servers
from tests.doubles.provider.failure_cases import CASES, MODELS, Case
from tests.doubles.provider.gemini_server import GeminiServer
from tests.doubles.provider.openai_server import OpenAIServer, rejected_key
from tests.doubles.provider.scripted_server import ScriptedServer
from tests.doubles.render.local_runs import LOOK, run_batch, runtime_in
from tests.measuring import COVERAGE
from workflows.app import app, generateBatch
from workflows.local import LocalEngine

ROOT = Path(__file__).parents[2]
OPENAI_KEY = "sk-proj-PLANTEDopenai0123456789abcdefPLANTED"
GOOGLE_KEY = "AIzaPLANTEDgoogle0123456789abcdefPLANTED"
SECRETS = {
    "OPENAI_API_KEY": OPENAI_KEY,
    "GOOGLE_API_KEY": GOOGLE_KEY,
    "MINIO_ACCESS_KEY": "PLANTEDaccess0123456789",
    "MINIO_SECRET_KEY": "PLANTEDsecret/0123456789+abcdef",
}
USERINFO = "PLANTEDpassword0123"
MARK = "PLANTED"


def request(provider: str) -> dict[str, Any]:
    return {
        "prompts": ["A fox"],
        "models": [MODELS[provider]],
        "style": "photorealistic",
        "template": "bottom-bar",
        "font": "inter",
    }


@pytest.fixture
def log() -> Iterator[list[str]]:
    """Every line that our own loggers write, at any level, with its traceback."""
    lines: list[str] = []
    formatter = logging.Formatter("%(message)s")

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.extend((formatter.format(record), Json().format(record)))

    keeper = Keeper()
    ours = [logging.getLogger(name) for name in ("imagegen", "storage", "workflows", "tenacity")]
    before = [logger.level for logger in ours]
    for logger in ours:
        logger.addHandler(keeper)
        logger.setLevel(logging.DEBUG)
    yield lines
    for logger, level in zip(ours, before, strict=True):
        logger.removeHandler(keeper)
        logger.setLevel(level)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_no_key_leaves_the_process_whatever_the_provider_says(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: list[str]
) -> None:
    with {"openai": OpenAIServer, "gemini": GeminiServer}[case.provider]() as server:
        server.always(case.reply)
        said = everything_said(server, case.provider, tmp_path, monkeypatch)
    assert log
    assert case.kind in said or case.passing
    assert MARK not in said + "\n".join(log)


def test_a_provider_that_repeats_the_key_is_not_quoted_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: list[str]
) -> None:
    with OpenAIServer() as server:
        server.always(rejected_key(echoed=OPENAI_KEY))
        said = everything_said(server, "openai", tmp_path, monkeypatch)
    assert "OPENAI_API_KEY" in said
    assert MARK not in said + "\n".join(log)


def everything_said(server: ScriptedServer, provider: str, directory: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """All that a batch leaves behind: results, errors with their causes, and whatever is stored."""
    environment = {**server.environment, **SECRETS}  # type: ignore[attr-defined]  # both providers' fakes have one
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    environment |= {"IMAGEGEN_STORE": str(directory / "store"), "RATE_LIMIT_WAIT_SECONDS": "0"}
    runtime = Runtime(from_environment(environment), pause=lambda _seconds: None, minute=0.1, alone=0.0, patience=0.01)
    said = [repr(runtime.settings)]
    engine = LocalEngine(app, concurrency=2, sleep=no_wait)
    try:
        with using(runtime):
            said.append(json.dumps(asyncio.run(engine.run(generateBatch, **request(provider)))))
    except (TaskRunError, ImagegenError) as error:
        said += [f"{type(link).__name__}: {link} {link!r}" for link in causes(error)]
    finally:
        engine.close()
    said += [f"{key}\n{runtime.store.get(key).decode('latin-1')}" for key in list_keys(runtime.store, "")]
    return "\n".join(said)


async def no_wait(_seconds: float) -> None:
    """Time between attempts, as it passes in a test."""


def causes(error: BaseException | None) -> Iterator[BaseException]:
    while error:
        yield error
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize("variable", ["MINIO_ENDPOINT", "MINIO_PUBLIC_BASE_URL"])
def test_a_password_in_an_address_is_refused_without_being_repeated(variable: str) -> None:
    environment = {"MINIO_BUCKET": "pictures", variable: f"https://user:{USERINFO}@minio.example.com"}
    with pytest.raises(StoreError) as refused:
        _ = Runtime(from_environment(environment)).store
    assert variable in str(refused.value)
    assert MARK not in str(refused.value)


@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "https://127.0.0.1:1", "http://[", "ftp://x"])
def test_a_store_that_cannot_be_used_is_described_without_its_keys(address: str) -> None:
    with pytest.raises(StoreError) as refused:
        open_store(
            endpoint=address,
            access_key=SECRETS["MINIO_ACCESS_KEY"],
            secret_key=SECRETS["MINIO_SECRET_KEY"],
            bucket="x" if address != "ftp://x" else "pictures",
        ).head("results/" + "ab" * 32 + ".json")
    assert MARK not in "\n".join(f"{link} {link!r}" for link in causes(refused.value))


def test_a_batch_in_a_bucket_shows_the_access_key_in_links_only_and_the_secret_nowhere(
    monkeypatch: pytest.MonkeyPatch, log: list[str]
) -> None:
    """A presigned link names the access key: SigV4 is made so. Links are never stored."""
    with s3_servers.moto() as s3:
        settings = Settings(
            minio_endpoint=s3.endpoint,
            minio_bucket="pictures",
            minio_access_key=SECRETS["MINIO_ACCESS_KEY"],
            minio_secret_key=SECRETS["MINIO_SECRET_KEY"],
        )
        runtime = Runtime(settings)
        engine = LocalEngine(app, concurrency=2)
        try:
            with using(runtime):
                result = asyncio.run(engine.run(generateBatch, **request("openai"), offline=True))
        finally:
            engine.close()
        stored = {
            key: (runtime.store.get(key), runtime.store.head(key).metadata) for key in list_keys(runtime.store, "")
        }
    assert SECRETS["MINIO_SECRET_KEY"] not in json.dumps(result)
    assert MARK not in f"{stored}" + "\n".join(log)


@pytest.mark.parametrize("arguments", [["run", "--offline"], ["run"], ["run", "--json"], ["plan"]])
def test_the_command_line_shows_no_key_in_its_output_nor_among_the_processes(
    arguments: list[str], tmp_path: Path
) -> None:
    """Against a provider that refuses the key and repeats it."""
    (tmp_path / "batch.json").write_text(json.dumps(request("openai")))
    with OpenAIServer() as server:
        server.always(rejected_key(echoed=OPENAI_KEY))
        places = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "IMAGEGEN_STORE": str(tmp_path / "store")}
        process = subprocess.Popen(
            [sys.executable, "-m", "workflows.cli", arguments[0], f"{tmp_path}/batch.json", *arguments[1:]],
            cwd=ROOT,
            env={**COVERAGE, **places, **server.environment, **SECRETS},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        shown = command_line(process.pid)
        output, _ = process.communicate(timeout=60)
    assert process.returncode == (1 if "--offline" not in arguments and "run" in arguments else 0)
    assert "A fox" in output
    assert MARK not in output + shown


def command_line(pid: int) -> str:
    """What ``ps`` shows of a process; nothing where there is no /proc."""
    path = Path(f"/proc/{pid}/cmdline")
    return path.read_text() if path.exists() else ""


@pytest.mark.parametrize(
    ("model", "variable"), [("gpt-image-2", "OPENAI_BASE_URL"), ("gemini-3-pro-image", "GOOGLE_GEMINI_BASE_URL")]
)
@pytest.mark.parametrize("address", [f"https://bob:{USERINFO}/abc@gate.example/v1", f"http://127.0.0.1:{USERINFO}/"])
def test_a_password_in_a_base_url_is_refused_before_anything_is_claimed(
    model: str, variable: str, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, address)
    with pytest.raises(ConfigurationError, match=variable) as refused:
        run_batch(runtime_in(tmp_path / "store"), ["a"], [model], *LOOK)
    assert MARK not in "".join(traceback.format_exception(refused.value))
    assert not (tmp_path / "store").exists()
