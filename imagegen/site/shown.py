"""Our pictures as the site shows them: a moved post takes its cover along, and no text loses its picture to a post."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from imagegen.site.files import hash_file, read_file
from imagegen.site.front.values import Unfit
from imagegen.site.places import write_link
from imagegen.site.posts import Post, walk
from imagegen.site.record import Cover, Record
from imagegen.site.requests import digest
from imagegen.site.site import Site

_TEXTS = (".md", ".mdx", ".markdown", ".html", ".htm", ".toml", ".yaml", ".yml", ".json", ".csv", ".njk", ".liquid")
"""Endings of files in which the address of a picture can stand."""


def follow_moves(site: Site, posts: Collection[Post], record: Record) -> None:
    """Let the record name each cover after the post that alone shows its picture: the same one under another name."""
    named: dict[str, list[str]] = {}
    for owner, cover in record.covers.items():
        named.setdefault(PurePosixPath(cover.picture).name, []).append(owner)
    showing: dict[str, dict[str, Cover]] = {}
    for post in posts:
        link = read_link(site, post)
        for owner in named.get(link.rpartition("/")[2], ()):
            if shown := _find_shown(site, post, link, record.covers[owner]):
                showing.setdefault(owner, {})[post.name] = shown
    record.move({owner: next(iter(those.items())) for owner, those in showing.items() if len(those) == 1})


def read_link(site: Site, post: Post) -> str:
    """Return the address of the cover that a post has; empty when it has none, or several."""
    value = post.front.find(tuple(site.generator.field.split(".")))
    link = value[0] if isinstance(value, list) and len(value) == 1 else value
    return link if isinstance(link, str) else ""


def _find_shown(site: Site, post: Post, link: str, cover: Cover) -> Cover | None:
    """Return the cover as a post shows it; None when its address leads to another picture.

    A picture that was moved together with its post is known by its bytes.
    """
    picture = site.root / cover.picture
    if not _is_same(site, post, cover):
        return None
    if write_link(site, post, picture) == link:
        return replace(cover, link=link)
    beside = post.path.with_name(picture.name)
    if picture.exists() or write_link(site, post, beside) != link or hash_file(beside) != cover.files[cover.picture]:
        return None
    files = {site.name(post.path.with_name(PurePosixPath(name).name)): sha256 for name, sha256 in cover.files.items()}
    return replace(cover, link=link, files=files)


def _is_same(site: Site, post: Post, cover: Cover) -> bool:
    """Tell if a post has what was written for a cover, and does not only use its picture: the text, else its title."""
    if site.generator.alt:
        return bool(post.front.find(tuple(site.generator.alt.split("."))) == cover.alt)
    return cover.made_for == digest(post)


def find_lost(site: Site, post: Post, covers: Iterable[Cover]) -> str:
    """Return the picture, of those of ``covers``, that a moved post's address leads to no more; empty when it does."""
    link = read_link(site, post)
    served = site.root / site.generator.served
    if any((folder / link.lstrip("/")).is_file() for folder in (post.path.parent, served, site.root)):
        return ""
    return next((cover.picture for cover in covers if cover.link == link), "")


def find_mentions(site: Site, pictures: Collection[str]) -> dict[str, set[str]]:
    """Return the texts of the site in which each picture's name stands, by the picture's file.

    Drafts, lists' pages and texts show pictures as well, under any spelling of the address.
    """
    files: dict[bytes, set[str]] = {PurePosixPath(picture).name.encode(errors="replace"): set() for picture in pictures}
    if files:
        pattern = re.compile(rb"(?<![\w-])(?:%s)" % b"|".join(map(re.escape, files)))
        for name, data in _read_texts(site):
            for found in set(pattern.findall(data)):
                files[found].add(name)
    return {picture: files[PurePosixPath(picture).name.encode(errors="replace")] for picture in pictures}


def _read_texts(site: Site) -> Iterator[tuple[str, bytes]]:
    for path, entry in walk(site.content, _TEXTS):
        try:
            yield site.name(path), b"" if isinstance(entry, str) else read_file(path)
        except (OSError, Unfit):
            continue  # a post that cannot be read is named where posts are read
