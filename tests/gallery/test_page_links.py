from datetime import UTC, datetime

import pytest

from imagegen.gallery.page_links import PageLinks, csp_source, from_page
from storage.links import read_expiry

SIGNED = "https://s3.example.com/b/{key}?X-Amz-Date=20261123T120000Z&X-Amz-Expires={life}&X-Amz-Signature=00"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("../../images/a.jpg", "'self' file:"),
        ("file:///tmp/images/a.jpg", "file:"),
        ("https://cdn.example.com/b/a.jpg?x=1", "https://cdn.example.com"),
        ("http://127.0.0.1:9000/b/a.jpg", "http://127.0.0.1:9000"),
    ],
)
def test_a_page_may_load_pictures_from_where_its_links_point_and_nowhere_else(url: str, expected: str) -> None:
    assert csp_source(url) == expected


def test_the_first_presigned_link_to_expire_decides_for_the_page() -> None:
    links = PageLinks(lambda key: SIGNED.format(key=key, life=60 if key == "short" else 3600))
    links("long")
    links("short")
    links("long")
    assert links.expires_at == datetime(2026, 11, 23, 12, 1, tzinfo=UTC)
    assert links.sources == "data: https://s3.example.com"


@pytest.mark.parametrize(
    "url", ["../../images/a.jpg", "https://cdn.example.com/a.jpg", "https://h/?X-Amz-Date=20261123T120000Z"]
)
def test_other_links_do_not_expire(url: str) -> None:
    assert read_expiry(url) is None


def test_pictures_inside_the_page_need_no_source_of_their_own() -> None:
    links = PageLinks(lambda _key: "data:image/jpeg;base64,AAAA")
    assert links("a") == "data:image/jpeg;base64,AAAA"
    assert links.sources == "data:"


def test_the_stored_page_reaches_pictures_by_relative_links() -> None:
    assert from_page("images/a.jpg") == "../../images/a.jpg"
