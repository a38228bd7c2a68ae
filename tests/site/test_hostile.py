"""Three hundred hostile posts: each is read right or named in words, and nothing else in the tree is touched."""

import hashlib
import os
import stat
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from imagegen.making.runtime import Runtime
from imagegen.project import Project
from imagegen.settings import Settings
from imagegen.site.covers import Made, plan_edit, write
from imagegen.site.front import matter
from imagegen.site.record import PLACE, name_file, read_record
from imagegen.site.site import Site, open_site
from tests.site.hostile import make_posts
from workflows.commands.site.work import Work, collect

SETTINGS = Settings(max_images_per_batch=1_000)


@pytest.fixture
def site(root: Path) -> Site:
    (root / "hugo.toml").write_text("")
    (root / "content").mkdir()
    return open_site(root, None, {})


def hash_files(folder: Path) -> dict[Path, str]:
    """Every plain file below a folder, links and pipes left out, with its hash."""
    plain = (path for path in folder.rglob("*") if stat.S_ISREG(path.lstat().st_mode))
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in plain}


def look(site: Site) -> Work:
    return collect(Project(), site, read_record(site.root), SETTINGS, {"offline": True})


def make_covers(site: Site, work: Work) -> None:
    """Write a cover for each post, with bytes of its own in the place of a picture."""
    record, taken = read_record(site.root), set[str]()
    for post, _ in work.rows:
        made = [Made("og", ".jpg", post.name.encode(), 1200, 630, offline=True)]
        write(site, plan_edit(site, post, record, made, taken), made, record)


def without_changes(after: bytes, before: bytes) -> bytes:
    """A file without the lines that it has more than before."""
    spare = Counter(before.splitlines(keepends=True))
    kept = []
    for line in after.splitlines(keepends=True):
        if spare[line]:
            spare[line] -= 1
            kept.append(line)
    return b"".join(kept)


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_each_of_them_is_read_right_or_named_and_nothing_else_is_touched(seed: int, site: Site) -> None:
    cases = list(make_posts(site.root / "content", seed))
    assert len(cases) >= 280
    before = hash_files(site.root.parent)
    originals = {path: path.read_bytes() for path in before}
    work = look(site)
    good = {f"content/{case.name}": case.title for case in cases if case.fate == "good"}
    assert {post.name: post.title for post, _ in work.rows} == good
    assert all(
        row["prompt"] == post.title and row["title"].replace("\\*", "*") == post.title for post, row in work.rows
    )
    assert {one.name: one.kind for one in work.skipped} == {
        f"content/{case.name}": case.fate for case in cases if case.fate != "good"
    }
    assert all(one.why.strip() and len(one.why.splitlines()) == 1 for one in work.skipped)
    make_covers(site, work)
    after = hash_files(site.root.parent)
    assert {path for path in before if before[path] != after[path]} == {site.root / name for name in good}
    pictures = {path for path in after.keys() - before.keys() if path.suffix == ".jpg"}
    assert len(pictures) == len(good)
    assert after.keys() - before.keys() - pictures == {site.root / PLACE / name_file(name) for name in good}
    for name, title in good.items():
        check_post(site, name, title, originals[site.root / name])
    assert (look(site).rows, look(site).done) == ([], len(good))
    assert hash_files(site.root.parent) == after


def check_post(site: Site, name: str, title: str, before: bytes) -> None:
    """The post says what it said, and its cover; its bytes are those of before, and lines more."""
    after = (site.root / name).read_bytes()
    old, new = matter.read(before), matter.read(after)
    link = str(new.find(("cover", "image")))
    assert (site.root / "static" / link).read_bytes() == name.encode()
    assert new.find(("cover", "alt")) == title
    assert {**new.values, "cover": None} == {**old.values, "cover": None}
    assert (new.after, new.bom, new.newline) == (old.after, old.bom, old.newline)
    if not isinstance(old.values.get("cover"), dict) or b"{style" not in before:
        assert without_changes(after, before) == before
    assert after.count(b"\r\n") in (0, after.count(b"\n"))


def test_a_folder_that_cannot_be_read_is_named(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    (site.content / "shut").mkdir()

    scan = os.scandir

    def refuse(folder: Path) -> Any:
        if Path(folder) == site.content:
            raise PermissionError(13, "Permission denied")
        return scan(folder)

    monkeypatch.setattr("os.scandir", refuse)
    (skipped,) = look(site).skipped
    assert (skipped.kind, skipped.why) == ("unfit", "the folder cannot be read (Permission denied)")


def test_folders_without_end_are_named(site: Site) -> None:
    deep = site.content.joinpath(*["d"] * 40)
    deep.mkdir(parents=True)
    (deep / "a.md").write_text("---\ntitle: deep\n---\n")
    (skipped,) = look(site).skipped
    assert skipped.why == "it lies more than 32 folders deep"


def test_the_runtime_stays_where_the_directory_has_brands(site: Site, tmp_path: Path) -> None:
    from workflows.commands.site.work import use_brands_of

    (site.root / "brands").mkdir()
    here = Runtime(Settings(brands=site.root / "brands"))
    assert use_brands_of(site, here) is here
    assert use_brands_of(site, Runtime(Settings(brands=tmp_path / "no"))).settings.brands == site.root / "brands"
