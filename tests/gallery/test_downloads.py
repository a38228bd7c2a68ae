"""Files that a page saves, in a real browser."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from imagegen.gallery import from_page, render
from imagegen.library.pages import render_batch
from imagegen.results import BatchResult
from storage import Store
from storage.directory import DirectoryStore
from tests.doubles.batches import batch, leaf
from tests.doubles.s3_servers import S3Server
from tests.gallery.conftest import Opened, Visit, keep, sized, wait_for
from tests.gallery.reading import Page

if TYPE_CHECKING:
    from playwright.sync_api import Download


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Why fan out?", "why-fan-out"),
        ("../../etc/passwd", "etc-passwd"),
        ("CON", "con"),
        ("Don't panic — it's C++", "dont-panic-its-c"),
        ("日本語の題名", "日本語の題名"),
        ("\u202eمرحبا بالعالم", "مرحبا-بالعالم"),
        ("हिन्दी में शीर्षक", "हिन्दी-में-शीर्षक"),
        ("Cafe\u0301 ❤\ufe0f", "café"),
        ("auto\u00admobil", "automobil"),
        ("🎉🎉", ""),
        ("x" * 300, "x" * 48),
        ("word " * 30, "-".join(["word"] * 10)),
    ],
)
def test_a_file_is_named_after_the_title_whatever_its_script(
    title: str, expected: str, store: DirectoryStore, visit: Opened
) -> None:
    made = batch([[leaf("a")]])
    keep(store, made, render(made, link=from_page))
    page = visit(store.url(made.gallery_key)).page
    assert page.evaluate("title => slug(title)", title) == expected


def all_downloads(seen: Visit, count: int, press: str = "#save-all") -> "list[Download]":
    found: list[Download] = []

    def note(download: "Download") -> None:
        found.append(download)

    seen.page.on("download", note)
    seen.page.click(press)
    for _ in range(600):
        if len(found) == count:
            break
        seen.page.wait_for_timeout(50)
    seen.page.wait_for_timeout(500)  # none comes too many
    return found


def many() -> BatchResult:
    rows = [[sized(f"Part {number}", "og", "square", "story")] for number in range(5)]
    return batch([*rows, [leaf("An older one")]])


NAMES = [f"part-{number}-{size}.jpg" for number in range(5) for size in ("og", "square", "story")]


def test_all_pictures_of_a_page_of_a_server_are_saved_under_names_of_their_titles(public: Store, visit: Opened) -> None:
    made = many()
    keep(public, made, render(made, link=from_page))
    seen = visit(public.url(made.gallery_key))
    found = all_downloads(seen, 16)
    assert [each.suggested_filename for each in found] == [*NAMES, "an-older-one-1200x630.jpg"]
    assert Path(found[2].path()).read_bytes() == public.get(made.leaves()[0].pictures["story"].key)
    assert seen.page.inner_text("#count") == "16 downloads begun"
    assert not seen.page.is_visible("#unsaved")
    assert seen.complaints == []


def test_rows_of_equal_titles_are_saved_under_names_of_their_own_whatever_is_filtered(
    public: Store, visit: Opened
) -> None:
    titles = ("Same", "Same 2", "same!", "Same", "🦊", "🐔")
    made = batch([[sized(f"{title}{' ' * number}", "og")] for number, title in enumerate(titles)])
    keep(public, made, render(made, link=from_page))
    seen = visit(public.url(made.gallery_key))
    names = [f"{stem}-og.jpg" for stem in ("same", "same-2", "same-3", "same-4", "picture", "picture-2")]
    assert [each.suggested_filename for each in all_downloads(seen, 6)] == names
    seen.page.reload()
    seen.page.fill("[name=text]", "🐔")
    assert [each.suggested_filename for each in all_downloads(seen, 1)] == names[-1:]


def test_what_the_filters_hide_is_not_saved_and_a_second_press_stops(public: Store, visit: Opened) -> None:
    made = many()
    keep(public, made, render(made, link=from_page))
    seen = visit(public.url(made.gallery_key))
    seen.page.fill("[name=text]", "part 3")
    assert [each.suggested_filename for each in all_downloads(seen, 3)] == NAMES[9:12]
    seen.page.fill("[name=text]", "")
    seen.page.click("#save-all")
    seen.page.click("text=Stop")
    seen.page.wait_for_selector("#save-all:text-is('Download all')")
    assert "begun" in seen.page.inner_text("#count")
    assert not seen.page.inner_text("#count").startswith("16")


def test_a_cell_saves_all_its_sizes_with_the_model_where_there_are_several(public: Store, visit: Opened) -> None:
    made = batch([[sized("A", "og", "story", model=model) for model in ("gpt-image-2", "gemini-3-pro-image")]])
    keep(public, made, render(made, link=from_page))
    seen = visit(public.url(made.gallery_key))
    found = all_downloads(seen, 2, ".cell >> nth=1 >> text=Download all 2")
    assert [each.suggested_filename for each in found] == [
        "a-gemini-3-pro-image-og.jpg",
        "a-gemini-3-pro-image-story.jpg",
    ]


def test_a_page_with_the_pictures_inside_saves_them_from_a_disk(
    store: DirectoryStore, visit: Opened, tmp_path: Path
) -> None:
    large = sized("Large", "og")
    assert large.image
    picture = large.image.model_copy(update={"bytes": 3_000_000})  # more than a link may have
    made = keep(
        store,
        batch(
            [[sized("A", "og", "story")], [large.model_copy(update={"image": picture, "pictures": {"og": picture}})]]
        ),
    )
    mailed = tmp_path / "mailed.html"
    mailed.write_bytes(render_batch(store, made.batch_id, embed=True))
    seen = visit(mailed.as_uri())
    found = all_downloads(seen, 3)
    assert [each.suggested_filename for each in found] == ["a-og.jpg", "a-story.jpg", "large-og.jpg"]
    assert Path(found[1].path()).read_bytes() == store.get(made.leaves()[0].pictures["story"].key)
    assert Path(found[2].path()).read_bytes() == store.get(picture.key)
    seen.page.click(".shot >> nth=0")
    seen.page.keyboard.press("ArrowDown")
    with seen.page.expect_download() as download:
        seen.page.click("#download")
    assert download.value.suggested_filename == "a-story.jpg"
    seen.page.click("#copy-html")
    wait_for(seen.page, "note.textContent.includes('names that the files are saved under')")
    seen.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ((_, image),) = Page(seen.clipboard().encode()).elements
    assert image["src"] == "a-story.jpg"
    assert [url for url in seen.requests if not url.startswith(("data:", "blob:"))] == []
    assert seen.complaints == []


def test_where_a_browser_would_not_save_the_page_says_what_does(
    store: DirectoryStore, s3: S3Server, visit: Opened, tmp_path: Path
) -> None:
    made = many()
    keep(store, made, render(made, link=from_page))
    local = tmp_path / "signed.html"
    private = s3.store()
    keep(private, made)
    local.write_bytes(render(made, link=private.url))
    for url in (store.url(made.gallery_key), local.as_uri()):
        seen = visit(url)
        seen.page.wait_for_selector(".size >> nth=0")
        assert seen.visible(".cell .does button") == 5
        assert all_downloads(seen, 0) == []
        assert f"imagegen gallery {made.batch_id} --embed --out gallery.html" in seen.page.inner_text("#unsaved")
        assert seen.page.url == url
