"""The gallery in a real browser."""

import re
from pathlib import Path

import pytest

from imagegen.gallery import from_page, render, render_index
from imagegen.results import BatchResult
from storage import Store
from storage.directory import DirectoryStore
from tests.doubles.batches import batch, failed, leaf
from tests.doubles.s3_servers import S3Server
from tests.gallery.conftest import Opened, keep, wait_for

MODELS = ("gpt-image-2", "gemini-3-pro-image")
HOSTILE = (
    "<script>alert(1)</script>",
    "\"double\" & 'single' </title><img src=x onerror=alert(2)>",
    "\u202eمرحبا بالعالم",
    "x" * 300,
    "日本語のとても長い題名です。" * 21,
)


def three_by_two() -> BatchResult:
    rows = [[leaf(f"prompt {number}", model) for model in MODELS] for number in ("one", "two", "three")]
    rows[1][1] = failed("prompt two", MODELS[1])
    return batch(rows)


def stored(store: Store, made: BatchResult) -> BatchResult:
    return keep(store, made, render(made, link=from_page))


@pytest.mark.parametrize("place", ["store", "public"])
def test_every_picture_loads_and_nothing_else_is_asked_for(
    place: str, request: pytest.FixtureRequest, visit: Opened
) -> None:
    store: Store = request.getfixturevalue(place)
    made = stored(store, three_by_two())
    seen = visit(store.url(made.gallery_key))
    assert seen.load_all() == 5
    assert sorted(seen.requests) == sorted(store.url(pair.thumbnail.key) for pair in made.leaves() if pair.thumbnail)
    assert seen.complaints == []


def test_a_page_with_presigned_links_shows_the_pictures_of_a_private_bucket(
    s3: S3Server, visit: Opened, tmp_path: Path
) -> None:
    store = s3.store()
    made = keep(store, three_by_two())
    local = tmp_path / "gallery.html"
    local.write_bytes(render(made, link=store.url))
    seen = visit(local.as_uri())
    assert seen.load_all() == 5
    assert seen.complaints == []
    assert "The links on this page work until" in seen.page.inner_text(".notice")


def test_the_stored_page_of_a_private_bucket_says_how_to_get_one_that_works(s3: S3Server, visit: Opened) -> None:
    store = s3.store()
    made = stored(store, three_by_two())
    seen = visit(store.url(made.gallery_key))
    seen.page.wait_for_selector("#loss:visible")
    assert f"imagegen gallery {made.batch_id} --out gallery.html" in seen.page.inner_text("#loss")
    assert all("Failed to load resource" in complaint for complaint in seen.complaints)


def test_the_keyboard_is_enough(store: DirectoryStore, visit: Opened) -> None:
    made = stored(store, three_by_two())
    seen = visit(store.url(made.gallery_key))
    page, links = seen.page, [from_page(pair.image.key) for pair in made.leaves() if pair.image]

    def shown() -> str:
        source: str = page.eval_on_selector("#full", "image => image.src")
        return "../../images/" + source.rpartition("/")[2]

    page.locator(".shot").nth(1).focus()
    page.keyboard.press("Enter")
    assert shown() == links[1]
    assert page.inner_text("#place") == "2 of 5"
    for key, expected in [
        ("ArrowRight", 2),
        ("ArrowLeft", 1),
        ("End", 4),
        ("ArrowRight", 0),
        ("ArrowLeft", 4),
        ("Home", 0),
    ]:
        page.keyboard.press(key)
        assert shown() == links[expected]
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "document.activeElement.closest('dialog') !== null || document.activeElement === document.body"
        )
    page.keyboard.press("Escape")
    page.wait_for_selector("#lightbox", state="hidden")
    wait_for(page, "href => document.activeElement.getAttribute('href') === href", arg=links[0])
    assert seen.complaints == []


def test_the_whole_picture_comes_with_its_title_its_facts_and_its_file(public: Store, visit: Opened) -> None:
    made = stored(public, batch([[leaf("a prompt", "gpt-image-1", title="A title", served_by="gpt-image-2")]]))
    page = visit(public.url(made.gallery_key)).page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.click(".shot")
    assert page.inner_text("#caption-title") == "A title"
    assert re.sub(r"\s+", " ", page.inner_text("#caption-facts")) == "gpt-image-1 served by gpt-image-2 12 s $0.041"
    wait_for(page, "document.getElementById('full').naturalWidth === 1200")
    page.click("#copy")
    page.wait_for_selector("text=Copied")
    (image,) = (pair.image for pair in made.leaves() if pair.image)
    assert page.evaluate("navigator.clipboard.readText()") == public.url(image.key)
    with page.expect_download() as download:
        page.click("#download")
    assert Path(download.value.path()).read_bytes() == public.get(image.key)
    assert download.value.suggested_filename == "a-title-1200x630.jpg"
    page.click("#close")
    page.wait_for_selector("#lightbox", state="hidden")


def test_where_the_browser_would_not_save_a_picture_it_opens_beside_the_page(
    store: DirectoryStore, visit: Opened
) -> None:
    made = stored(store, batch([[leaf("a prompt")]]))
    page = visit(store.url(made.gallery_key)).page
    page.click(".shot")
    with page.context.expect_page() as opened:
        page.click("text=Open picture")
    assert opened.value.url.startswith("file://")
    assert page.is_visible("#lightbox")


def test_rows_are_found_by_words_and_columns_by_model(store: DirectoryStore, visit: Opened) -> None:
    seen = visit(store.url(stored(store, three_by_two()).gallery_key))
    seen.page.fill("[name=text]", "TWO prompt")
    assert (seen.visible(".row"), seen.visible(".cell")) == (1, 2)
    seen.page.fill("[name=text]", "")
    seen.page.select_option("[name=model]", MODELS[1])
    assert (seen.visible(".row"), seen.visible(".cell"), seen.visible(".failure")) == (3, 3, 1)
    assert seen.page.inner_text("#count") == "3 of 6 shown"
    seen.page.click(".shot:visible >> nth=0")
    assert seen.page.inner_text("#place") == "1 of 2"
    seen.page.keyboard.press("Escape")
    seen.page.fill("[name=text]", "nowhere")
    assert seen.visible("#none") == 1
    assert seen.complaints == []


@pytest.mark.parametrize("width", [360, 1280, 1920])
def test_hostile_and_long_texts_are_shown_as_they_are_and_the_layout_stays_whole(
    width: int, store: DirectoryStore, visit: Opened, tmp_path: Path
) -> None:
    made = stored(store, batch([[leaf(text, model) for model in MODELS] for text in HOSTILE]))
    seen = visit(store.url(made.gallery_key), width=width)
    assert [row.strip() for row in seen.page.locator(".prompt").all_text_contents()] == list(HOSTILE)
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
    seen.page.screenshot(path=tmp_path / f"{width}.png")  # to look at: pytest keeps the last runs' directories
    seen.page.click(".shot >> nth=6")
    assert seen.page.evaluate("document.getElementById('lightbox').scrollWidth") <= width
    assert seen.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_violation_of_accessibility_is_found(scheme: str, store: DirectoryStore, visit: Opened) -> None:
    pairs = [
        leaf("one", "gpt-image-1", served_by="gpt-image-2", reused=True),
        failed("one", "gemini-3-pro-image", offline=True),
    ]
    made = stored(store, batch([pairs]))
    seen = visit(store.url(made.gallery_key), scheme=scheme)
    assert seen.violations() == []
    seen.page.click(".shot")
    assert seen.violations() == []
    index = Path(store.location) / "all.html"
    index.write_bytes(render_index([made], link=store.url, page=store.url))
    assert visit(index.as_uri(), scheme=scheme).violations() == []


def test_a_thousand_cells_are_there_before_their_pictures(store: DirectoryStore, visit: Opened) -> None:
    rows = [[leaf(f"prompt {row}", f"gpt-image-{column}") for column in range(5)] for row in range(200)]
    made = batch(rows)
    store.replace(made.gallery_key, render(made, link=from_page), content_type="text/html; charset=utf-8")
    seen = visit(store.url(made.gallery_key))
    assert seen.page.locator(".cell").count() == 1000
    assert len(seen.requests) < 100
    seen.page.fill("[name=text]", "prompt 199")
    assert seen.visible(".cell") == 5


def test_an_embedded_page_asks_for_nothing(store: DirectoryStore, visit: Opened, tmp_path: Path) -> None:
    from imagegen.library.pages import render_batch

    made = keep(store, three_by_two())
    mailed = tmp_path / "mailed.html"
    mailed.write_bytes(render_batch(store, made.batch_id, embed=True))
    seen = visit(mailed.as_uri())
    assert seen.load_all() == 5
    seen.page.click(".shot")
    wait_for(seen.page, "document.getElementById('full').naturalWidth === 1200")
    assert not seen.page.is_visible("#copy")
    assert [url for url in seen.requests if not url.startswith("data:")] == []
    assert seen.complaints == []
