"""``imagegen gallery`` and ``list``: a store's batches, shown."""

import sys
import tempfile
import webbrowser
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from imagegen.errors import ConfigurationError
from imagegen.formatting import counted, dollars, one_line, printable
from imagegen.library import listing, pages
from imagegen.making.changes.stored_page import opens_by_itself
from imagegen.results import BatchResult
from storage import Store, keys
from workflows.commands.completion import batch_ids
from workflows.commands.options import JsonOption, StoreOption, print_json, runtime_with

Choice = Literal["style", "template", "font"]
_ASKED = ("style", "template", "font", "variant", "offline", "models")


def register(cli: typer.Typer) -> None:
    """Add the commands."""
    cli.command()(gallery)
    cli.command("list")(list_batches)


def gallery(
    batch_id: Annotated[
        str | None,
        typer.Argument(
            help="A batch id, or its first characters. [default: the newest]",
            show_default=False,
            autocompletion=batch_ids,
        ),
    ] = None,
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Build a page that lists every batch, newest first.")
    ] = False,
    store: StoreOption = None,
    open_it: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write the page to this file instead of the store.")
    ] = None,
    embed: Annotated[bool, typer.Option("--embed", help="Embed every picture: one file that can be mailed.")] = False,
) -> None:
    """Rebuild the page of a batch from the store, or build a page of all batches."""
    if everything and batch_id:
        raise ConfigurationError(f"give a batch id ({batch_id}) or --all, not both")
    runtime = runtime_with(store)
    opened, life = runtime.store, runtime.settings.url_life
    name = None if everything else listing.resolve(opened, batch_id) if batch_id else _find_newest(opened)
    stays = name is not None and not embed and out is None
    if name is not None and stays:
        pages.rebuild(opened, name)
        if opens_by_itself(opened, name):
            _show_page(opened.url(keys.gallery(name)), open_it=open_it)
            return
    if name is None:
        page = pages.render_index(opened, embed=embed, life=life)
    else:
        page = pages.render_batch(opened, name, embed=embed, life=life)
    _show_page(_write_page(page, out, name or "all").as_uri(), open_it=open_it)


def list_batches(*, store: StoreOption = None, json: JsonOption = False) -> None:
    """List the batches of a store, newest first."""
    opened = runtime_with(store).store
    found = listing.list_batches(opened)
    spent = listing.sum_spending(opened)
    if json:
        rows = [_describe(batch, _find_cost(batch, spent)) for batch in found.batches]
        described = {"location": opened.location, "batches": rows, "damaged": found.damaged}
        print_json(described)
        return
    for batch in found.batches:
        sys.stdout.write(_format_row(batch, _find_cost(batch, spent)) + "\n")
    for batch_id in found.damaged:
        sys.stderr.write(
            f"{one_line(batch_id)}  its manifest cannot be read; run its batch file again, which costs nothing, or "
            f"remove {keys.manifest(batch_id)} from the store\n"
        )
    if not found.batches:
        sys.stderr.write(f"There are no batches in {opened.location} yet.\n")


def _find_cost(batch: BatchResult, spent: Mapping[str, float | None]) -> float | None:
    """Return what all runs of a batch have paid; what its manifest says when their reports say less, or nothing."""
    last, known = batch.summary.cost_usd, spent.get(batch.batch_id, 0.0)
    return None if last is None or known is None else max(last, known)


def _describe(batch: BatchResult, cost: float | None) -> dict[str, Any]:
    shown = {"batch_id", "name", "created_at", "first_created_at", "status", *_ASKED, "summary"}
    return batch.model_dump(mode="json", include=shown) | {"brands": list(_list_brands(batch)), "cost_usd": cost}


def _format_row(batch: BatchResult, spent: float | None) -> str:
    """Format a batch as one line; the fields that tell equal prompts apart come before the prompts."""
    figures = f"{batch.summary.succeeded} of {counted(batch.summary.requested, 'picture')}"
    cost = "offline" if batch.offline else dollars(spent)
    look = ", ".join(
        (
            _join_values(batch, "style"),
            _join_values(batch, "template"),
            _join_values(batch, "font"),
            *(f"brand {name}" for name in _list_brands(batch)),
            *_format_variant(batch),
        )
    )
    first = batch.first_created_at or batch.created_at
    changed = (f"changed {batch.created_at}",) if first != batch.created_at else ()
    name = (one_line(batch.name),) if batch.name else ()
    models = ", ".join(dict.fromkeys(batch.models))
    prompts = list(dict.fromkeys(one_line(leaf.prompt) for leaf in batch.leaves()))
    more = f" (and {len(prompts) - 1} more)" if len(prompts) > 1 else ""
    start = f"{batch.batch_id}  {first}  {batch.status:8}  {figures}, {cost}"
    fields = (start, *changed, *name, look, models, f"{''.join(prompts[:1])}{more}")
    return printable("  ".join(fields)).replace("\n", " ")


def _join_values(batch: BatchResult, choice: Choice) -> str:
    """The values that the batch's pictures have; rows may override the batch's."""
    used = dict.fromkeys(getattr(leaf, choice) or getattr(batch, choice) for leaf in batch.leaves())
    return "+".join(used) or getattr(batch, choice)


def _list_brands(batch: BatchResult) -> tuple[str, ...]:
    return tuple(dict.fromkeys(leaf.brand for leaf in batch.leaves() if leaf.brand))


def _format_variant(batch: BatchResult) -> tuple[str, ...]:
    return (f"variant {batch.variant}",) if batch.variant else ()


def _find_newest(store: Store) -> str:
    batches = listing.list_batches(store).batches
    if not batches:
        raise listing.BatchNotFound(f"there is no batch in {store.location} yet; 'imagegen run' makes one")
    return batches[0].batch_id


def _write_page(page: bytes, out: Path | None, name: str) -> Path:
    """Write the page to ``out``, or into a new private directory: its links may open a private bucket."""
    path = out or Path(tempfile.mkdtemp(prefix="imagegen-")) / f"{name}.html"
    try:
        path.write_bytes(page)
    except OSError as error:
        raise ConfigurationError(f"--out {path}: cannot write the page ({error.strerror})") from None
    return path.resolve()


def _show_page(url: str, *, open_it: bool) -> None:
    sys.stdout.write(f"{one_line(url)}\n")
    if open_it and not webbrowser.open(url):
        sys.stderr.write("No browser could be started; open the address above.\n")
