"""The report of one batch run as it is stored, and the proof that its run is over.

A report is open ("running") from before a run makes its first picture until the run's result accounts for its spending.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from imagegen import records
from imagegen.paying.liveness import has_ended, lives_here
from imagegen.results import Summary
from storage import ObjectNotFound, Store, keys

LONGEST_RUN = 86_400.0 + 3_600.0
"""Seconds after which no batch run on another machine lives any more: the platform's longest timeout, and an hour."""


class Report(BaseModel):
    """A batch run and its spending. ``life`` proves on its machine that it is over; times are epoch seconds.

    ``adopts`` names the dead runs whose spending this run's result accounts for, also when this run dies in turn.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    batch_id: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    run_id: Annotated[str, Field(max_length=200)]
    life: Annotated[str, Field(max_length=200)] = ""
    started_at: Annotated[float, Field(ge=0)]
    status: Literal["running", "ended", "adopted"] = "running"
    adopts: tuple[Annotated[str, Field(max_length=200)], ...] = ()
    summary: Summary | None = None

    @property
    def may_run(self) -> bool:
        """The report is open, and nothing shows that its run is over."""
        return self.status == "running" and not is_over(self)


def is_over(report: Report) -> bool:
    """Tell whether the run that wrote the report is known to be over, whatever its status."""
    long_ago = time.time() - report.started_at > LONGEST_RUN
    return has_ended(report.life) or (long_ago and not lives_here(report.life))


def parse(data: bytes) -> Report | None:
    """Return a stored report; None for anything else."""
    try:
        return Report.model_validate_json(data)
    except ValidationError:
        return None


def find_running(store: Store) -> list[Report]:
    """Return the reports of all batch runs that may be running now, the oldest first.

    Raises StoreError, and Unreadable for a report that cannot be read: its run may be running.
    """

    def read(key: str) -> Report | None:
        try:
            return parse(records.read_bytes(store, key))
        except ObjectNotFound:
            return None  # deleted since it was listed

    with ThreadPoolExecutor(records.AT_ONCE, "reports") as pool:
        found = list(pool.map(read, records.list_keys(store, keys.REPORTS)))
    return sorted((one for one in found if one and one.may_run), key=lambda report: report.started_at)
