"""``imagegen redo`` and ``restyle``: one cell of a finished batch made again, and a whole batch in another look."""

import sys
from collections.abc import Iterable
from typing import Annotated, Any

import typer

from imagegen.errors import ConfigurationError
from imagegen.formatting import counted, dollars, one_line
from imagegen.library import listing
from imagegen.making.batch_run import run_batch
from imagegen.making.changes.redo import Change, ask, find_places, find_row, plan_back, plan_redo
from imagegen.making.changes.restyle import carry_over, plan_restyle
from imagegen.making.outcomes import with_links
from imagegen.making.runtime import Runtime
from imagegen.request.batch import Leaf, Place
from imagegen.results import BatchResult, LeafResult
from workflows.app import generateImage
from workflows.commands.completion import batch_ids
from workflows.commands.consent import require_yes
from workflows.commands.options import JsonOption, MaxCostOption, StoreOption, runtime_with
from workflows.commands.run import STOPPED, report, run_and_report, run_here
from workflows.events import BatchRedone, LeafCompleted, LeafPostponed, publish
from workflows.leafruns import leaf_runner
from workflows.local import LocalEngine

BatchId = Annotated[
    str, typer.Argument(help="A batch id, or its first characters.", show_default=False, autocompletion=batch_ids)
]
LookOption = str | None


def register(cli: typer.Typer) -> None:
    """Add the commands."""
    cli.command()(redo)
    cli.command()(restyle)


def redo(
    batch_id: BatchId,
    row: Annotated[
        str,
        typer.Argument(help="A row's number, counted from 1, or the beginning of its title.", show_default=False),
    ],
    model: Annotated[
        str | None, typer.Argument(help="One of the batch's models. [default: all of them]", show_default=False)
    ] = None,
    *,
    back: Annotated[bool, typer.Option("--back", help="Take the former picture back; pays nothing.")] = False,
    store: StoreOption = None,
    max_cost: MaxCostOption = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Pay the price that is told without asking.")] = False,
    json: JsonOption = False,
) -> None:
    """Make another picture of one row of a batch, in the same batch and gallery; or take the former one back."""
    runtime = runtime_with(store)
    manifest = listing.load_batch(runtime.store, listing.resolve(runtime.store, batch_id))
    places = find_places(manifest, find_row(manifest, row), model)
    if back:
        change = plan_back(manifest, places, runtime)
    else:
        change = plan_redo(manifest, places, runtime, max_cost)
        _require_consent(change, yes=yes)
    ask(change, runtime)
    made: list[LeafResult] = []
    result, stopped = run_here(change.batch, runtime, lambda engine: run_change(engine, change, runtime, made))
    report(result, runtime, as_json=json)
    failed = find_failed(change, made)
    for one in {leaf.leaf_hash: leaf for leaf in failed.values()}.values():
        reason = one.error.message if one.error else "no picture"
        sys.stderr.write(
            one_line(f"{one.model}: {one.title}: no other picture ({reason}); the former one stays") + "\n"
        )
    _tell_variant(change, places[0][0], failed=bool(failed) or stopped)
    raise typer.Exit(STOPPED if stopped else 1 if failed else 0)


def find_failed(change: Change, made: Iterable[LeafResult]) -> dict[Place, LeafResult]:
    """Return the cells of a redo whose other picture could not be made, out of the outcomes of its run."""
    failed = {one.leaf_hash: one for one in made if not one.succeeded}
    shown = change.prepared.batch.leaves
    hashes = {(row, at): change.prepared.planned[shown[row][at]].leaf_hash for row, at in change.redo.variants}
    return {place: failed[name] for place, name in sorted(hashes.items()) if name in failed}


def _tell_variant(change: Change, row: int, *, failed: bool) -> None:
    """Tell what another version of the batch file needs to show the same pictures, when a row can say it."""
    variants = {leaf.variant for leaf in change.prepared.batch.leaves[row]}
    if failed or len(variants) > 1 or variants == {leaf.variant for leaf in change.batch.leaves[row]}:
        return
    sys.stderr.write(
        f'An edited batch file is another batch; to show the same picture there, give its row {row + 1} "variant": '
        f"{variants.pop()}.\n"
    )


async def run_change(engine: LocalEngine, change: Change, runtime: Runtime, made: list[LeafResult]) -> dict[str, Any]:
    """Run the batch, limited to the cells that are redone; ``made`` gets every outcome."""

    def settled(leaf: Leaf, outcome: LeafResult) -> None:
        made.append(outcome)
        publish(LeafCompleted.now(leaf, outcome))

    ctx = engine.open_context()
    result = await run_batch(
        change.batch,
        runtime,
        run_leaf=leaf_runner(ctx, generateImage),
        settled=settled,
        postponed=lambda leaf, outcome, seconds: publish(LeafPostponed.now(leaf, outcome, seconds)),
        run=ctx.metadata.task_run_id,
        redo=change.redo,
        prepared_as=lambda shown: publish(BatchRedone(shown)),
    )
    return with_links(result, runtime).model_dump(mode="json")


def _require_consent(change: Change, *, yes: bool) -> None:
    """Tell the price and ask whether to pay it. Raises ConfigurationError without a yes; asks nothing for nothing."""
    unpaid = change.prepared.list_unpaid()
    cost = change.prepared.cost_usd()
    if yes or not unpaid or cost == 0:
        return
    price = f"{counted(len(unpaid), 'picture')} for {'an unknown price' if cost is None else dollars(cost)}"
    alone = f"this would generate {price}; --yes says that you agree"
    require_yes(f"This generates {price}.", unchanged="nothing was spent", without_terminal=alone)


def restyle(
    batch_id: BatchId,
    *,
    template: Annotated[LookOption, typer.Option("--template", help="Another template, for every row.")] = None,
    font: Annotated[LookOption, typer.Option("--font", help="Another font, for every row.")] = None,
    brand: Annotated[LookOption, typer.Option("--brand", help="Another brand; an empty name for none.")] = None,
    theme: Annotated[LookOption, typer.Option("--theme", help="light or dark; empty for the picture's own.")] = None,
    style: Annotated[LookOption, typer.Option("--style", hidden=True)] = None,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Compose a whole batch anew in another look, from stored originals and for nothing, as a batch of its own."""
    if style is not None:
        raise ConfigurationError(
            "another style is another picture, which has to be paid for: give it to the batch file, and run that"
        )
    given = {"template": template, "font": font, "brand": brand, "theme": theme}
    look = {name: value for name, value in given.items() if value is not None}
    if not look:
        raise ConfigurationError("give the look that changes: --template, --font, --brand or --theme")
    runtime = runtime_with(store)
    manifest = listing.load_batch(runtime.store, listing.resolve(runtime.store, batch_id))
    batch, carried = plan_restyle(manifest, look, runtime)
    carry_over(runtime, carried)
    sys.stderr.write(f"{_tell_new(manifest, carried.batch_id)}\n")
    run_and_report(runtime, batch, as_json=json)


def _tell_new(manifest: BatchResult, name: str) -> str:
    return f"Batch {name} is batch {manifest.batch_id} in another look; both stay until they are deleted."
