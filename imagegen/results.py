"""The results: one outcome per (prompt, model) pair, and the batch's result that holds them all.

These are the shapes that leave a process: a task's result, ``--json``, ``results/`` and the manifest. What is
read back from a store is untrusted and passes the same validation.
"""

import sys
from functools import cache
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from storage import StoreMisconfigured, keys


class _Shape(BaseModel):
    # Validators are built when they are first used: a leaf never needs those of a whole batch.
    model_config = ConfigDict(
        frozen=True, extra="ignore", allow_inf_nan=False, protected_namespaces=(), defer_build=True
    )

    def compact(self) -> Self:
        """Return the same values in less memory: what many outcomes have in common is kept once for all."""
        values = {name: _compact(value) for name, value in self}
        return type(self).model_construct(_fields_set=_names_of(type(self)), **values)


SHORT = 40
"""Characters of a text that many outcomes are likely to share, such as a model's id."""


def _compact(value: Any) -> Any:
    if isinstance(value, _Shape):
        return value.compact()
    if isinstance(value, dict):
        return {_compact(key): _compact(inner) for key, inner in value.items()}
    return sys.intern(value) if isinstance(value, str) and len(value) <= SHORT else value


@cache
def _names_of(shape: type[_Shape]) -> set[str]:
    return set(shape.model_fields)


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
    """The reason for which a pair has no picture: a stable word, what to do, and if a retry could help.

    ``request_id`` is the provider's name of the call, for its support. ``retry_after`` is the wait in seconds that the
    provider asks for, from the leaf's end; ``retry_at`` is that wait's end in epoch seconds. ``per_minute`` is
    how many calls a minute the provider says it allows.
    """

    kind: str
    message: str
    retryable: bool
    request_id: str = ""
    retry_after: Seconds | None = None
    retry_at: Seconds | None = None
    per_minute: Count | None = None


class LeafResult(_Shape):
    """The outcome of one pair.

    ``model`` was asked for, ``served_by`` answered. ``reused``: no provider was called by this run.
    ``cost_usd`` is what this run paid for the pair, in US dollars; None means unknown, never 0.
    ``paid_calls`` counts provider calls that were answered with a picture; ``possible_extra_charges`` counts
    calls that were sent and never answered. ``timing`` holds each step's seconds; ``started_at`` is epoch seconds.
    ``known_cost_usd`` is the known part of the cost, ``unpriced_calls`` the paid calls whose cost nobody knows.
    ``run_id`` is the run of the batch that made the picture, or of the leaf that was started alone; ``leaf_run_id`` is
    the leaf's own run, under which the request's account has its spending.
    ``original_sha256`` is the hash of the provider's untouched bytes (None: not recorded). ``made_alone``: a leaf made
    the picture that no batch had started, so that deleting a batch leaves it alone.
    ``brand_digest`` is the hash of all that its brand was made of then.
    ``pictures`` holds every picture of the pair by name, ``image`` first: a size's name (``og``) in the first format,
    with the format (``og.webp``) in any other. It is empty in records of older versions, which have one picture.
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
    known_cost_usd: Dollars = 0.0
    unpriced_calls: Count = 0
    paid_calls: Count = 0
    possible_extra_charges: Count = 0
    attempts: Count = 1
    run_id: str = ""
    leaf_run_id: str = ""
    made_alone: bool = False
    request_hash: Hash
    leaf_hash: Hash
    original_sha256: Hash | None = None
    style: str = ""
    template: str = ""
    font: str = ""
    focus: str = ""
    brand: str = ""
    brand_digest: str = ""
    theme: str = ""
    kicker: str = ""
    subtitle: str = ""
    byline: str = ""
    highlight: str = ""
    sizes: tuple[str, ...] = ("og",)
    scale: Annotated[int, Field(ge=1, le=2)] = 1
    format: tuple[str, ...] = ("jpeg",)
    language: str = ""
    pictures: dict[str, StoredPicture] = Field(default_factory=dict)
    error: LeafError | None = None

    @property
    def succeeded(self) -> bool:
        """There is a picture."""
        return self.status == "succeeded"


class Summary(_Shape):
    """The batch in figures. ``cost_usd`` is None when any part of it is unknown; ``known_cost_usd`` is the known part.

    ``possible_cost_usd`` is what the possible extra charges come to at list price; ``reserved_usd`` is how much of a
    cap was granted to leaves.
    """

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
    known_cost_usd: Dollars = 0.0
    unpriced_calls: Count = 0
    possible_cost_usd: Dollars = 0.0
    reserved_usd: Dollars = 0.0


class RowAsked(_Shape):
    """The part of a row's request that no cell tells; None: the row has the batch's value."""

    context: str | None = None
    extra_prompt: str | None = None
    variant: Count | None = None


class BatchResult(_Shape):
    """The result that ``generateBatch`` returns, ``imagegen run --json`` prints and ``batches/<id>/batch.json`` holds.

    ``images`` has a row per prompt and a cell per model, in the order of the request. It is None in the
    returned copy of a batch too large for the platform's payload limit: the manifest has it. ``variant``, ``context``
    and ``extra_prompt`` are the batch's; ``rows`` has what rows ask for instead, and is empty when none does.
    ``max_cost_usd`` is the batch's own cap, which holds for a redo of its cells as well (None: none).
    ``former`` has the pictures that cells of the batch showed before they were redone, and can show again.
    ``created_at`` is when this result was written, ``first_created_at`` when the batch's first one was (empty: then).
    ``links_expire_at`` is the time (ISO 8601) at which the links in a returned copy die; it is empty when they last,
    and in what is stored.
    """

    batch_id: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    status: Literal["complete", "partial", "failed"]
    created_at: str
    first_created_at: str = ""
    name: str = ""
    run_id: str = ""
    models: tuple[str, ...]
    style: str
    template: str
    font: str
    variant: int = 0
    context: str = ""
    extra_prompt: str = ""
    max_cost_usd: Dollars | None = None
    rows: tuple[RowAsked, ...] = ()
    offline: bool = False
    images: tuple[tuple[LeafResult, ...], ...] | None
    former: tuple[LeafResult, ...] = ()
    summary: Summary
    manifest_key: Key
    gallery_key: Key
    gallery_url: str = ""
    links_expire_at: str = ""

    def leaves(self) -> tuple[LeafResult, ...]:
        """Return every cell, row by row."""
        return tuple(leaf for row in self.images or () for leaf in row)

    def holdings(self) -> tuple[LeafResult, ...]:
        """Return every cell, and the former pictures of those that were redone: all that belongs to the batch."""
        return (*self.leaves(), *self.former)

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a manifest. Raises pydantic's ValidationError for anything else."""
        return cls.model_validate_json(data)
