"""Covers on sites as Hugo and MkDocs really build them, opened in Chromium."""

import functools
import http.server
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.doubles import chromium
from tests.site.conftest import Typed

COVER = "document.images.length && [...document.images].map(one => [one.alt, one.naturalWidth, one.naturalHeight])"
HUGO = {
    "hugo.yaml": "baseURL: https://example.org/blog/\ntitle: Blog\n",
    "layouts/page.html": (
        "{{ with .Params.cover }}"
        '<img alt="{{ .alt }}" width="{{ .width }}" height="{{ .height }}" src="'
        "{{ if .relative }}{{ ($.Resources.Get .image).RelPermalink }}{{ else }}{{ .image | relURL }}{{ end }}"
        '">{{ end }}{{ .Content }}'
    ),
    "layouts/home.html": "home",
    "layouts/section.html": "list",
    "content/posts/plain.md": "---\ntitle: 'A plain post'  # keep\n---\ntext\n",
    "content/posts/deep/er/bundle/index.md": '+++\ntitle = "A bundle"\n[cover]\nkicker = "News"\n+++\ntext\n',
}
HUGO_PAGES = {"posts/plain/": "A plain post", "posts/deep/er/bundle/": "A bundle"}
MKDOCS = {
    "mkdocs.yml": "site_name: Docs\nsite_url: https://example.org/blog/\ntheme: {name: null, custom_dir: theme}\n",
    "theme/main.html": (
        "{% if page.meta.image %}"
        '<img alt="{{ page.meta.image_alt }}" width="{{ page.meta.image_width }}" src="{{ page.meta.image | url }}">'
        "{% endif %}{{ page.content }}"
    ),
    "docs/index.md": "Home\n",
    "docs/posts/hi.md": "---\ntags:\n- a\n---\n# Hello\n\ntext\n",
    "docs/posts/deep/er.md": "---\ntitle: Deeper\n---\ntext\n",
}
MKDOCS_PAGES = {"posts/hi/": "Hello", "posts/deep/er/": "Deeper"}


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_words: object) -> None:
        """Say nothing."""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """The address of the built site, which lies in a folder of its host."""
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(_Quiet, directory=str(tmp_path / "built"))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/blog/"
    server.shutdown()
    server.server_close()


def build(name: str, *arguments: str) -> None:
    """Build the site with a program of this environment or of the machine; skip where there is none."""
    beside = Path(sys.executable).with_name(name)
    program = str(beside) if beside.exists() else shutil.which(name)
    if program is None:
        pytest.skip(f"no {name}: pip install {name}")
    subprocess.run(
        [program, *arguments], check=True, capture_output=True, env=os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    )


@pytest.mark.parametrize(
    ("files", "pages", "program"),
    [
        (HUGO, HUGO_PAGES, ("hugo", "--destination")),
        (MKDOCS, MKDOCS_PAGES, ("mkdocs", "build", "--quiet", "--site-dir")),
    ],
    ids=["hugo", "mkdocs"],
)
def test_a_built_site_shows_its_covers(
    files: dict[str, str],
    pages: dict[str, str],
    program: tuple[str, ...],
    root: Path,
    typed: Typed,
    tmp_path: Path,
    served: str,
) -> None:
    if reason := chromium.find_missing():
        pytest.skip(reason)
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert typed("covers", ".", "--offline") == 0
    build(*program, str(tmp_path / "built" / "blog"))
    # Playwright's event loop runs on this thread, and a command wants one of its own.
    with chromium.browser() as browser, browser.new_page() as opened:
        for page, title in pages.items():
            opened.goto(served + page)
            assert opened.evaluate(COVER) == [[title, 1200, 630]]
