"""The HTML of pictures, letter by letter as the gallery's script makes it in a real browser."""

import json
from pathlib import Path
from typing import Any

import pytest

from imagegen.gallery.frame import read_asset
from imagegen.library.export.names import slug
from imagegen.library.export.snippets import Shown, describe, image_html, og_tags
from tests.gallery.conftest import browser
from tests.library.export.test_names import SLUGS
from tests.overlay.sample_titles import HARD, WORDS

__all__ = ["browser"]

SIZES = {
    "og": (1200, 630),
    "og-2": (2400, 1260),
    "linkedin": (1200, 627),
    "story": (1080, 1920),
    "800x420": (800, 420),
    "1400x1000": (1400, 1000),
    "1500x1000": (1500, 1000),
}
CELLS = [
    ["og.jpeg"],
    ["og.webp"],
    ["1400x1000.png", "1500x1000.png"],
    ["og.avif", "og.webp"],
    ["og.png", "og.avif", "800x420.avif"],
    ["og.jpeg", "og-2.jpeg", "linkedin.jpeg", "story.jpeg", "800x420.jpeg"],
    ["linkedin.jpeg", "og.jpeg", "linkedin.webp", "og.webp", "og-2.avif", "story.avif", "story.webp"],
]
TITLE = "<img src=x onerror=alert(1)> & \"double\" 'single'\n\u00a0</title>\u2028 end"


def cell(*names: str) -> list[Shown]:
    pairs = [name.split(".") for name in names]
    return [Shown(size, kind, *SIZES[size], f"https://example.com/covers/{size}.{kind}") for size, kind in pairs]


def run_script(browser: Any, expression: str, values: Any) -> Any:
    """What the gallery's script makes of values, its shots replaced by what it reads of them."""
    page = browser.new_page()
    try:
        page.add_script_tag(content=read_asset("pictures.js") + read_asset("sealed.js"))
        return page.evaluate(expression, values)
    finally:
        page.close()


SHOW = """([title, cell]) => {
  const shot = {
    href: cell[0].address,
    dataset: { pictures: cell.map((one) =>
      `${one.size}.${one.format} ${one.width} ${one.height} ${one.address}`).join("\\n") },
    closest: () => ({ querySelector: () => ({ textContent: title }) }),
  };
  return picturesOf(shot).map((picture) => [imageHtml(shot, picture), ogTags(shot, picture)]);
}"""


@pytest.mark.parametrize("names", CELLS, ids=" ".join)
def test_the_html_and_the_tags_are_those_that_the_gallery_copies(names: list[str], browser: Any) -> None:
    shown = cell(*names)
    fields = ("size", "format", "width", "height", "address")
    values = [TITLE, [{name: getattr(each, name) for name in fields} for each in shown]]
    expected = [[image_html(shown, each, TITLE), og_tags(shown, each, TITLE)] for each in shown]
    assert run_script(browser, SHOW, values) == expected


def test_slugs_and_descriptions_are_those_of_the_gallery(browser: Any) -> None:
    real = (Path(__file__).parents[2] / "overlay/text/real_titles.txt").read_text().splitlines()
    words = [" ".join(each) if not isinstance(each, str) else each for each in WORDS.values()]
    titles = [*real, *HARD, *words, *(title for title, _ in SLUGS), TITLE, "\ufeff a \x1f b\x85 "]
    expression = 'titles => titles.map((title) => [slug(title), title.replace(/\\s+/g, " ").trim()])'
    found = run_script(browser, expression, titles)
    assert found == [[slug(title), describe(title)] for title in titles]


def test_no_title_is_ever_markup() -> None:
    shown = cell("og.jpeg")
    assert image_html(shown, shown[0], TITLE).count("<") == 1
    assert og_tags(shown, shown[0], TITLE).count("<") == 5
    assert json.dumps(describe(TITLE)).count("\\n") == 0
