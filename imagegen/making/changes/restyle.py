"""A whole finished batch in another look: a batch of its own, composed from the originals that are stored."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from imagegen import cells
from imagegen.errors import ConfigurationError, RequestError
from imagegen.formatting import counted
from imagegen.making.changes.asked import rebuild
from imagegen.making.plan import plan
from imagegen.making.prepare import prepare
from imagegen.making.runtime import Runtime
from imagegen.making.stored import has_original, read_at_once
from imagegen.request.batch import Batch
from imagegen.results import BatchResult

NAMED = 5
"""Rows that a refusal names."""


def plan_restyle(manifest: BatchResult, look: Mapping[str, str], runtime: Runtime) -> tuple[Batch, cells.Redone]:
    """Return a batch in another look, and the redone cells that it carries over; writes nothing.

    Its run may spend nothing. Raises RequestError that names the options, and ConfigurationError when an original is
    missing or the look is the one that the batch has.
    """
    batch = _rebuild(manifest, look, runtime)
    redone = cells.read(runtime.store, manifest.batch_id)
    shown = batch.with_variants(redone.list_shown())
    _require_originals(manifest, shown, runtime)
    name = prepare(batch, runtime).batch_id
    if name == manifest.batch_id:
        raise ConfigurationError(f"batch {name} has this look already; nothing was changed")
    return batch, cells.Redone(batch_id=name, cells=tuple(_carry_over(redone, batch, runtime)))


def _rebuild(manifest: BatchResult, look: Mapping[str, str], runtime: Runtime) -> Batch:
    try:
        return rebuild(manifest, runtime.settings, look, max_cost=0.0)
    except RequestError as error:
        wrong = {problem.field.rpartition(".")[2]: problem for problem in error.problems}
        named = tuple(replace(wrong[name], field=f"--{name}") for name in look if name in wrong)
        raise RequestError(named or error.problems) from error


def carry_over(runtime: Runtime, carried: cells.Redone) -> None:
    """Let the new batch show the same variants; what its own cells were redone to before stays known."""
    if carried.cells:
        cells.update(runtime.store, carried.batch_id, carried.join)


def _require_originals(manifest: BatchResult, shown: Batch, runtime: Runtime) -> None:
    """Raise ConfigurationError that names the rows whose originals are not stored, or are of another request."""
    items = [[plan(leaf, runtime.settings) for leaf in row] for row in shown.leaves]
    hashes = list(dict.fromkeys(item.request_hash for row in items for item in row))
    there = read_at_once(lambda name: has_original(runtime.store, name), hashes)
    stored = {name for name, yes in zip(hashes, there, strict=True) if yes}
    rows = [at + 1 for at, row in enumerate(items) if any(item.request_hash not in stored for item in row)]
    if rows:
        named = ", ".join(map(str, rows[:NAMED])) + (f" and {len(rows) - NAMED} more" if len(rows) > NAMED else "")
        raise ConfigurationError(
            f"nothing was changed: the originals of {counted(len(rows), 'row')} of batch {manifest.batch_id} (row "
            f"{named}) are not in {runtime.store.location}, and another look never pays for one. Run a batch file "
            "in that look, which pays for them again"
        )


def _carry_over(redone: cells.Redone, batch: Batch, runtime: Runtime) -> Iterator[cells.Cell]:
    """Yield the redone cells with the hashes that their pictures have in the new look; those never made are left."""
    for cell in redone.cells:
        if cell.row >= len(batch.prompts) or cell.column >= len(batch.models):
            continue
        leaf = batch.leaves[cell.row][cell.column]
        items = {
            one.variant: plan(replace(leaf, variant=one.variant), runtime.settings)
            for one in cell.attempts
            if one.status == "made" or one.variant == cell.shown
        }
        attempts = tuple(
            one.model_copy(update={"request_hash": item.request_hash, "leaf_hash": item.leaf_hash})
            for one in cell.attempts
            if (item := items.get(one.variant))
        )
        yield cell.model_copy(update={"attempts": attempts})
