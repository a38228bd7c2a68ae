"""One batch's page: a matrix of prompts × models that filters, and a full view of each picture."""

import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from imagegen.formatting import counted, dollars, duration
from imagegen.gallery.cell import cell
from imagegen.gallery.frame import document, read_asset
from imagegen.gallery.markup import Html, element, join
from imagegen.gallery.page_links import PageLinks
from imagegen.results import BatchResult, LeafResult

ROWS = Html("<!-- rows -->")
"""The place of the rows in the document; no text of a batch can contain it, as text is escaped."""


def render(batch: BatchResult, *, link: Callable[[str], str], hold: Callable[[str], str] | None = None) -> bytes:
    """A batch's page as UTF-8 HTML.

    ``link`` turns a key into what the page links to: ``from_page`` for the page that is stored with the batch, a
    store's ``url`` for one that is opened elsewhere (it then says when its links expire), or a ``data:`` URL. With
    ``hold`` the page is one of a private bucket, which opens by a signed link while its own links do not: ``hold``
    returns a thumbnail as a ``data:`` URL, or an empty string for one that the page is to do without.
    Raises ValueError for a result whose matrix was left out for its size: render the manifest.
    """
    if batch.images is None:
        raise ValueError(f"the result of batch {batch.batch_id} is without its matrix; read {batch.manifest_key}")
    links = PageLinks(link, hold)
    columns = str(max(map(len, batch.images), default=0))
    # A large batch's rows are kept once, as bytes, and put into the finished document: text would take four times that.
    rows = io.BytesIO()
    rows.writelines(_row(number, row, links).encode() for number, row in enumerate(batch.images, 1) if row)
    look = "matrix uneven" if _is_uneven(batch) else "matrix"
    matrix = element("ol", ROWS, class_=look, id="matrix", data_columns=columns)
    body = join(
        _header(batch),
        expiry_notice(links),
        _seal_notice(batch, links),
        loss_notice(f"imagegen gallery {batch.batch_id} --out gallery.html"),
        _filters(batch),
        element("main", matrix, element("p", "No picture matches.", id="none", hidden=True)),
        read_asset("lightbox.html"),
    )
    title = f"Batch {batch.batch_id}: {batch.name or _shape(batch)}"
    page = document(title=title, body=body, image_sources=links.sources)
    head, _, tail = page.partition(ROWS.encode())
    return b"".join((head, rows.getbuffer(), tail))


def format_moment(created_at: str) -> Html:
    """A moment in words and as a machine-readable time; text that is not a time is shown unchanged."""
    try:
        at = datetime.fromisoformat(created_at).astimezone(UTC)
    except ValueError:
        return join(created_at)
    return element("time", f"{at.day} {at:%B %Y, %H:%M} UTC", datetime=at.isoformat())


def expiry_notice(links: PageLinks) -> Html:
    """The notice that says until when the page's links work; empty when they do not expire."""
    if links.expires_at is None:
        return Html()
    until = format_moment(links.expires_at.isoformat())
    return element("p", "The links on this page work until ", until, " at the latest.", class_="notice")


def loss_notice(command: str) -> Html:
    """The notice that the script shows when a picture does not load."""
    return element(
        "p",
        "Some pictures did not load. They may have been deleted, or the bucket is private, or the links on this page "
        "have expired. This makes a page that works: ",
        element("code", command),
        class_="notice loss",
        id="loss",
        role="alert",
        hidden=True,
    )


def _seal_notice(batch: BatchResult, links: PageLinks) -> Html:
    """The notice of a page that shows its thumbnails alone; the script hides it where the page's links open."""
    if not links.sealed:
        return Html()
    shown = "the thumbnails" if not links.linked else f"{links.held:,} of the {links.held + links.linked:,} thumbnails"
    command = element("code", f"imagegen gallery {batch.batch_id} --open")
    return element(
        "p",
        f"This page holds {shown}. The pictures in full size are in a private bucket: a page with links that open "
        "them is made by ",
        command,
        class_="notice",
        id="sealed",
        data_key=batch.gallery_key,
    )


def _is_uneven(batch: BatchResult) -> bool:
    """Tell if cells differ in height by more than their titles: then they hang from the titles, not from the feet."""
    shapes = {(leaf.thumbnail.width, leaf.thumbnail.height) for leaf in batch.leaves() if leaf.thumbnail}
    return len(shapes) > 1 or any(len(leaf.pictures) > 1 for leaf in batch.leaves())


def _header(batch: BatchResult) -> Html:
    setup = [batch.style, batch.template, batch.font]
    if batch.variant:
        setup.append(f"variant {batch.variant}")
    made = join(format_moment(batch.created_at), " · ", " · ".join(setup))
    return element(
        "header",
        element("p", "Batch ", element("code", batch.batch_id), class_="kicker"),
        element("h1", batch.name, dir="auto") if batch.name else element("h1", _shape(batch)),
        element("p", made, class_="made"),
        element("dl", *(element("div", element("dt", name), element("dd", value)) for name, value in _figures(batch))),
    )


def _shape(batch: BatchResult) -> str:
    return f"{counted(len(batch.images or ()), 'prompt')} × {counted(len(batch.models), 'model')}"


def _figures(batch: BatchResult) -> Iterator[tuple[str, str]]:
    summary = batch.summary
    yield "Pictures", f"{summary.succeeded:,} of {summary.requested:,}"
    if summary.failed:
        yield "Failed", f"{summary.failed:,}"
    if summary.reused:
        yield "Reused", f"{summary.reused:,}"
    yield "Cost", dollars(summary.cost_usd)
    if summary.possible_extra_charges:
        yield "Unanswered calls", f"{summary.possible_extra_charges:,}, perhaps charged"
    yield "Time", duration(summary.seconds)
    if summary.sum_seconds > summary.seconds:
        yield "One after another", duration(summary.sum_seconds)


def _filters(batch: BatchResult) -> Html:
    options = (element("option", model, value=model) for model in dict.fromkeys(batch.models))
    return element(
        "form",
        element("label", "Find ", element("input", type="search", name="text", placeholder="words in a prompt")),
        element(
            "label", "Model ", element("select", element("option", "All models", value=""), *options, name="model")
        ),
        element("output", id="count", role="status"),
        element("button", "Download all", type="button", id="save-all"),
        element(
            "p",
            "The browser does not let this page save pictures that lie elsewhere, as every file on a disk does. "
            "This makes a page that holds them and saves them all; a store that is not your usual one needs --store: ",
            element("code", f"imagegen gallery {batch.batch_id} --embed --out gallery.html"),
            class_="notice",
            id="unsaved",
            role="alert",
            hidden=True,
        ),
        id="filters",
        role="search",
        hidden=True,
    )


def _row(number: int, row: tuple[LeafResult, ...], links: PageLinks) -> Html:
    first = row[0]
    heading = [element("h2", first.title, dir="auto")]
    if first.prompt != first.title:
        heading.append(element("p", first.prompt, dir="auto"))
    cells = element("ul", *(cell(leaf, links) for leaf in row), class_="cells", data_columns=str(len(row)))
    # The number is no text of the row, in which the page's search looks: the style sheet writes it.
    return element("li", element("div", *heading, class_="prompt", data_row=str(number)), cells, class_="row")
