"""The results: one outcome per (prompt, model) pair, and the batch's result that holds them all.

These are the shapes that leave a process: a task's result, ``--json``, ``results/`` and the manifest. What is
read back from a store is untrusted and passes the same validation.
"""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from storage import StoreMisconfigured, keys


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False, protected_namespaces=())


def _check_key(key: str) -> str:
    try:
        return keys.check(key)
    except StoreMisconfigured as error:
        raise ValueError(str(error)) from error


Key = Annotated[str, AfterValidator(_check_key)]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0)]
Seconds = Annotated[float, Field(ge=0)]
Dollars = Annotated[float, Field(ge=0)]


class StoredPicture(_Shape):
    """A picture in the store. ``url`` is made when a result is shown and is empty in everything stored."""

    key: Key
    url: str = ""
    sha256: Hash
    bytes: Count
    width: Count
    height: Count


class LeafError(_Shape):
    """The reason for which a pair has no picture: a stable word, what to do, and if a retry could help."""

    kind: str
    message: str
    retryable: bool


class LeafResult(_Shape):
    """The outcome of one pair.

    ``model`` was asked for, ``served_by`` answered. ``reused``: no provider was called by this run.
    ``cost_usd`` is what this run paid for the pair, in US dollars; None means unknown, never 0.
    ``paid_calls`` counts provider calls that were answered with a picture; ``possible_extra_charges`` counts
    calls that were sent and never answered. ``timing`` holds each step's seconds; ``started_at`` is epoch seconds.
    ``original_sha256`` is the hash of the provider's untouched bytes (None: not recorded).
    """

    prompt: str
    title: str
    model: str
    served_by: str
    provider: str
    offline: bool = False
    status: Literal["succeeded", "failed"]
    reused: bool = False
    image: StoredPicture | None = None
    thumbnail: StoredPicture | None = None
    seconds: Seconds = 0.0
    started_at: Seconds = 0.0
    timing: dict[str, float] = Field(default_factory=dict)
    cost_usd: Dollars | None = 0.0
    paid_calls: Count = 0
    possible_extra_charges: Count = 0
    attempts: Count = 1
    request_hash: Hash
    leaf_hash: Hash
    original_sha256: Hash | None = None
    style: str = ""
    template: str = ""
    font: str = ""
    error: LeafError | None = None

    @property
    def succeeded(self) -> bool:
        """There is a picture."""
        return self.status == "succeeded"


class Summary(_Shape):
    """The batch in figures. ``cost_usd`` is None when any part of it is unknown."""

    requested: Count
    succeeded: Count
    failed: Count
    generated: Count
    reused: Count
    seconds: Seconds
    slowest_seconds: Seconds
    sum_seconds: Seconds
    cost_usd: Dollars | None
    paid_calls: Count
    possible_extra_charges: Count


class BatchResult(_Shape):
    """The result that ``generateBatch`` returns, ``imagegen run --json`` prints and ``batches/<id>/batch.json`` holds.

    ``images`` has a row per prompt and a cell per model, in the order of the request. It is None in the
    returned copy of a batch too large for the platform's payload limit: the manifest has it.
    """

    batch_id: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    status: Literal["complete", "partial", "failed"]
    created_at: str
    run_id: str = ""
    models: tuple[str, ...]
    style: str
    template: str
    font: str
    variant: int = 0
    offline: bool = False
    images: tuple[tuple[LeafResult, ...], ...] | None
    summary: Summary
    manifest_key: Key
    gallery_key: Key
    gallery_url: str = ""

    def leaves(self) -> tuple[LeafResult, ...]:
        """Return every cell, row by row."""
        return tuple(leaf for row in self.images or () for leaf in row)

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a manifest. Raises pydantic's ValidationError for anything else."""
        return cls.model_validate_json(data)
