"""Posts that are moved or copied: a cover goes with its post, and no post loses its picture to another one."""

from pathlib import Path

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
