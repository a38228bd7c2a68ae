"""HTML and tags that a page gives away, in a real browser."""

from collections.abc import Callable
from pathlib import Path

import pytest

from imagegen.gallery import from_page, render
from imagegen.results import BatchResult
from storage.directory import DirectoryStore
from tests.doubles.batches import batch, leaf
from tests.doubles.s3_servers import S3Server
from tests.gallery.conftest import Opened, Visit, keep, sized, wait_for
from tests.gallery.reading import Page

HOSTILE = "<img src=x onerror=alert(1)> & \"double\" 'single'\n</title>"
WIDE = "(min-width: 1200px) 1200px, 100vw"


def at(made: BatchResult, endings: bool = False) -> Callable[[str], str]:
    """Links of a site; with ``endings`` a name's format is the link's ending."""
    formats = {each.key: name.partition(".")[2] for pair in made.leaves() for name, each in pair.pictures.items()}

    def link(key: str) -> str:
        ending = formats.get(key) if endings else ""
        return from_page(key.replace(".jpg", f".{ending}") if ending else key)

    return link


def see(store: DirectoryStore, visit: Opened, made: BatchResult) -> Visit:
    keep(store, made, render(made, link=at(made, endings=True)))
    seen = visit(store.url(made.gallery_key))
    seen.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    return seen


def copied(seen: Visit, button: str, *, picture: int = 0, size: int = 0) -> str:
    """What a button of the full view copies."""
    seen.page.click(f".shot >> nth={picture}")
    for _ in range(size):
        seen.page.keyboard.press("ArrowDown")
    seen.page.click(button)
    wait_for(seen.page, "note.textContent.startsWith('Copied.')")
    return seen.clipboard()


def test_the_html_of_a_picture_has_what_a_page_needs_to_show_it(store: DirectoryStore, visit: Opened) -> None:
    made = batch([[sized("A title", "og", "og@2", "x", "linkedin", "story", "800x420")]])
    seen = see(store, visit, made)
    url = {name: store.url(picture.key) for name, picture in made.leaves()[0].pictures.items()}
    ((name, image),) = Page(copied(seen, "#copy-html").encode()).elements
    assert name == "img"
    assert image == {
        "src": url["og"],
        "width": "1200",
        "height": "630",
        "alt": "A title",
        # linkedin has the shape too, and the width of the first; x has neither
        "srcset": f"{url['800x420']} 800w, {url['og']} 1200w, {url['og@2']} 2400w",
        "sizes": WIDE,
    }
    seen.page.keyboard.press("Escape")
    ((_, story),) = Page(copied(seen, "#copy-html", size=4).encode()).elements
    assert story == {"src": url["story"], "width": "1080", "height": "1920", "alt": "A title"}
    assert seen.complaints == []


def test_a_cell_copies_the_html_of_its_first_picture(store: DirectoryStore, visit: Opened) -> None:
    seen = see(store, visit, batch([[sized("A title", "story", "og")]]))
    seen.page.click(".cell >> text=Copy HTML")
    told = seen.page.locator(".cell .told")
    told.filter(has_text="Copied.").wait_for()
    assert "lead to this computer" in told.inner_text()
    ((_, image),) = Page(seen.clipboard().encode()).elements
    assert (image["width"], image["height"]) == ("1080", "1920")


@pytest.mark.parametrize("size", [0, 1, 2], ids=["jpeg", "webp", "avif"])
def test_further_formats_come_first_in_the_html_for_browsers_that_know_them(
    size: int, store: DirectoryStore, visit: Opened
) -> None:
    made = batch([[sized("a", "og", "og.webp", "og.avif", "800x420", "800x420.webp", "story.webp")]])
    seen = see(store, visit, made)
    link = at(made, endings=True)
    folder = store.url(made.gallery_key).rpartition("/batches/")[0]
    url = {name: link(each.key).replace("../..", folder) for name, each in made.leaves()[0].pictures.items()}
    elements = Page(copied(seen, "#copy-html", size=size).encode()).elements
    assert [name for name, _ in elements] == ["picture", "source", "source", "img"]
    assert elements[1][1] == {"type": "image/avif", "srcset": url["og.avif"]}
    assert elements[2][1] == {
        "type": "image/webp",
        "srcset": f"{url['800x420.webp']} 800w, {url['og.webp']} 1200w",
        "sizes": WIDE,
    }
    assert elements[3][1]["src"] == url["og"]


def test_the_tags_of_a_picture_are_those_that_networks_read(store: DirectoryStore, visit: Opened) -> None:
    made = batch([[sized("A title", "og", "og.webp", "story")]])
    seen = see(store, visit, made)
    pictures = made.leaves()[0].pictures
    expected = [
        {"property": "og:image", "content": store.url(pictures["og"].key)},
        {"property": "og:image:width", "content": "1200"},
        {"property": "og:image:height", "content": "630"},
        {"property": "og:image:alt", "content": "A title"},
        {"name": "twitter:card", "content": "summary_large_image"},
    ]
    # Networks do not read every format: the tags of the second picture name the first.
    assert list(Page(copied(seen, "#copy-tags", size=1).encode()).all("meta")) == expected
    seen.page.keyboard.press("Escape")
    story = list(Page(copied(seen, "#copy-tags", size=2).encode()).all("meta"))
    assert story[0]["content"] == store.url(pictures["story"].key)
    assert story[4]["content"] == "summary"


def test_no_title_is_ever_markup_in_what_is_copied(store: DirectoryStore, visit: Opened) -> None:
    seen = see(store, visit, batch([[sized(HOSTILE, "og", "og.webp")]]))
    shown = " ".join(HOSTILE.split())
    elements = Page(copied(seen, "#copy-html").encode()).elements
    assert [name for name, _ in elements] == ["picture", "source", "img"]
    assert elements[2][1]["alt"] == shown
    seen.page.keyboard.press("Escape")
    elements = Page(copied(seen, "#copy-tags").encode()).elements
    assert [name for name, _ in elements] == ["meta"] * 5
    assert elements[3][1]["content"] == shown
    assert [line for line in seen.complaints if "ERR_FILE_NOT_FOUND" not in line] == []


def test_where_there_is_no_clipboard_object_the_old_command_copies(store: DirectoryStore, visit: Opened) -> None:
    made = batch([[sized("a", "og", "story")]])
    seen = see(store, visit, made)
    page = seen.page
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true })")
    page.click(".shot")
    page.click("#copy")
    wait_for(page, "note.textContent.startsWith('Copied.')")
    assert page.evaluate("document.activeElement.id") == "copy"
    page.evaluate("delete navigator.clipboard")  # the page is done: what was copied is read the usual way
    (pair,) = made.leaves()
    assert pair.image
    assert seen.clipboard() == store.url(pair.image.key)


def test_a_browser_that_refuses_to_copy_is_told_of(store: DirectoryStore, visit: Opened) -> None:
    page = see(store, visit, batch([[sized("a", "og")]])).page
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.evaluate("document.execCommand = () => false")
    page.click(".shot")
    page.click("#copy-html")
    wait_for(page, "note.textContent.startsWith('The browser did not let this page copy.')")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://cdn.example.com/images/a.jpg", ""),
        ("file:///tmp/a.jpg", "lead to this computer"),
        ("http://localhost:9000/b/a.jpg", "lead to this computer"),
        ("http://127.0.0.1:9000/b/a.jpg", "lead to this computer"),
        (
            "https://s3.example.com/a.jpg?X-Amz-Date=20261123T120000Z&X-Amz-Expires=604800",
            "die on 30 November 2026 at the latest",
        ),
        ("data:image/jpeg;base64,AAAA", "names that the files are saved under"),
    ],
)
def test_whoever_copies_an_address_is_told_if_it_does_not_last(
    url: str, expected: str, store: DirectoryStore, visit: Opened
) -> None:
    page = see(store, visit, batch([[leaf("a")]])).page
    told = page.evaluate("url => warning(url)", url)
    assert (told == "") == (expected == "")
    assert expected in told


def test_signed_links_of_every_size_open_in_the_full_view(s3: S3Server, visit: Opened, tmp_path: Path) -> None:
    private = s3.store()
    made = keep(private, batch([[sized("a", "og", "story")]]))
    local = tmp_path / "signed.html"
    local.write_bytes(render(made, link=private.url))
    seen = visit(local.as_uri())
    seen.page.click(".shot")
    seen.page.keyboard.press("ArrowDown")
    wait_for(seen.page, "document.getElementById('full').naturalHeight === 1920")
    seen.page.click("#copy-html")
    wait_for(seen.page, "note.textContent.includes('this computer')")
    assert seen.complaints == []
