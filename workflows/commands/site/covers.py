"""``imagegen covers``: makes covers for a site's posts, and writes them into the site."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from imagegen.errors import BatchFailed, ConfigurationError
from imagegen.formatting import counted, dollars, one_line, printable
from imagegen.making.prepare import prepare
from imagegen.making.runtime import Runtime
from imagegen.project import find_project
from imagegen.records import find_manifest
from imagegen.request.batch import Batch, Leaf
from imagegen.results import LeafResult
from imagegen.site.covers import Made, plan_edit, write
from imagegen.site.front.values import Unfit
from imagegen.site.record import Record, read_record
from imagegen.site.site import Site, open_site
from storage import StoreError
from workflows.commands.options import MaxCostOption, OfflineOption, StoreOption, runtime_with
from workflows.commands.plan import STORED, describe_pairs, print_work, summarize
from workflows.commands.run import STOPPED, report, run_here
from workflows.commands.site.work import (
    Work,
    build_batch,
    collect,
    find_defaults,
    foresee,
    list_taken,
    read_list,
    use_brands_of,
)
from workflows.view.columns import print_columns

FAILED = 1
"""The exit code when a post could not be read, made or written."""


def register(cli: typer.Typer) -> None:
    """Add the command."""
    cli.command()(covers)


def covers(
    content: Annotated[
        Path, typer.Argument(metavar="CONTENT_DIR", help="A folder of posts, or a site's root.", show_default=False)
    ],
    *,
    plan: Annotated[bool, typer.Option("--plan", help="Show the posts and the price. Spends nothing.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be written into the posts. Spends nothing.")
    ] = False,
    field: Annotated[
        str | None, typer.Option("--field", metavar="KEY", help="The key of the cover: image, cover.image.")
    ] = None,
    only: Annotated[
        Path | None,
        typer.Option(
            "--only", metavar="LIST", help="Look at the posts whose paths this file lists; -: standard input."
        ),
    ] = None,
    offline: OfflineOption = False,
    store: StoreOption = None,
    max_cost: MaxCostOption = None,
) -> None:
    """Make a cover for every post that has none, and write picture and front matter into the site."""
    project = find_project(content)
    site = open_site(content, project.file, project.site, field)
    record, runtime = read_record(site.root), use_brands_of(site, runtime_with(store))
    given: dict[str, Any] = {"offline": True} if offline else {}
    given |= {"max_cost_usd": max_cost} if max_cost is not None else {}
    listed = read_list(only, site) if only else None
    if listed is not None and (gone := [path for path in listed if not os.path.lexists(path)]):
        sys.stderr.write(f"imagegen: --only lists {counted(len(gone), 'path')} at which there is nothing\n")
    work = collect(project, site, record, runtime.settings, given, listed)
    failed = list(_name_unfit(work))
    if work.rows:
        batch = build_batch(work, find_defaults(project, given), runtime.settings)
        if plan:
            _print_plan(work, batch, runtime)
        elif dry_run:
            failed += _print_diffs(work, batch, site, record)
        else:
            _require_one_batch(len(work.rows), runtime.settings.max_images_per_batch)
            failed += _make(work, batch, runtime, site, record)
    sys.stdout.write(f"{site.generator.name}, {site.name(site.content)}: {work.describe()}\n")
    for line in failed:
        sys.stderr.write(f"imagegen: {one_line(line)}\n")
    raise typer.Exit(FAILED if failed else 0)


def _name_unfit(work: Work) -> Iterator[str]:
    yield from (f"{one.name} is left alone: {one.why}" for one in work.unfit)


def _require_one_batch(posts: int, most: int) -> None:
    if posts > most:
        raise ConfigurationError(
            f"{posts:,} posts want a cover, and MAX_IMAGES_PER_BATCH is {most:,}: "
            "raise it, or name some posts with --only"
        )


def _print_plan(work: Work, batch: Batch, runtime: Runtime) -> None:
    prepared = prepare(batch, runtime)
    described = dict(zip(prepared.planned, describe_pairs(prepared), strict=True))
    seen: set[Leaf] = set()
    rows = []
    for (post, _), (leaf,) in zip(work.rows, batch.leaves, strict=True):
        cost = 0.0 if leaf in seen else described[leaf]["cost_usd"]
        rows.append((post.name, leaf.title, STORED[described[leaf]["stored"]], dollars(cost)))
        seen.add(leaf)
    print_columns(("post", "title", "stored", "cost"), rows, breaks=1)
    print_work(summarize(prepared))


def _print_diffs(work: Work, batch: Batch, site: Site, record: Record) -> list[str]:
    """Print the changes of all posts; return what could not be changed."""
    failed, taken = [], list_taken(record)
    for (post, _), (leaf,) in zip(work.rows, batch.leaves, strict=True):
        try:
            diff = plan_edit(site, post, record, foresee(leaf), taken, work.shared).diff()
        except Unfit as error:
            failed.append(f"{post.name} is left alone: {error}")
        else:
            sys.stdout.write(printable(diff))
    return failed


def _make(work: Work, batch: Batch, runtime: Runtime, site: Site, record: Record) -> list[str]:
    """Make the pictures and write them; return what failed, post by post."""
    result, stopped = run_here(batch, runtime)
    report(result, runtime)
    whole = result if result.images is not None else find_manifest(runtime.store, result.batch_id)
    if whole is None or whole.images is None:
        raise BatchFailed("the batch's result is not in the store; run again: what was made is stored")
    failed, taken = [], list_taken(record)
    for (post, _), (outcome,) in zip(work.rows, whole.images, strict=True):
        try:
            made = list(_fetch(outcome, runtime))
            edit = plan_edit(site, post, record, made, taken, work.shared)
            write(site, edit, made, record)
        except (Unfit, StoreError) as error:
            failed.append(f"{post.name} has no cover: {error}")
        except OSError as error:
            failed.append(f"{post.name} has no cover: it cannot be written ({error.strerror})")
        else:
            sys.stdout.write(f"{one_line(post.name)} ← {edit.cover.picture}\n")
    if stopped:
        raise typer.Exit(STOPPED)
    return failed


def _fetch(outcome: LeafResult, runtime: Runtime) -> Iterator[Made]:
    """Yield a pair's pictures, the cover first. Raises Unfit with the reason when there is none, and StoreError."""
    if not outcome.succeeded or outcome.image is None:
        raise Unfit(outcome.error.message if outcome.error else "it could not be made")
    for name, picture in (outcome.pictures or {"og": outcome.image}).items():
        data = runtime.store.get(picture.key)
        yield Made(name, Path(picture.key).suffix, data, picture.width, picture.height, outcome.offline)
