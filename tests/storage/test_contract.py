"""What every store promises, run unchanged against each of them."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from urllib.request import urlopen

import pytest

from storage import ObjectInfo, ObjectNotFound, Store, StoreMisconfigured, keys
from tests.storage.samples import FULL, JPEG, JSON, PAGED, ROUNDS, WRITERS, digest, picture, put


def test_what_was_created_is_read_back_byte_for_byte(store: Store) -> None:
    data = bytes(range(256)) * 4_000
    assert store.get(put(store, data)) == data


def test_a_place_that_takes_writes_is_found_fit_and_left_empty(store: Store) -> None:
    store.require_writable()
    assert store.list("").objects == ()


def test_an_empty_object_is_an_object(store: Store) -> None:
    assert store.get(put(store, b"")) == b""


def test_a_taken_key_keeps_its_first_bytes(store: Store) -> None:
    key = keys.original(digest("taken"))
    assert store.create(key, b"first", content_type=JPEG)
    assert not store.create(key, b"second", content_type=JPEG)
    assert store.get(key) == b"first"


@pytest.mark.timeout(1_800)
def test_racing_writers_have_one_winner_whose_bytes_everybody_reads(reopened: Callable[[], Store], kind: str) -> None:
    stores = [reopened() for _ in range(4)]
    start = threading.Barrier(WRITERS)
    for turn in range(200 if FULL else ROUNDS.get(kind, 1)):
        key = keys.claim(digest("race"), turn)

        def write(writer: int, key: str = key, turn: int = turn) -> tuple[bool, bytes, bytes]:
            data = f"{turn} {writer} ".encode() * 500
            start.wait()
            store = stores[writer % len(stores)]
            return bool(store.create(key, data, content_type=JSON)), data, store.get(key)

        with ThreadPoolExecutor(WRITERS) as pool:
            outcomes = list(pool.map(write, range(WRITERS)))
        winners = [data for won, data, _ in outcomes if won]
        assert len(winners) == 1
        assert {read for _, _, read in outcomes} == set(winners)


def test_replacing_puts_new_bytes_in_place_of_old_ones(store: Store) -> None:
    key = keys.manifest("0123456789abcdef")
    store.replace(key, b"old", content_type=JSON)
    store.replace(key, b"newer", content_type=JSON)
    assert store.get(key) == b"newer"
    assert store.head(key).size == len(b"newer")


def test_a_reader_never_sees_a_mixture_while_an_object_is_replaced(store: Store) -> None:
    key = keys.manifest("0123456789abcdef")
    versions = [bytes([n]) * 200_000 for n in range(8)]
    store.replace(key, versions[0], content_type=JSON)
    done = threading.Event()

    def read() -> bool:
        whole = True
        while not done.is_set():
            whole = whole and store.get(key) in versions
        return whole

    with ThreadPoolExecutor(2) as pool:
        readers = [pool.submit(read) for _ in range(2)]
        for version in versions * 2:
            store.replace(key, version, content_type=JSON)
        done.set()
        assert all(reader.result() for reader in readers)


def test_what_is_not_there_is_not_found(store: Store) -> None:
    key = keys.original(digest("absent"))
    with pytest.raises(ObjectNotFound, match=f"there is no {key}"):
        store.get(key)
    with pytest.raises(ObjectNotFound, match=f"there is no {key}"):
        store.head(key)
    put(store, b"something else")  # the bucket or directory is there now
    with pytest.raises(ObjectNotFound):
        store.get(key)
    with pytest.raises(ObjectNotFound):
        store.head(key)


def test_an_untouched_store_is_empty(store: Store) -> None:
    assert store.list("").objects == ()
    store.delete(keys.original(digest("absent")))


def test_a_deleted_object_is_gone_and_may_be_deleted_again(store: Store) -> None:
    key = put(store, b"gone soon")
    store.delete(key)
    store.delete(key)
    with pytest.raises(ObjectNotFound):
        store.get(key)
    assert store.create(key, b"gone soon", content_type=JPEG)


def test_a_picture_says_what_it_is_and_that_it_never_changes(store: Store) -> None:
    data = picture("described")
    before = datetime.now(UTC) - timedelta(seconds=5)
    info = store.head(put(store, data))
    assert info.size == len(data)
    assert info.content_type == JPEG
    assert info.cache_control == "public, max-age=31536000, immutable"
    assert before < info.modified < datetime.now(UTC) + timedelta(seconds=5)
    assert info.modified.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("key", "content_type"),
    [
        (keys.manifest("0123456789abcdef"), JSON),
        (keys.gallery("0123456789abcdef"), "text/html; charset=utf-8"),
        (keys.result(digest("leaf")), JSON),
    ],
)
def test_what_may_change_is_not_cached(store: Store, key: str, content_type: str) -> None:
    store.replace(key, b"{}", content_type=content_type)
    info = store.head(key)
    assert info.content_type == content_type
    assert info.cache_control == "no-cache"


def test_a_listing_has_keys_in_order_and_only_those_with_the_prefix(store: Store) -> None:
    images = sorted(put(store, picture(str(n), 100 + n)) for n in range(5))
    store.replace(keys.manifest("0123456789abcdef"), b"{}", content_type=JSON)
    page = store.list(keys.IMAGES)
    assert [info.key for info in page.objects] == images
    assert page.next is None
    assert store.list(images[2][:20]).objects == page.objects[2:3]
    assert [info.key for info in store.list("batches/0123").objects] == [keys.manifest("0123456789abcdef")]
    assert len(store.list("").objects) == len(images) + 1
    assert store.list("nothing/").objects == ()


def test_a_page_may_be_as_small_as_one_object(store: Store) -> None:
    images = sorted(put(store, picture(str(n), 100)) for n in range(3))
    first = store.list(keys.IMAGES, limit=1)
    assert [info.key for info in first.objects] == images[:1]
    assert first.next == images[0]
    rest = store.list(keys.IMAGES, after=first.next, limit=2)
    assert [info.key for info in rest.objects] == images[1:]
    assert rest.next is None


def test_many_objects_list_in_pages_each_once_and_in_order(store: Store) -> None:
    count, size = (2_500, 1_000) if FULL else (PAGED, 100)
    stored = {keys.result(digest(str(n))): n % 7 for n in range(count)}
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda item: store.replace(item[0], b"x" * item[1], content_type=JSON), stored.items()))
    listed: list[ObjectInfo] = []
    after, pages = None, 0
    while pages == 0 or after:
        page = store.list(keys.RESULTS, after=after, limit=size)
        listed += page.objects
        after, pages = page.next, pages + 1
    assert pages == -(-count // size)
    assert [info.key for info in listed] == sorted(stored)
    assert all(info.size == stored[info.key] for info in listed)


def test_the_link_leads_to_the_bytes(store: Store) -> None:
    data = picture("linked")
    with urlopen(store.url(put(store, data), life=timedelta(minutes=1)), timeout=10) as answer:
        assert answer.read() == data


def test_many_threads_share_a_store(store: Store) -> None:
    pictures = [picture(str(n), 2_000) for n in range(64)]
    with ThreadPoolExecutor(32) as pool:
        stored = list(pool.map(lambda data: put(store, data), pictures))
        assert list(pool.map(store.get, stored)) == pictures


@pytest.mark.parametrize(
    "key",
    [
        "images/../../etc/passwd",
        "/etc/passwd",
        "images/" + "a" * 64 + ".jpg\n",
        "images/" + "a" * 64 + ".jpg\0",
        "images/" + "漢" * 300,
        "originals/" + "A" * 64,
        "",
    ],
)
def test_no_key_but_one_built_from_hashes_is_taken(store: Store, key: str) -> None:
    with pytest.raises(StoreMisconfigured, match="not a key"):
        store.create(key, b"", content_type=JPEG)
    with pytest.raises(StoreMisconfigured, match="not a key"):
        store.replace(key, b"", content_type=JPEG)
    for use in (store.get, store.head, store.delete, store.url):
        with pytest.raises(StoreMisconfigured, match="not a key"):
            use(key)
