"""``imagegen export``: a batch's pictures under readable names, for pages that show them."""

import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, get_args

import typer

from imagegen.errors import ConfigurationError
from imagegen.formatting import counted, one_line
from imagegen.library import listing
from imagegen.library.export.contents import (
    INDEX,
    PAGE,
    Exported,
    build_index,
    build_page,
    is_sealed,
    list_pictures,
    read_index,
    select_sizes,
)
from imagegen.library.export.folder import Folder, Taken, Written, explain
from imagegen.records import AT_ONCE
from imagegen.results import BatchResult
from storage import ObjectNotFound, Store, StoreError, keys
from storage.directory import DirectoryStore
from workflows.commands.completion import batch_ids
from workflows.commands.options import StoreOption, runtime_with

FAILED = 1
SHOWN = 20
"""Problems of one kind that are listed; the rest are counted."""
_DONE = get_args(Written)
_BASE_URL = re.compile(r"(?:https?://[\w.-]+(?::\d+)?|)/(?:[\w.~!$&'()*+;=:@%-]+/)*", re.ASCII)


def register(cli: typer.Typer) -> None:
    """Add the command."""
    cli.command()(export)


def _name_folder(text: str) -> Path:
    if not text.strip():
        raise ConfigurationError("--to: a folder is expected; a dot stands for the one where you are")
    return Path(text)


def export(
    batch_id: Annotated[
        str, typer.Argument(help="A batch id, or its first characters.", show_default=False, autocompletion=batch_ids)
    ],
    *,
    to: Annotated[
        Path,
        typer.Option("--to", metavar="DIR", help="Folder for the pictures.", show_default=False, parser=_name_folder),
    ],
    sizes: Annotated[
        str, typer.Option("--sizes", metavar="SIZES", help="Only these sizes: og,square. [default: all]")
    ] = "",
    base_url: Annotated[
        str,
        typer.Option("--base-url", metavar="URL", help="Address at which DIR will be served, for the HTML and tags."),
    ] = "",
    store: StoreOption = None,
) -> None:
    """Write a batch's pictures to a folder under readable names, with an index, HTML and a page that shows them."""
    opened = runtime_with(store).store
    batch = listing.load_batch(opened, listing.resolve(opened, batch_id))
    pictures = _choose(list_pictures(batch), sizes)
    _require_apart(to, opened)
    try:
        folder = Folder(to.resolve())
        folder.own = _require_free(folder, pictures)
        with folder:
            work = _Export(opened, folder)
            work.write(batch, pictures, _complete_address(base_url))
    except OSError as error:
        raise ConfigurationError(f"--to {explain(error, to)}") from None
    _report(work, batch)
    raise typer.Exit(FAILED if work.lost or not work.there else 0)


def _require_apart(to: Path, store: Store) -> None:
    """Raise ConfigurationError for a folder of the store itself: what lies there is what the store's keys say."""
    if isinstance(store, DirectoryStore) and to.resolve().is_relative_to(Path(store.location).resolve()):
        raise ConfigurationError(f"--to {one_line(str(to))}: the store keeps its pictures there; give another folder")


def _choose(pictures: Sequence[Exported], sizes: str) -> list[Exported]:
    wanted = [size.strip().casefold() for size in sizes.split(",") if size.strip()]
    if not wanted:
        return list(pictures)
    try:
        return select_sizes(pictures, wanted)
    except KeyError as error:
        there = ", ".join(dict.fromkeys(picture.size for picture in pictures)) or "none"
        raise ConfigurationError(
            f"--sizes {one_line(str(error.args[0]))}: the batch has no pictures of that size; it has {there}"
        ) from None


def _complete_address(base_url: str) -> str:
    whole = base_url if base_url.endswith("/") or not base_url else f"{base_url}/"
    if whole and not _BASE_URL.fullmatch(whole):
        raise ConfigurationError(
            f"--base-url {one_line(base_url)}: an address such as https://example.com/covers/, or a path such as "
            "/covers/, is expected; write other letters with % signs"
        )
    return whole


def _require_free(folder: Folder, pictures: Sequence[Exported]) -> dict[str, str]:
    """Return the files that earlier exports wrote. Raises Taken, with all names where something else lies."""
    index, page = folder.read(INDEX), folder.read(PAGE)
    own = read_index(index) if index is not None else {}
    taken = [f"{folder.path / INDEX} is there, and imagegen did not write it"] if own is None else []
    if page is not None and not is_sealed(page):
        taken.append(f"{folder.path / PAGE} is there, and imagegen did not write it")
    folder.own = own or {}
    for picture in pictures:
        try:
            folder.check(picture.file, picture.sha256)
        except Taken as error:
            taken.append(str(error).partition(";")[0])
    if taken:
        raise Taken(
            f"nothing was written; {counted(len(taken), 'file')} would have to be overwritten; move them away, or give "
            f"another folder:{''.join(f'{chr(10)}  - {one_line(each)}' for each in _list_some(taken))}"
        )
    sealed = {name: keys.content_hash(data) for name, data in ((INDEX, index), (PAGE, page)) if data is not None}
    return folder.own | sealed


@dataclass(slots=True)
class _Export:
    """One export: what came of each file."""

    store: Store
    folder: Folder
    done: Counter[str] = field(default_factory=Counter)
    there: list[Exported] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    def write(self, batch: BatchResult, pictures: Sequence[Exported], base_url: str) -> None:
        """Write the pictures, the page and then the index, which says what is there."""
        with ThreadPoolExecutor(AT_ONCE, "export") as pool:
            for picture, came_of in zip(pictures, pool.map(self._write_picture, pictures), strict=True):
                if came_of in _DONE:
                    self.done[came_of] += 1
                    self.there.append(picture)
                else:
                    self.lost.append(f"{picture.file}: {came_of}")
        if self.there or self.folder.own:
            former = self._find_former()
            self.folder.put(PAGE, build_page(batch.batch_id, self.there, base_url=base_url))
            self.folder.put(INDEX, build_index(batch.batch_id, self.there, base_url=base_url, former=former))

    def _write_picture(self, picture: Exported) -> str:
        """Write one picture unless it is there; return what was done, or the reason why it could not be got."""
        if self.folder.check(picture.file, picture.sha256):
            return "unchanged"
        try:
            data = self.store.get(picture.key)
        except ObjectNotFound:
            return f"{picture.key} is not in {self.store.location}"
        except StoreError as error:
            return str(error)
        if keys.content_hash(data) != picture.sha256:
            return f"{picture.key} is damaged; 'imagegen verify --repair' makes it again"
        return self.folder.put(picture.file, data)

    def _find_former(self) -> dict[str, str]:
        """Return the files of earlier exports that are no part of this one and still there, unchanged."""
        now = {INDEX, PAGE, *(picture.file for picture in self.there)}
        former = {file: sha256 for file, sha256 in self.folder.own.items() if file not in now}
        return {file: sha256 for file, sha256 in former.items() if self._has(file, sha256)}

    def _has(self, file: str, sha256: str) -> bool:
        try:
            return self.folder.find(file) == sha256
        except Taken:
            return False


def _report(work: _Export, batch: BatchResult) -> None:
    if work.there:
        sys.stdout.write(f"{one_line(str(work.folder.path / PAGE))}\n")
    for lost in _list_some(work.lost):
        sys.stderr.write(f"not exported: {one_line(lost)}\n")
    figures = ", ".join(f"{work.done[kind]} {kind}" for kind in _DONE if work.done[kind])
    sys.stderr.write(f"{counted(len(work.there), 'picture')} in {work.folder.path}: {figures or 'none written'}\n")
    if failed := sum(not leaf.succeeded for leaf in batch.leaves()):
        sys.stderr.write(f"{counted(failed, 'pair')} of the batch failed and have no picture\n")


def _list_some(items: Sequence[str]) -> Iterator[str]:
    yield from items[:SHOWN]
    if len(items) > SHOWN:
        yield f"and {len(items) - SHOWN:,} more"
