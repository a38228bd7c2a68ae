"""The work on a site: which posts need a cover, and a cover written into the site and its post."""

import difflib
import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from imagegen.site.files import hash_file, read_file, require_writable, write_whole
from imagegen.site.front.values import Path as Keys
from imagegen.site.front.values import Unfit, Value
from imagegen.site.generators import is_cover, is_picture, names_cover
from imagegen.site.places import choose_places, is_ours, write_link
from imagegen.site.posts import Post
from imagegen.site.record import Cover, Record
from imagegen.site.requests import digest
from imagegen.site.site import Site

State = Literal["new", "changed", "done", "foreign"]
_FORMATS = {"jpeg": ".jpg", "webp": ".webp", "avif": ".avif", "png": ".png"}


@dataclass(frozen=True, slots=True)
class Made:
    """One finished picture: the name of its size and format (``og``, ``square.webp``), its ending, bytes and shape."""

    name: str
    ending: str
    data: bytes
    width: int
    height: int
    offline: bool = False


def name_ending(media_format: str) -> str:
    """Return the ending of a picture's file by its format: ``.jpg``."""
    return _FORMATS[media_format]


def find_state(site: Site, post: Post, record: Record, *, offline: bool) -> State:
    """Tell what a post needs: ``new`` and ``changed`` ones want a picture, ``foreign`` ones have another's cover.

    A placeholder counts as changed unless placeholders (``offline``) are asked for.
    """
    former = record.covers.get(post.name)
    if not _has_cover(site, post):
        return "new"
    current = post.front.find(_keys(site.generator.field))
    if former is None or current not in (former.link, [former.link]) or not is_ours(site, former, former.picture):
        return "foreign"
    whole = all(hash_file(site.root / name) == sha256 for name, sha256 in former.files.items())
    good = whole and former.made_for == digest(post) and (offline or not former.offline)
    return "done" if good else "changed"


def _has_cover(site: Site, post: Post) -> bool:
    """Tell if the post has a cover under any key that can hold one, or says that it wants none: ``false``."""
    keys = _keys(site.generator.field)
    tops: tuple[Keys, ...] = ((), ("params",)) if site.generator.folded else ((),)
    for top in tops:
        if isinstance(post.front.find(top + keys), (bool, int, float)):
            return True
        above = post.front.find(top + keys[:-1]) if len(keys) > 1 else None
        if above is not None and above != "" and not isinstance(above, Mapping):
            return True
        if any(
            is_cover(post.front.find(top + _keys(field))) for field in (site.generator.field, *site.generator.covers)
        ):
            return True
    return bool(site.generator.covers) and any(
        names_cover(str(name)) and isinstance(value, str) and is_picture(value)
        for name, value in post.front.values.items()
    )


def _require_seen(site: Site, post: Post) -> None:
    """Raise Unfit when the generator would look at another place than the one where the cover is written."""
    first = site.generator.field.partition(".")[0]
    params = post.front.find(("params",))
    if site.generator.folded and not isinstance(params, (Mapping, type(None))):
        raise Unfit(f"params is no table in it, which {site.generator.name} refuses")
    if site.generator.folded and isinstance(params, Mapping) and first in map(str.casefold, map(str, params)):
        raise Unfit(
            f"it has params.{first}, which {site.generator.name} prefers to {first}; move it to the top, out of params"
        )


@dataclass(frozen=True, slots=True)
class Edit:
    """A post before and after, and the cover that it gets."""

    post: Post
    after: bytes
    cover: Cover

    def diff(self) -> str:
        """Return the change as a unified diff; empty when there is none."""
        before, after = (self._lines(data) for data in (self.post.data, self.after))
        return "".join(difflib.unified_diff(before, after, f"a/{self.post.name}", f"b/{self.post.name}"))

    @staticmethod
    def _lines(data: bytes) -> list[str]:
        return [line.rstrip("\r") + "\n" for line in data.decode().removesuffix("\n").split("\n")]


def plan_edit(
    site: Site, post: Post, record: Record, pictures: Sequence[Made], taken: set[str], shared: Collection[str] = ()
) -> Edit:
    """Return the change of a post that gets these pictures, the first of them as its cover. Writes nothing.

    ``taken`` collects the files of all covers, ``shared`` are pictures that stay because other posts show them. Raises
    Unfit when the front matter cannot be changed, or a picture has no place.
    """
    _require_seen(site, post)
    former = record.covers.get(post.name)
    replaced = former if former and former.picture not in shared else None
    mine = set(replaced.files) if replaced else set()
    paths = choose_places(site, post, _list_tails(pictures), replaced, taken - mine)
    for path in (*paths, post.path):
        require_writable(site.root, path)
    files = {site.name(path): hashlib.sha256(made.data).hexdigest() for path, made in zip(paths, pictures, strict=True)}
    cover = Cover(digest(post), write_link(site, post, paths[0]), post.title, files, pictures[0].offline)
    beside = post.bundled and paths[0].parent == post.path.parent
    changes = _list_changes(site, post, cover, pictures[0], former, beside=beside)
    edit = Edit(post, post.front.change(changes) if changes else post.data, cover)
    taken |= set(files)
    return edit


def _list_tails(pictures: Sequence[Made]) -> list[str]:
    """Return what follows the slug in each file's name: ``.jpg``, and ``-square.jpg`` for another size."""
    sizes = [made.name.partition(".")[0] for made in pictures]
    return [("" if size == sizes[0] else f"-{size}") + made.ending for size, made in zip(sizes, pictures, strict=True)]


def _list_changes(
    site: Site, post: Post, cover: Cover, first: Made, former: Cover | None, *, beside: bool
) -> dict[Keys, Value]:
    """Return the values that the front matter lacks or has otherwise. A text of somebody's own for ``alt`` stays."""
    generator = site.generator
    link: Value = [cover.link] if generator.field.endswith("images") else cover.link
    wanted: dict[str, Value] = {generator.field: link, generator.alt: cover.alt}
    wanted |= {generator.width: first.width, generator.height: first.height}
    wanted |= dict(generator.beside) if beside else {}
    own_alt = post.front.find(_keys(generator.alt)) if generator.alt else None
    if own_alt and not (former and own_alt == former.alt):
        del wanted[generator.alt]
    return {_keys(name): value for name, value in wanted.items() if name and post.front.find(_keys(name)) != value}


def write(site: Site, edit: Edit, pictures: Sequence[Made], record: Record) -> None:
    """Write a cover: its files, then the post. Raises Unfit, and OSError.

    The record says beforehand which files are about to be ours, and afterwards that the cover is done: a run that is
    killed on the way leaves nothing that the next one takes for somebody else's.
    """
    post, former = edit.post, record.covers.get(edit.post.name)
    _require_unchanged(post)
    alt, was = (former.alt, former.files) if former else (edit.cover.alt, {})
    if edit.cover != former:
        record.keep(post.name, replace(edit.cover, made_for="", alt=alt, was=was))
    for name, made in zip(edit.cover.files, pictures, strict=True):
        write_whole(site.root, site.root / name, made.data)
    _require_unchanged(post)
    write_whole(site.root, post.path, edit.after)
    record.keep(post.name, edit.cover)


def _require_unchanged(post: Post) -> None:
    if read_file(post.path) != post.data:
        raise Unfit("it has changed since it was read; run again")


def _keys(field: str) -> Keys:
    return tuple(field.split(".")) if field else ()
