"""The record of a site's covers, ``.imagegen/covers/``: which are ours, and what each was made for.

It is committed with the posts. Without it nobody could tell our covers from those of others: a picture's bytes say
nothing of the post, and marks in the front matter would be a key that no generator knows. Each post has a file of its
own, so that two people, or two runs, who make covers for different posts are never in each other's way.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from imagegen.errors import ConfigurationError
from imagegen.site.files import read_file, write_whole
from imagegen.site.front.values import Unfit

PLACE = Path(".imagegen/covers")
_VERSION = 1
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
    """All covers of a site by the names of their posts. ``moved`` are names whose files on the disk say otherwise."""

    root: Path
    covers: dict[str, Cover] = field(default_factory=dict)
    moved: set[str] = field(default_factory=set)

    def keep(self, post: str, cover: Cover) -> None:
        """Note a cover, unless it is noted so already. Raises Unfit and OSError when it cannot be written."""
        if post not in self.moved and self.covers.get(post) == cover:
            return
        self.covers[post] = cover
        for name in (*self.moved & self.covers.keys(), post):
            self._write(name, self.covers[name])
        for name in self.moved - self.covers.keys():
            self._place(name).unlink(missing_ok=True)
        self.moved.clear()

    def move(self, covers: Mapping[str, tuple[str, Cover]]) -> None:
        """Let covers, by their posts' former names, stand under other names, or say other things."""
        changed = {old: new for old, new in covers.items() if new != (old, self.covers[old])}
        kept = {name: cover for name, cover in self.covers.items() if name not in changed}
        self.covers = kept | dict(changed.values())
        self.moved |= {*changed, *dict(changed.values())}

    def _write(self, post: str, cover: Cover) -> None:
        value = {"version": _VERSION, "made_for": cover.made_for, "link": cover.link, "alt": cover.alt}
        value |= {"files": dict(cover.files)}
        value |= {"offline": True} if cover.offline else {}
        value |= {"was": dict(cover.was)} if cover.was else {}
        write_whole(self.root, self._place(post), (json.dumps(value, indent=1) + "\n").encode())

    def _place(self, post: str) -> Path:
        return self.root / PLACE / f"{post}.json"


def read_record(root: Path) -> Record:
    """Read a site's record; an empty one when there is none. Raises ConfigurationError when it is damaged."""
    covers = {}
    for folder, _, names in os.walk(root / PLACE, onerror=_refuse):
        for name in names:
            if name.endswith(".json"):
                path = Path(folder) / name
                covers[path.relative_to(root / PLACE).as_posix().removesuffix(".json")] = _read_cover(path)
    return Record(root, covers)


def _refuse(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise ConfigurationError(f"{error.filename}: cannot be read ({error.strerror})") from None


def _read_cover(path: Path) -> Cover:
    try:
        value = json.loads(read_file(path))
        if value["version"] != _VERSION:
            raise ConfigurationError(f"{path}: is of version {value['version']!r}, and this program reads {_VERSION}")
        return _check_cover(value)
    except Unfit as error:
        raise ConfigurationError(f"{path}: {error}") from None
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read ({error.strerror})") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ConfigurationError(
            f"{path}: is damaged; take it from the repository again, or delete it: the cover that the post has by now "
            "then counts as somebody else's and stays as it is"
        ) from None


def _check_cover(value: Any) -> Cover:
    was = value.get("was", {})
    texts = [value["made_for"], value["link"], value["alt"], *value["files"].values(), *was.values()]
    pictures = all(name.endswith(ENDINGS) for name in (*value["files"], *was))
    if not value["files"] or not pictures or not all(isinstance(text, str) for text in texts):
        raise ValueError("no cover")
    return Cover(value["made_for"], value["link"], value["alt"], value["files"], value.get("offline") is True, was)
