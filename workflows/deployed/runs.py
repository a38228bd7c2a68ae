"""Task runs as the server reports them, as plain values."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from render.public_api.models.task_run import TaskRun
    from render.public_api.models.task_run_details import TaskRunDetails


class Status(StrEnum):
    """The status of a run. ``completed`` is the older name of ``succeeded``, which the local server still uses."""

    PENDING = "pending"
    RUNNING = "running"
    PAUSED = "paused"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


ENDED = frozenset({Status.SUCCEEDED, Status.FAILED, Status.CANCELED})


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt of a run, begun at ``started`` (epoch seconds)."""

    failed: bool
    started: float
    error: str = ""


@dataclass(frozen=True, slots=True)
class RemoteRun:
    """A task run as the server reports it. Times are epoch seconds, 0 when unknown.

    ``inputs``, ``result`` and ``error`` are known of a run that was requested by its id, not of a listed one.
    """

    id: str
    status: Status
    parent_id: str | None
    attempts: tuple[Attempt, ...]
    started: float
    ended_at: float
    inputs: Any = None
    result: Any = None
    error: str = ""

    @property
    def ended(self) -> bool:
        """True once the run has ended."""
        return self.status in ENDED


def find_descendants(root_id: str, runs: dict[str, RemoteRun]) -> list[RemoteRun]:
    """Return the runs that descend from the root, by their parents: hosted rows may lack the root's id."""

    def descends(run: RemoteRun) -> bool:
        above = run.parent_id
        while above and above != root_id:
            above = runs[above].parent_id if above in runs else None
        return above == root_id

    return [run for run in runs.values() if descends(run)]


def read_summary(run: "TaskRun | TaskRunDetails") -> RemoteRun:
    """Read a run as lists, and the answer to its start, show it."""
    return RemoteRun(
        id=run.id,
        status=Status.SUCCEEDED if run.status.value == "completed" else Status(run.status.value),
        parent_id=run.parent_task_run_id or None,
        attempts=tuple(
            Attempt(
                attempt.status.value == Status.FAILED, _epoch(attempt.started_at), _text(getattr(attempt, "error", ""))
            )
            for attempt in run.attempts
        ),
        started=_epoch(run.started_at),
        ended_at=_epoch(run.completed_at),
    )


def read_details(run: "TaskRunDetails") -> RemoteRun:
    """Read a run that was requested by its id."""
    inputs = run.input_ if isinstance(run.input_, list) else run.input_.to_dict()
    result = run.results[0] if run.results else None
    return replace(read_summary(run), inputs=inputs, result=result, error=_text(run.error))


def _epoch(moment: object) -> float:
    return moment.timestamp() if isinstance(moment, datetime) else 0.0


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
