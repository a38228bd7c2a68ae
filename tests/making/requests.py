"""Requests for one picture: their hashes, and what a run that died left behind of them."""

import json
import subprocess
import sys
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path

from imagegen.making.plan import Planned, plan
from imagegen.making.runtime import Runtime
from imagegen.paying.claims import ClaimRecord
from imagegen.request.batch import Leaf
from storage import Store, keys
from tests.doubles.render.local_runs import LOOK

MODEL = "gpt-image-2"


def planned(runtime: Runtime, prompt: str = "a") -> Planned:
    """The pair that a test makes with this prompt."""
    return plan(Leaf(prompt, MODEL, *LOOK, title=prompt), runtime.settings)


@lru_cache(maxsize=1)
def ended_life() -> str:
    """The life of a process of this machine that has ended."""
    code = "from imagegen.paying.liveness import hold_process_lock; print(hold_process_lock())"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], check=True, cwd=root, capture_output=True, text=True)
    return done.stdout.strip()


def leave_claim(store: Store, request_hash: str, *, parent: str = "", life: str | None = None) -> None:
    """Leave the claim of a run that died while it waited for an answer."""
    record = ClaimRecord("token", "dead-leaf", parent, ended_life() if life is None else life)
    data = json.dumps(asdict(record)).encode()
    store.replace(keys.claim(request_hash), data, content_type="application/json")
