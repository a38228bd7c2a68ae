"""Redone cells of a batch, as its store remembers them: the variants that were asked for, and the one that is shown.

A batch whose cells were never redone has no such object. It is written conditionally, so that two people who redo two
cells at once lose neither.
"""

from collections.abc import Callable
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from imagegen.records import Damaged
from imagegen.request.batch import Place
from imagegen.request.fields import MAX_VARIANT
from imagegen.results import Count, Hash
from storage import ObjectNotFound, Store, keys
from storage.mediatypes import JSON

Variant = Annotated[int, Field(ge=0, le=MAX_VARIANT)]
Status = Literal["asked", "made", "failed"]
REMEDY = "remove it, and they show their first pictures again, which costs nothing"
_KNOWN = ("asked", "failed", "made")


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)


class Attempt(_Shape):
    """A picture of a cell: asked for before anything is paid, then made, or failed for good.

    ``request_hash`` and ``leaf_hash`` say where it and its account are, also when its run died.
    """

    variant: Variant
    request_hash: Hash
    leaf_hash: Hash
    status: Status = "asked"


class Cell(_Shape):
    """A redone cell: its pictures in the order in which they were asked for, the batch's own first."""

    row: Count
    column: Count
    shown: Variant
    attempts: Annotated[tuple[Attempt, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _require_shown(self) -> Self:
        if all(one.variant != self.shown for one in self.attempts):
            raise PydanticCustomError("shown", "a picture that was never asked for cannot be shown")
        return self

    @property
    def place(self) -> Place:
        """Its row and column, each counted from 0."""
        return self.row, self.column

    def find_next(self) -> int:
        """Return the variant that another picture has: one that was asked for and never came, else a new one."""
        waiting = [attempt.variant for attempt in self.attempts if attempt.status == "asked"]
        return waiting[0] if waiting else max(attempt.variant for attempt in self.attempts) + 1

    def find_former(self) -> int | None:
        """Return the variant that was made before the one that is shown; None when there is none."""
        made = [one.variant for one in self.attempts if one.status == "made" or one.variant == self.shown]
        at = made.index(self.shown) if self.shown in made else 0
        return made[at - 1] if at else None

    def add(self, attempt: Attempt) -> "Cell":
        """Return the cell with a picture that is asked for; one that is known already stays as it is."""
        if any(one.variant == attempt.variant for one in self.attempts):
            return self
        return self.model_copy(update={"attempts": (*self.attempts, attempt)})

    def join(self, other: "Cell") -> "Cell":
        """Return the cell with the pictures that it has in another store or note as well; it shows what it showed."""
        theirs = {one.variant: one for one in other.attempts}
        own = tuple(_choose_settled(one, theirs.pop(one.variant, one)) for one in self.attempts)
        return self.model_copy(update={"attempts": (*own, *theirs.values())})

    def settle(self, variant: int, *, made: bool, final: bool) -> "Cell":
        """Return the cell after a run: it shows the picture that was made; ``final``: another run would not help.

        A picture that was made stays one that was, also when it could not be taken back.
        """
        status: Status = "made" if made else "failed" if final else "asked"
        attempts = tuple(
            one.model_copy(update={"status": status}) if one.variant == variant and one.status != "made" else one
            for one in self.attempts
        )
        return self.model_copy(update={"attempts": attempts, "shown": variant if made else self.shown})


def _choose_settled(one: Attempt, other: Attempt) -> Attempt:
    """Return that of two notes on one picture which knows more: a picture that was made stays one."""
    return max(one, other, key=lambda attempt: _KNOWN.index(attempt.status))


class Redone(_Shape):
    """The redone cells of a batch."""

    batch_id: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    cells: tuple[Cell, ...] = ()

    def find(self, place: Place) -> Cell | None:
        """Return the redone cell at this place; None when the cell there is as it was."""
        return next((cell for cell in self.cells if cell.place == place), None)

    def list_shown(self) -> dict[Place, int]:
        """Return the variant that each redone cell shows."""
        return {cell.place: cell.shown for cell in self.cells}

    def find_shown_hash(self, place: Place) -> str | None:
        """Return the leaf hash of the picture that is to be shown at this place; None when it was never redone."""
        cell = self.find(place)
        return next((one.leaf_hash for one in cell.attempts if one.variant == cell.shown), None) if cell else None

    def list_attempts(self) -> list[Attempt]:
        """Return every picture that was ever asked for in a redone cell."""
        return [attempt for cell in self.cells for attempt in cell.attempts]

    def put(self, cell: Cell) -> "Redone":
        """Return the same with this cell in its place."""
        others = (one for one in self.cells if one.place != cell.place)
        return self.model_copy(update={"cells": tuple(sorted((*others, cell), key=lambda one: one.place))})

    def join(self, other: "Redone") -> "Redone":
        """Return the same with all that another note of this batch has; a cell in both shows what this one says."""
        joined = self
        for cell in other.cells:
            own = self.find(cell.place)
            joined = joined.put(own.join(cell) if own else cell)
        return joined


def read(store: Store, batch_id: str) -> Redone:
    """Return the redone cells of a batch: none for most. Takes one request. Raises Damaged and StoreError."""
    try:
        data = store.get(keys.cells(batch_id))
    except ObjectNotFound:
        return Redone(batch_id=batch_id)
    return load(data, store, batch_id)


def update(store: Store, batch_id: str, change: Callable[[Redone], Redone]) -> Redone:
    """Change the redone cells of a batch, and lose no change that is made at the same moment; return them.

    ``change`` may be called more than once. Raises Damaged and StoreError.
    """
    key = keys.cells(batch_id)
    while True:
        try:
            there = store.read(key)
        except ObjectNotFound:
            there = None
        before = load(there.data, store, batch_id) if there else Redone(batch_id=batch_id)
        after = change(before)
        if after == before:
            return after
        data = after.model_dump_json().encode()
        if there is None:
            written = store.create(key, data, content_type=JSON)
        else:
            written = store.swap(key, data, version=there.version, content_type=JSON)
        if written:
            return after


def load(data: bytes, store: Store, batch_id: str) -> Redone:
    """Return the redone cells that these bytes of the store say. Raises Damaged for what is not this batch's."""
    try:
        redone = Redone.model_validate_json(data)
    except ValidationError:
        redone = None
    if redone is None or redone.batch_id != batch_id:
        raise Damaged(
            f"{keys.cells(batch_id)} in {store.location} does not say which cells of the batch were redone; {REMEDY}"
        )
    return redone
