"""The rest that a row takes from a post besides its title: authors, whom posts name by a key, and the language."""

from pathlib import Path

import pytest

from imagegen.site.posts import Post, find_posts
from imagegen.site.requests import build_row
from imagegen.site.site import open_site
from tests.site.conftest import Typed


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("docs/authors.yml", "ann:\n  name: Ann Example\n  title: Editor\n"),
        (".authors.yml", "authors:\n  ann:\n    name: Ann Example\n"),
    ],
)
def test_an_author_who_is_a_key_is_called_by_name(file: str, text: str, site: Path) -> None:
    (site / file).write_text(text)
    (site / "docs/a.md").write_text("---\ntitle: A\nauthors: [ann, Bob]\n---\n")
    opened = open_site(site / "docs", None, {})
    (post,) = find_posts(opened)
    assert isinstance(post, Post)
    assert build_row(post, opened)["byline"] == "Ann Example, Bob"


@pytest.mark.parametrize("text", ["ann: [", "x" * 2_000_001, "- !!python/name:os.system\n"])
def test_authors_that_cannot_be_read_are_named(
    text: str, site: Path, typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    (site / "docs/authors.yml").write_text(text)
    assert typed("covers", "docs", "--offline") == 2
    assert "docs/authors.yml: " in capsys.readouterr().err


def test_authors_of_another_shape_have_no_names(site: Path) -> None:
    for text in ("- ann\n", "ann: Ann\n", "ann:\n  name: [x]\n", "authors: x\n", ""):
        (site / "docs/authors.yml").write_text(text)
        assert open_site(site / "docs", None, {}).authors == {}


@pytest.mark.parametrize(
    ("name", "front", "language"),
    [
        ("b.md", "lang: pt-BR", "pt-BR"),
        ("b.md", "language: de", "de"),
        ("b.fr.md", "x: y", "fr"),
        ("b.fr.md", "lang: de", "de"),
        ("b.md", "lang: English", None),
        ("b.v1.0.md", "x: y", None),
    ],
)
def test_the_language_is_the_posts_own_or_its_files(name: str, front: str, language: str | None, site: Path) -> None:
    (site / "docs/a.md").unlink()
    (site / "docs" / name).write_text(f"---\ntitle: A\n{front}\n---\n")
    opened = open_site(site / "docs", None, {})
    (post,) = find_posts(opened)
    assert isinstance(post, Post)
    assert build_row(post, opened).get("language") == language
