"""The posts of a site sorted into what is to be done, each validated as a row of a batch."""

import dataclasses
import os
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from imagegen.errors import ConfigurationError, RequestError
from imagegen.making.prepare import require_drawable
from imagegen.making.runtime import Runtime
from imagegen.project import Project
from imagegen.request import batch as batches
from imagegen.request.batch import Batch
from imagegen.settings import Settings
from imagegen.site.covers import find_state
from imagegen.site.posts import Post, Skipped, find_posts
from imagegen.site.record import Record
from imagegen.site.requests import build_row
from imagegen.site.site import Site


@dataclass(slots=True)
class Work:
    """Posts that want a cover, with their rows; what is left alone, and how many posts need nothing."""

    rows: list[tuple[Post, dict[str, Any]]] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    changed: int = 0
    done: int = 0
    foreign: int = 0

    @property
    def unfit(self) -> list[Skipped]:
        """The files that somebody should look at."""
        return [one for one in self.skipped if one.kind == "unfit"]

    def describe(self) -> str:
        """Return the posts in figures."""
        drafts = sum(one.kind == "draft" for one in self.skipped)
        figures = {
            "new": len(self.rows) - self.changed,
            "changed": self.changed,
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
    return Runtime(dataclasses.replace(runtime.settings, brands=own))


def read_list(file: Path) -> frozenset[Path]:
    """Return the paths that a file lists, one a line or with a zero byte behind each; ``-`` is standard input.

    Raises ConfigurationError when it cannot be read.
    """
    try:
        data = sys.stdin.buffer.read() if file == Path("-") else file.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"--only {file}: cannot be read ({error.strerror})") from None
    names = data.split(b"\0") if b"\0" in data else data.splitlines()
    return frozenset(Path(os.fsdecode(name)).resolve() for name in names if name)


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
    work = Work()
    for found in find_posts(site):
        if only is not None and site.root / found.name not in only:
            continue
        if isinstance(found, Skipped):
            work.skipped.append(found)
            continue
        try:
            _sort(work, found, site, record, base, settings)
        except RequestError as error:
            # The row is the post's own: its place in a batch says nothing to who reads this.
            words = "; ".join(str(problem).removeprefix("prompts[0].") for problem in error.problems)
            work.skipped.append(Skipped(found.name, "unfit", words))
    return work


def _sort(work: Work, post: Post, site: Site, record: Record, base: Mapping[str, Any], settings: Settings) -> None:
    state = find_state(site, post, record, offline=bool(base.get("offline")))
    if state == "done":
        work.done += 1
    elif state == "foreign":
        work.foreign += 1
    else:
        row = build_row(post, site)
        require_drawable(_read(base, [row], settings), settings.brands)
        work.rows.append((post, row))
        work.changed += state == "changed"


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
