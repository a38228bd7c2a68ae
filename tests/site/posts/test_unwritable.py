"""What cannot be written is named before anything is made, and so before anything is paid."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.site.conftest import RECORD, Typed, hash_tree


def put_a_file(site: Path) -> None:
    (site / "docs/assets").write_text("")


def lead_out(site: Path) -> None:
    (site / "docs/assets").symlink_to(site.parent)


def use_braces(site: Path) -> None:
    (site / "docs/a.md").write_text("---\n{title: In braces}\n---\n")


def name_a_file(site: Path) -> None:
    (site / "imagegen.toml").write_text('[site]\npictures = "mkdocs.yml"\n')


@pytest.mark.parametrize("spoil", [put_a_file, lead_out, use_braces, name_a_file])
def test_it_is_in_no_plan_and_no_price(
    spoil: Callable[[Path], None], site: Path, typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(site)
    before = hash_tree(site)
    for option in ("--plan", "--dry-run", "--offline"):
        assert typed("covers", "docs", option) == 1
        told = capsys.readouterr()
        assert "docs/a.md is left alone: " in told.err
        assert " left alone\n" in told.out
    assert hash_tree(site) == before
    assert not (site.parent / "store").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"version": 2}, "is of version 2, and this program reads 1"),
        ({"files": {"docs/a.md": "0"}}, "is damaged"),
        ({"files": {}}, "is damaged"),
        ({"was": {"secret.txt": "0"}}, "is damaged"),
        ({"post": "docs/b.md"}, "is of another post than its name says"),
    ],
)
def test_a_record_that_says_what_none_would_is_named(
    change: dict[str, object], said: str, site: Path, typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    (site / RECORD).parent.mkdir(parents=True)
    cover = {"made_for": "", "link": "x", "alt": "", "files": {"a.jpg": "0"}} | change
    (site / RECORD).write_text(json.dumps({"version": 1, "post": "docs/a.md"} | cover))
    assert typed("covers", "docs", "--offline") == 1
    assert f"docs/a.md is left alone: {RECORD} {said}" in capsys.readouterr().err


@pytest.mark.parametrize(
    "field", ["date", "Draft", "tags", "cover.alt", "cover.prompt", "params.x", "resources", "cascade.image"]
)
def test_a_key_that_says_something_else_is_no_cover(
    field: str, site: Path, typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed("covers", "docs", "--offline", "--field", field) == 2
    assert f"field '{field}': a key such as image" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["folder", "link"])
def test_settings_that_are_no_file_are_named(
    kind: str, site: Path, typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = site / "imagegen.toml"
    settings.mkdir() if kind == "folder" else settings.symlink_to("nowhere")
    assert typed("covers", "docs", "--offline") == 2
    assert "imagegen.toml: a readable file" in capsys.readouterr().err


@pytest.mark.parametrize("folder", [".git/x", "a/../b", "/srv", "a\\u0000b", ".imagegen"])
@pytest.mark.parametrize("key", ["pictures", "content"])
def test_a_folder_that_is_none_of_the_sites_is_named(
    key: str, folder: str, site: Path, typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    (site / "imagegen.toml").write_text(f'[site]\n{key} = "{folder}"\n')
    assert typed("covers", ".", "--offline") == 2
    assert f"imagegen.toml: site.{key}: a folder in the site" in capsys.readouterr().err


@pytest.mark.parametrize("place", [".imagegen", ".imagegen/covers"])
def test_a_record_behind_a_link_is_named(
    place: str, site: Path, typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    (site / "rec/covers").mkdir(parents=True)
    (site / place).parent.mkdir(exist_ok=True)
    (site / place).symlink_to(site / "rec")
    before = hash_tree(site)
    assert typed("covers", "docs", "--offline") == 2
    assert "symbolic link, which is not followed" in capsys.readouterr().err
    assert hash_tree(site) == before


def test_names_that_are_long_or_clash_have_records(site: Path, typed: Typed) -> None:
    (site / f"docs/{'n' * 252}.md").write_text("---\ntitle: Long\n---\n")
    (site / "docs/a.md.json").mkdir()
    (site / "docs/a.md.json/index.md").write_text("---\ntitle: Clash\n---\n")
    assert typed("covers", "docs", "--offline") == 0
    before = hash_tree(site)
    assert typed("covers", "docs", "--offline") == 0
    assert hash_tree(site) == before
