"""The posts of a site sorted into what is to be done, each validated as a row of a batch."""

import os
import re
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from imagegen.errors import ConfigurationError, RequestError
from imagegen.making.prepare import require_drawable
from imagegen.making.runtime import Runtime
from imagegen.overlay.sizes import read_size
from imagegen.project import Project
from imagegen.request import batch as batches
from imagegen.request.batch import Batch, Leaf
from imagegen.settings import Settings
from imagegen.site.covers import Made, find_state, name_ending, plan_edit
from imagegen.site.files import require_writable
from imagegen.site.front.values import Unfit
from imagegen.site.generators import find_top
from imagegen.site.posts import Post, Skipped, find_posts
from imagegen.site.record import PLACE, Cover, Record
from imagegen.site.requests import build_row
from imagegen.site.shown import find_lost, find_mentions, follow_moves, read_link
from imagegen.site.site import Site


@dataclass(slots=True)
class Work:
    """Posts that want a cover, with their rows; what is left alone, and how many posts need nothing.

    ``shared`` are pictures of ours that stay as they are, because other posts show them as well; ``before`` are the
    covers of the record before it followed any post to another name.
    """

    rows: list[tuple[Post, dict[str, Any]]] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    shared: set[str] = field(default_factory=set)
    before: list[Cover] = field(default_factory=list)
    changed: set[str] = field(default_factory=set)
    done: int = 0
    foreign: int = 0

    @property
    def unfit(self) -> list[Skipped]:
        """The files that somebody should look at."""
        return [one for one in self.skipped if one.kind == "unfit"]

    def describe(self) -> str:
        """Return the posts in figures."""
        drafts = sum(one.kind == "draft" for one in self.skipped)
        changed = sum(post.name in self.changed for post, _ in self.rows)
        figures = {
            "new": len(self.rows) - changed,
            "changed": changed,
            "done": self.done,
            "with another cover": self.foreign,
            "draft" if drafts == 1 else "drafts": drafts,
            "left alone": len(self.unfit),
        }
        return ", ".join(f"{number:,} {what}" for what, number in figures.items() if number) or "no posts"


def use_brands_of(site: Site, runtime: Runtime) -> Runtime:
    """Return a runtime that looks brands up in the site's ``brands/`` where there are none in this directory."""
    own = site.root / "brands"
    if runtime.settings.brands.is_dir() or not own.is_dir():
        return runtime
    return Runtime(replace(runtime.settings, brands=own))


def read_list(file: Path, site: Site) -> frozenset[Path]:
    """Return the files that a list names, one a line or with a zero byte behind each; ``-`` is standard input.

    Git quotes a name that is not plain ASCII, and names from its root: a path counts from this directory, from the
    site's root or from any folder above that. Raises ConfigurationError when the list cannot be read.
    """
    try:
        data = sys.stdin.buffer.read() if file == Path("-") else file.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"--only {file}: cannot be read ({error.strerror})") from None
    names = data.split(b"\0") if b"\0" in data else [_unquote(line) for line in data.splitlines()]
    bases = (Path.cwd(), site.root, *site.root.parents)
    listed = ([base / os.fsdecode(name) for base in bases] for name in names if name.strip())
    return frozenset(next((path for path in paths if os.path.lexists(path)), paths[0]).resolve() for paths in listed)


def _unquote(name: bytes) -> bytes:
    """Return a name as it is, of one that Git has put in quotes."""
    if len(name) < 2 or not (name.startswith(b'"') and name.endswith(b'"')):  # noqa: PLR2004 - two quotes
        return name
    return _ESCAPED.sub(lambda found: _SIGNS.get(found[1]) or bytes([int(found[1], 8) & 0xFF]), name[1:-1])


_ESCAPED = re.compile(rb"\\([abfnrtv\"\\]|[0-7]{3})")
_SIGNS = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}
_SIGNS |= {b'"': b'"', b"\\": b"\\"}


def collect(
    project: Project,
    site: Site,
    record: Record,
    settings: Settings,
    given: Mapping[str, Any],
    only: Collection[Path] | None = None,
) -> Work:
    """Sort the posts of a site. ``given`` is what the command line says of the batch, ``only`` the posts to look at.

    Raises RequestError for settings that suit no post at all.
    """
    base = find_defaults(project, given)
    _read(base, [{"prompt": "x"}], settings)
    try:
        require_writable(site.root, site.root / PLACE)
    except Unfit as error:
        raise ConfigurationError(str(error)) from None
    whole = replace(site, content=find_top(site.generator, site.content, site.root))
    found = list(find_posts(whole))
    before = list(record.covers.values())
    follow_moves(site, [one for one in found if isinstance(one, Post)], record)
    work = Work(before=before)
    for one in found:
        path = site.root / one.name
        if not path.is_relative_to(site.content) or (only is not None and path not in only):
            continue
        if isinstance(one, Skipped):
            work.skipped.append(one)
            continue
        try:
            _sort(work, one, site, record, base, settings)
        except RequestError as error:
            # The row is the post's own: its place in a batch says nothing to who reads this.
            words = "; ".join(str(problem).removeprefix("prompts[0].") for problem in error.problems)
            work.skipped.append(Skipped(one.name, "unfit", words))
        except Unfit as error:
            work.skipped.append(Skipped(one.name, "unfit", str(error)))
    former = {post.name: record.covers[post.name].picture for post, _ in work.rows if post.name in record.covers}
    mentions = find_mentions(whole, former.values())
    work.shared = {picture for name, picture in former.items() if mentions[picture] - {name}}
    _leave_unwritable(work, site, record, base, settings)
    return work


def _sort(work: Work, post: Post, site: Site, record: Record, base: Mapping[str, Any], settings: Settings) -> None:
    record.require_whole(post.name)
    state = find_state(site, post, record, offline=bool(base.get("offline")))
    if state == "done":
        work.done += 1
    elif state == "foreign":
        if lost := find_lost(site, post, work.before):
            raise Unfit(f"its cover's address {read_link(site, post)} leads nowhere since it was moved; it was {lost}")
        work.foreign += 1
    else:
        row = build_row(post, site)
        require_drawable(_read(base, [row], settings), settings.brands)
        work.rows.append((post, row))
        work.changed |= {post.name} if state == "changed" else set()


def _leave_unwritable(work: Work, site: Site, record: Record, base: Mapping[str, Any], settings: Settings) -> None:
    """Leave posts alone whose covers could not be written, before anything is paid for them."""
    taken, rows = list_taken(record), work.rows
    work.rows = []
    for post, row in rows:
        leaf = _read(base, [row], settings).leaves[0][0]
        try:
            plan_edit(site, post, record, foresee(leaf), taken, work.shared)
        except Unfit as error:
            work.skipped.append(Skipped(post.name, "unfit", str(error)))
        else:
            work.rows.append((post, row))


def foresee(leaf: Leaf) -> list[Made]:
    """Return the pictures that a pair will have, without their bytes, each as large as its size says."""
    sizes = [read_size(name).enlarge(leaf.scale) for name in leaf.sizes]
    return [
        Made(size.name, name_ending(media_format), b"", size.width, size.height, leaf.offline)
        for size in sizes
        for media_format in leaf.format
    ]


def list_taken(record: Record) -> set[str]:
    """Return the files of all covers of ours."""
    return {name for cover in record.covers.values() for name in cover.files}


def find_defaults(project: Project, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the batch of covers without its posts: one model, and the sizes and formats of the site."""
    own = {name: project.site[name] for name in ("sizes", "format") if name in project.site}
    base = project.fill({**own, **given})
    return {**base, "models": base["models"][:1]}


def build_batch(work: Work, base: Mapping[str, Any], settings: Settings) -> Batch:
    """Return the batch of all posts that want a cover, also of more than can be made at once."""
    return _read(base, [row for _, row in work.rows], settings)


def _read(base: Mapping[str, Any], rows: list[dict[str, Any]], settings: Settings) -> Batch:
    return batches.read(
        {**base, "prompts": rows},
        max_images=max(settings.max_images_per_batch, len(rows)),
        strict_models=settings.strict_models,
        brands=settings.brands,
    )
