import base64

from imagegen.gallery import from_page, render
from imagegen.library import pages
from imagegen.making.changes.stored_page import opens_by_itself
from storage.directory import DirectoryStore
from tests.doubles.batches import batch, failed, leaf
from tests.doubles.s3_servers import S3Server
from tests.gallery.conftest import keep, sized
from tests.gallery.reading import Page

NOBODY = S3Server("nobody", "http://127.0.0.1:1", "key", "secret")
"""A server that is never asked: links are made without it."""


def test_a_stored_page_is_rebuilt_from_its_manifest(store: DirectoryStore) -> None:
    made = keep(store, batch([[leaf("a")]]), b"an old page")
    assert pages.rebuild(store, made.batch_id) == made.gallery_key
    assert store.get(made.gallery_key) == render(made, link=from_page)


def test_a_page_for_a_file_of_its_own_links_to_the_store(store: DirectoryStore) -> None:
    made = keep(store, batch([[leaf("a")]]))
    assert pages.render_batch(store, made.batch_id) == render(made, link=store.url)


def test_an_embedded_page_holds_every_picture_and_links_to_none(store: DirectoryStore) -> None:
    made = keep(store, batch([[leaf("a"), failed("b")]]))
    page = Page(pages.render_batch(store, made.batch_id, embed=True))
    links = [a["href"] for a in page.all("a", "shot")] + [i["src"] for i in page.all("img") if i.get("src")]
    assert len(links) == 2
    assert all(link.startswith("data:image/jpeg;base64,/9j/") for link in links)


def test_an_embedded_page_holds_every_size(store: DirectoryStore) -> None:
    made = keep(store, batch([[sized("a", "og", "story")]]))
    (shot,) = Page(pages.render_batch(store, made.batch_id, embed=True)).all("a", "shot")
    story = store.get(made.leaves()[0].pictures["story"].key)
    assert shot["data-pictures"].endswith(f" data:image/jpeg;base64,{base64.b64encode(story).decode()}")


def test_a_stored_page_opens_by_itself_unless_its_links_are_presigned(store: DirectoryStore) -> None:
    assert opens_by_itself(store, "0" * 16)
    assert opens_by_itself(NOBODY.store("pictures", public_base_url="https://cdn.example.com"), "0" * 16)
    assert not opens_by_itself(NOBODY.store("pictures"), "0" * 16)


def test_the_index_shows_the_newest_batch_first_with_six_thumbnails_at_most(store: DirectoryStore) -> None:
    old = keep(store, batch([[leaf(f"old {n}") for n in range(8)]], name="old", created_at="2026-11-01T00:00:00+00:00"))
    new = keep(store, batch([[leaf("new"), failed("new", "gpt-image-1")]], name="new", offline=True))
    page = Page(pages.render_index(store))
    assert page.text.index(new.batch_id) < page.text.index(old.batch_id)
    assert "1 prompt × gpt-image-2, gpt-image-1 · 1 of 2 pictures · $0.041 · offline" in page.text
    assert len(list(page.all("img"))) == 1 + 6
    assert [a["href"] for a in page.all("a") if "/batches/" in a["href"]] == [
        store.url(new.gallery_key),
        store.url(old.gallery_key),
    ]


def test_an_embedded_index_links_to_nothing_and_names_the_command(store: DirectoryStore) -> None:
    made = keep(store, batch([[leaf("a")]]))
    page = Page(pages.render_index(store, embed=True))
    assert all(a["href"].startswith("data:") for a in page.all("a"))
    assert f"imagegen gallery {made.batch_id} --open" in page.text


def test_an_empty_store_has_an_empty_index(store: DirectoryStore) -> None:
    assert "0 batches" in Page(pages.render_index(store)).text
