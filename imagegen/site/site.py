"""One site: its root, its generator, and what its settings change of the generator's ways."""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from imagegen.errors import ConfigurationError
from imagegen.site.authors import read_authors
from imagegen.site.folders import rename_folders
from imagegen.site.generators import ADDRESSES, BY_NAME, Generator, find_posts, recognise

Byline = Literal["author", "date", "none"]
TAKEN = frozenset(
    {
        *(
            "title",
            "date",
            "draft",
            "published",
            "slug",
            "tags",
            "categories",
            "description",
            "summary",
            "layout",
            "type",
        ),
        *("params", "menu", "menus", "cascade", "resources", "outputs", "build", "sitemap", "taxonomies", "extra"),
        *("author", "authors", "url", "permalink", "aliases", "weight", "lang", "language", "id", "lastmod", "pubdate"),
    }
)
"""Keys that say something else of a post than its cover."""
_FIELD = re.compile(r"[A-Za-z_][\w-]*(\.[A-Za-z_][\w-]*)?")


@dataclass(frozen=True, slots=True)
class Site:
    """A site. ``content`` is the folder whose posts get covers; ``url``, if set, stands before each picture's name.

    ``authors`` are names by the keys that posts may give instead.
    """

    root: Path
    content: Path
    generator: Generator
    url: str = ""
    byline: Byline = "author"
    authors: Mapping[str, str] = field(default_factory=dict)

    def name(self, path: Path) -> str:
        """Return a path as it is named in messages and records: from the root, with slashes."""
        return path.relative_to(self.root).as_posix()


def find_root(content: Path, settings: Path | None) -> Path:
    """Return the nearest folder upwards that holds the settings or a generator's configuration.

    Raises ConfigurationError when there is none.
    """
    for folder in (content, *content.parents):
        if (settings and folder == settings.parent) or recognise(folder):
            return folder
    raise ConfigurationError(
        f"{content}: no site of {', '.join(BY_NAME)} is recognised there or above it; "
        "write its root's imagegen.toml (imagegen init) and name the generator in it"
    )


def open_site(folder: Path, settings: Path | None, given: Mapping[str, Any], key: str | None = None) -> Site:
    """Return the site of a folder. ``given`` is the table ``site`` of its settings, ``key`` another key of the cover.

    Raises ConfigurationError for a folder that is none or lies outside, and for an unknown generator.
    """
    if not folder.is_dir():
        raise ConfigurationError(f"{folder}: there is no such folder")
    content = folder.resolve()
    root = find_root(content, settings.resolve() if settings else None)
    generator = _choose(given["generator"]) if "generator" in given else recognise(root)
    if generator is None:
        raise ConfigurationError(
            f'{root}: no generator is recognised; say generator = "…" below [site] in imagegen.toml'
        )
    generator = rename_folders(generator, root, given)
    if content == root:
        content = _find_content(generator, root, given.get("content"))
        if not content.resolve().is_relative_to(root) or not content.is_dir():
            raise ConfigurationError(f"{content}: there is no such folder in {root}")
    if not content.is_relative_to(root):
        raise ConfigurationError(f"{content} lies outside of the site {root}")
    return Site(
        root,
        content,
        _adapt(generator, key or given.get("field"), given.get("pictures")),
        given.get("url", ""),
        given.get("byline", "author"),
        read_authors(content, root),
    )


def _find_content(generator: Generator, root: Path, given: str | None) -> Path:
    found = root / given if given else find_posts(generator, root)
    if found is None:
        raise ConfigurationError(
            f"{root}: there is no {' or '.join(generator.content)}, where {generator.name} has posts: give their "
            "folder, or name it as content below [site] in imagegen.toml"
        )
    return found


def _choose(name: str) -> Generator:
    spelt = name.strip().casefold()
    if spelt not in BY_NAME:
        near = difflib.get_close_matches(spelt, BY_NAME, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ConfigurationError(f"imagegen.toml: site.generator: one of {', '.join(BY_NAME)}{hint} (found {name!r})")
    return BY_NAME[spelt]


def _adapt(generator: Generator, field: str | None, pictures: str | None) -> Generator:
    """Return a generator with another field, whose neighbours are named after it, or another folder of pictures."""
    if pictures:
        generator = replace(generator, pictures=PurePosixPath(pictures).as_posix())
    if not field or field == generator.field:
        return generator
    first, _, second = field.casefold().partition(".")
    taken = first in TAKEN or (first == "cover" and second and second not in ADDRESSES) or second in ("alt", "caption")
    if not _FIELD.fullmatch(field) or taken:
        raise ConfigurationError(f"field {field!r}: a key such as image, or two with a dot such as cover.image")
    if field.endswith("images"):  # a list of addresses, which has no room for more
        return replace(generator, field=field, covers=(), alt="", width="", height="", beside=())
    names = [_name_beside(field, what, generator.alt) for what in ("alt", "width", "height")]
    beside = tuple(
        (f"{field.partition('.')[0]}.relative", yes) for _, yes in generator.beside if field == "cover.image"
    )
    return replace(generator, field=field, covers=(), alt=names[0], width=names[1], height=names[2], beside=beside)


def _name_beside(field: str, what: str, like: str) -> str:
    if "." in field:
        return f"{field.partition('.')[0]}.{what}"
    return f"{field}_{what}" if "_" in like or "." in like else f"{field}{what.capitalize()}"
