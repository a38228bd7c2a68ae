"""Cells of a finished batch made again: which ones, their next variant or their former one, and what became of them.

A picture is asked for in ``cells.json`` before anything is paid, and is shown once it is there. So a redo that is
killed leaves the batch as it was, its spending is found by the batch's next run, and the next redo takes up what it
paid for.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from imagegen import cells
from imagegen.errors import ConfigurationError
from imagegen.formatting import counted, one_line
from imagegen.making.changes.asked import rebuild, require_same
from imagegen.making.plan import plan
from imagegen.making.prepare import Prepared, Redo, prepare, require_affordable
from imagegen.making.runtime import Runtime
from imagegen.request.batch import Batch, Leaf, Place
from imagegen.request.fields import MAX_VARIANT
from imagegen.results import BatchResult, LeafResult
from storage import Store

NAMED = 10
"""Titles or models that an error lists."""
_SET_KEY = "Set it: the other picture comes from the provider of the first one."
_GIVEN_UP = frozenset({"unanswered", "bad_picture", "damaged_original"})
"""Failures after which a variant is never asked for again, so that the next redo takes another one.

After any other, the next redo takes up the same one: its original may have been paid for.
"""


@dataclass(frozen=True, slots=True)
class Change:
    """A change of some cells, planned: the batch as it was asked for, the limited run, and what the store has of it."""

    batch: Batch
    redo: Redo
    prepared: Prepared


def find_row(manifest: BatchResult, wanted: str) -> int:
    """Return the row, counted from 0, of a number counted from 1 or of the only title that begins like this.

    Raises ConfigurationError.
    """
    titles = [one_line(row[0].title) for row in manifest.images or ()]
    asked = one_line(wanted)
    if asked.isdecimal() and 1 <= int(asked) <= len(titles):
        return int(asked) - 1
    found = [at for at, title in enumerate(titles) if asked and title.casefold().startswith(asked.casefold())]
    if len(found) == 1:
        return found[0]
    expected = f"a row from 1 to {len(titles)}, or the beginning of one title"
    if found:
        rows = ", ".join(f"{at + 1} {titles[at]!r}" for at in found[:NAMED])
        raise ConfigurationError(f"row {asked!r} is the beginning of {len(found)} titles ({rows}); give {expected}")
    raise ConfigurationError(f"batch {manifest.batch_id} has no row {asked[:60]!r}; give {expected}")


def find_places(manifest: BatchResult, row: int, model: str | None) -> list[Place]:
    """Return the cells of a row, or those of one of its models. Raises ConfigurationError."""
    columns = [
        at for at, one in enumerate(manifest.models) if model is None or one.casefold() == model.strip().casefold()
    ]
    if not columns:
        known = ", ".join(dict.fromkeys(manifest.models))
        raise ConfigurationError(f"batch {manifest.batch_id} has no model {model!r}; give one of its own: {known}")
    return [(row, column) for column in columns]


def plan_redo(manifest: BatchResult, places: Iterable[Place], runtime: Runtime, max_cost: float | None) -> Change:
    """Plan the next picture of each of these cells; writes nothing.

    Raises RequestError and ConfigurationError, also when a key is missing or the cap would not hold.
    """
    batch = rebuild(manifest, runtime.settings, max_cost=max_cost)
    redone = cells.read(runtime.store, manifest.batch_id)
    variants: dict[Place, int] = {}
    for place in places:
        cell = redone.find(place)
        variants[place] = cell.find_next() if cell else _find_leaf(batch, place).variant + 1
    if max(variants.values()) > MAX_VARIANT:
        raise ConfigurationError(f"there is no picture after variant {MAX_VARIANT:,} of a request")
    change = _plan(batch, Redo(variants, manifest), runtime)
    require_affordable(change.prepared, runtime.settings, advice=_SET_KEY)
    return change


def plan_back(manifest: BatchResult, places: Sequence[Place], runtime: Runtime) -> Change:
    """Plan the former picture of each of these cells that has one; writes nothing, and never leads to a payment.

    Raises RequestError, and ConfigurationError when there is none, or its original is gone.
    """
    batch = rebuild(manifest, runtime.settings, max_cost=0.0)
    redone = cells.read(runtime.store, manifest.batch_id)
    former = {place: cell.find_former() if (cell := redone.find(place)) else None for place in places}
    variants = {place: variant for place, variant in former.items() if variant is not None}
    if not variants:
        models = ", ".join(manifest.models[column] for _, column in places)
        raise ConfigurationError(
            f"nothing was changed: row {places[0][0] + 1} of batch {manifest.batch_id} has no former picture by "
            f"{models}; without --back another one is made"
        )
    change = _plan(batch, Redo(variants, manifest), runtime)
    if gone := change.prepared.list_unpaid():
        raise ConfigurationError(
            f"the former picture cannot be taken back: {counted(len(gone), 'original')} of it is gone from "
            f"{runtime.store.location}"
        )
    return change


def ask(change: Change, runtime: Runtime) -> None:
    """Note in the store, before anything is paid, which pictures are asked for. Raises StoreError."""

    def add(redone: cells.Redone) -> cells.Redone:
        for place, variant in change.redo.variants.items():
            cell = redone.find(place) or _begin(change, place, runtime)
            leaf = replace(_find_leaf(change.batch, place), variant=variant)
            redone = redone.put(cell.add(_describe(leaf, runtime, "asked")))
        return redone

    cells.update(runtime.store, change.prepared.batch_id, add)


def settle_redone(store: Store, prepared: Prepared, redo: Redo, outcomes: Mapping[Leaf, LeafResult]) -> None:
    """Let each cell show what was made for it; one whose picture failed shows what it showed. Raises StoreError."""

    def settle(redone: cells.Redone) -> cells.Redone:
        for place, variant in redo.variants.items():
            outcome = outcomes[_find_leaf(prepared.batch, place)]
            if cell := redone.find(place):
                error = outcome.error
                final = error is not None and error.kind in _GIVEN_UP and not error.retryable
                redone = redone.put(cell.settle(variant, made=outcome.succeeded, final=final))
        return redone

    cells.update(store, prepared.batch_id, settle)


def _plan(batch: Batch, redo: Redo, runtime: Runtime) -> Change:
    prepared = prepare(batch, runtime, redo)
    require_same(prepared, redo.manifest)
    return Change(batch, redo, prepared)


def _begin(change: Change, place: Place, runtime: Runtime) -> cells.Cell:
    """Return a cell that is redone for the first time: with the picture that the batch itself asks for."""
    row, column = place
    leaf = _find_leaf(change.batch, place)
    made = (change.redo.manifest.images or ())[row][column].succeeded
    first = _describe(leaf, runtime, "made" if made else "failed")
    return cells.Cell(row=row, column=column, shown=leaf.variant, attempts=(first,))


def _describe(leaf: Leaf, runtime: Runtime, status: cells.Status) -> cells.Attempt:
    item = plan(leaf, runtime.settings)
    return cells.Attempt(variant=leaf.variant, request_hash=item.request_hash, leaf_hash=item.leaf_hash, status=status)


def _find_leaf(batch: Batch, place: Place) -> Leaf:
    row, column = place
    return batch.leaves[row][column]
