"""The notification of a batch's end: one signed POST to ``NOTIFY_URL``, and never the reason that a batch fails."""

import asyncio
import hashlib
import json
import logging
import time
from collections import Counter
from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from imagegen.errors import BatchFailed, ConfigurationError, RequestError
from imagegen.making.batch_run import finish_in_any_case
from imagegen.making.plan import plan
from imagegen.making.runtime import Runtime
from imagegen.records import find_manifest
from imagegen.request.batch import Batch, batch_id
from imagegen.results import BatchResult
from imagegen.settings import Settings
from storage import keys
from storage.links import read_expiry
from workflows.webhooks import build_headers, find_problem

if TYPE_CHECKING:
    import httpx2

PAUSES = (1.0, 3.0)
"""Seconds before the second attempt and before the third."""
ATTEMPT_SECONDS = 5.0
"""Seconds for one attempt, from the look-up of the name to the answer's status."""
MOST_SECONDS = 20.0
"""Seconds for all of it, which a batch may end later than without a notification."""
PASSING = frozenset({429, *range(500, 600)})
"""Statuses after which another attempt may help."""

# One of the service's own loggers, so that the line goes where all others go.
_log = logging.getLogger("imagegen.notify")


def require_receiver(settings: Settings) -> None:
    """Raise ConfigurationError when the address or the secret of notifications is none, without repeating either."""
    if problem := find_problem(settings.notify_url, settings.notify_secret):
        raise ConfigurationError(problem)


async def tell_end(work: Awaitable[BatchResult], runtime: Runtime, batch: Batch, run: str | None) -> BatchResult:
    """Await the run of a batch and tell of its end, whatever it is; return its result, or raise what it raises.

    Nothing is told of a batch that was refused before it began. ``run`` is the run's id.
    """
    if not runtime.settings.notify_url:
        return await work
    try:
        result = await work
    except (RequestError, ConfigurationError):
        raise
    except (Exception, asyncio.CancelledError) as error:
        await finish_in_any_case(_tell(runtime, batch, run or "", error))
        raise
    await finish_in_any_case(_tell(runtime, batch, run or "", result))
    return result


async def _tell(runtime: Runtime, batch: Batch, run: str, end: BatchResult | BaseException) -> None:
    """Send the notification; log a warning when it does not arrive."""
    try:
        async with asyncio.timeout(MOST_SECONDS):
            event = await asyncio.to_thread(_describe, runtime, batch, run, end)
            problem = await _deliver(runtime, _name(event), _encode(event))
    except TimeoutError:
        problem = f"it took longer than {MOST_SECONDS:g} s"
    except Exception as error:  # noqa: BLE001 - whatever it is, the batch is not to fail of it
        problem = type(error).__name__  # its text may repeat the address, which may be a secret
    if problem:
        _log.warning("the end of the batch was not told to NOTIFY_URL: %s; the batch itself is not affected", problem)


def _describe(runtime: Runtime, batch: Batch, run: str, end: BatchResult | BaseException) -> dict[str, Any]:
    """Return what is told of a batch: figures and links, and of its texts the name alone."""
    if isinstance(end, BatchResult):
        return _describe_result(runtime, end)
    settings = runtime.settings
    name = batch_id(batch, [plan(leaf, settings).leaf_hash for row in batch.leaves for leaf in row])
    manifest = find_manifest(runtime.store, name) if isinstance(end, BatchFailed) else None
    if manifest and manifest.run_id == run:
        return _describe_result(runtime, manifest)
    status = "cancelled" if isinstance(end, asyncio.CancelledError) else "failed"
    return {"batch_id": name, "name": batch.name, "run_id": run, "status": status, "reason": type(end).__name__}


def _describe_result(runtime: Runtime, result: BatchResult) -> dict[str, Any]:
    summary = result.summary
    failures = Counter(leaf.error.kind for leaf in result.leaves() if leaf.error)
    page = runtime.store.url(keys.gallery(result.batch_id), life=runtime.settings.url_life)
    expiry = read_expiry(page)
    return {
        "batch_id": result.batch_id,
        "name": result.name,
        "run_id": result.run_id,
        "status": "cancelled" if failures["cancelled"] else result.status,
        "counts": {
            "requested": summary.requested,
            "succeeded": summary.succeeded,
            "failed": summary.failed,
            "generated": summary.generated,
            "reused": summary.reused,
        },
        "failures": dict(failures),
        "cost": {
            "known_usd": summary.known_cost_usd,
            "possible_usd": summary.possible_cost_usd,
            "unpriced_calls": summary.unpriced_calls,
        },
        "seconds": summary.seconds,
        "gallery_url": page,
        "links_expire_at": expiry.isoformat() if expiry else "",
    }


def _name(event: dict[str, Any]) -> str:
    """Return the message's id: the same for a run that is started again and comes to the same end."""
    counts = event.get("counts", {})
    same = [event["batch_id"], event["run_id"], event["status"], counts.get("succeeded"), counts.get("failed")]
    return "msg_" + hashlib.sha256(json.dumps(same).encode()).hexdigest()[:32]


def _encode(event: dict[str, Any]) -> bytes:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return json.dumps({"type": "batch.ended", "timestamp": now, "data": event}).encode()


async def _deliver(runtime: Runtime, message_id: str, body: bytes) -> str:
    """Send it, three times at most; return why it did not arrive, or an empty string."""
    import httpx2

    # At INFO the client's log has whole addresses.
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    async with httpx2.AsyncClient(timeout=ATTEMPT_SECONDS, follow_redirects=False) as client:
        for pause in (*PAUSES, None):
            problem, passing = await _post(client, runtime, message_id, body)
            if not passing or pause is None:
                break
            await asyncio.sleep(pause)
    return problem


async def _post(client: "httpx2.AsyncClient", runtime: Runtime, message_id: str, body: bytes) -> tuple[str, bool]:
    """Send it once; return what went wrong, if anything, and if another attempt may help."""
    import httpx2

    settings = runtime.settings
    headers = build_headers(settings.notify_secret, message_id=message_id, timestamp=int(time.time()), body=body)
    headers |= {"content-type": "application/json", "user-agent": "imagegen"}
    try:
        # The answer's body says nothing that is needed, so that none of it is read.
        async with (
            asyncio.timeout(ATTEMPT_SECONDS),
            client.stream("POST", settings.notify_url, content=body, headers=headers) as answer,
        ):
            pass
    except (TimeoutError, httpx2.TimeoutException):
        return f"it did not answer within {ATTEMPT_SECONDS:g} s", True
    except httpx2.TransportError as error:
        return f"no connection, or none that lasted ({type(error).__name__})", True
    if answer.is_success:
        return "", False
    hint = ", and redirects are not followed" if answer.is_redirect else ""
    return f"it answered {answer.status_code}{hint}", answer.status_code in PASSING
