"""From settings to a store, and every wrong combination explained at once."""

import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from storage import Store, StoreMisconfigured
from storage.directory import DirectoryStore
from storage.location import open_store
from storage.s3.store import S3Store

MINIO: dict[str, Any] = {
    "endpoint": "https://minio.example.com",
    "access_key": "an-access-key",
    "secret_key": "a-secret-key",
    "bucket": "pictures",
}


def refusal(**settings: Any) -> str:
    with pytest.raises(StoreMisconfigured) as refused:
        open_store(**settings)
    return str(refused.value)


def test_without_any_setting_pictures_go_to_a_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = open_store()
    assert isinstance(store, DirectoryStore)
    assert store.location == str(tmp_path / "pictures")
    assert list(tmp_path.iterdir()) == []


def test_a_named_bucket_is_used() -> None:
    store: Store = open_store(**MINIO)
    assert isinstance(store, S3Store)
    assert store.location == "s3://pictures"


@pytest.mark.parametrize("location", ["s3://other", "s3://other/"])
def test_the_location_wins_over_the_bucket(location: str) -> None:
    assert open_store(location=location, **MINIO).location == "s3://other"


def test_a_directory_given_by_name_needs_and_heeds_no_bucket_settings(tmp_path: Path) -> None:
    wrong: Any = {"endpoint": "nonsense", "secret_key": "alone", "bucket": "!"}
    assert open_store(location=str(tmp_path), **wrong).location == str(tmp_path)


def test_a_tilde_is_the_home_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert open_store(location="~/pics").location == str(tmp_path / "pics")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"access_key": ""}, "MINIO_ACCESS_KEY is missing beside MINIO_SECRET_KEY"),
        ({"secret_key": ""}, "MINIO_SECRET_KEY is missing beside MINIO_ACCESS_KEY"),
        ({"bucket": ""}, "MINIO_BUCKET is missing"),
        ({"endpoint": "minio.example.com:9000"}, "MINIO_ENDPOINT has to start with https:// or http://"),
        ({"endpoint": "ftp://minio.example.com"}, "MINIO_ENDPOINT has to start with https:// or http://"),
        ({"endpoint": "https://"}, "MINIO_ENDPOINT has to start with"),
        ({"endpoint": "https://:9000"}, "MINIO_ENDPOINT is not an address"),
        ({"endpoint": "https://minio:port"}, "MINIO_ENDPOINT is not an address"),
        ({"endpoint": "https://min io"}, "MINIO_ENDPOINT is not an address"),
        ({"endpoint": "https://minio?x=1"}, "MINIO_ENDPOINT is not an address"),
        ({"endpoint": "https://me:a-password@minio"}, "MINIO_ENDPOINT holds a user name or password"),
        ({"endpoint": "http://my_minio:9000"}, "letters, digits and inner hyphens alone (found 'my_minio')"),
        ({"endpoint": "http://a..b"}, "no possible host name"),
        ({"endpoint": "http://minio\0:9000"}, "no possible host name"),
        ({"public_base_url": "cdn.example.com"}, "MINIO_PUBLIC_BASE_URL has to start with"),
        ({"bucket": "Has_Capitals"}, "'Has_Capitals' cannot be a bucket's name"),
        ({"bucket": "ab"}, "3 to 63"),
        ({"bucket": "10.0.0.1"}, "cannot be a bucket's name"),
        ({"bucket": "a..b"}, "cannot be a bucket's name"),
        ({"location": "s3://"}, "names no bucket"),
        ({"location": "s3://pictures/folder"}, "write s3://pictures"),
        ({"location": "gs://pictures"}, "neither a directory nor s3://bucket"),
        ({"location": "s3:/covers"}, "'s3:/covers' is neither a directory nor s3://bucket: write s3://covers"),
        ({"location": "s3:covers"}, "write s3://covers"),
        ({"location": "S3://covers"}, "write s3://covers"),
        ({"location": "s3//covers"}, "write s3://covers"),
        ({"location": "s3a://covers/folder"}, "write s3://covers"),
        ({"location": "s3:"}, "write s3://my-bucket"),
        ({"location": "http://minio:9000/covers"}, "the server's address in MINIO_ENDPOINT"),
        ({"location": "file:///srv/pictures"}, "write /srv/pictures"),
        ({"location": "file:/srv/pictures"}, "write /srv/pictures"),
        ({"location": "file:pictures"}, "write pictures"),
        ({"location": "spring:covers"}, "(./spring:covers is a path)"),
    ],
)
def test_a_wrong_combination_is_explained(change: dict[str, str], said: str) -> None:
    message = refusal(**(MINIO | change))
    assert said in message
    assert "a-secret-key" not in message
    assert "a-password" not in message


@pytest.mark.parametrize(
    "change",
    [
        {"location": "s3://KEY:a-password@covers"},
        {"location": "s3://KEY:a-password@covers/folder"},
        {"location": "s3:KEY:a-password@covers"},
        {"location": "KEY:a-password@covers"},
        {"location": "http://user:a-password@minio:9000/covers"},
        {"location": "https://minio/covers?X-Amz-Signature=a-password"},
        {"location": "", "bucket": "KEY:a-password@covers"},
        {"endpoint": "https://minio?token=a-password"},
        {"endpoint": "https://minio#a-password"},
        {"endpoint": "minio:9000?token=a-password"},
        {"public_base_url": "cdn.example.com?token=a-password"},
    ],
)
def test_an_address_that_may_hold_a_password_is_refused_and_not_repeated(change: dict[str, str]) -> None:
    message = refusal(**(MINIO | change))
    assert "a-password" not in message
    assert "KEY:" not in message
    assert "holds a" in message


def test_a_path_may_hold_the_marks_of_a_password() -> None:
    assert open_store(location="./covers@home?#2").location.endswith("covers@home?#2")


@pytest.mark.parametrize("location", ["./s3:covers", "2026:autumn", "a/b:c", "s3", "s3/covers", "C:"])
def test_a_path_with_a_colon_in_it_is_a_directory(
    location: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert open_store(location=location).location == str(tmp_path / location)


def test_blanks_around_a_place_do_not_count() -> None:
    assert open_store(location=" s3://covers ").location == "s3://covers"


def test_all_that_is_wrong_is_said_at_once() -> None:
    message = refusal(endpoint="minio:9000", secret_key="a-secret-key", bucket="NO", public_base_url="cdn")
    for name in ("MINIO_ENDPOINT", "MINIO_ACCESS_KEY", "'NO'", "MINIO_PUBLIC_BASE_URL"):
        assert name in message


def test_a_disk_that_will_be_gone_is_refused_and_a_bucket_is_not() -> None:
    assert "this machine's disk is gone when the run ends" in refusal(ephemeral=True)
    assert "MINIO_BUCKET" in refusal(location="pictures", ephemeral=True)
    assert open_store(ephemeral=True, **MINIO).location == "s3://pictures"


@pytest.mark.parametrize(
    ("endpoint", "warned"),
    [
        ("http://minio.example.com:9000", True),
        ("http://10.0.0.5:9000", True),
        ("http://[2001:db8::1]:9000", True),
        ("https://minio.example.com", False),
        ("http://127.0.0.1:9000", False),
        ("http://[::1]:9000", False),
        ("http://localhost:9000", False),
        ("http://minio:9000", False),
        ("", False),
    ],
)
def test_a_warning_is_given_before_pictures_cross_a_network_in_the_clear(
    endpoint: str, warned: bool, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        open_store(**(MINIO | {"endpoint": endpoint}))
    assert any("unencrypted" in message for message in caplog.messages) == warned


def test_opening_a_store_loads_no_s3_library_and_a_directory_store_not_even_the_s3_module() -> None:
    script = """
import sys
from storage.location import open_store
open_store(location="here")
assert "storage.s3" not in sys.modules
open_store(bucket="pictures", endpoint="http://127.0.0.1:9000", access_key="a", secret_key="b")
print(sorted({"botocore", "boto3", "urllib3", "PIL", "pydantic"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.stdout == "[]\n", done.stderr
