"""Our pictures as the posts show them: a moved post takes its cover along, and no post loses its picture to another."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import PurePosixPath

from imagegen.site.places import write_link
from imagegen.site.posts import Post
from imagegen.site.record import Record
from imagegen.site.site import Site


def find_shared(site: Site, posts: Iterable[Post], record: Record) -> set[str]:
    """Return our pictures that a post shows for which they were not made; they have to stay as they are.

    A post that alone shows a picture of a post which does so no more is that post under another name, and so it stands
    in the record from now on.
    """
    owners = {cover.picture: name for name, cover in record.covers.items()}
    shown = _find_shown(site, posts, owners)
    for picture, links in shown.items():
        (name, link), owner = next(iter(links.items())), owners[picture]
        if len(links) == 1 and owner != name and name not in record.covers:
            record.covers[name] = replace(record.covers.pop(owner), link=link)
            owners[picture] = name
    return {picture for picture, links in shown.items() if links.keys() != {owners[picture]}}


def _find_shown(site: Site, posts: Iterable[Post], pictures: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return the posts that show each of these pictures, by their names, with the address that each gives."""
    named: dict[str, list[str]] = {}
    for picture in pictures:
        named.setdefault(PurePosixPath(picture).name, []).append(picture)
    shown: dict[str, dict[str, str]] = {}
    for post in posts:
        value = post.front.find(tuple(site.generator.field.split(".")))
        link = value[0] if isinstance(value, list) and value else value
        for picture in named.get(link.rpartition("/")[2], ()) if isinstance(link, str) else ():
            if write_link(site, post, site.root / picture) == link:
                shown.setdefault(picture, {})[post.name] = link
    return shown
