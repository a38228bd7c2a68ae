"""What only the S3 store has to show: links, the bucket, metadata, and a surrounding that does not matter."""

import json
import secrets
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest

from storage import AccessDenied, StoreMisconfigured, keys
from storage.s3.store import S3Store
from tests.doubles.fault_proxy import Fault, fault_proxy
from tests.doubles.s3_servers import S3Server

JPEG = "image/jpeg"
HASH = sha256(b"key").hexdigest()
KEY = keys.image(HASH)
AWS: Any = {"access_key": "AKIAEXAMPLE", "secret_key": "a-secret-key"}


def bucket_of(store: S3Store) -> str:
    return store.location.removeprefix("s3://")


def status(url: str) -> int:
    try:
        with urlopen(url, timeout=10) as answer:
            return int(answer.status)
    except HTTPError as error:
        return int(error.code)


def test_a_public_link_is_the_base_and_the_key() -> None:
    store = S3Store("pictures", public_base_url="https://cdn.example.com/pictures/")
    assert store.url(KEY) == f"https://cdn.example.com/pictures/{KEY}"


def test_a_link_to_minio_has_the_bucket_in_its_path_and_lives_a_week() -> None:
    link = urlsplit(S3Store("pictures", endpoint="https://minio.example.com:9000", **AWS).url(KEY))
    query = parse_qs(link.query)
    assert link.netloc == "minio.example.com:9000"
    assert link.path == f"/pictures/{KEY}"
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert query["X-Amz-Expires"] == ["604800"]


def test_a_link_to_aws_has_the_bucket_in_its_host() -> None:
    link = urlsplit(S3Store("pictures", region="eu-west-1", **AWS).url(KEY, life=timedelta(hours=1)))
    assert link.netloc == "pictures.s3.eu-west-1.amazonaws.com"
    assert "/eu-west-1/" in parse_qs(link.query)["X-Amz-Credential"][0]
    assert parse_qs(link.query)["X-Amz-Expires"] == ["3600"]
    assert "a-secret-key" not in link.query


def test_a_link_into_an_open_bucket_of_aws_is_its_regions_address() -> None:
    store = S3Store("pictures", public_read=True, **(AWS | {"region": "eu-central-1"}))
    assert store.url(KEY) == f"https://s3.eu-central-1.amazonaws.com/pictures/{KEY}"


@pytest.mark.parametrize("life", [timedelta(days=8), timedelta(0), timedelta(seconds=-1)])
def test_a_link_cannot_live_for_longer_than_a_week_or_not_at_all(life: timedelta) -> None:
    with pytest.raises(StoreMisconfigured, match="at most 7 days"):
        S3Store("pictures", **AWS).url(KEY, life=life)


def test_the_bucket_is_created_private_by_the_first_write(server: S3Server) -> None:
    store = server.store()
    store.create(KEY, b"picture", content_type=JPEG)
    assert status(f"{server.endpoint}/{bucket_of(store)}/{KEY}") == 403
    assert status(store.url(KEY)) == 200


def test_a_created_bucket_shows_everybody_pictures_and_nothing_else_when_that_is_wished(server: S3Server) -> None:
    store = server.store(public_read=True)
    original = keys.original(HASH)
    store.create(KEY, b"picture", content_type=JPEG)
    store.create(original, b"original", content_type=JPEG)
    bucket = f"{server.endpoint}/{bucket_of(store)}"
    assert status(f"{bucket}/{KEY}") == 200
    assert status(f"{bucket}/{original}") == 403
    if server.name != "moto":  # moto lets anybody list
        assert status(bucket) == 403


def test_a_bucket_that_was_there_is_never_opened(server: S3Server) -> None:
    bucket = f"there-{secrets.token_hex(6)}"
    server.store(bucket).create(keys.original(HASH), b"", content_type=JPEG)
    server.store(bucket, public_read=True).create(KEY, b"picture", content_type=JPEG)
    assert status(f"{server.endpoint}/{bucket}/{KEY}") == 403


def test_a_bucket_that_cannot_be_opened_stays_private_and_the_write_counts(
    moto: S3Server, caplog: pytest.LogCaptureFixture
) -> None:
    with fault_proxy(moto.endpoint, lambda r: Fault.FORBIDDEN if r.query == "policy" else None) as network:
        store = moto.store(endpoint=network.url, public_read=True)
        assert store.create(KEY, b"picture", content_type=JPEG)
    assert "stays private" in caplog.text
    assert "s3:PutBucketPolicy" in caplog.text


def test_metadata_can_be_read_by_a_person_and_comes_back(server: S3Server) -> None:
    store = server.store()
    metadata = {"prompt": "A fox, 50% asleep — 狐\n", "model": "gpt-image-2", "provider": "openai"}
    store.create(KEY, b"picture", content_type=JPEG, metadata=metadata)
    assert store.head(KEY).metadata == metadata


def test_no_prompt_is_too_strange_to_be_metadata(server: S3Server) -> None:
    store = server.store()
    prompts = ["../../etc/passwd", "nul\0nul", "line\r\nX-Evil: yes", "漢" * 300, "\ud800", " "]
    for number, prompt in enumerate(prompts):
        key = keys.image(f"{number:064x}")
        assert store.create(key, b"picture", content_type=JPEG, metadata={"prompt": prompt})
        assert store.get(key) == b"picture"


def test_a_picture_opens_as_a_picture_in_a_browser(server: S3Server) -> None:
    store = server.store()
    key = keys.thumbnail(HASH)
    store.create(key, b"\xff\xd8\xff\xe0", content_type=JPEG)
    with urlopen(store.url(key), timeout=10) as answer:
        assert answer.headers["Content-Type"] == JPEG
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_a_proxy_in_the_environment_is_not_asked_for_this_machine(
    moto: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert moto.store().create(KEY, b"picture", content_type=JPEG)


def test_a_profile_that_is_not_there_does_not_matter_when_keys_are_given(
    seaweedfs: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    assert seaweedfs.store().create(KEY, b"picture", content_type=JPEG)


def test_a_profile_that_is_not_there_is_named_when_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    with pytest.raises(StoreMisconfigured, match="no-such-profile"):
        S3Store("pictures").get(KEY)


def test_an_aws_endpoint_in_the_environment_does_not_lead_astray(
    moto: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto.endpoint)
    assert urlsplit(S3Store("pictures", **AWS).url(KEY)).netloc.endswith(".amazonaws.com")


def test_missing_credentials_are_told_at_once(moto: S3Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    store = S3Store("pictures", endpoint=moto.endpoint)
    with pytest.raises(AccessDenied, match="set MINIO_ACCESS_KEY and MINIO_SECRET_KEY"):
        store.get(KEY)
    with pytest.raises(AccessDenied, match="set MINIO_ACCESS_KEY and MINIO_SECRET_KEY"):
        store.url(KEY)


def test_foreign_objects_in_the_bucket_are_not_listed(moto: S3Server) -> None:
    store = moto.store()
    store.create(KEY, b"picture", content_type=JPEG)
    client: Any = store._get_client()
    for foreign in ("notes.txt", "images/holiday.jpg"):
        client.put_object(Bucket=bucket_of(store), Key=foreign, Body=b"mine")
    assert [info.key for info in store.list("").objects] == [KEY]
    page = store.list("images/", limit=1)
    assert page.next
    assert store.list("images/", after=page.next).objects == ()


def test_the_policy_names_no_bucket_but_its_own(moto: S3Server) -> None:
    store = moto.store(public_read=True)
    store.create(KEY, b"picture", content_type=JPEG)
    client: Any = store._get_client()
    policy = json.loads(client.get_bucket_policy(Bucket=bucket_of(store))["Policy"])
    arn = f"arn:aws:s3:::{bucket_of(store)}"
    assert [s["Resource"] for s in policy["Statement"]] == [
        [f"{arn}/images/*", f"{arn}/thumbnails/*", f"{arn}/batches/*/index.html"]
    ]
    assert [s["Action"] for s in policy["Statement"]] == [["s3:GetObject"]]
