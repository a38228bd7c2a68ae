"""A batch's finished pictures under readable names: which files there are, their index, and a page that shows them.

Nothing here reads or writes a file. The same batch always gives the same names and the same bytes.
"""

import base64
import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from imagegen.gallery.cell import all_pictures
from imagegen.gallery.markup import Html, element, join
from imagegen.library.export.names import Names, slug
from imagegen.library.export.snippets import Shown, describe, image_html, og_tags
from imagegen.results import BatchResult, LeafResult
from storage import keys
from storage.mediatypes import guess_by_ending

INDEX, PAGE = "index.json", "index.html"
_SEAL = "imagegen-seal:"
_SEALED = re.compile(rb"imagegen-seal:([0-9a-f]{64})")
_OPEN_SEAL = _SEAL + "0" * 64
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem}"
    "figure{margin:1rem 0 2rem}img{display:block;height:auto;max-height:24rem;max-width:100%;width:auto}"
    "pre{background:#f4f4f4;color:#111;overflow:auto;padding:1rem;white-space:pre-wrap;word-break:break-word}"
)


@dataclass(frozen=True, slots=True)
class Exported:
    """One picture: the row and the column (from 1) that it is in, its size's name, and the file that it becomes."""

    row: int
    column: int
    model: str
    title: str
    size: str
    format: str
    width: int
    height: int
    sha256: str
    key: str
    file: str


def list_pictures(batch: BatchResult) -> list[Exported]:
    """List all finished pictures of a batch in its order, each with its file's name.

    A pair without a picture counts as well, so that no other name changes when it gets one.
    """
    names = Names((INDEX, PAGE))
    several = len(set(batch.models)) > 1
    found = []
    for number, row in enumerate(batch.images or (), 1):
        for column, leaf in enumerate(row, 1):
            found += _list_cell(leaf, (number, column), names, leaf.model if several else "")
    return found


def _list_cell(leaf: LeafResult, place: tuple[int, int], names: Names, model: str) -> list[Exported]:
    pictures = [(*_split_name(name, each.key), each) for name, each in all_pictures(leaf).items()]
    endings = [f"{slug(size) or 'size'}.{each.key.rpartition('.')[2]}" for size, _, each in pictures]
    files = names.choose(leaf.title, model, endings or [""])
    return [
        Exported(*place, leaf.model, leaf.title, size, kind, each.width, each.height, each.sha256, each.key, file)
        for (size, kind, each), file in zip(pictures, files, strict=False)
        if each.width and each.height
    ]


def _split_name(name: str, key: str) -> tuple[str, str]:
    """Return the size and the format of a picture's name in a record: ``og``, or ``og.webp``."""
    kind = keys.find_format(key)
    return name.removesuffix(f".{kind}"), kind


def build_index(
    batch_id: str, pictures: Sequence[Exported], *, base_url: str = "", former: Mapping[str, str] | None = None
) -> bytes:
    """Return ``index.json``: what each file is, and the HTML that shows it.

    ``base_url`` is where the folder will be served; empty: addresses are the files' names. ``former`` are the files of
    earlier exports that are still there, with their hashes.
    """
    described = [
        {
            "row": picture.row,
            "model": picture.model,
            "title": picture.title,
            "size": picture.size,
            "file": picture.file,
            "width": picture.width,
            "height": picture.height,
            "alt": describe(picture.title),
            "media_type": guess_by_ending(picture.file),
            "sha256": picture.sha256,
            **snippets,
        }
        for picture, snippets in zip(pictures, _list_snippets(pictures, base_url), strict=True)
    ]
    index = {
        "seal": _OPEN_SEAL,
        "batch_id": batch_id,
        "pictures": described,
        "former": [{"file": file, "sha256": sha256} for file, sha256 in sorted((former or {}).items())],
    }
    return _close_seal(json.dumps(index, indent=2, ensure_ascii=False) + "\n")


def build_page(batch_id: str, pictures: Sequence[Exported], *, base_url: str = "") -> bytes:
    """Return ``index.html``: every picture with the HTML and the tags for it, to be read beside the files."""
    snippets = _list_snippets(pictures, base_url)
    policy = f"default-src 'none'; img-src 'self' file:; style-src 'sha256-{_hash(_STYLE)}'; base-uri 'none'"
    figures = [_figure(picture, each) for picture, each in zip(pictures, snippets, strict=True)]
    note = (
        ""
        if base_url
        else "The addresses are the files' names: put your site's before them, which og:image needs in any case."
    )
    head = join(
        Html('<meta charset="utf-8">\n'),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'),
        Html('<meta name="viewport" content="width=device-width, initial-scale=1">\n'),
        Html(f'<meta name="generator" content="{_OPEN_SEAL}">\n'),
        element("title", f"Pictures of batch {batch_id}"),
        element("style", Html(_STYLE)),
    )
    body = join(element("h1", f"Pictures of batch {batch_id}"), element("p", note), *figures)
    page = f'<!doctype html>\n<html lang="en">\n<head>\n{head}\n</head>\n<body>\n{body}\n</body>\n</html>\n'
    return _close_seal(page)


def read_index(data: bytes) -> dict[str, str] | None:
    """Return the files that an ``index.json`` says were written, with their hashes; None for one that is not ours."""
    if not is_sealed(data):
        return None
    try:
        index = json.loads(data)
        listed = {entry["file"]: str(entry["sha256"]) for entry in (*index["former"], *index["pictures"])}
        return {file: sha256 for file, sha256 in listed.items() if file == Path(file).name}
    except (KeyError, TypeError, ValueError, RecursionError):
        return None


def is_sealed(data: bytes) -> bool:
    """Tell if these are the very bytes of an index or a page that an export wrote."""
    found = _SEALED.search(data)
    if found is None:
        return False
    opened = data[: found.start()] + _OPEN_SEAL.encode() + data[found.end() :]
    return hashlib.sha256(opened).hexdigest() == found[1].decode()


def _close_seal(text: str) -> bytes:
    """Put the hash of a text into it, by which it is known again. The first seal counts: no title stands before it."""
    opened = text.encode()
    return opened.replace(_OPEN_SEAL.encode(), f"{_SEAL}{hashlib.sha256(opened).hexdigest()}".encode(), 1)


def _figure(picture: Exported, snippets: Mapping[str, str]) -> Html:
    image = element(
        "img",
        src=quote(picture.file),
        alt=describe(picture.title),
        width=str(picture.width),
        height=str(picture.height),
        loading="lazy",
    )
    name = f"{picture.file} · {picture.model} · {picture.width}×{picture.height}"
    parts = [element("pre", snippets["html"]), element("pre", snippets["tags"])]
    return element(
        "figure",
        element("h2", describe(picture.title), dir="auto"),
        element("a", image, href=quote(picture.file)),
        element("figcaption", name),
        element("details", element("summary", "HTML and tags"), *parts),
    )


def _list_snippets(pictures: Sequence[Exported], base_url: str) -> list[dict[str, str]]:
    """Return the HTML and the tags for each picture, which name the others of its cell."""
    cells: dict[tuple[int, int], list[Shown]] = {}
    shown = []
    for picture in pictures:
        address = base_url + quote(picture.file)
        shown.append(Shown(picture.size, picture.format, picture.width, picture.height, address))
        cells.setdefault((picture.row, picture.column), []).append(shown[-1])
    found = []
    for picture, each in zip(pictures, shown, strict=True):
        cell = cells[picture.row, picture.column]
        found.append({"html": image_html(cell, each, picture.title), "tags": og_tags(cell, each, picture.title)})
    return found


def select_sizes(pictures: Iterable[Exported], sizes: Collection[str]) -> list[Exported]:
    """Return the pictures of these sizes. Raises KeyError for a size that no picture has."""
    listed = list(pictures)
    for size in sizes:
        if all(picture.size != size for picture in listed):
            raise KeyError(size)
    return [picture for picture in listed if picture.size in sizes]


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
