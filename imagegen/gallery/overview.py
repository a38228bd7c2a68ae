"""The overview: every batch of a store, newest first."""

from collections.abc import Callable, Iterable

from imagegen.formatting import counted, dollars
from imagegen.gallery.cell import alternative, thumbnail
from imagegen.gallery.frame import document
from imagegen.gallery.markup import Html, element, join
from imagegen.gallery.page import expiry_notice, format_moment, loss_notice
from imagegen.gallery.page_links import PageLinks
from imagegen.results import BatchResult
from storage import keys

SHOWN = 6
"""Thumbnails per batch: one line of them on a wide screen."""


def render_index(
    batches: Iterable[BatchResult], *, link: Callable[[str], str], page: Callable[[str], str] | None
) -> bytes:
    """A page that lists ``batches`` in the order given, each with its first thumbnails.

    ``link`` turns a picture's key into what the page links to, as for ``render``; ``page`` does so for the key of a
    batch's stored page. It is None where that page could not show its pictures: the command that makes one that can
    stands in its place.
    """
    links = PageLinks(link)
    entries = [_entry(batch, links, page) for batch in batches]
    body = join(
        element(
            "header", element("p", "Gallery", class_="kicker"), element("h1", counted(len(entries), "batch", "batches"))
        ),
        expiry_notice(links),
        loss_notice("imagegen gallery --all --out gallery.html"),
        element("main", element("ol", *entries, class_="batches")),
    )
    return document(title="All batches", body=body, image_sources=links.sources)


def _entry(batch: BatchResult, links: PageLinks, page: Callable[[str], str] | None) -> Html:
    shown = [leaf for leaf in batch.leaves() if leaf.image and leaf.thumbnail][:SHOWN]
    strip = (
        element("a", thumbnail(leaf.thumbnail, links, alt=alternative(leaf)), href=links(leaf.image.key))
        for leaf in shown
        if leaf.image and leaf.thumbnail
    )
    return element(
        "li",
        element("h2", batch.name, dir="auto") if batch.name else element("h2", format_moment(batch.created_at)),
        element("p", _facts(batch), class_="made"),
        element("div", *strip, class_="strip"),
        _link_to_batch(batch, page),
        class_="batch",
    )


def _facts(batch: BatchResult) -> str:
    summary = batch.summary
    facts = [
        f"{counted(len(batch.images or ()), 'prompt')} × {', '.join(batch.models)}",
        f"{summary.succeeded:,} of {counted(summary.requested, 'picture')}",
        dollars(summary.cost_usd),
    ]
    if batch.offline:
        facts.append("offline")
    return " · ".join(facts)


def _link_to_batch(batch: BatchResult, page: Callable[[str], str] | None) -> Html:
    if page is None:
        return element("p", element("code", f"imagegen gallery {batch.batch_id} --open"))
    return element("p", element("a", f"Batch {batch.batch_id}", href=page(keys.gallery(batch.batch_id))))
