"""The stored page of a private bucket holds its thumbnails: which of them, how read, and at which size."""

import threading
import tracemalloc
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from imagegen import records
from imagegen.gallery import from_page, render
from imagegen.making.changes import stored_page
from imagegen.making.changes.manifest import save
from imagegen.making.changes.stored_page import MOST_HELD, write_page
from imagegen.results import BatchResult
from storage import AccessDenied, ObjectNotFound, StoreError, StoreUnavailable, keys
from storage.directory import DirectoryStore
from storage.store import URL_LIFE
from tests.doubles.batches import THUMBNAIL_BYTES, batch, failed, leaf
from tests.gallery.conftest import keep
from tests.gallery.reading import Page

if TYPE_CHECKING:
    from collections.abc import Callable

SIGNED = "X-Amz-Date=20261123T093000Z&X-Amz-Expires=604800&X-Amz-Signature=0"


class PrivateStore(DirectoryStore):
    """A directory whose links are signed, as a private bucket's are; it notes the thumbnails that are read from it."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.asked: list[str] = []
        self.at_once = self.most_at_once = 0
        self.refuse: Callable[[str], StoreError | None] = lambda _key: None
        self._counting = threading.Lock()

    def url(self, key: str, *, life: timedelta = URL_LIFE) -> str:  # noqa: ARG002 - they all last a week
        return f"https://s3.example.com/pictures/{key}?{SIGNED}"

    def get(self, key: str) -> bytes:
        if not key.startswith(keys.THUMBNAILS):
            return super().get(key)
        with self._counting:
            self.asked.append(key)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            if refusal := self.refuse(key):
                raise refusal
            return super().get(key)
        finally:
            with self._counting:
                self.at_once -= 1


@pytest.fixture
def private(tmp_path: Path) -> PrivateStore:
    return PrivateStore(tmp_path / "private")


def rows_of(count: int) -> BatchResult:
    return batch([[leaf(f"row {number}")] for number in range(count)])


def page_of(store: DirectoryStore, made: BatchResult) -> Page:
    return Page(store.get(made.gallery_key))


def count_held(page: Page) -> int:
    return sum(image.get("src", "").startswith("data:image/jpeg;base64,/9j/") for image in page.all("img"))


def thumbnails(made: BatchResult) -> list[str]:
    return [pair.thumbnail.key for pair in made.leaves() if pair.thumbnail]


def test_a_batch_in_a_private_bucket_gets_a_page_with_its_own_thumbnails_alone(private: PrivateStore) -> None:
    keep(private, batch([[leaf("of another batch")]], name="another"))
    made = keep(private, batch([[leaf("a"), failed("a", "gpt-image-1")], [leaf("b"), leaf("b", "gpt-image-1")]]))
    private.delete(made.manifest_key)
    save(private, made)
    assert sorted(private.asked) == sorted(thumbnails(made))
    page = page_of(private, made)
    assert count_held(page) == 3
    assert not any("href" in shot for shot in page.all("a", "shot"))
    pictures = [from_page(pair.image.key) for pair in made.leaves() if pair.image]
    assert [shot["data-href"] for shot in page.all("a", "shot")] == pictures
    assert "This page holds the thumbnails." in page.text
    assert f"imagegen gallery {made.batch_id} --open" in page.text


def test_where_pages_open_by_themselves_nothing_is_held_or_read(private: PrivateStore, tmp_path: Path) -> None:
    directory = DirectoryStore(tmp_path / "open")
    made = keep(directory, rows_of(2))
    write_page(directory, made)
    assert directory.get(made.gallery_key) == render(made, link=from_page)
    assert "data-href" not in directory.get(made.gallery_key).decode().partition("<main>")[2]
    assert private.asked == []


def test_a_rerun_that_changes_nothing_reads_no_thumbnail(private: PrivateStore) -> None:
    made = keep(private, rows_of(2))
    write_page(private, made)
    private.asked.clear()
    save(private, made)
    assert private.asked == []


def test_the_first_rows_that_fit_are_held_and_the_page_says_so(
    private: PrivateStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_page, "MOST_HELD", 5 * THUMBNAIL_BYTES)
    rows = [[leaf(f"row {number}", model) for model in ("gpt-image-2", "gpt-image-1")] for number in range(4)]
    made = keep(private, batch(rows))
    write_page(private, made)
    assert sorted(private.asked) == sorted(thumbnails(made)[:4])
    page = page_of(private, made)
    assert count_held(page) == 4
    rest = [image["data-src"] for image in page.all("img") if "src" not in image and "data-src" in image]
    assert rest == [from_page(key) for key in thumbnails(made)[4:]]
    assert "This page holds 4 of the 8 thumbnails." in page.text


def test_a_picture_in_many_cells_counts_in_each(private: PrivateStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_page, "MOST_HELD", 3 * THUMBNAIL_BYTES)
    made = keep(private, batch([[leaf("the same")] for _ in range(6)]))
    write_page(private, made)
    assert len(private.asked) == 1
    assert count_held(page_of(private, made)) == 3


@pytest.mark.parametrize("error", [ObjectNotFound("gone"), StoreError("too large"), None])
def test_a_thumbnail_that_cannot_be_read_leaves_its_link_and_fails_nothing(
    private: PrivateStore, error: StoreError | None
) -> None:
    made = keep(private, rows_of(3))
    lost = thumbnails(made)[2]
    if error is None:
        private.delete(lost)
        private.create(lost, b"other bytes", content_type="image/jpeg")
    private.refuse = lambda key: error if key == lost else None
    private.delete(made.manifest_key)
    save(private, made)
    page = page_of(private, made)
    assert from_page(lost) in {image.get("data-src") for image in page.all("img")}
    assert count_held(page) == 2
    assert records.load_manifest(private, made.batch_id) == made


@pytest.mark.parametrize("error", [StoreUnavailable("no answer for two minutes"), AccessDenied("not permitted")])
def test_a_store_that_gives_no_thumbnail_is_not_asked_for_every_one(private: PrivateStore, error: StoreError) -> None:
    made = keep(private, rows_of(200))
    private.refuse = lambda _key: error
    write_page(private, made)
    assert len(private.asked) <= records.AT_ONCE
    assert count_held(page_of(private, made)) == 0
    assert "This page holds 0 of the 200 thumbnails." in page_of(private, made).text


def test_at_most_sixteen_are_read_at_once(private: PrivateStore) -> None:
    made = keep(private, rows_of(5 * records.AT_ONCE))
    full = threading.Barrier(records.AT_ONCE)

    def meet(_key: str) -> None:
        full.wait(10)

    private.refuse = meet
    write_page(private, made)
    assert private.most_at_once == records.AT_ONCE
    assert count_held(page_of(private, made)) == 5 * records.AT_ONCE


@pytest.mark.slow
def test_a_page_of_ten_thousand_pictures_holds_four_megabytes_and_takes_little_memory(private: PrivateStore) -> None:
    pairs = [leaf(f"row {number}") for number in range(10_000)]
    held = MOST_HELD // THUMBNAIL_BYTES
    keep(private, batch([[pair] for pair in pairs[:held]]))
    made = batch([[pair] for pair in pairs])
    tracemalloc.start()
    try:
        render(made, link=from_page)
        _, bare = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        write_page(private, made)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(private.asked) == held
    assert count_held(page_of(private, made)) == held
    assert peak - bare < 8 * MOST_HELD
