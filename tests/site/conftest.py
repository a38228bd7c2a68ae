"""A site on the disk, and commands as they are typed in its root."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from workflows import cli

Typed = Callable[..., int]
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
