"""Posts that are moved or copied: a cover goes with its post, and no post loses its picture to another one."""

from pathlib import Path

import pytest

from imagegen.site.record import read_record
from tests.site.conftest import Typed

COVERS = "docs/assets/images/covers"


def titled(path: Path, title: str) -> None:
    path.write_text(path.read_text().replace("title: A title", f"title: {title}"))


def read_link(path: Path) -> str:
    return path.read_text().partition("image: ")[2].split("\n")[0]


def test_a_new_post_under_an_old_name_takes_no_picture_away(site: Path, typed: Typed) -> None:
    assert typed("covers", "docs", "--offline") == 0
    former = (site / COVERS / "a.jpg").read_bytes()
    (site / "docs/a.md").rename(site / "docs/old.md")
    (site / "docs/a.md").write_text("---\ntitle: Another\n---\n")
    assert typed("covers", "docs", "--offline") == 0
    assert (site / COVERS / "a.jpg").read_bytes() == former
    assert read_link(site / "docs/a.md") == "assets/images/covers/a-2.jpg"
    assert read_link(site / "docs/old.md") == "assets/images/covers/a.jpg"


def test_a_moved_post_keeps_its_cover_and_gets_another_for_another_title(site: Path, typed: Typed) -> None:
    assert typed("covers", "docs", "--offline") == 0
    (site / "docs/b").mkdir()
    (site / "docs/a.md").rename(site / "docs/b/new.md")
    assert typed("covers", "docs", "--offline") == 0
    assert (site / COVERS / "a.jpg").is_file()
    former = (site / COVERS / "a.jpg").read_bytes()
    titled(site / "docs/b/new.md", "Another")
    assert typed("covers", "docs", "--offline") == 0
    assert (site / COVERS / "a.jpg").read_bytes() != former
    assert list(read_record(site).covers) == ["docs/b/new.md"]


def test_a_copied_posts_picture_stays_when_the_first_ones_title_changes(site: Path, typed: Typed) -> None:
    assert typed("covers", "docs", "--offline") == 0
    former = (site / COVERS / "a.jpg").read_bytes()
    (site / "docs/b.md").write_bytes((site / "docs/a.md").read_bytes())
    titled(site / "docs/a.md", "Another")
    assert typed("covers", "docs", "--offline") == 0
    assert (site / COVERS / "a.jpg").read_bytes() == former
    assert read_link(site / "docs/a.md") == "assets/images/covers/a-2.jpg"
    assert read_link(site / "docs/b.md") == "assets/images/covers/a.jpg"


def test_posts_outside_of_the_folder_count_as_well(site: Path, typed: Typed) -> None:
    (site / "docs/one").mkdir()
    (site / "docs/two").mkdir()
    (site / "docs/a.md").rename(site / "docs/one/a.md")
    assert typed("covers", "docs", "--offline") == 0
    (site / "docs/one/a.md").rename(site / "docs/two/b.md")
    (site / "docs/one/a.md").write_text("---\ntitle: Another\n---\n")
    assert typed("covers", "docs/one", "--offline") == 0
    assert read_link(site / "docs/one/a.md") == "assets/images/covers/a-2.jpg"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("b.md", "---\ntitle: B\nimage: /assets/images/covers/a.jpg\n---\n"),
        ("b.md", "---\ntitle: B\nimage: https://example.org/assets/images/covers/a.jpg?v=1\n---\n"),
        ("b.md", "---\ntitle: B\ndraft: true\nimage: assets/images/covers/a.jpg\n---\n"),
        ("b.md", "---\ntitle: B\nimages: [assets/images/covers/a.jpg]\n---\n"),
        ("_index.md", "---\nimage: assets/images/covers/a.jpg\n---\n"),
        ("b.md", "no front matter ![](../assets/images/covers/a.jpg)\n"),
        ("b.html", '<img src="/assets/images/covers/a.jpg">'),
        ("b.md", "---\nbroken: [\nimage: assets/images/covers/a.jpg\n---\n"),
    ],
)
def test_a_picture_that_any_text_names_is_not_replaced(name: str, text: str, site: Path, typed: Typed) -> None:
    assert typed("covers", "docs", "--offline") == 0
    former = (site / COVERS / "a.jpg").read_bytes()
    (site / "docs" / name).write_text(text)
    titled(site / "docs/a.md", "Another")
    typed("covers", "docs", "--offline")
    assert (site / COVERS / "a.jpg").read_bytes() == former
    assert read_link(site / "docs/a.md") == "assets/images/covers/a-2.jpg"


def test_a_bundle_that_is_moved_with_its_picture_keeps_its_cover(root: Path, typed: Typed) -> None:
    (root / "hugo.toml").write_text("")
    bundle = root / "content/posts/b"
    bundle.mkdir(parents=True)
    (bundle / "index.md").write_text("---\ntitle: A title\ncover:\n  sizes: [og, square]\n---\n")
    assert typed("covers", ".", "--offline") == 0
    bundle.rename(root / "content/posts/c")
    moved = root / "content/posts/c"
    assert typed("covers", ".", "--offline") == 0
    titled(moved / "index.md", "Another")
    former = {name: (moved / name).read_bytes() for name in ("b.jpg", "b-square.jpg")}
    assert typed("covers", ".", "--offline") == 0
    assert all((moved / name).read_bytes() != data for name, data in former.items())
    assert list(read_record(root).covers) == ["content/posts/c/index.md"]


def test_posts_that_swap_their_names_swap_their_covers(site: Path, typed: Typed) -> None:
    (site / "docs/b.md").write_text("---\ntitle: B title\n---\n")
    assert typed("covers", "docs", "--offline") == 0
    (site / "docs/a.md").rename(site / "docs/x")
    (site / "docs/b.md").rename(site / "docs/a.md")
    (site / "docs/x").rename(site / "docs/b.md")
    former = {name: (site / COVERS / name).read_bytes() for name in ("a.jpg", "b.jpg")}
    titled(site / "docs/b.md", "Another")
    assert typed("covers", "docs", "--offline") == 0
    assert (site / COVERS / "a.jpg").read_bytes() != former["a.jpg"]
    assert (site / COVERS / "b.jpg").read_bytes() == former["b.jpg"]
    assert typed("covers", "docs", "--offline") == 0
    assert read_link(site / "docs/a.md") == "assets/images/covers/b.jpg"


def test_runs_for_different_posts_know_of_each_others_covers(site: Path, typed: Typed) -> None:
    from imagegen.site.record import Cover

    stale = read_record(site)
    assert typed("covers", "docs", "--offline") == 0
    stale.keep("docs/other.md", Cover("x", "x.jpg", "x", {"x.jpg": "0"}))
    assert sorted(read_record(site).covers) == ["docs/a.md", "docs/other.md"]


def test_an_address_that_a_move_has_broken_is_named(
    root: Path, typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "astro.config.mjs").write_text("")
    posts = root / "src/content/blog"
    (posts / "x").mkdir(parents=True)
    (posts / "a.md").write_text("---\ntitle: A\n---\n")
    assert typed("covers", ".", "--offline") == 0
    (posts / "a.md").rename(posts / "x/a.md")
    assert typed("covers", ".", "--offline") == 1
    said = capsys.readouterr().err
    assert (
        "x/a.md is left alone: its cover's address ../../assets/covers/a.jpg leads nowhere since it was moved" in said
    )
    assert "it was src/assets/covers/a.jpg" in said


@pytest.mark.parametrize("front", ["cover: &x {a: *x}", "params: &x {cover: *x}", "cover: &x {a: {b: *x}}"])
def test_objects_without_end_end_no_run(front: str, root: Path, typed: Typed) -> None:
    (root / "hugo.toml").write_text("")
    (root / "content/posts").mkdir(parents=True)
    (root / "content/posts/a.md").write_text(f"---\ntitle: A\n{front}\n---\n")
    (root / "content/posts/b.md").write_text("---\ntitle: B\n---\n")
    assert typed("covers", ".", "--offline") in (0, 1)
    assert (root / "static/images/covers/b.jpg").is_file()


def test_a_picture_that_somebody_chose_stays_when_its_own_post_is_deleted(site: Path, typed: Typed) -> None:
    assert typed("covers", "docs", "--offline") == 0
    former = (site / COVERS / "a.jpg").read_bytes()
    (site / "docs/z.md").write_text("---\ntitle: Z\nimage: assets/images/covers/a.jpg\nimage_alt: my own words\n---\n")
    (site / "docs/a.md").unlink()
    before = (site / "docs/z.md").read_bytes()
    assert typed("covers", "docs", "--offline") == 0
    assert (site / COVERS / "a.jpg").read_bytes() == former
    assert (site / "docs/z.md").read_bytes() == before


def test_posts_exchanged_between_places_of_different_kinds_are_named(
    root: Path, typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "hugo.toml").write_text("")
    (root / "content/posts/c").mkdir(parents=True)
    plain, bundle = root / "content/posts/b.md", root / "content/posts/c/index.md"
    plain.write_text("---\ntitle: B\n---\n")
    bundle.write_text("---\ntitle: C\n---\n")
    assert typed("covers", ".", "--offline") == 0
    first, second = plain.read_bytes(), bundle.read_bytes()
    plain.write_bytes(second)
    bundle.write_bytes(first)
    assert typed("covers", ".", "--offline") == 1
    assert "b.md is left alone: its cover's address c.jpg leads nowhere" in capsys.readouterr().err


def test_a_post_that_was_moved_and_copied_has_a_cover_of_somebody(
    site: Path, typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed("covers", "docs", "--offline") == 0
    (site / "docs/x.md").write_bytes((site / "docs/a.md").read_bytes())
    (site / "docs/a.md").rename(site / "docs/y.md")
    titled(site / "docs/x.md", "X")
    assert typed("covers", "docs", "--offline") == 0
    assert "2 with another cover" in capsys.readouterr().out


def test_a_name_within_another_name_is_no_mention(site: Path, typed: Typed) -> None:
    assert typed("covers", "docs", "--offline") == 0
    (site / "docs/b.html").write_text('<img src="data.jpg"><img src="big-a.jpg">')
    titled(site / "docs/a.md", "Another")
    assert typed("covers", "docs", "--offline") == 0
    assert read_link(site / "docs/a.md") == "assets/images/covers/a.jpg"
