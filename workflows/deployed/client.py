"""Runs on Render, or on the local server of ``render workflows dev``, through the SDK's API client.

Requests return plain values. Every failure is an ApiError whose message says what to do:

    ApiError            the request is refused: a wrong slug, key or id, or a run that has ended
    └── ApiUnavailable  no answer, or "try later": the same request may succeed in a while
        └── Unreachable nothing listens at the address
"""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_exponential

from imagegen.errors import ImagegenError
from imagegen.formatting import encoded_size
from storage.endpoint import may_hold_secret
from workflows.deployed.runs import RemoteRun, find_descendants, read_details, read_summary

if TYPE_CHECKING:
    from render.public_api.models.task_run import TaskRun

HOSTED_URL = "https://api.render.com"
LOCAL_URL = "http://localhost:8120"
BATCH_TASK = "generateBatch"
LEAF_TASK = "generateImage"

REQUEST_SECONDS = 30.0
"""The local server answers a start only after a Python process has registered the tasks: a second or more."""
PAGE = 100
MAX_SHOWN = 500
"""Characters of a server's message that are quoted."""
MAX_ARGUMENTS = 4_000_000
"""Bytes: Render accepts at most 4 MB of arguments."""

_RUN_ID = re.compile(r"trn-[0-9A-Za-z-]+")
NO_ADDRESS = (
    "RENDER_LOCAL_DEV_URL is not an address (its value may hold a password and is not shown): write it like "
    f"{LOCAL_URL}, without a user name or a query"
)


class ApiError(ImagegenError):
    """Render, or the local server, did not carry out a request."""


class ApiUnavailable(ApiError):
    """The server gave no answer for now; the request itself may be right."""


class Unreachable(ApiUnavailable):
    """Nothing listens at the address."""


class Client:
    """A connection to the API; an async context manager.

    ``local`` asks the local server; ``RENDER_LOCAL_DEV_URL`` and ``RENDER_USE_LOCAL_DEV`` do the same, as everywhere
    in the SDK. Otherwise ``RENDER_API_KEY`` is needed; without it, entering raises ApiError.
    """

    def __init__(
        self,
        *,
        local: bool = False,
        base_url: str = HOSTED_URL,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        environment = os.environ
        self.local = (
            local
            or bool(environment.get("RENDER_LOCAL_DEV_URL"))
            or environment.get("RENDER_USE_LOCAL_DEV", "").lower() in {"1", "t", "true"}
        )
        self._base_url = LOCAL_URL if local else base_url
        # The local server needs no key, so it is not sent one.
        self._key = "" if local else environment.get("RENDER_API_KEY", "")
        self._sleep = sleep
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        if not (self.local or self._key):
            raise ApiError(
                "RENDER_API_KEY is not set: make a key in the Dashboard under Account Settings, API Keys, "
                "or ask the local server with --local"
            )
        import httpx
        from render.client import Client as SdkClient

        _check_local_url(os.environ.get("RENDER_LOCAL_DEV_URL", ""))
        sdk = SdkClient(token=self._key, base_url=self._base_url)
        sdk.internal = sdk.internal.with_timeout(httpx.Timeout(REQUEST_SECONDS))
        self._base_url = sdk.base_url
        self._sdk = sdk
        try:
            await self._stack.enter_async_context(sdk.internal)
        except httpx.InvalidURL:
            raise ApiError(NO_ADDRESS) from None
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()

    async def start(self, task: str, inputs: dict[str, Any], *, idempotency_key: str) -> RemoteRun:
        """Start a run of ``task`` (``workflow-slug/task``). Raises ApiError, also for inputs that are too large.

        A request that Render did not answer is repeated with the same key three times, 1, 2 and 4 seconds apart, so
        that it cannot start two runs. The local server ignores keys: there it is made once.
        """
        from render.public_api.api.workflow_tasks import create_task
        from render.public_api.models.run_task import RunTask
        from render.public_api.models.task_data_type_1 import TaskDataType1

        if (size := encoded_size(inputs)) > MAX_ARGUMENTS:
            raise ApiError(
                f"cannot start {task}: the batch is {size:,} bytes as Render's SDK encodes it, more than the "
                f"{MAX_ARGUMENTS:,} that Render accepts; split the batch"
            )
        body = RunTask(task=task, input_=TaskDataType1.from_dict(inputs), idempotency_key=idempotency_key)
        retrying = AsyncRetrying(
            retry=retry_if_exception(
                lambda error: isinstance(error, ApiUnavailable) and type(error) is not Unreachable
            ),
            stop=stop_after_attempt(1 if self.local else 4),
            wait=wait_exponential(1),
            sleep=self._sleep,
            reraise=True,
        )
        answer: TaskRun = await retrying(self._request, f"start {task}", create_task.asyncio_detailed, body=body)
        return read_summary(answer)

    async def fetch_run(self, run_id: str) -> RemoteRun:
        """Return a run with its inputs and result. Raises ApiError."""
        from render.public_api.api.workflow_tasks import get_task_run

        checked = require_run_id(run_id)
        return read_details(await self._request(f"read {checked}", get_task_run.asyncio_detailed, task_run_id=checked))

    async def fetch_descendants(self, root_id: str) -> list[RemoteRun]:
        """Return all runs below a root run, from every page. Raises ApiError."""
        from render.public_api.api.workflow_tasks import list_task_runs
        from render.public_api.types import UNSET

        found: dict[str, RemoteRun] = {}
        cursor: Any = UNSET
        while True:
            page = await self._request(
                f"list the runs of {root_id}",
                list_task_runs.asyncio_detailed,
                root_task_run_id=[require_run_id(root_id)],
                limit=PAGE,
                cursor=cursor,
            )
            fresh = [item for item in page if item.task_run.id not in found]
            found |= {item.task_run.id: read_summary(item.task_run) for item in fresh}
            if len(page) < PAGE or not fresh:
                # The local server ignores filter, limit and cursor: it repeats all runs that it knows.
                return find_descendants(root_id, found)
            cursor = page[-1].cursor

    async def cancel(self, run_id: str) -> None:
        """Cancel a root run and all runs below it. Raises ApiError, also when the run has ended."""
        from render.public_api.api.workflow_tasks import cancel_task_run

        checked = require_run_id(run_id)
        await self._request(f"cancel {checked}", cancel_task_run.asyncio_detailed, task_run_id=checked)

    async def stream_endings(self, run_id: str) -> AsyncIterator[None]:
        """Yield whenever the server reports the end of the run or of one of its attempts. Raises ApiError.

        Each is only a hint to poll: the local server sends one for every failed attempt, and none to clients that
        connect after a run was cancelled.
        """
        from render.client.errors import RenderError

        try:
            async for _ in self._sdk.workflows.task_run_events([require_run_id(run_id)]):
                yield
        except RenderError as error:
            raise ApiUnavailable(self._redact(str(error))) from error

    async def _request(self, action: str, request: Callable[..., Awaitable[Any]], **arguments: Any) -> Any:
        """Return the parsed answer to a request. Raises ApiError."""
        import httpx

        try:
            response = await request(client=self._sdk.internal, **arguments)
        except httpx.ConnectError as error:
            raise Unreachable(self._describe_unreachable()) from error
        except httpx.HTTPError as error:
            raise ApiUnavailable(f"cannot {action}: {self._describe_no_answer(error)}") from error
        except (ValueError, KeyError, TypeError) as error:
            raise ApiError(f"cannot {action}: {self._base_url} sent an answer that is not from the API") from error
        if response.status_code < HTTPStatus.BAD_REQUEST:
            return response.parsed
        raise self._build_refusal(action, response)

    def _build_refusal(self, action: str, response: Any) -> ApiError:
        status = int(response.status_code)
        said = self._redact(getattr(response.parsed, "message", None) or HTTPStatus(status).phrase)
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            return ApiError(
                f"cannot {action}: Render does not accept RENDER_API_KEY ({status}: {said}); "
                "make a new key in the Dashboard under Account Settings, API Keys"
            )
        if status == HTTPStatus.NOT_FOUND:
            return ApiError(f"cannot {action}: {said}. {self._suggest_lookup()}")
        if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return ApiUnavailable(f"cannot {action}: {said} ({status})")
        return ApiError(f"cannot {action}: {said} ({status})")

    def _suggest_lookup(self) -> str:
        if self.local:
            return "'render workflows tasks list --local' shows the tasks; runs are forgotten when the server stops"
        return "'render workflows list' shows the workflows and their slugs; the key's workspace must own it"

    def _describe_unreachable(self) -> str:
        if self.local:
            return (
                f"nothing listens at {self._base_url}; start the local server with: "
                "render workflows dev -- python -m workflows"
            )
        return f"cannot connect to {self._base_url}; check the network connection"

    def _describe_no_answer(self, error: Exception) -> str:
        reason = self._redact(str(error)) or type(error).__name__
        hint = "; the local server drops the connection when it does not know a run" if self.local else ""
        return f"{self._base_url} gave no answer ({reason}){hint}"

    def _redact(self, text: object) -> str:
        """Return a server's message on one line, without the API key."""
        words = " ".join(str(text).split())
        return (words.replace(self._key, "…") if self._key else words)[:MAX_SHOWN]


def _check_local_url(url: str) -> None:
    """Raise ApiError for an address that is none, or may hold a password."""
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        parts.port  # noqa: B018 - reading it is what checks it
    except ValueError:
        raise ApiError(NO_ADDRESS) from None
    if url and (not parts.hostname or may_hold_secret(url)):
        raise ApiError(NO_ADDRESS)


def require_run_id(run_id: str) -> str:
    """Return ``run_id`` if it looks like a run id. Raises ApiError."""
    if _RUN_ID.fullmatch(run_id):
        return run_id
    raise ApiError(f"{run_id[:60]!r} is not the id of a task run: those start with 'trn-'")


def resolve_task_slug(workflow: str, *, local: bool) -> str:
    """Return the slug of the batch task of a workflow. Raises ApiError when no workflow is named."""
    if workflow:
        return workflow if "/" in workflow else f"{workflow}/{BATCH_TASK}"
    if local:
        return BATCH_TASK
    raise ApiError("name the workflow with --workflow or WORKFLOW_SLUG; 'render workflows list' shows the slugs")
