"""The sizes of a cell's picture, in a real browser."""

from typing import TYPE_CHECKING

import pytest

from imagegen.gallery import from_page, render
from storage.directory import DirectoryStore
from tests.doubles.batches import batch, failed, leaf
from tests.gallery.conftest import Opened, Visit, keep, sized, wait_for

if TYPE_CHECKING:
    from imagegen.results import LeafResult

ALL = ("og", "x", "linkedin", "square", "story", "800x420", "og@2")


def see(
    store: DirectoryStore, visit: Opened, *rows: "list[LeafResult]", width: int = 1280, scheme: str = "light"
) -> Visit:
    made = batch(rows)
    keep(store, made, render(made, link=from_page))
    seen = visit(store.url(made.gallery_key), width=width, scheme=scheme)
    if any(len(pair.pictures) > 1 for row in rows for pair in row):
        seen.page.wait_for_selector(".size >> nth=0")
    return seen


def pressed(seen: Visit) -> str:
    """The size on show, as its button says."""
    return seen.page.inner_text("#sizes [aria-pressed=true]")


def test_a_cell_shows_the_sizes_of_its_picture(store: DirectoryStore, visit: Opened) -> None:
    seen = see(store, visit, [sized("a", "og", "story", "800x420")])
    assert seen.page.locator(".size").all_inner_texts() == ["og 1200×630", "story 1080×1920", "800×420"]
    assert seen.complaints == []


def test_a_size_says_its_format_when_it_is_no_jpeg(store: DirectoryStore, visit: Opened) -> None:
    made = batch([[sized("a", "og", "og.webp")]])
    webp = made.leaves()[0].pictures["og.webp"].key
    page = render(made, link=lambda key: from_page(key).replace(".jpg", ".webp") if key == webp else from_page(key))
    keep(store, made, page)
    seen = visit(store.url(made.gallery_key))
    seen.page.wait_for_selector(".size >> nth=0")
    assert seen.page.locator(".size").all_inner_texts() == ["og 1200×630", "og 1200×630 webp"]


@pytest.mark.parametrize("only", [leaf("a"), sized("a", "og")], ids=["older", "today"])
def test_a_cell_with_one_picture_has_nothing_but_its_facts_beneath_it(
    only: "LeafResult", store: DirectoryStore, visit: Opened
) -> None:
    seen = see(store, visit, [only], [sized("b", "og", "story")])
    first = seen.page.locator(".cell").first
    assert first.evaluate("cell => [...cell.children].map(({ className }) => className)") == ["shot", "facts"]
    first.locator(".shot").click()
    assert not seen.page.is_visible("#sizes")
    seen.page.keyboard.press("ArrowDown")
    assert seen.page.is_visible("#lightbox")
    assert seen.complaints == []


def test_many_sizes_are_folded_and_the_keyboard_unfolds_them(store: DirectoryStore, visit: Opened) -> None:
    seen = see(store, visit, [sized("a", *ALL)])
    page = seen.page
    assert seen.visible(".size") == 4
    page.focus("summary")
    page.keyboard.press("Enter")
    assert seen.visible(".size") == 7
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert pressed(seen) == "story 1080×1920"
    page.keyboard.press("Escape")
    page.wait_for_selector("#lightbox", state="hidden")
    wait_for(page, "document.activeElement.textContent === 'story 1080×1920'")


def test_up_and_down_step_through_sizes_and_left_and_right_stay_with_the_size(
    store: DirectoryStore, visit: Opened
) -> None:
    rows = [[sized("a", "og", "square", "story")], [sized("b", "story", "og")], [sized("c", "og")]]
    seen = see(store, visit, *rows)
    page = seen.page
    page.click(".shot >> nth=0")
    for key, place, size in [
        ("ArrowDown", "1 of 3", "square 1080×1080"),
        ("ArrowDown", "1 of 3", "story 1080×1920"),
        ("ArrowRight", "2 of 3", "story 1080×1920"),
        ("ArrowDown", "2 of 3", "og 1200×630"),
        ("ArrowLeft", "1 of 3", "og 1200×630"),
        ("ArrowUp", "1 of 3", "story 1080×1920"),
        ("ArrowDown", "1 of 3", "og 1200×630"),
    ]:
        page.keyboard.press(key)
        assert (page.inner_text("#place"), pressed(seen)) == (place, size)
    assert page.inner_text("#caption-size") == "og 1200×630, size 1 of 3"
    wait_for(page, "document.getElementById('full').naturalWidth === 1200")
    page.keyboard.press("Escape")
    page.wait_for_selector("#lightbox", state="hidden")
    assert seen.complaints == []


def test_the_focus_stays_on_the_sizes_while_they_are_stepped_through(store: DirectoryStore, visit: Opened) -> None:
    seen = see(store, visit, [sized("a", "og", "square", "story")], [sized("b", "og", "story")], [sized("c", "og")])
    page = seen.page
    focused = "document.activeElement.textContent"
    page.click(".size >> nth=1")
    page.click("#sizes button >> nth=1")
    page.keyboard.press("ArrowDown")
    assert page.evaluate(focused) == pressed(seen) == "story 1080×1920"
    page.keyboard.press("ArrowRight")
    assert page.evaluate(focused) == pressed(seen) == "story 1080×1920"
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.id") == "next"
    page.keyboard.press("Escape")
    page.wait_for_selector("#lightbox", state="hidden")
    wait_for(page, "document.activeElement === document.querySelectorAll('.shot')[2]")


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("name", ["og", "x", "square", "story"])
def test_a_picture_of_any_shape_is_shown_whole(name: str, width: int, store: DirectoryStore, visit: Opened) -> None:
    seen = see(store, visit, [sized("a", name, "og@2")], width=width)
    page = seen.page
    page.click(".shot")
    wait_for(page, "document.getElementById('full').complete")
    box = page.locator("#full").bounding_box()
    picture = sized("a", name).pictures[name]
    assert box
    assert box["width"] / box["height"] == pytest.approx(picture.width / picture.height, rel=0.01)
    assert box["x"] >= 0
    assert box["y"] >= 0
    assert box["x"] + box["width"] <= width
    assert box["y"] + box["height"] <= 800
    assert page.evaluate("[byId('lightbox').scrollWidth, byId('lightbox').scrollHeight]") == [width, 800]
    assert seen.complaints == []


@pytest.mark.parametrize("width", [360, 1280])
def test_thumbnails_keep_their_shape_and_the_grid_its_columns(width: int, store: DirectoryStore, visit: Opened) -> None:
    seen = see(store, visit, *([sized(name, name, "og@2")] for name in ("og", "square", "story", "x")), width=width)
    seen.load_all()
    boxes = [image.bounding_box() for image in seen.page.locator(".shot img").all()]
    assert len({box["width"] for box in boxes if box}) == 1
    assert all(box["height"] <= 17 * 16 for box in boxes if box)
    assert {
        image.evaluate("image => getComputedStyle(image).objectFit") for image in seen.page.locator(".shot img").all()
    } == {"contain"}
    first = boxes[0]
    assert first
    assert first["width"] / first["height"] == pytest.approx(1200 / 630, rel=0.01)
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 360), ("dark", 360)])
def test_sizes_have_no_serious_violation_of_accessibility(
    scheme: str, width: int, store: DirectoryStore, visit: Opened
) -> None:
    pairs = [sized("one", *ALL), failed("one", "gemini-3-pro-image")]
    seen = see(store, visit, pairs, width=width, scheme=scheme)
    seen.page.click("summary")
    seen.page.click("text=Copy HTML >> nth=0")
    seen.page.wait_for_selector(".cell .told:not(:empty)")
    seen.page.click("#save-all")
    assert seen.violations() == []
    seen.page.click(".size >> nth=3")
    seen.page.click("#copy-tags")
    assert seen.violations() == []
    assert seen.page.evaluate("byId('lightbox').scrollWidth") <= width


def test_every_size_of_every_row_is_reached_with_the_tab_key(store: DirectoryStore, visit: Opened) -> None:
    seen = see(store, visit, *([sized(f"prompt {number}", "og", "square", "story")] * 2 for number in range(8)))
    reached = []
    for _ in range(3 + 16 * 5):
        seen.page.keyboard.press("Tab")
        reached.append(seen.page.evaluate("document.activeElement.className + document.activeElement.dataset.name"))
    names = [name for name in reached if name.startswith("size")]
    assert names == ["sizeog", "sizesquare", "sizestory"] * 16


def test_the_lists_of_sizes_are_made_when_their_row_comes_near(store: DirectoryStore, visit: Opened) -> None:
    made = batch(
        [
            [sized(f"prompt {row}", "og", "square", "story", model=f"m{column}") for column in range(5)]
            for row in range(200)
        ]
    )
    store.replace(made.gallery_key, render(made, link=from_page), content_type="text/html; charset=utf-8")
    page = visit(store.url(made.gallery_key)).page
    page.wait_for_selector(".size >> nth=0")
    assert page.locator(".size").count() < 600
    page.locator(".row").last.scroll_into_view_if_needed()
    page.wait_for_selector(".row:last-child .size >> nth=0")
    assert page.locator(".row:last-child .size").count() == 15
