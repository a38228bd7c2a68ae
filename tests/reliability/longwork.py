"""Long work: ``imagegen run`` of many offline pictures on a store that fails now and then."""

import json
import os
import random
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from imagegen.results import BatchResult
from tests.doubles import fault_proxy
from tests.doubles.s3_servers import S3Server
from tests.reliability import invariants
from tests.reliability.injected import draw_schedule
from tests.reliability.invariants import Violation
from tests.reliability.outcome import Outcome
from tests.reliability.processes import ROOT

RATE = 0.1
LIMIT = 900.0
"""Seconds for all of it."""
QUICK = tuple(f for f in fault_proxy.PASSING if "stall" not in f)
"""Faults that show at once: a stall lasts as long as the command line's 30 seconds of patience."""


def case(seed: int, server: S3Server, *, prompts: int = 250) -> Outcome:
    """Two models' pictures of so many prompts, every tenth answer of the bucket a fault."""
    dice = random.Random(f"{seed} long")
    request = {
        "prompts": [f"Long work {seed}.{number} {dice.random()}" for number in range(prompts)],
        "models": ["gpt-image-2", "gemini-3-pro-image"],
        "style": "photorealistic",
        "template": "bottom-bar",
        "font": "inter",
        "offline": True,
    }
    store = server.store()
    schedule = draw_schedule(seed, RATE, QUICK)
    with (
        tempfile.TemporaryDirectory(prefix="imagegen-soak-") as directory,
        fault_proxy.fault_proxy(server.endpoint, schedule) as proxy,
    ):
        (Path(directory) / "batch.json").write_text(json.dumps(request))
        done = subprocess.run(
            [sys.executable, "-m", "workflows.cli", "run", f"{directory}/batch.json", "--json", "--concurrency", "8"],
            cwd=ROOT,
            env={
                "PATH": os.environ["PATH"],
                "HOME": directory,
                "IMAGEGEN_STORE": store.location,
                "MINIO_ENDPOINT": proxy.url,
                "MINIO_ACCESS_KEY": server.access_key,
                "MINIO_SECRET_KEY": server.secret_key,
                "MAX_IMAGES_PER_BATCH": "10000",
            },
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )
        faults = sum(exchange.fault is not None for exchange in proxy.exchanges)
    pictures = 2 * prompts
    counts = Counter(batches=1, pictures=pictures, **{"store faults": faults})
    if done.returncode != 0:
        return Outcome((Violation("exit", f"exit code {done.returncode}: {done.stderr[-1500:]}"),), counts)
    result = BatchResult.model_validate_json(done.stdout)
    found = [*invariants.check_result(result, store, None), *invariants.check_verify(store)]
    if result.summary.succeeded != pictures:
        found.append(Violation("incomplete", f"{result.summary.succeeded} of {pictures} pictures"))
    return Outcome(tuple(found), counts)
