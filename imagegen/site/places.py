"""A cover's place: its folder and its name, which is the post's slug, and the address that the post gives it."""

import hashlib
import os
import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from itertools import chain, count
from pathlib import Path, PurePosixPath

from imagegen.site.files import hash_file, is_taken
from imagegen.site.posts import Post
from imagegen.site.record import Cover
from imagegen.site.site import Site

MAX_SLUG = 80
"""Characters of a slug: names of files end at 255, and people read them."""
_GAP = re.compile(r"[^a-z0-9]+")


def slugify(text: str) -> str:
    """Return text as small letters of ASCII, digits and hyphens; empty when nothing of it is any."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().casefold()
    return _GAP.sub("-", plain).strip("-")[:MAX_SLUG].strip("-")


def find_slug(post: Post) -> str:
    """Return the post's own slug, else that of its file; a hash of its name for scripts that ASCII has nothing of."""
    own = post.find_text("slug").rstrip("/").rpartition("/")[2]
    return (
        slugify(own)
        or slugify(post.stem)
        or f"cover-{hashlib.sha256(post.name.encode(errors='replace')).hexdigest()[:8]}"
    )


def choose_places(
    site: Site, post: Post, tails: Sequence[str], former: Cover | None, taken: Collection[str]
) -> list[Path]:
    """Return the files of a post's cover: its former ones while they are ours, else the first free names.

    ``tails`` are what follows the slug in each name, ``taken`` the files of other posts' covers, from the root.
    """
    folder = post.path.parent if post.bundled and site.generator.bundles else site.root / site.generator.pictures
    slug = find_slug(post)
    bases: Iterator[Path] = (folder / (slug if number == 1 else f"{slug}-{number}") for number in count(1))
    if former and is_ours(site, former, former.picture):
        picture = site.root / former.picture
        bases = chain([picture.with_name(picture.stem)], bases)
    for base in bases:
        paths = [base.with_name(base.name + tail) for tail in tails]
        if all(_is_free(site, path, former, taken) for path in paths):
            return paths
    raise AssertionError("there are more names than files")


def _is_free(site: Site, path: Path, former: Cover | None, taken: Collection[str]) -> bool:
    name = site.name(path)
    if former and name in former.files:
        return is_ours(site, former, name)
    return name not in taken and not is_taken(path)


def is_ours(site: Site, cover: Cover, name: str) -> bool:
    """Tell if nobody has put another file in the place of a cover's; it may be gone."""
    path = site.root / name
    if ".." in PurePosixPath(name).parts or not path.is_relative_to(site.root):
        return False
    return not is_taken(path) or hash_file(path) in (cover.files[name], cover.was.get(name))


def write_link(site: Site, post: Post, picture: Path) -> str:
    """Return the address of a picture as the post gives it."""
    if post.bundled and picture.parent == post.path.parent:
        return picture.name if site.generator.link == "base" else f"./{picture.name}"
    if site.url:
        return f"{site.url.rstrip('/')}/{picture.name}"
    if site.generator.link == "relative":
        path = Path(os.path.relpath(picture, post.path.parent)).as_posix()
        return path if path.startswith(".") else f"./{path}"
    served = site.root / site.generator.served
    inside = picture.relative_to(served if picture.is_relative_to(served) else site.root).as_posix()
    return inside if site.generator.link == "base" else f"/{inside}"
