"""One trial: a fake server, ``imagegen run`` in a process of its own, and what both say of it afterwards."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from imagegen.paying.run_report import Report
from tests.reliability.third_party import servers
from tests.reliability.third_party.servers import Server
from tests.reliability.third_party.trials import Trial

ROOT = Path(__file__).parents[3]
MODELS = {"openai": "gpt-image-2", "gemini": "gemini-3-pro-image"}
LIMIT = 600.0
"""Seconds after which a run counts as hung."""
SLACK = 0.1
"""Seconds by which two clocks may disagree on a wait."""


def try_out(trial: Trial, program: str) -> list[str]:
    """Run a trial; return what went wrong."""
    with tempfile.TemporaryDirectory(prefix="imagegen-third-party-") as name:
        directory = Path(name)
        with _open_server(trial, program, directory) as server:
            found = list(_check_run(trial, server, directory))
            calls, gaps, verdict = _ask_server(trial, server)
    if calls != trial.calls:
        found.append(f"{calls} calls, not {trial.calls}")
    found += [f"asked {gap:.2f} s after a wait of {wait:g} s" for gap, wait in gaps if gap < wait - SLACK]
    return [*found, *verdict]


@contextmanager
def _open_server(trial: Trial, program: str, directory: Path) -> Iterator[Server]:
    if trial.server == "llmock":
        with servers.start_llmock(program) as server:
            if trial.script:
                server.send("/_llmock/scenario", {"behaviors": trial.script})
            yield server
    elif trial.server == "aimock":
        with servers.start_aimock(program, directory, trial.script, trial.flags) as server:
            yield server
    else:
        with servers.start_mountebank(program, directory, trial.script) as server:
            yield server


def _check_run(trial: Trial, server: Server, directory: Path) -> Iterator[str]:
    """Run the batch, and hold its report against the trial."""
    path = directory / "batch.json"
    path.write_text(json.dumps([["A fox"], [MODELS[trial.provider]], "photorealistic", "bottom-bar", "inter"]))
    base = f"{server.api}/gemini" if trial.server == "llmock" else server.api
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(directory),
        "IMAGEGEN_STORE": str(directory / "store"),
        "OPENAI_BASE_URL": f"{server.api}/v1",
        "OPENAI_API_KEY": "sk-proj-standinstandinstandin1234",
        "GOOGLE_GEMINI_BASE_URL": base,
        "GOOGLE_API_KEY": "AIzaStandinStandinStandinStandinStandin",
        "GOOGLE_GENAI_API_VERSION": "v1beta",  # the only one that llmock knows
        "PROVIDER_TIMEOUT_SECONDS": f"{trial.timeout:g}",
        **trial.settings,
    }
    command = [sys.executable, "-m", "workflows.cli", "run", str(path)]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=LIMIT, check=False
    )
    if done.returncode != int(not trial.made):
        yield f"exit code {done.returncode}: {done.stdout[-500:]}{done.stderr[-500:]}"
    if "Traceback" in done.stderr + done.stdout:
        yield "a traceback"
    yield from _check_report(trial, directory / "store")


def _check_report(trial: Trial, store: Path) -> Iterator[str]:
    reports = [Report.model_validate_json(path.read_bytes()) for path in (store / "reports").glob("*.json")]
    if len(reports) != 1 or reports[0].summary is None:
        yield f"{len(reports)} reports"
        return
    summary = reports[0].summary
    said = (summary.succeeded == 1, summary.paid_calls, summary.possible_extra_charges)
    if said != (trial.made, trial.paid, trial.possible):
        yield f"the result says {said}, not {(trial.made, trial.paid, trial.possible)}"
    kept = len([path for path in (store / "rejected").glob("*") if path.name.count(".") == 1])
    if kept != trial.kept:
        yield f"{kept} answers are kept, not {trial.kept}"


def _ask_server(trial: Trial, server: Server) -> tuple[int, list[tuple[float, float]], list[str]]:
    """Return the calls that a fake server counted, the gaps after waits that it asked for, and its verdict."""
    if trial.server == "mountebank":
        requests = server.send("")["requests"]
        times = [datetime.fromisoformat(request["timestamp"]).timestamp() for request in requests]
        wait = next((float(word) for word in ("3",) if trial.name.startswith("429")), 0.0)
        return len(times), [(after - before, wait) for before, after in pairwise(times)], []
    if trial.server == "aimock":
        entries: list[dict[str, Any]] = server.send("/__aimock/journal")
        return len(entries), [], []
    requests = server.send("/_llmock/requests")["requests"]
    findings = server.send("/_llmock/verdict")["findings"]
    return len(requests), [], [f"verdict: {finding['code']}: {finding['title']}" for finding in findings]
