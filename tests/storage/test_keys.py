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
    keys.thumbnail(HASH),
    keys.result(HASH),
    keys.claim(HASH, 12),
    keys.manifest(BATCH),
    keys.gallery(BATCH),
]


@pytest.mark.parametrize("key", ALL)
def test_what_is_built_follows_the_scheme(key: str) -> None:
    assert keys.checked(key) == key
    assert keys.is_key(key)


@pytest.mark.parametrize("build", [keys.original, keys.image, keys.thumbnail, keys.result, keys.manifest, keys.gallery])
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
        keys.checked(keys.claim(HASH, generation))


@pytest.mark.parametrize("key", ALL)
def test_what_is_named_by_its_content_or_was_paid_for_never_changes(key: str) -> None:
    assert keys.immutable(key) == key.startswith(("originals/", "images/", "thumbnails/"))
