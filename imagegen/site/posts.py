"""The posts of a site: its files walked, read, and sorted; what is no post, or cannot be read, is named in words."""

import html
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

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
        values = (self.front.find_param(key) for key in keys)
        return next((value.strip() for value in values if isinstance(value, str)), "")


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that is left alone, and the reason. Only ``unfit`` ones need somebody's eye."""

    name: str
    kind: Kind
    why: str


def find_posts(site: Site) -> Iterator[Post | Skipped]:
    """Yield each file that could be a post, in the order of names. Links are named and never followed."""
    for path, entry in walk(site.content):
        name = site.name(path)
        if path.name.startswith("_"):
            continue  # `_index.md` is a list's page
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


def walk(
    folder: Path, endings: tuple[str, ...] = ENDINGS, depth: int = 0
) -> Iterator[tuple[Path, os.DirEntry[str] | str]]:
    """Yield each file below a folder with one of these endings, or a text that says why it is not looked into."""
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
            yield from walk(path, endings, depth + 1)
        elif entry.is_symlink():
            if path.suffix.lower() in endings or path.is_dir():
                yield path, "it is a symbolic link, which is not followed"
        elif path.suffix.lower() in endings:
            yield path, entry if entry.is_file() else "it is no plain file"


def _read_post(site: Site, path: Path, name: str) -> Post:
    data = read_file(path)
    front = matter.read(data, toml=site.generator.toml, folded=site.generator.folded)
    if _is_draft(front) or "_drafts" in path.relative_to(site.root).parts:
        raise _Draft
    stem = path.name[: -len(path.suffix)]
    bundled = stem == "index" or stem.startswith("index.")
    if bundled:
        stem = path.parent.name + stem.removeprefix("index")
    dated = _DATED.fullmatch(stem)
    date = front.find_raw("date") or front.find_raw("pubDate") or (dated[1] if dated else "")
    title = _find_title(front)
    return Post(path, name, data, front, title, (dated[2] or stem) if dated else stem, date, bundled)


def _is_draft(front: FrontMatter) -> bool:
    return front.find(("draft",)) in (True, "true") or front.find(("published",)) in (False, "false")


def _find_title(front: FrontMatter) -> str:
    """Return the title, else the first heading of the text. Raises Unfit when there is neither."""
    title = front.find_raw("title").strip()
    title = title or _find_heading(front.after)
    if not title:
        raise Unfit("it has no title, and no heading that could be one")
    return title


_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_FENCE = re.compile(r"(`{3,}|~{3,})(.*)")


def _read_markup(text: str) -> str:
    """Return a heading as it reads: links, emphasis, code, tags and entities without their marks."""
    for pattern, plain in _MARKUP:
        text = pattern.sub(plain, text)
    return html.unescape(text).strip()


_MARKUP = (
    (re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*\)"), r"\1"),
    (re.compile(r"</?[A-Za-z][^<>]*>"), ""),
    (re.compile(r"(`+)(.+?)(?<!`)\1(?!`)"), r"\2"),
    (re.compile(r"(?<![\w*\\])(\*{1,3})(?=\S)([^*]+)(?<=\S)\1(?![\w*])"), r"\2"),
    (re.compile(r"(?<![\w_\\])(_{1,3})(?=\S)([^_]+)(?<=\S)\1(?![\w_])"), r"\2"),
    (re.compile(r"\\([\\`*_{}\[\]<>()#+.!-])"), r"\1"),
)


def _find_heading(text: str) -> str:
    """Return the first heading of the first level outside of code; empty when there is none."""
    fence = ""
    for line in _COMMENT.sub("", text).splitlines():
        found = _FENCE.match(line)
        if found and (not fence or (found[1].startswith(fence) and not found[2].strip())):
            fence = "" if fence else found[1]
        elif not fence and line.startswith(("# ", "#\t")) and len(line) <= MAX_HEADING:
            return _read_markup(_ANCHOR.sub("", line[2:].strip()).rstrip("# \t"))
    return ""
