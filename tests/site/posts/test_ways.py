"""The ways of each generator: the case of keys, folders that a configuration renames, front matter that it reads."""

from pathlib import Path

import pytest

from imagegen.site.posts import Post, find_posts
from imagegen.site.requests import build_row
from imagegen.site.site import open_site
from tests.site.conftest import Typed, hash_tree


def write(root: Path, **files: str) -> None:
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_md", ".md")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.mark.parametrize(
    ("post", "said"),
    [
        ("+++\ntitle = 'T'\nDraft = true\n+++\n", "1 draft"),
        ("---\ntitle: T\nDRAFT: true\n---\n", "1 draft"),
        ("+++\ntitle = 'T'\n[Cover]\nimage = 'mine.jpg'\n+++\n", "1 with another cover"),
        ("---\ntitle: T\nparams:\n  cover:\n    image: mine.jpg\n---\n", "1 with another cover"),
        ("---\ntitle: T\nparams:\n  images: [mine.jpg]\n---\n", "1 with another cover"),
        ("---\nTitle: Upper\n---\n", "1 new"),
        ("---\ntitle: T\nparams:\n  cover: false\n---\n", "1 with another cover"),
        ("---\ntitle: T\nparams:\n  cover:\n    image: false\n---\n", "1 with another cover"),
    ],
)
def test_the_case_of_keys_does_not_count_in_hugo(
    post: str, said: str, root: Path, typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    write(root, content__posts__a_md=post)
    (root / "hugo.toml").write_text("")
    assert typed("covers", ".", "--offline") == 0
    assert f"hugo, content/posts: {said}\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("post", "said"),
    [
        ("---\ntitle: T\nparams:\n  cover:\n    alt: mine\n---\n", "it has params.cover, which hugo prefers"),
        (
            "+++\ntitle = 'T'\n[params.Cover]\nprompt = 'boat'\n+++\n",
            "it has params.cover, which hugo prefers",
        ),
        ("---\ntitle: T\nparams: 5\n---\n", "params is no table in it, which hugo refuses"),
        ("---\ntitle: T\nTitle: U\n---\n", "has a key twice, in small letters and in capitals"),
    ],
)
def test_what_hugo_would_not_show_is_named(
    post: str, said: str, root: Path, typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    write(root, content__posts__a_md=post)
    (root / "hugo.toml").write_text("")
    assert typed("covers", ".", "--offline") == 1
    assert said in capsys.readouterr().err
    assert (root / "content/posts/a.md").read_text() == post


def test_hugos_params_count_as_the_top(root: Path) -> None:
    write(root, content__posts__a_md="---\ntitle: T\nparams: {description: About, author: Ann, lang: de}\n---\n")
    (root / "hugo.toml").write_text("")
    site = open_site(root, None, {})
    (post,) = find_posts(site)
    assert isinstance(post, Post)
    row = build_row(post, site)
    assert (row["context"], row["byline"], row["language"]) == ("About", "Ann", "de")


@pytest.mark.parametrize(
    ("config", "text"),
    [
        ("hugo.toml", "contentDir = '../out'\n"),
        ("hugo.toml", "contentDir = \n"),
        ("hugo.toml", 'staticDir = ["a", "b"]\n'),
        ("hugo.toml", 'staticDir = "a\\u0000b"\n'),
        ("mkdocs.yml", "docs_dir: !ENV [DOCS, docs]\n"),
        ("mkdocs.yml", "docs_dir: /srv/docs\n"),
    ],
)
def test_a_configuration_that_cannot_be_obeyed_is_named_unless_the_settings_say_where(
    config: str, text: str, root: Path, typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    write(root, content__posts__a_md="---\ntitle: T\n---\n")
    (root / config).write_text(text)
    assert typed("init") == 0
    assert typed("covers", "content/posts", "--offline") == 2
    assert f"{config}: " in capsys.readouterr().err
    (root / "imagegen.toml").write_text('[site]\npictures = "covers"\nurl = "/c/"\n')
    assert typed("covers", "content/posts", "--offline") == 0
    assert (root / "covers/a.jpg").is_file()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("+++\ntitle = 'T'\n[Cover]\nkicker = 'News'\n+++\n", "[Cover]\nkicker = 'News'\nimage = \"images"),
        ("---\ntitle: T\nCOVER:\n  Image:\n---\n", "COVER:\n  Image: images/covers/a.jpg\n"),
    ],
)
def test_keys_are_set_as_they_are_written(before: str, after: str, root: Path, typed: Typed) -> None:
    write(root, content__posts__a_md=before)
    (root / "hugo.toml").write_text("")
    assert typed("covers", ".", "--offline") == 0
    assert after in (root / "content/posts/a.md").read_text()


@pytest.mark.parametrize(
    ("config", "text", "post", "picture"),
    [
        ("hugo.toml", "contentDir = 'inhalt'\n", "inhalt/posts/a.md", "static/images/covers/a.jpg"),
        ("hugo.yaml", "staticDir: statisch\n", "content/posts/a.md", "statisch/images/covers/a.jpg"),
        ("hugo.json", '{"contentdir": "in/halt"}', "in/halt/posts/a.md", "static/images/covers/a.jpg"),
        ("hugo.toml", "[languages.de]\ncontentDir = 'de'\n", "content/posts/a.md", "static/images/covers/a.jpg"),
        ("config/_default/config.yaml", "contentDir: inhalt\n", "inhalt/a.md", "static/images/covers/a.jpg"),
        ("config/_default/hugo.toml", "contentDir = 'inhalt'\n", "inhalt/a.md", "static/images/covers/a.jpg"),
        (
            "mkdocs.yml",
            "docs_dir: doku # mine\nhooks: !!python/name:os.system\n",
            "doku/blog/posts/a.md",
            "doku/assets/images/covers/a.jpg",
        ),
    ],
)
def test_folders_are_those_of_the_configuration(
    config: str, text: str, post: str, picture: str, root: Path, typed: Typed
) -> None:
    for name, written in ((config, text), (post, "---\ntitle: T\n---\n")):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(written)
    assert typed("init") == 0
    assert f'content = "{Path(post).parent}"' in (root / "imagegen.toml").read_text()
    assert typed("covers", ".", "--offline") == 0
    assert (root / picture).is_file()
    assert "images/covers/a.jpg\n" in (root / post).read_text()


def test_a_root_without_the_usual_folder_is_refused(
    root: Path, typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    write(root, README_md="---\ntitle: Read me\n---\n")
    (root / "hugo.toml").write_text("")
    assert typed("covers", ".", "--offline", "--plan") == 2
    assert "there is no content/posts or content/post or content/blog or content, where hugo" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("config", "fate"),
    [
        ("hugo.toml", "1 new"),
        ("astro.config.mjs", "1 new"),
        ("mkdocs.yml", "no posts"),
        ("_config.yml", "no posts"),
        ("docusaurus.config.js", "no posts"),
    ],
)
def test_toml_is_front_matter_only_where_the_generator_reads_it(
    config: str, fate: str, root: Path, typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / config).write_text("")
    write(root, posts__a_md="+++\ntitle = 'T'\n+++\n")
    before = hash_tree(root)
    assert typed("covers", "posts", "--offline", "--plan") == 0
    assert f": {fate}\n" in capsys.readouterr().out
    assert hash_tree(root) == before


@pytest.mark.parametrize(
    "text", ["\n---\ntitle: a\n---\n", " ---\ntitle: a\n---\n", "---\rtitle: a\r---\r", "--- # c\ntitle: a\n---\n"]
)
def test_what_some_generators_read_as_front_matter_is_named(
    text: str, site: Path, typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    (site / "docs/a.md").write_bytes(text.encode())
    before = hash_tree(site)
    assert typed("covers", "docs", "--offline") == 1
    assert "docs/a.md is left alone: " in capsys.readouterr().err
    assert hash_tree(site) == before


def test_a_tab_in_double_quotes_is_named(site: Path, typed: Typed, capsys: pytest.CaptureFixture[str]) -> None:
    (site / "docs/a.md").write_text('---\ntitle: a\nd: "a\tb"\n---\n')
    assert typed("covers", "docs", "--offline") == 1
    assert "docs/a.md is left alone: a tab stands in a text in double quotes" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("heading", "title"),
    [
        ("Heading *with* `md` [l](x) &amp; <b>b</b>", "Heading with md l & b"),
        ("__init__ and snake_case_name", "init and snake_case_name"),
        ("3 * 4 * 5", "3 * 4 * 5"),
        ("``a`b``", "a`b"),
        (r"\*stars\*", "*stars*"),
        ("![logo](l.png) **Bold** move", "logo Bold move"),
        ("a < b > c", "a < b > c"),
    ],
)
def test_a_heading_is_read_without_its_marks(
    heading: str, title: str, site: Path, typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    (site / "docs/a.md").write_text(f"---\nx: y\n---\n# {heading}\n")
    assert typed("covers", "docs", "--offline") == 0
    assert f'image_alt: "{title}"'.replace("\\", "\\\\") in (site / "docs/a.md").read_text()


@pytest.mark.parametrize(
    "body", ["<!--\n# hidden\n-->\n# Real\n", "````\n```\n# no\n````\n# Real\n", "~~~\n```\n# no\n~~~\n# Real\n"]
)
def test_a_heading_in_a_comment_or_in_code_is_none(body: str, site: Path, typed: Typed) -> None:
    (site / "docs/a.md").write_text(f"---\nx: y\n---\n{body}")
    assert typed("covers", "docs", "--offline") == 0
    assert 'image_alt: "Real"' in (site / "docs/a.md").read_text()
