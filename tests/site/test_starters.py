"""Covers for the six generators: a site of each one's starter, from posts to pictures and front matter."""

import difflib
from pathlib import Path

import pytest
from PIL import Image

from imagegen.site.generators import GENERATORS
from imagegen.site.record import PLACE, name_file
from tests.site.conftest import Typed, hash_tree
from tests.site.sites import HUGO, STARTERS, Starter

EACH = pytest.mark.parametrize("starter", STARTERS, ids=lambda starter: starter.generator)


def changed_lines(before: str, after: str) -> str:
    """The lines of a diff that are added or removed, without its heads and context."""
    diff = difflib.unified_diff(before.splitlines(keepends=True), after.splitlines(keepends=True), n=0)
    return "".join(line for line in diff if not line.startswith(("---", "+++", "@@")))


def test_there_is_a_starter_of_each_generator() -> None:
    assert [starter.generator for starter in STARTERS] == [generator.name for generator in GENERATORS]


@EACH
def test_covers_are_made_and_written_and_a_second_run_changes_nothing(
    starter: Starter, root: Path, typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    before = hash_tree(starter.write(root))
    assert typed("covers", starter.content, "--offline") == 0
    for name, (picture, diff) in starter.covers.items():
        assert changed_lines(starter.files[name], (root / name).read_bytes().decode()) == diff
        with Image.open(root / picture) as opened:
            assert (opened.format, opened.size) == ("JPEG", (1200, 630))
    after = hash_tree(root)
    added = {picture for picture, _ in starter.covers.values()} | {
        f"{PLACE}/{name_file(name)}" for name in starter.covers
    }
    assert after.keys() - before.keys() == added
    assert {name for name in before if before[name] != after[name]} == set(starter.covers)
    capsys.readouterr()
    assert typed("covers", starter.content, "--offline") == 0
    assert hash_tree(root) == after
    assert f"{len(starter.covers)} done" in capsys.readouterr().out


@EACH
def test_a_dry_run_shows_the_lines_that_a_run_writes_and_writes_none(
    starter: Starter, root: Path, typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    before = hash_tree(starter.write(root))
    assert typed("covers", starter.content, "--offline", "--dry-run") == 0
    shown = capsys.readouterr().out
    assert all(diff in shown.replace("\n ", "\n") for _, diff in starter.covers.values())
    assert all(f"+++ b/{name}\n" in shown for name in starter.covers)
    assert hash_tree(root) == before


@EACH
def test_the_roots_own_folder_of_posts_is_found(
    starter: Starter, root: Path, typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    before = hash_tree(starter.write(root))
    assert typed("covers", ".", "--offline", "--plan") == 0
    shown = capsys.readouterr().out
    assert all(f"\n{name} " in shown for name in starter.covers)
    assert f"{starter.generator}, {starter.content}: {len(starter.covers)} new" in shown
    assert hash_tree(root) == before


@EACH
def test_the_first_settings_suit_the_generator(starter: Starter, root: Path, typed: Typed) -> None:
    starter.write(root)
    assert typed("init") == 0
    text = (root / "imagegen.toml").read_text()
    assert f'\ngenerator = "{starter.generator}"\ncontent = "{starter.content}"\n' in text
    assert typed("covers", ".", "--offline", "--plan") == 0


def test_settings_that_are_there_are_never_written_over(
    root: Path, typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "imagegen.toml").write_text("# mine\n")
    assert typed("init") == 2
    assert "is there already, and stays as it is" in capsys.readouterr().err
    assert (root / "imagegen.toml").read_text() == "# mine\n"


def test_a_plan_names_the_posts_and_the_price(root: Path, typed: Typed, capsys: pytest.CaptureFixture[str]) -> None:
    HUGO.write(root)
    assert typed("covers", "content/posts", "--plan") == 0
    shown = capsys.readouterr().out
    assert "2 pictures: 0 stored, 0 to compose from stored originals, 2 to generate for $0." in shown
    assert "2 new, 1 with another cover, 1 draft" in shown


def test_a_run_over_its_cap_is_refused_and_writes_nothing(
    root: Path, typed: Typed, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = hash_tree(HUGO.write(root))
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    assert typed("covers", "content/posts", "--max-cost", "0.001") == 2
    assert "more than the cap of $0.001" in capsys.readouterr().err
    assert hash_tree(root) == before


def test_more_posts_than_a_batch_holds_are_planned_and_not_made(
    root: Path, typed: Typed, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = hash_tree(HUGO.write(root))
    monkeypatch.setenv("MAX_IMAGES_PER_BATCH", "1")
    assert typed("covers", ".", "--plan") == 0
    assert "2 to generate for $0." in capsys.readouterr().out
    assert typed("covers", ".", "--offline") == 2
    assert "2 posts want a cover, and MAX_IMAGES_PER_BATCH is 1: raise it, or name" in capsys.readouterr().err
    assert hash_tree(root) == before
    (root / "list").write_text("content/posts/first.md\nREADME.md\n")
    assert typed("covers", ".", "--offline", "--only", "list") == 0
    assert "1 new" in capsys.readouterr().out


def test_a_list_that_cannot_be_read_is_named(root: Path, typed: Typed, capsys: pytest.CaptureFixture[str]) -> None:
    HUGO.write(root)
    assert typed("covers", ".", "--offline", "--only", "nowhere") == 2
    assert "--only nowhere: cannot be read (No such file or directory)" in capsys.readouterr().err


def test_a_list_is_read_as_git_writes_it(root: Path, typed: Typed, capsys: pytest.CaptureFixture[str]) -> None:
    HUGO.write(root)
    (root / 'content/posts/über "uns".md').write_text("---\ntitle: About\n---\n")
    (root / "list").write_text('"content/posts/\\303\\274ber \\"uns\\".md"\ncontent/posts/gone.md\n')
    assert typed("covers", "content", "--plan", "--only", "list") == 0
    told = capsys.readouterr()
    assert "1 new" in told.out
    assert "--only lists 1 path at which there is nothing" in told.err


def test_a_list_counts_from_the_sites_root_as_well(
    root: Path, typed: Typed, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    HUGO.write(root)
    (root / "list").write_bytes(b"site/content/posts/first.md\0content/posts/bundle/index.md\0")
    monkeypatch.chdir(root / "content")
    assert typed("covers", ".", "--plan", "--only", "../list") == 0
    assert "2 new" in capsys.readouterr().out
