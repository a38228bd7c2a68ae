"""``imagegen gallery``, ``list``, ``delete`` and ``verify``: what a store holds."""

import json as json_module
import sys
import tempfile
import webbrowser
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from imagegen.errors import ConfigurationError
from imagegen.formatting import counted, dollars
from imagegen.library import delete as removal
from imagegen.library import listing as library
from imagegen.library import pages as build
from imagegen.library import verify as verification
from imagegen.results import BatchResult
from storage import Store, keys
from workflows.commands.completion import batch_ids
from workflows.commands.options import JsonOption, StoreOption, runtime_with
from workflows.view.printable import one_line

BatchId = Annotated[
    str, typer.Argument(help="A batch id, or enough of its start.", show_default=False, autocompletion=batch_ids)
]


def register(cli: typer.Typer) -> None:
    """Add the commands."""
    cli.command()(gallery)
    cli.command("list")(list_batches)
    cli.command()(delete)
    cli.command()(verify)


def gallery(
    batch_id: Annotated[
        str | None,
        typer.Argument(
            help="A batch id, or enough of its start. [default: the newest]",
            show_default=False,
            autocompletion=batch_ids,
        ),
    ] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="A page that lists every batch, newest first.")] = False,
    store: StoreOption = None,
    open_it: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write the page here instead of into the store.")
    ] = None,
    embed: Annotated[
        bool, typer.Option("--embed", help="Put every picture inside: one file that can be mailed.")
    ] = False,
) -> None:
    """Build a batch's page again from what the store holds, or a page of all batches."""
    if everything and batch_id:
        raise ConfigurationError(f"give a batch id ({batch_id}) or --all, not both")
    kept = runtime_with(store).store
    name = None if everything else library.resolve(kept, batch_id) if batch_id else _newest(kept)
    stays = name is not None and not embed and out is None
    if name is not None and stays:
        build.rebuild(kept, name)
        if build.opens_by_itself(kept, name):
            _show(kept.url(keys.gallery(name)), open_it=open_it)
            return
    page = build.render_index(kept, embed=embed) if name is None else build.render_batch(kept, name, embed=embed)
    _show(_written(page, out, name or "all").as_uri(), open_it=open_it)


def list_batches(*, store: StoreOption = None, json: JsonOption = False) -> None:
    """List the batches of a store, newest first."""
    kept = runtime_with(store).store
    found = library.list_batches(kept)
    if json:
        rows = [_described(batch) for batch in found.batches]
        told = {"location": kept.location, "batches": rows, "damaged": found.damaged}
        sys.stdout.write(json_module.dumps(told, indent=2) + "\n")
        return
    for batch in found.batches:
        sys.stdout.write(_row(batch) + "\n")
    for batch_id in found.damaged:
        sys.stderr.write(f"{batch_id}  its manifest cannot be read: imagegen verify --repair\n")
    if not found.batches:
        sys.stderr.write(f"There are no batches in {kept.location} yet.\n")


def _described(batch: BatchResult) -> dict[str, Any]:
    asked = ("style", "template", "font", "variant", "offline", "models")
    return batch.model_dump(mode="json", include={"batch_id", "created_at", "status", *asked, "summary"})


def _row(batch: BatchResult) -> str:
    """A batch on a line: what tells it from a batch of the same prompts stands before them."""
    figures = f"{batch.summary.succeeded} of {counted(batch.summary.requested, 'picture')}"
    cost = "offline" if batch.offline else dollars(batch.summary.cost_usd)
    look = ", ".join((_used(batch, "style"), _used(batch, "template"), _used(batch, "font"), *_variant(batch)))
    models = ", ".join(dict.fromkeys(batch.models))
    prompts = list(dict.fromkeys(one_line(leaf.prompt) for leaf in batch.leaves()))
    more = f" (and {len(prompts) - 1} more)" if len(prompts) > 1 else ""
    start = f"{batch.batch_id}  {batch.created_at}  {batch.status:8}  {figures}, {cost}"
    return f"{start}  {look}  {models}  {''.join(prompts[:1])}{more}"


def _used(batch: BatchResult, choice: Literal["style", "template", "font"]) -> str:
    """What the batch's pictures have, where rows may have a look of their own."""
    used = dict.fromkeys(getattr(leaf, choice) or getattr(batch, choice) for leaf in batch.leaves())
    return "+".join(used) or getattr(batch, choice)


def _variant(batch: BatchResult) -> tuple[str, ...]:
    return (f"variant {batch.variant}",) if batch.variant else ()


def delete(
    batch_id: BatchId,
    *,
    store: StoreOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go; delete nothing.")] = False,
) -> None:
    """Delete a batch and everything of it that no other batch refers to, originals that were paid for included."""
    kept = runtime_with(store).store
    planned = removal.plan_removal(kept, library.resolve(kept, batch_id))
    if not dry_run:
        removal.remove(kept, planned)
    for found in planned.objects:
        sys.stdout.write(f"{found.key}\n")
    done = "would be deleted" if dry_run else "deleted"
    sys.stderr.write(
        f"{counted(len(planned.objects), 'object')} ({planned.size / 1e6:.1f} MB) {done}; "
        f"{planned.kept} stay because other batches refer to them\n"
    )


def verify(
    *,
    store: StoreOption = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="Make damaged and missing pictures again from their originals, at no cost.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Read the whole store and check every hash and every reference. Exits 1 when something is wrong."""
    kept = runtime_with(store).store
    report = verification.verify(kept)
    mended: tuple[verification.Finding, ...] = ()
    if repair and report.findings:
        from imagegen.library.repair import repair as mend

        mended = mend(kept, report).mended
        report = verification.verify(kept)
    if json:
        told = {
            "location": report.location,
            "objects": dict(report.objects),
            "findings": [asdict(finding) for finding in report.findings],
            "mended": [asdict(finding) for finding in mended],
        }
        sys.stdout.write(json_module.dumps(told, indent=2) + "\n")
    else:
        _print_report(report, mended)
    raise typer.Exit(1 if report.problems else 0)


def _print_report(report: verification.Report, mended: tuple[verification.Finding, ...]) -> None:
    for finding in mended:
        sys.stdout.write(f"mended      {finding.key}\n")
    for finding in report.findings:
        sys.stdout.write(f"{finding.kind:10}  {finding.key}  {one_line(finding.message)}\n")
    counts = ", ".join(f"{number} {space}" for space, number in report.objects.items() if number)
    verdict = f"{counted(len(report.problems), 'problem')} found" if report.problems else "all is well"
    sys.stderr.write(f"{report.location}: {counts or 'empty'}; {verdict}\n")


def _newest(store: Store) -> str:
    batches = library.list_batches(store).batches
    if not batches:
        raise library.BatchNotFound(f"there is no batch in {store.location} yet; 'imagegen run' makes one")
    return batches[0].batch_id


def _written(page: bytes, out: Path | None, name: str) -> Path:
    """The page as a file: at ``out``, or in a new private directory, since its links may open a private bucket."""
    path = out or Path(tempfile.mkdtemp(prefix="imagegen-")) / f"{name}.html"
    try:
        path.write_bytes(page)
    except OSError as error:
        raise ConfigurationError(f"--out {path}: the page cannot be written there ({error.strerror})") from None
    return path.resolve()


def _show(url: str, *, open_it: bool) -> None:
    sys.stdout.write(f"{url}\n")
    if open_it and not webbrowser.open(url):
        sys.stderr.write("No browser could be started here; open the address above.\n")
