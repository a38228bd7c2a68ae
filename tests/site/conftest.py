"""A site on the disk, and commands as they are typed in its root."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from imagegen.site.covers import find_state
from imagegen.site.posts import Post, find_posts
from imagegen.site.record import PLACE, name_file, read_record
from imagegen.site.site import open_site
from workflows import cli

Typed = Callable[..., int]
RECORD = f"{PLACE}/{name_file('docs/a.md')}"
"""The file of the record of the one post of ``site``."""
POST = "---\ntitle: A title\n---\ntext\n"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The root of a site, in which commands are typed."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def site(root: Path) -> Path:
    """A site of MkDocs with one post."""
    (root / "mkdocs.yml").write_text("site_name: x\n")
    (root / "docs").mkdir()
    (root / "docs" / "a.md").write_text(POST)
    return root


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, root: Path) -> Typed:
    def run(command: str, *arguments: str) -> int:
        store = () if command == "init" else ("--store", str(tmp_path / "store"))
        monkeypatch.setattr("sys.argv", ["imagegen", command, *arguments, *store])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return int(ended.value.code or 0)

    return run


def hash_tree(root: Path) -> dict[str, str]:
    """Every file and link below a folder, with a hash of its bytes or its target."""
    return {
        str(path.relative_to(root)): str(path.readlink())
        if path.is_symlink()
        else hashlib.sha256(path.read_bytes()).hexdigest()
        for path in root.rglob("*")
        if path.is_symlink() or path.is_file()
    }


def state_of(root: Path, name: str = "a.md", *, offline: bool = True) -> str:
    """The state of a post of the site in ``docs``."""
    site = open_site(root / "docs", None, {})
    posts = {post.path.name: post for post in find_posts(site) if isinstance(post, Post)}
    return find_state(site, posts[name], read_record(root), offline=offline)


def edit(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))
