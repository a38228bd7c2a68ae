"""A bucket that takes claims, and not what is paid for or made of it, is found out before a picture is paid for."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from imagegen.making.runtime import Runtime
from storage import keys
from tests.doubles import s3_servers
from tests.doubles.fault_proxy import Fault, FaultProxy, fault_proxy
from tests.doubles.provider.openai_server import OpenAIServer
from tests.doubles.render.local_runs import LOOK, run_batch, run_leaf, runtime_in
from tests.doubles.s3_servers import S3Server
from tests.making.requests import MODEL


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with s3_servers.moto() as server:
        yield server


@pytest.fixture
def network(server: S3Server) -> Iterator[FaultProxy]:
    with fault_proxy(server.endpoint) as proxy:
        yield proxy


@pytest.fixture
def bucket(openai: OpenAIServer, server: S3Server, network: FaultProxy, tmp_path: Path) -> Runtime:
    settings = runtime_in(
        tmp_path,
        minio_endpoint=network.url,
        minio_access_key=server.access_key,
        minio_secret_key=server.secret_key,
        minio_bucket=tmp_path.name.replace("_", "-"),
    ).settings
    return Runtime(replace(settings, store=""))


def make_batch(runtime: Runtime) -> None:
    run_batch(runtime, ["a"], [MODEL], *LOOK)


def make_one(runtime: Runtime) -> None:
    error = run_leaf(runtime, "a", MODEL, *LOOK).error
    if error:
        raise AssertionError(error.message)


SPACES = [keys.ORIGINALS, keys.REJECTED, keys.IMAGES, keys.THUMBNAILS, keys.RESULTS]
CASES = [*((make_one, space) for space in SPACES), *((make_batch, space) for space in [*SPACES, keys.BATCHES])]


@pytest.mark.parametrize(("make", "space"), CASES)
def test_without_the_permission_for_what_is_paid_for_nothing_is(
    make: Callable[[Runtime], None], space: str, bucket: Runtime, network: FaultProxy, openai: OpenAIServer
) -> None:
    network.schedule = lambda asked: Fault.FORBIDDEN if asked.method == "PUT" and f"/{space}" in asked.path else None
    with pytest.raises(Exception, match=r"s3:PutObject"):
        make(bucket)
    assert openai.calls == []
    network.schedule = lambda _asked: None
    make(bucket)
    assert len(openai.calls) == 1
    assert len(list(bucket.store.list(keys.ORIGINALS).objects)) == 1
