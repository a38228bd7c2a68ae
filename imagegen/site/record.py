"""The record of a site's covers, ``.imagegen/covers/``: which are ours, and what each was made for.

It is committed with the posts. Without it nobody could tell our covers from those of others: a picture's bytes say
nothing of the post, and marks in the front matter would be a key that no generator knows. Each post has a file of its
own, so that two people, or two runs, who make covers for different posts are never in each other's way.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from imagegen.errors import ConfigurationError
from imagegen.site.files import read_file, write_whole
from imagegen.site.front.values import Unfit

PLACE = Path(".imagegen/covers")
_VERSION = 1
MAX_WORDS = 80
"""Characters of a post's name in that of its file."""
ENDINGS = (".jpg", ".webp", ".avif", ".png")
"""Endings of pictures: a record leads to no other file."""


@dataclass(frozen=True, slots=True)
class Cover:
    """One post's cover as we wrote it: what it was made for, the front matter's words, its files by SHA-256.

    The first file is the picture that the post names. Files are named from the site's root. ``offline``: it is a
    placeholder, which a real picture replaces.
    """

    made_for: str
    link: str
    alt: str
    files: Mapping[str, str]
    offline: bool = False
    was: Mapping[str, str] = field(default_factory=dict)
    """The files before them, while they are being replaced."""

    @property
    def picture(self) -> str:
        """The file that the post names."""
        return next(iter(self.files))


@dataclass(slots=True)
class Record:
    """All covers of a site by the names of their posts.

    ``damaged`` are files of it that cannot be read, each with the reason; ``moved`` are posts whose files differ.
    """

    root: Path
    covers: dict[str, Cover] = field(default_factory=dict)
    damaged: dict[str, str] = field(default_factory=dict)
    moved: set[str] = field(default_factory=set)

    def require_whole(self, post: str) -> None:
        """Raise Unfit when what stands of a post's cover cannot be read."""
        if why := self.damaged.get(name_file(post)):
            raise Unfit(
                f"{PLACE / name_file(post)} {why}; take it from the repository again, or delete it: the cover that the "
                "post has by now then counts as somebody else's"
            )

    def keep(self, post: str, cover: Cover) -> None:
        """Note a cover, unless it is noted so already. Raises Unfit and OSError when it cannot be written."""
        if post not in self.moved and self.covers.get(post) == cover:
            return
        self.covers[post] = cover
        for name in (*self.moved & self.covers.keys(), post):
            self._write(name, self.covers[name])
        for name in self.moved - self.covers.keys():
            (self.root / PLACE / name_file(name)).unlink(missing_ok=True)
        self.moved.clear()

    def move(self, covers: Mapping[str, tuple[str, Cover]]) -> None:
        """Let covers, by their posts' former names, stand under other names, or say other things."""
        changed = {old: new for old, new in covers.items() if new != (old, self.covers[old])}
        kept = {name: cover for name, cover in self.covers.items() if name not in changed}
        self.covers = kept | dict(changed.values())
        self.moved |= {*changed, *dict(changed.values())}

    def _write(self, post: str, cover: Cover) -> None:
        value = {"version": _VERSION, "post": post, "made_for": cover.made_for, "link": cover.link, "alt": cover.alt}
        value |= {"files": dict(cover.files)}
        value |= {"offline": True} if cover.offline else {}
        value |= {"was": dict(cover.was)} if cover.was else {}
        data = (json.dumps(value, indent=1) + "\n").encode()
        write_whole(self.root, self.root / PLACE / name_file(post), data)


def name_file(post: str) -> str:
    """Return the name of the file of a post's cover: readable, and another one for each post."""
    words = re.sub(r"[^a-z0-9]+", "-", post.casefold()).strip("-")[-MAX_WORDS:].strip("-")
    return f"{words}-{hashlib.sha256(post.encode(errors='surrogateescape')).hexdigest()[:12]}.json"


def read_record(root: Path) -> Record:
    """Read a site's record; an empty one when there is none. Raises ConfigurationError when it is no folder."""
    folder = root / PLACE
    if any(place.is_symlink() for place in (folder.parent, folder)):
        raise ConfigurationError(f"{folder} is, or lies in, a symbolic link, which is not followed")
    record = Record(root)
    try:
        names = sorted(path.name for path in folder.iterdir() if path.suffix == ".json")
    except FileNotFoundError:
        return record
    except OSError as error:
        raise ConfigurationError(f"{folder}: cannot be read ({error.strerror})") from None
    for name in names:
        try:
            post, cover = _read_cover(folder / name)
        except Unfit as error:
            record.damaged[name] = str(error)
        else:
            record.covers[post] = cover
    return record


def _read_cover(path: Path) -> tuple[str, Cover]:
    """Return a post and its cover. Raises Unfit with the reason, in words that follow the file's name."""
    try:
        value = json.loads(read_file(path))
        if value["version"] != _VERSION:
            raise Unfit(f"is of version {value['version']!r}, and this program reads {_VERSION}")
        if name_file(value["post"]) != path.name:
            raise Unfit("is of another post than its name says")
        return value["post"], _check_cover(value)
    except OSError as error:
        raise Unfit(f"cannot be read ({error.strerror})") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Unfit("is damaged") from None


def _check_cover(value: Any) -> Cover:
    was = value.get("was", {})
    texts = [value["made_for"], value["link"], value["alt"], *value["files"].values(), *was.values()]
    pictures = all(name.endswith(ENDINGS) for name in (*value["files"], *was))
    if not value["files"] or not pictures or not all(isinstance(text, str) for text in texts):
        raise ValueError("no cover")
    return Cover(value["made_for"], value["link"], value["alt"], value["files"], value.get("offline") is True, was)
