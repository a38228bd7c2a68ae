"""The posts of a site: its files walked, read, and sorted; what is no post, or cannot be read, is named in words."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from imagegen.site.files import read_file
from imagegen.site.front import matter
from imagegen.site.front.matter import FrontMatter, NoFrontMatter
from imagegen.site.front.values import Unfit
from imagegen.site.site import Site

ENDINGS = (".md", ".mdx", ".markdown")
MAX_DEPTH = 32
"""Folders below one another."""
_NO_CONTENT = frozenset({"node_modules", "_site", "vendor"})
_DATED = re.compile(r"(\d{4}-\d{2}-\d{2})[-_]?(.*)", re.DOTALL)
_ANCHOR = re.compile(r"[ \t]*\{#[^{}]*\}$")
MAX_HEADING = 1_000
"""Characters of a heading; a longer line is none."""

Kind = Literal["draft", "no post", "unfit"]


@dataclass(frozen=True, slots=True)
class Post:
    """A published post: its file as it was read, and what is taken from it. ``path`` was found without a link."""

    path: Path
    name: str
    data: bytes
    front: FrontMatter
    title: str
    stem: str
    date: str
    bundled: bool

    def find_text(self, *keys: str) -> str:
        """Return the first of these keys at the top that holds text; empty when none does."""
        return next((value.strip() for key in keys if isinstance(value := self.front.values.get(key), str)), "")


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that is left alone, and the reason. Only ``unfit`` ones need somebody's eye."""

    name: str
    kind: Kind
    why: str


def find_posts(site: Site) -> Iterator[Post | Skipped]:
    """Yield each file that could be a post, in the order of names. Links are named and never followed."""
    for path, entry in _walk(site, site.content, 0):
        name = site.name(path)
        if isinstance(entry, str):
            yield Skipped(name, "unfit", entry)
            continue
        try:
            yield _read_post(site, path, name)
        except _Draft:
            yield Skipped(name, "draft", "it is a draft")
        except NoFrontMatter as error:
            yield Skipped(name, "no post", str(error))
        except Unfit as error:
            yield Skipped(name, "unfit", str(error))
        except OSError as error:
            yield Skipped(name, "unfit", f"it cannot be read ({error.strerror})")


class _Draft(Exception):
    """The post is not published."""


def _walk(site: Site, folder: Path, depth: int) -> Iterator[tuple[Path, os.DirEntry[str] | str]]:
    """Yield each file with the ending of a post, or a text that says why something is not looked into."""
    if depth > MAX_DEPTH:
        yield folder, f"it lies more than {MAX_DEPTH} folders deep"
        return
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError as error:
        yield folder, f"the folder cannot be read ({error.strerror})"
        return
    for entry in entries:
        path = folder / entry.name
        if entry.name.startswith(".") or entry.name in _NO_CONTENT:
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(site, path, depth + 1)
        elif entry.is_symlink():
            if path.suffix.lower() in ENDINGS or path.is_dir():
                yield path, "it is a symbolic link, which is not followed"
        elif path.suffix.lower() in ENDINGS and not entry.name.startswith("_"):  # `_index.md` is a list's page
            yield path, entry if entry.is_file() else "it is no plain file"


def _read_post(site: Site, path: Path, name: str) -> Post:
    data = read_file(path)
    front = matter.read(data)
    if _is_draft(front.values) or "_drafts" in path.relative_to(site.root).parts:
        raise _Draft
    stem = path.name[: -len(path.suffix)]
    bundled = stem == "index" or stem.startswith("index.")
    if bundled:
        stem = path.parent.name + stem.removeprefix("index")
    dated = _DATED.fullmatch(stem)
    date = front.raw.get("date") or front.raw.get("pubDate") or (dated[1] if dated else "")
    title = _find_title(front)
    return Post(path, name, data, front, title, (dated[2] or stem) if dated else stem, date, bundled)


def _is_draft(values: Mapping[str, Any]) -> bool:
    return values.get("draft") in (True, "true") or values.get("published") in (False, "false")


def _find_title(front: FrontMatter) -> str:
    """Return the title, else the first heading of the text. Raises Unfit when there is neither."""
    title = front.raw.get("title", "").strip()
    title = title or _find_heading(front.after)
    if not title:
        raise Unfit("it has no title, and no heading that could be one")
    return title


def _find_heading(text: str) -> str:
    """Return the first heading of the first level outside of code; empty when there is none."""
    fence = ""
    for line in text.splitlines():
        mark = line[:3]
        if mark in ("```", "~~~") and fence in ("", mark):
            fence = "" if fence else mark
        elif not fence and line.startswith(("# ", "#\t")) and len(line) <= MAX_HEADING:
            return _ANCHOR.sub("", line[2:].strip()).rstrip("# \t")
    return ""
