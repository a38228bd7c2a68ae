"""Covers that are there: ours are made anew for another title or wish, those of others stay; failures harm no other."""

import json
from pathlib import Path

import pytest

from imagegen.site.files import read_file
from tests.site.conftest import POST, RECORD, Typed, edit, hash_tree, state_of


def test_ours_is_made_anew_for_another_title_under_the_same_name(site: Path, typed: Typed) -> None:
    assert typed("covers", "docs", "--offline") == 0
    picture = site / "docs/assets/images/covers/a.jpg"
    before = picture.read_bytes()
    edit(site / "docs/a.md", "title: A title", "title: Another title")
    assert state_of(site) == "changed"
    assert typed("covers", "docs", "--offline") == 0
    assert picture.read_bytes() != before
    assert 'image_alt: "Another title"\n' in (site / "docs/a.md").read_text()
    assert [path.name for path in picture.parent.iterdir()] == ["a.jpg"]
    after = hash_tree(site)
    assert typed("covers", "docs", "--offline") == 0
    assert hash_tree(site) == after


def test_what_a_post_asks_for_is_validated_as_a_row_and_makes_its_cover_anew(
    site: Path, typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed("covers", "docs", "--offline") == 0
    edit(site / "docs/a.md", "---\ntitle", "---\ncover:\n  kicker: News\n  sizes: [square, og]\n  format: webp\ntitle")
    assert state_of(site) == "changed"
    assert typed("covers", "docs", "--offline") == 0
    covers = site / "docs/assets/images/covers"
    assert {path.name for path in covers.iterdir()} == {"a.jpg", "a.webp", "a-og.webp"}
    assert "image: assets/images/covers/a.webp\n" in (site / "docs/a.md").read_text()
    assert "image_height: 1080\n" in (site / "docs/a.md").read_text()
    before = hash_tree(site)
    edit(site / "docs/a.md", "kicker: News", "kickr: News")
    capsys.readouterr()
    assert typed("covers", "docs", "--offline") == 1
    assert "docs/a.md is left alone: kickr: unknown field; did you mean 'kicker'?" in capsys.readouterr().err
    assert {name: digest for name, digest in hash_tree(site).items() if name != "docs/a.md"} == {
        name: digest for name, digest in before.items() if name != "docs/a.md"
    }


@pytest.mark.parametrize(
    "front",
    [
        *("image: mine.jpg", "cover: mine.jpg", "image: [mine.jpg]", "thumbnail: mine.jpg", "image: {path: mine.jpg}"),
        *(
            "image: {a: {b: mine.jpg}}",
            "cover-img: mine.jpg",
            "image: false",
            "image:\n  src: mine.jpg",
            "cover: {url: mine.jpg}",
            "images:\n- mine.jpg",
            "image: 7",
        ),
    ],
)
def test_a_cover_that_is_not_ours_stays(site: Path, front: str) -> None:
    edit(site / "docs/a.md", "title: A title", f"title: A title\n{front}")
    assert state_of(site) == "foreign"


@pytest.mark.parametrize("front", ["image:\n  a: b", "image: {a: {b: c}}"])
def test_an_object_in_the_covers_place_is_named(
    front: str, site: Path, typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(site / "docs/a.md", "title: A title", f"title: A title\n{front}")
    before = hash_tree(site)
    assert typed("covers", "docs", "--offline") == 1
    assert "docs/a.md is left alone: image holds something else already" in capsys.readouterr().err
    assert hash_tree(site) == before


def test_a_picture_that_somebody_put_in_the_place_of_ours_stays(site: Path, typed: Typed) -> None:
    assert typed("covers", "docs", "--offline") == 0
    (site / "docs/assets/images/covers/a.jpg").write_bytes(b"mine")
    edit(site / "docs/a.md", "title: A title", "title: Another title")
    assert state_of(site) == "foreign"
    before = hash_tree(site)
    assert typed("covers", "docs", "--offline") == 0
    assert hash_tree(site) == before


def test_a_picture_of_ours_that_is_gone_comes_back(site: Path, typed: Typed) -> None:
    assert typed("covers", "docs", "--offline") == 0
    before = hash_tree(site)
    (site / "docs/assets/images/covers/a.jpg").unlink()
    assert typed("covers", "docs", "--offline") == 0
    assert hash_tree(site) == before


def test_a_placeholder_makes_room_for_a_real_picture_alone(site: Path, typed: Typed) -> None:
    assert typed("covers", "docs", "--offline") == 0
    assert (state_of(site, offline=True), state_of(site, offline=False)) == ("done", "changed")
    record = site / RECORD
    edit(record, '"offline": true', '"offline": false')
    assert (state_of(site, offline=True), state_of(site, offline=False)) == ("done", "done")


def test_a_file_that_is_there_is_never_written_over(site: Path, typed: Typed) -> None:
    covers = site / "docs/assets/images/covers"
    covers.mkdir(parents=True)
    (covers / "a.jpg").write_bytes(b"mine")
    (covers / "a-2.jpg").symlink_to("/etc/passwd")
    assert typed("covers", "docs", "--offline") == 0
    assert (covers / "a.jpg").read_bytes() == b"mine"
    assert "image: assets/images/covers/a-3.jpg\n" in (site / "docs/a.md").read_text()


def test_posts_of_the_same_slug_get_names_of_their_own(site: Path, typed: Typed) -> None:
    (site / "docs/b").mkdir()
    (site / "docs/b/a.md").write_text(POST.replace("A title", "Other"))
    assert typed("covers", "docs", "--offline") == 0
    links = {
        name: (site / name).read_text().partition("image: ")[2].split()[0] for name in ("docs/a.md", "docs/b/a.md")
    }
    assert links == {"docs/a.md": "assets/images/covers/a.jpg", "docs/b/a.md": "assets/images/covers/a-2.jpg"}
    before = hash_tree(site)
    assert typed("covers", "docs", "--offline") == 0
    assert hash_tree(site) == before


def test_a_text_of_ones_own_for_the_picture_stays(site: Path, typed: Typed) -> None:
    edit(site / "docs/a.md", "title: A title", "title: A title\nimage_alt: Mine # own")
    assert typed("covers", "docs", "--offline") == 0
    assert "image_alt: Mine # own\n" in (site / "docs/a.md").read_text()


def test_another_field_is_written_and_others_are_no_covers(site: Path, typed: Typed) -> None:
    edit(site / "docs/a.md", "title: A title", "title: A title\nimage: mine.jpg")
    assert typed("covers", "docs", "--offline", "--field", "card.src") == 0
    assert (site / "docs/a.md").read_text() == (
        "---\ntitle: A title\nimage: mine.jpg\ncard:\n  src: assets/images/covers/a.jpg\n"
        '  alt: "A title"\n  width: 1200\n  height: 630\n---\ntext\n'
    )


def test_a_list_of_pictures_gets_a_list_and_nothing_beside_it(site: Path, typed: Typed) -> None:
    assert typed("covers", "docs", "--offline", "--field", "images") == 0
    expected = "---\ntitle: A title\nimages: [assets/images/covers/a.jpg]\n---\ntext\n"
    assert (site / "docs/a.md").read_text() == expected
    assert typed("covers", "docs", "--offline", "--field", "images") == 0
    assert (site / "docs/a.md").read_text() == expected


def test_a_post_that_fails_loses_no_other(site: Path, typed: Typed, capsys: pytest.CaptureFixture[str]) -> None:
    (site / "docs/b.md").write_text("---\ntitle: [broken\n---\n")
    (site / "docs/c.md").write_text("---\n{title: In braces}\n---\n")
    (site / "docs/d.md").write_text("---\ntitle: \U00012000\n---\n")
    before = hash_tree(site)
    assert typed("covers", "docs", "--offline") == 1
    said = capsys.readouterr().err
    assert "docs/b.md is left alone: its front matter is no YAML: line" in said
    assert "docs/c.md is left alone: its front matter is written in braces" in said
    assert "docs/d.md is left alone: title: no font here has a glyph" in said
    changed = {name for name, digest in hash_tree(site).items() if before.get(name) != digest}
    assert changed == {"docs/a.md", RECORD, "docs/assets/images/covers/a.jpg"}


@pytest.mark.parametrize("reads", [1, 2])
def test_a_post_that_changes_meanwhile_is_left_alone(
    reads: int, site: Path, typed: Typed, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done: list[Path] = []

    def change_and_read(path: Path) -> bytes:
        done.append(path)
        if len(done) == reads:
            path.write_text(POST + "more\n")
        return read_file(path)

    monkeypatch.setattr("imagegen.site.covers.read_file", change_and_read)
    assert typed("covers", "docs", "--offline") == 1
    assert "docs/a.md has no cover: it has changed since it was read; run again" in capsys.readouterr().err
    assert (site / "docs/a.md").read_text() == POST + "more\n"
    assert (site / "docs/assets").exists() == (reads > 1)


@pytest.mark.parametrize(
    ("folder", "ending", "said"),
    [("docs/assets", 1, "lies outside of the site, or is a link"), (".imagegen", 2, "lies in, a symbolic link")],
)
def test_nothing_is_written_through_a_link_out_of_the_site(
    folder: str, ending: int, said: str, site: Path, typed: Typed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (site / folder).symlink_to(outside)
    assert typed("covers", "docs", "--offline") == ending
    assert said in capsys.readouterr().err
    assert list(outside.iterdir()) == []
    assert (site / "docs/a.md").read_text() == POST


@pytest.mark.parametrize("text", ["{}", "<<<<<<< ours\n{}", '{"version": 1, "post": "docs/b.md", "files": {}}'])
def test_a_damaged_record_is_named_and_the_others_get_their_covers(
    text: str, site: Path, typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    (site / "docs/b.md").write_text(POST)
    (site / RECORD).parent.mkdir(parents=True)
    (site / RECORD).write_text(text)
    (site / RECORD).with_name("of-no-post.json").write_text("")
    assert typed("covers", "docs", "--offline") == 1
    said = capsys.readouterr()
    assert f"docs/a.md is left alone: {RECORD} is " in said.err
    assert "1 new, 1 left alone" in said.out


@pytest.mark.parametrize("name", ["../../outside.jpg", "/outside.jpg"])
def test_a_record_that_was_tampered_with_leads_to_no_file_of_others(name: str, site: Path, typed: Typed) -> None:
    outside = site.parent / "outside.jpg"
    outside.write_bytes(b"mine")
    (site / RECORD).parent.mkdir(parents=True)
    cover = {"made_for": "", "link": "x", "alt": "", "files": {name: "0" * 64}}
    (site / RECORD).write_text(json.dumps(cover | {"version": 1, "post": "docs/a.md"}))
    assert typed("covers", "docs", "--offline") == 0
    assert outside.read_bytes() == b"mine"
    assert "image: assets/images/covers/a.jpg\n" in (site / "docs/a.md").read_text()


def test_settings_decide_on_field_pictures_address_and_look(site: Path, typed: Typed) -> None:
    (site / "imagegen.toml").write_text(
        '[batch]\nformat = "png"\n[site]\ngenerator = "eleventy"\ncontent = "docs"\nfield = "hero"\n'
        'pictures = "media/heads"\nurl = "https://cdn.example.org/heads/"\nsizes = "square"\n'
    )
    assert typed("covers", ".", "--offline") == 0
    assert (site / "docs/a.md").read_text() == (
        '---\ntitle: A title\nhero: "https://cdn.example.org/heads/a.png"\nheroAlt: "A title"\n'
        "heroWidth: 1080\nheroHeight: 1080\n---\ntext\n"
    )
    assert (site / "media/heads/a.png").is_file()


@pytest.mark.parametrize(
    ("settings", "folder", "why"),
    [
        ('[site]\ngenerator = "hugoo"\n', "docs", "did you mean 'hugo'?"),
        ("", "nowhere", "there is no such folder"),
        ('[site]\ncontent = "nowhere"\n', ".", "there is no such folder in"),
        ("", "..", "lies outside of the site"),
        ("", "docs --field a.b.c", "a key such as image"),
    ],
)
def test_a_site_that_is_none_is_named(
    settings: str, folder: str, why: str, site: Path, typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    (site / "imagegen.toml").write_text(settings)
    if folder == "..":
        (site.parent / "out").mkdir()
        (site / "docs/out").symlink_to(site.parent / "out")
        folder = "docs/out"
        why = "no site of hugo, jekyll"
    assert typed("covers", *folder.split(), "--offline") == 2
    assert why in capsys.readouterr().err
