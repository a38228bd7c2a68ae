"""The report of one batch run as it is stored, and the proof that its run is over.

A report is open ("running") from before a run makes its first picture until the run's result accounts for its spending.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from imagegen import records
from imagegen.paying.liveness import has_ended, lives_here
from imagegen.records import Unreadable
from imagegen.results import Summary
from storage import ObjectNotFound, Store, keys

LONGEST_RUN = 86_400.0 + 3_600.0
"""Seconds after which no batch run on another machine lives any more: the platform's longest timeout, and an hour."""


class Report(BaseModel):
    """A batch run and its spending. ``life`` proves on its machine that it is over; times are epoch seconds.

    ``adopts`` names the dead runs whose spending this run's result accounts for, also when this run dies in turn.
    ``over``: whoever copied the report to this store knew that the run was over, which another machine cannot prove.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    batch_id: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    run_id: Annotated[str, Field(max_length=200)]
    life: Annotated[str, Field(max_length=200)] = ""
    started_at: Annotated[float, Field(ge=0)]
    status: Literal["running", "ended", "adopted"] = "running"
    adopts: tuple[Annotated[str, Field(max_length=200)], ...] = ()
    over: bool = False
    summary: Summary | None = None

    @property
    def runs(self) -> tuple[str, ...]:
        """The runs whose spending this run's result accounts for."""
        return (self.run_id, *self.adopts)

    @property
    def is_open(self) -> bool:
        """No result accounts for the spending yet."""
        return self.status == "running"

    @property
    def may_run(self) -> bool:
        """The report is open, and nothing shows that its run is over."""
        return self.is_open and not is_over(self)


def is_over(report: Report) -> bool:
    """Tell whether the run that wrote the report is known to be over, whatever its status."""
    return report.over or has_ended_run(report.life, report.started_at)


def has_ended_run(life: str, started_at: float) -> bool:
    """Tell whether a run is known to be over, by its life and its start in epoch seconds."""
    long_ago = time.time() - started_at > LONGEST_RUN
    return has_ended(life) or (long_ago and not lives_here(life))


def parse(data: bytes) -> Report | None:
    """Return a stored report; None for anything else."""
    try:
        return Report.model_validate_json(data)
    except ValidationError:
        return None


def read_open(store: Store) -> dict[str, Report | Unreadable]:
    """Return the open reports of all batch runs by key, and the errors of those that cannot be read.

    Raises StoreError when the store as a whole does not answer.
    """

    def read(key: str) -> Report | Unreadable | None:
        try:
            return parse(records.read_bytes(store, key))
        except Unreadable as error:
            return error
        except ObjectNotFound:
            return None  # deleted since it was listed

    listed = list(records.list_keys(store, keys.REPORTS))
    with ThreadPoolExecutor(records.AT_ONCE, "reports") as pool:
        found = zip(listed, pool.map(read, listed), strict=True)
        return {key: one for key, one in found if isinstance(one, Unreadable) or (one and one.is_open)}


def find_running(store: Store) -> list[Report]:
    """Return the reports of all batch runs that may be running now, the oldest first.

    Raises StoreError, and Unreadable for a report that cannot be read: its run may be running.
    """
    running: list[Report] = []
    for one in read_open(store).values():
        if isinstance(one, Unreadable):
            raise one
        if one.may_run:
            running.append(one)
    return sorted(running, key=lambda report: report.started_at)
