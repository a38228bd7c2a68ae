"""The page behind a result's ``gallery_url``, opened in a real browser from a private bucket of a real MinIO."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from imagegen.making.changes import stored_page
from imagegen.making.changes.stored_page import write_page
from imagegen.making.runtime import Runtime
from imagegen.results import BatchResult
from storage.directory import DirectoryStore
from tests.doubles import s3_servers
from tests.doubles.render.local_runs import LOOK, run_batch, runtime_in
from tests.doubles.s3_servers import S3Server
from tests.gallery.conftest import Opened, Visit, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser

MODELS = ["gpt-image-2", "gemini-3-pro-image"]
ALL_SHOWN = "[...document.images].filter((image) => image.loading === 'lazy').every((image) => image.naturalWidth > 0)"


@pytest.fixture(scope="module")
def minio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    if reason := s3_servers.no_minio():
        pytest.skip(reason)
    with s3_servers.minio(tmp_path_factory.mktemp("minio")) as server:
        yield server


@pytest.fixture(scope="module")
def bucket(minio: S3Server) -> Runtime:
    """A runtime on a private bucket of its own."""
    name = minio.store().location.removeprefix("s3://")
    runtime = runtime_in(Path("unused"))
    place = {f"minio_{key}": value for key, value in (minio.settings | {"bucket": name}).items()}
    return Runtime(dataclasses.replace(runtime.settings, store="", **place))


@pytest.fixture(scope="module")
def made(bucket: Runtime) -> BatchResult:
    """A batch of three prompts by two models in two sizes, as ``generateBatch`` returns it."""
    prompts = [f"A lighthouse, number {number}" for number in range(3)]
    return run_batch(bucket, prompts, MODELS, *LOOK, offline=True, sizes=["og", "square"], format=["jpeg", "webp"])


def show_all(seen: Visit) -> None:
    wait_for(seen.page, ALL_SHOWN)


def test_every_thumbnail_shows_and_nothing_is_asked_for_nor_complained_of(made: BatchResult, visit: Opened) -> None:
    assert "X-Amz-Signature" in made.gallery_url
    seen = visit(made.gallery_url)
    show_all(seen)
    assert seen.page.locator(".shot img").count() == 6
    assert [url for url in seen.requests if not url.startswith("data:")] == []
    assert seen.complaints == []
    assert f"imagegen gallery {made.batch_id} --open" in seen.page.inner_text("#sealed")
    assert not seen.page.is_visible("#loss")


def test_a_click_shows_the_thumbnail_and_the_command_for_the_picture_and_offers_no_dead_link(
    made: BatchResult, visit: Opened
) -> None:
    seen = visit(made.gallery_url)
    seen.page.locator(".shot").nth(1).press("Enter")
    wait_for(seen.page, "document.getElementById('full').naturalWidth === 400")
    assert seen.page.inner_text("#place") == "2 of 6"
    assert f"imagegen gallery {made.batch_id} --open" in seen.page.inner_text("#note")
    seen.page.keyboard.press("ArrowRight")
    assert seen.page.inner_text("#place") == "3 of 6"
    assert f"imagegen gallery {made.batch_id} --open" in seen.page.inner_text("#note")
    dead = ["#copy", "#copy-html", "#copy-tags", "#download", "#lightbox #sizes", "#save-all", ".cell .does", ".size"]
    assert {selector: seen.visible(selector) for selector in dead} == dict.fromkeys(dead, 0)
    seen.page.keyboard.press("Escape")
    links: list[str] = seen.page.eval_on_selector_all(
        "main a[href]", "all => all.map((link) => link.getAttribute('href') ?? '')"
    )
    assert links == ["#"] * 6
    assert [url for url in seen.requests if not url.startswith("data:")] == []
    assert seen.complaints == []
    assert seen.violations() == []


def test_without_script_the_thumbnails_show_no_link_is_dead_and_the_words_are_there(
    made: BatchResult, browser: "Browser"
) -> None:
    context = browser.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        failed: list[str] = []
        page.on("requestfailed", lambda request: failed.append(request.url))
        page.on("response", lambda response: failed.append(response.url) if response.status >= 400 else None)
        page.goto(made.gallery_url)
        shot = page.locator(".shot").first
        assert shot.get_attribute("href") is None
        assert (shot.locator("img").get_attribute("src") or "").startswith("data:image/jpeg;base64,")
        shot.click()
        assert page.url == made.gallery_url
        assert f"imagegen gallery {made.batch_id} --open" in page.inner_text("#sealed")
        assert failed == []
    finally:
        context.close()


def test_what_does_not_fit_is_asked_for_nowhere_and_opens_nothing(
    made: BatchResult, bucket: Runtime, visit: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = [leaf.thumbnail.bytes for leaf in made.leaves()[:2] if leaf.thumbnail]
    monkeypatch.setattr(stored_page, "MOST_HELD", sum(first))
    write_page(bucket.store, made)
    try:
        seen = visit(made.gallery_url)
        wait_for(seen.page, "document.documentElement.classList.contains('sealed')")
        assert "This page holds 2 of the 6 thumbnails." in seen.page.inner_text("#sealed")
        seen.page.locator(".shot").nth(4).click()
        assert not seen.page.is_visible("#lightbox")
        seen.page.locator(".shot").first.click()
        assert seen.page.inner_text("#place") == "1 of 2"
        assert [url for url in seen.requests if not url.startswith("data:")] == []
        assert seen.complaints == []
    finally:
        monkeypatch.undo()
        write_page(bucket.store, made)


def test_the_same_page_links_to_its_pictures_once_it_lies_where_they_open(
    made: BatchResult, bucket: Runtime, visit: Opened, tmp_path: Path
) -> None:
    place = DirectoryStore(tmp_path / "mirror")
    keys = {picture.key for leaf in made.leaves() for picture in leaf.pictures.values()}
    for key in keys:
        place.create(key, bucket.store.get(key), content_type="image/jpeg")
    place.replace(made.gallery_key, bucket.store.get(made.gallery_key), content_type="text/html")
    seen = visit(place.url(made.gallery_key))
    show_all(seen)
    assert not seen.page.is_visible("#sealed")
    wait_for(seen.page, "document.querySelectorAll('.size').length === 6 * 4")
    seen.page.locator(".shot").first.click()
    wait_for(seen.page, "document.getElementById('full').naturalWidth === 1200")
    assert seen.visible("#copy-html") == 1
    assert seen.complaints == []


def test_the_same_page_saved_to_a_disk_still_shows_its_thumbnails(
    made: BatchResult, bucket: Runtime, visit: Opened, tmp_path: Path
) -> None:
    saved = tmp_path / "Batch.html"
    saved.write_bytes(bucket.store.get(made.gallery_key))
    seen = visit(saved.as_uri())
    show_all(seen)
    assert seen.page.is_visible("#sealed")
    seen.page.locator(".shot").first.click()
    wait_for(seen.page, "document.getElementById('full').naturalWidth === 400")
    assert seen.complaints == []


def test_a_page_asked_for_has_links_signed_then_that_open_the_pictures_in_full(
    made: BatchResult, bucket: Runtime, visit: Opened, tmp_path: Path
) -> None:
    from imagegen.library.pages import render_batch

    asked = tmp_path / "asked.html"
    asked.write_bytes(render_batch(bucket.store, made.batch_id))
    seen = visit(asked.as_uri())
    seen.page.locator(".shot").first.click()
    wait_for(seen.page, "document.getElementById('full').naturalWidth === 1200")
    assert seen.complaints == []
