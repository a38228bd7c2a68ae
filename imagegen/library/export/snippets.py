"""HTML that shows a picture in all its sizes, letter by letter as the gallery copies it (its ``pictures.js``)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

FOR_ALL = ("jpeg", "png", "webp", "avif")
"""The formats, those that any reader shows first."""
BETTER = ("avif", "webp")
"""The formats that are smaller, the smallest first: a browser takes the first source that it knows."""
SAME_SHAPE = 0.01
"""The difference of two shapes, as a part of one, up to which pictures stand for each other."""
_BLANKS = re.compile("[\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]+")
"""Blanks as a browser's script knows them."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One picture of a cell as a page shows it: its size's name, its format, its pixels and its address."""

    size: str
    format: str
    width: int
    height: int
    address: str


def describe(title: str) -> str:
    """Return a title as a picture's alternative text: on one line."""
    return _BLANKS.sub(" ", title).strip(" ")


def image_html(cell: Sequence[Shown], picture: Shown, title: str) -> str:
    """Return ``<img>``, or ``<picture>`` where there are smaller formats, for one of a cell's pictures."""
    main = _find_plainest(cell, picture)
    own = _list_sources(cell, main, main.format)
    attributes: dict[str, str | int] = {
        "src": main.address,
        "width": main.width,
        "height": main.height,
        "alt": describe(title),
    }
    if own.endswith("w"):
        attributes |= {"srcset": own, **_sizes(own, main)}
    image = _tag("img", attributes)
    sources = "".join(f"  {source}\n" for source in _source_tags(cell, main))
    return f"<picture>\n{sources}  {image}\n</picture>" if sources else image


def og_tags(cell: Sequence[Shown], picture: Shown, title: str) -> str:
    """Return the tags by which networks find one of a cell's pictures."""
    main = _find_plainest(cell, picture)
    properties: dict[str, str | int] = {
        "og:image": main.address,
        "og:image:width": main.width,
        "og:image:height": main.height,
        "og:image:alt": describe(title),
    }
    card = "summary_large_image" if main.width >= 1.5 * main.height else "summary"
    tags = [_tag("meta", {"property": name, "content": content}) for name, content in properties.items()]
    return "\n".join([*tags, _tag("meta", {"name": "twitter:card", "content": card})])


def _find_plainest(cell: Sequence[Shown], picture: Shown) -> Shown:
    """Return the same size in the format that any reader shows."""
    return min((each for each in cell if each.size == picture.size), key=lambda each: FOR_ALL.index(each.format))


def _source_tags(cell: Sequence[Shown], main: Shown) -> Iterator[str]:
    for kind in BETTER[: BETTER.index(main.format)] if main.format in BETTER else BETTER:
        if found := _list_sources(cell, main, kind):
            yield _tag("source", {"type": f"image/{kind}", "srcset": found, **_sizes(found, main)})


def _list_sources(cell: Sequence[Shown], main: Shown, kind: str) -> str:
    """Return a ``srcset`` of the cell's pictures of this format and the main picture's shape."""
    shape = main.width / main.height
    kin = [each for each in cell if each.format == kind and abs(each.width / each.height / shape - 1) <= SAME_SHAPE]
    # A set may name a width once only; of two that share one, the size that was asked for stays.
    widths = {each.width: each for each in kin} | {each.width: each for each in kin if each.size == main.size}
    ordered = [widths[width] for width in sorted(widths)]
    if len(ordered) == 1:
        return ordered[0].address
    return ", ".join(f"{each.address} {each.width}w" for each in ordered)


def _sizes(sources: str, main: Shown) -> dict[str, str]:
    return {"sizes": f"(min-width: {main.width}px) {main.width}px, 100vw"} if sources.endswith("w") else {}


def _tag(name: str, attributes: Mapping[str, str | int]) -> str:
    return f"<{' '.join([name, *(f'{key}={_quote(value)}' for key, value in attributes.items())])}>"


def _quote(value: str | int) -> str:
    text = escape(str(value), quote=False).replace('"', "&quot;")
    return f'"{text}"'
