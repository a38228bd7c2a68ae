"""The record of a site's covers, ``.imagegen/covers.json``: which are ours, and what each was made for.

It is committed with the posts. Without it nobody could tell our covers from those of others: a picture's bytes say
nothing of the post, and marks in the front matter would be a key that no generator knows.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from imagegen.errors import ConfigurationError
from imagegen.site.files import write_whole

PLACE = Path(".imagegen/covers.json")
_VERSION = 1
MAX_FILE = 50_000_000
"""Bytes of the record: a few hundred for each post."""


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
    """All covers of a site by the names of their posts."""

    root: Path
    covers: dict[str, Cover] = field(default_factory=dict)

    def keep(self, covers: Mapping[str, Cover]) -> None:
        """Note covers by the names of their posts and write the record, unless it says so already.

        Raises Unfit and OSError when it cannot be written.
        """
        if all(self.covers.get(post) == cover for post, cover in covers.items()):
            return
        covers = self.covers | dict(covers)
        posts = {
            name: {"made_for": one.made_for, "link": one.link, "alt": one.alt, "files": dict(one.files)}
            | ({"offline": True} if one.offline else {})
            | ({"was": dict(one.was)} if one.was else {})
            for name, one in sorted(covers.items())
        }
        text = json.dumps({"version": _VERSION, "posts": posts}, indent=1) + "\n"
        write_whole(self.root, self.root / PLACE, text.encode())
        self.covers = covers


def read_record(root: Path) -> Record:
    """Read a site's record; an empty one when there is none. Raises ConfigurationError when it is damaged."""
    path = root / PLACE
    try:
        if path.stat().st_size > MAX_FILE:
            raise ConfigurationError(f"{path}: more than {MAX_FILE:,} bytes")
        whole = json.loads(path.read_bytes())
        covers = {name: _read_cover(one) for name, one in whole["posts"].items()}
    except FileNotFoundError:
        return Record(root)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read ({error.strerror})") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ConfigurationError(
            f"{path}: is damaged; take it from the repository again, or delete it: the covers that posts have by now "
            "then count as somebody else's and stay as they are"
        ) from None
    return Record(root, covers)


def _read_cover(value: Any) -> Cover:
    was = value.get("was", {})
    texts = [value["made_for"], value["link"], value["alt"], *value["files"].values(), *was.values()]
    if not value["files"] or not all(isinstance(text, str) for text in texts):
        raise ValueError("no cover")
    return Cover(value["made_for"], value["link"], value["alt"], value["files"], value.get("offline") is True, was)
