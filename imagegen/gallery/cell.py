"""One pair on the page: its thumbnail or its failure, and the facts beneath."""

from collections.abc import Iterator

from imagegen.formatting import dollars, duration
from imagegen.gallery.markup import Html, element, join
from imagegen.gallery.page_links import PageLinks
from imagegen.results import LeafResult, StoredPicture

MAX_ALT = 120
"""Characters of a title in a picture's alternative text; the whole title is printed beside the picture."""


def cell(leaf: LeafResult, links: PageLinks) -> Html:
    """A pair's cell."""
    content = _picture(leaf, leaf.image, leaf.thumbnail, links) if leaf.image and leaf.thumbnail else _failure(leaf)
    return element("li", content, _facts(leaf), class_="cell", data_model=leaf.model)


def thumbnail(picture: StoredPicture, links: PageLinks, *, alt: str) -> Html:
    """A lazily loaded thumbnail that keeps its place while it loads."""
    return element(
        "img",
        src=links(picture.key),
        alt=alt,
        width=str(picture.width),
        height=str(picture.height),
        loading="lazy",
        decoding="async",
    )


def alternative(leaf: LeafResult) -> str:
    """The alternative text of a picture, for readers who do not see it."""
    title = leaf.title if len(leaf.title) <= MAX_ALT else leaf.title[: MAX_ALT - 1] + "…"
    return f"{title} — {leaf.model}"


def _picture(leaf: LeafResult, image: StoredPicture, small: StoredPicture, links: PageLinks) -> Html:
    return element("a", thumbnail(small, links, alt=alternative(leaf)), class_="shot", href=links(image.key))


def _failure(leaf: LeafResult) -> Html:
    kind = leaf.error.kind.replace("_", " ") if leaf.error else "no picture"
    message = leaf.error.message if leaf.error else "The batch's record says nothing more."
    return element(
        "div",
        element("strong", f"Failed: {kind}"),
        element("p", message, dir="auto"),
        class_="failure",
    )


def _facts(leaf: LeafResult) -> Html:
    return element("p", *(join(fact, " ") for fact in _each_fact(leaf)), class_="facts")


def _each_fact(leaf: LeafResult) -> Iterator[Html]:
    yield element("b", leaf.model)
    if leaf.served_by != leaf.model:
        yield element("span", f"served by {leaf.served_by}", class_="badge served")
    if leaf.offline:
        yield element("span", "offline", class_="badge offline")
    if leaf.reused:
        yield element("span", "reused", class_="badge reused")
    else:
        yield element("span", duration(leaf.seconds))
    yield element("span", dollars(leaf.cost_usd))
