"""Batches that tell a receiver of their ends, and a verification that shares no code with the sender."""

import base64
import hashlib
import hmac
import json
import time
from pathlib import Path
from typing import Any

from imagegen.making.runtime import Runtime
from imagegen.request import batch as batches
from imagegen.request.batch import Batch
from imagegen.results import BatchResult
from tests.doubles.render.local_runs import LOOK, run_batch, runtime_in
from tests.workflows.notify.receiver import Arrival, Receiver

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
MODELS = ["gpt-image-2"]
PROMPT = "A prompt that nobody else is to read"


def telling(directory: Path, receiver: Receiver, **changes: Any) -> Runtime:
    """A runtime that tells the receiver of its batches' ends."""
    return runtime_in(directory, notify_url=f"{receiver.url}/hook?token=s3cr3t", notify_secret=SECRET, **changes)


def run(runtime: Runtime, *prompts: str, **named: Any) -> BatchResult:
    return run_batch(runtime, list(prompts) or [PROMPT], MODELS, *LOOK, **({"offline": True} | named))


def verify(arrival: Arrival, secret: str = SECRET) -> None:
    """Check the signature as the specification says it, without any code of ours."""
    key = base64.b64decode(secret.removeprefix("whsec_")) if secret.startswith("whsec_") else secret.encode()
    headers = {name.lower(): value for name, value in arrival.headers.items()}
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{arrival.body.decode()}"
    signature = base64.b64encode(hmac.new(key, content.encode(), hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{signature}"
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
    assert headers["content-type"] == "application/json"


def told(receiver: Receiver) -> dict[str, Any]:
    """What the receiver was told in its only arrival."""
    (arrival,) = receiver.arrivals
    verify(arrival)
    event = json.loads(arrival.body)
    assert event["type"] == "batch.ended"
    data: dict[str, Any] = event["data"]
    return data


def ids(receiver: Receiver) -> list[str]:
    return [arrival.headers["webhook-id"] for arrival in receiver.arrivals]


def request() -> Batch:
    """The batch that ``run`` runs."""
    return batches.read([[PROMPT], MODELS, *LOOK, "", "", 0, True], max_images=10)
