"""One pair on the page: its thumbnail or its failure, and the facts beneath."""

from collections.abc import Iterator
from urllib.parse import quote

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
        **links.show(picture.key),
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


def all_pictures(leaf: LeafResult) -> dict[str, StoredPicture]:
    """A pair's pictures by name, the first one first; an older record's only picture has its size for a name."""
    first = leaf.image
    if first is None:
        return {}
    named = leaf.pictures or {f"{first.width}x{first.height}": first}
    return dict(sorted(named.items(), key=lambda item: item[1].key != first.key))


def _picture(leaf: LeafResult, image: StoredPicture, small: StoredPicture, links: PageLinks) -> Html:
    link = links(image.key)
    lines = (_describe(name, each, image, links, link) for name, each in all_pictures(leaf).items())
    return element(
        "a",
        thumbnail(small, links, alt=alternative(leaf)),
        class_="shot",
        **{"data_href" if links.sealed else "href": link},
        data_pictures="\n".join(lines),
    )


def _describe(name: str, picture: StoredPicture, first: StoredPicture, links: PageLinks, base: str) -> str:
    """A picture for the script: name, width, height and, unless it is the first, its link as seen from the first's."""
    fields = [quote(name, safe=""), str(picture.width), str(picture.height)]
    if picture.key != first.key:
        fields.append(_shorten(links(picture.key), base))
    return " ".join(fields)


def _shorten(link: str, base: str) -> str:
    """A link without what it shares with ``base``: the folder and, after a blank, the query but for its last value.

    Of a presigned link only the picture's name and the signature are left.
    """
    if base.startswith("data:"):
        return link
    path, _, query = base.partition("?")
    name = link.removeprefix(path[: path.rfind("/") + 1])
    start, equals, _ = query.rpartition("=")
    return name.replace(f"?{start}=", " ", 1) if equals else name


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
