"""Keys are built from hashes alone."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import StoreMisconfigured, keys

HASH = sha256(b"").hexdigest()
BATCH = HASH[:16]
ALL = [
    keys.original(HASH),
    keys.image(HASH),
    keys.image(HASH, "webp"),
    keys.image(HASH, "avif"),
    keys.image(HASH, "png"),
    keys.thumbnail(HASH),
    keys.result(HASH),
    keys.claim(HASH),
    keys.claim(HASH, 12),
    keys.rejected(HASH, 0),
    keys.rejected(HASH, 99),
    keys.report(BATCH, BATCH),
    keys.report(BATCH, HASH),
    keys.spending(HASH),
    keys.RESERVATIONS,
    keys.probe(BATCH),
    keys.CONDITIONS,
    keys.manifest(BATCH),
    keys.gallery(BATCH),
]


@pytest.mark.parametrize("key", ALL)
def test_what_is_built_follows_the_scheme(key: str) -> None:
    assert keys.check(key) == key
    assert keys.is_key(key)


@pytest.mark.parametrize(
    "build", [keys.original, keys.image, keys.thumbnail, keys.result, keys.claim, keys.manifest, keys.gallery]
)
@pytest.mark.parametrize(
    "text", ["../" * 20, "a" * 63, "A" * 64, "a" * 64 + "\n", "a\0" * 32, "漢" * 300, "", HASH + "/..", f" {HASH}"]
)
def test_nothing_but_a_hash_becomes_a_key(build: object, text: str) -> None:
    assert callable(build)
    with pytest.raises(StoreMisconfigured):
        build(text)


@given(st.text(max_size=100))
def test_no_text_follows_the_scheme_by_chance(text: str) -> None:
    assert not keys.is_key(text)


@pytest.mark.parametrize("generation", [-1, 10_000])
def test_a_claim_beyond_the_scheme_is_refused_by_every_store(generation: int) -> None:
    with pytest.raises(StoreMisconfigured):
        keys.check(keys.claim(HASH, generation))


@pytest.mark.parametrize("number", [-1, 100])
def test_rejected_bytes_beyond_the_scheme_are_refused_by_every_store(number: int) -> None:
    with pytest.raises(StoreMisconfigured):
        keys.check(keys.rejected(HASH, number))


@pytest.mark.parametrize("name", ["", "../" * 9, "A" * 16, "a" * 15, "a" * 15 + "\n"])
def test_nothing_but_sixteen_digits_names_a_run_or_a_probe(name: str) -> None:
    with pytest.raises(StoreMisconfigured):
        keys.report(BATCH, name)
    with pytest.raises(StoreMisconfigured):
        keys.probe(name)


def test_every_key_is_in_one_of_the_spaces() -> None:
    assert {key[: key.index("/") + 1] for key in ALL} == set(keys.SPACES)
    assert list(keys.SPACES) == sorted(keys.SPACES)
    assert all(keys.max_bytes(key) for key in ALL)


@pytest.mark.parametrize("key", ALL)
def test_what_is_named_by_its_content_or_was_paid_for_never_changes(key: str) -> None:
    never = ("originals/", "rejected/", "images/", "thumbnails/", f"spending/{HASH}")
    assert keys.is_immutable(key) == key.startswith(never)


@pytest.mark.parametrize("picture_format", keys.PICTURE_FORMATS)
def test_a_picture_s_key_tells_its_content_and_its_format(picture_format: str) -> None:
    key = keys.image(HASH, picture_format)
    assert keys.is_image_of(key, HASH)
    assert not keys.is_image_of(key, sha256(b"other").hexdigest())
    assert not keys.is_image_of(keys.thumbnail(HASH), HASH)
    assert keys.find_format(key) == picture_format
    assert not keys.is_key(key.replace(keys.IMAGES, keys.THUMBNAILS)) or picture_format == "jpeg"
