"""The files, the index and the page of an export, as values."""

import json

import pytest

from imagegen.library.export.contents import build_index, build_page, is_sealed, list_pictures, read_index, select_sizes
from imagegen.library.export.names import fold
from tests.doubles.batches import batch, digest, failed, leaf
from tests.gallery.conftest import sized
from tests.gallery.reading import Page

HOSTILE = [
    "../../etc/passwd",
    "CON",
    "imagegen-seal:" + "0" * 64,
    "<script>alert(1)</script>",
    '" onload="x',
    "index",
    "🎉🎉",
    "A title",
    "a TITLE!",
    "x" * 300,
    "مرحبا بالعالم",
    "\u202eevil",
    "</title></head>",
]


def test_pictures_are_named_after_title_and_size_and_the_model_where_there_are_several() -> None:
    one = batch([[sized("Why fan out?", "og", "og.webp", "800x420")]])
    # These doubles have a JPEG under every name.
    assert [picture.file for picture in list_pictures(one)] == [
        "why-fan-out-og.jpg",
        "why-fan-out-og-webp.jpg",
        "why-fan-out-800x420.jpg",
    ]
    two = batch([[sized("A", "og"), sized("A", "og", model="gemini-3-pro-image")]])
    assert [picture.file for picture in list_pictures(two)] == ["a-gpt-image-2-og.jpg", "a-gemini-3-pro-image-og.jpg"]


def test_names_stay_when_pairs_fail_sizes_are_chosen_and_rows_are_added() -> None:
    rows = [[sized("A", "og", "story")], [sized("A!", "og", "story")], [sized("B", "og", "story")]]
    names = {picture.file for picture in list_pictures(batch(rows))}
    holes = [[failed("A")], rows[1], rows[2], [sized("a", "og")]]
    assert {picture.file for picture in list_pictures(batch(holes))} - names == {"a-3-og.jpg"}
    chosen = select_sizes(list_pictures(batch(rows)), ["story"])
    assert [picture.file for picture in chosen] == ["a-story.jpg", "a-2-story.jpg", "b-story.jpg"]
    with pytest.raises(KeyError, match="square"):
        select_sizes(list_pictures(batch(rows)), ["og", "square"])


def test_hostile_titles_are_names_of_their_own_and_no_markup() -> None:
    made = batch([[leaf(title)] for title in HOSTILE])
    pictures = list_pictures(made)
    assert len({fold(picture.file) for picture in pictures}) == len(HOSTILE)
    page = Page(build_page(made.batch_id, pictures))
    assert [image["alt"] for image in page.all("img")] == HOSTILE
    assert list(page.all("script")) == []
    assert is_sealed(build_page(made.batch_id, pictures))
    index = build_index(made.batch_id, pictures)
    assert read_index(index) == {picture.file: picture.sha256 for picture in pictures}
    assert [entry["alt"] for entry in json.loads(index)["pictures"]] == HOSTILE


def test_the_index_says_all_of_each_picture() -> None:
    made = batch([[sized("A *b* & c\nd", "og", "800x420")]])
    pictures = list_pictures(made)
    index = json.loads(build_index(made.batch_id, pictures, base_url="https://example.com/covers/"))
    first = index["pictures"][0]
    html, tags = first.pop("html"), first.pop("tags")
    assert first == {
        "row": 1,
        "model": "gpt-image-2",
        "title": "A *b* & c\nd",
        "size": "og",
        "file": "a-b-c-d-og.jpg",
        "width": 1200,
        "height": 630,
        "alt": "A *b* & c d",
        "media_type": "image/jpeg",
        "sha256": pictures[0].sha256,
    }
    assert 'srcset="https://example.com/covers/a-b-c-d-800x420.jpg 800w, https://example.com/covers/' in html
    assert '<meta property="og:image" content="https://example.com/covers/a-b-c-d-og.jpg">' in tags
    assert index["batch_id"] == made.batch_id


def test_an_index_that_was_changed_or_made_up_is_not_ours() -> None:
    made = batch([[leaf("A")]])
    index = build_index(made.batch_id, list_pictures(made), former={"old-og.jpg": digest("old")})
    assert read_index(index) == {"old-og.jpg": digest("old"), "a-1200x630.jpg": digest("A/gpt-image-2")}
    assert read_index(index.replace(b"gpt-image-2", b"gpt-image-3", 1)) is None
    assert read_index(b"{}") is None
    assert read_index(build_page(made.batch_id, [])) is None
    evil = build_index(made.batch_id, [], former={"../../evil": "1", "..": "2", "": "3"})
    assert set(read_index(evil) or {"": ""}) <= {"..", ""}


def test_a_batch_of_ten_thousand_rows_is_indexed() -> None:
    made = batch([[leaf("The same")] for _ in range(10_000)])
    pictures = list_pictures(made)
    assert len({fold(picture.file) for picture in pictures}) == 10_000
    assert len(json.loads(build_index(made.batch_id, pictures))["pictures"]) == 10_000
